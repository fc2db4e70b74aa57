/* SPDX-License-Identifier: Apache-2.0 */
/* Major codes for _SLOG_SETCODE(); the numbers are this project's own. */
#ifndef _SYS_SLOGCODES_H
#define _SYS_SLOGCODES_H
#include <sys/slog.h>
#define _SLOGC_TEST 1
#define _SLOGC_PROC 2
#define _SLOGC_PCI 3
#define _SLOGC_CHAR 4
#define _SLOGC_FSYS 5
#define _SLOGC_NETWORK 6
#define _SLOGC_IO_PKT 7
#define _SLOGC_PRIVATE_START 10000
#endif
