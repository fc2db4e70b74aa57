/* SPDX-License-Identifier: Apache-2.0 */
/* devctl commands of sockets. */
#pragma once
#include <devctl.h>
#include <sys/socket.h>
#include <sys/platform.h>
#define DCMD_IP_GSRCADDR __DIOF(_DCMD_IP, 0, struct sockaddr)
#define DCMD_IP_SSRCADDR __DIOT(_DCMD_IP, 1, struct sockaddr)
#define DCMD_IP_GDESTADDR __DIOF(_DCMD_IP, 2, struct sockaddr)
#define DCMD_IP_SDESTADDR __DIOT(_DCMD_IP, 3, struct sockaddr)
#define DCMD_IP_LISTEN __DIOT(_DCMD_IP, 4, uint32_t)
#define DCMD_IP_SHUTDOWN __DIOT(_DCMD_IP, 5, uint32_t)
#define DCMD_IP_FDINFO __DIOF(_DCMD_IP, 6, char[512])
