/* SPDX-License-Identifier: Apache-2.0 */
/* devctl commands every resource manager knows. */
#pragma once
#include <devctl.h>
#define DCMD_ALL_GETFLAGS __DIOF(_DCMD_ALL, 0x0a, int) /* O_* flags of the open file */
#define DCMD_ALL_SETFLAGS __DIOT(_DCMD_ALL, 0x01, int) /* O_APPEND, O_NONBLOCK, O_SYNC... can be changed */
#define DCMD_ALL_GETMOUNTFLAGS __DIOF(_DCMD_ALL, 0x0d, int)
#define DCMD_ALL_GETOWN __DIOF(_DCMD_ALL, 0x03, pid_t)
#define DCMD_ALL_SETOWN __DIOT(_DCMD_ALL, 0x04, pid_t)
