/* SPDX-License-Identifier: Apache-2.0 */
/* devctl commands of file systems. Numbers are ours. */
#pragma once
#include <abi/fsinfo.h>
#include <devctl.h>
#define DCMD_FSYS_STATVFS __DIOF(_DCMD_FSYS, 19, struct abi_fsinfo) /* what statvfs() and fstatvfs() ask */
