/* SPDX-License-Identifier: Apache-2.0 */
/* The system as a whole. */
#pragma once
#include <sys/platform.h>
__NTO_BEGIN_DECLS
/* Starts the machine again. Needs PROCMGR_AID_REBOOT: -1, EPERM. (lib_ref sysmgr_reboot) */
int sysmgr_reboot(void);
__NTO_END_DECLS
