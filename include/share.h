/* SPDX-License-Identifier: Apache-2.0 */
/* Sharing modes of sopen(). */
#pragma once
#define SH_COMPAT 0x0000
#define SH_DENYRW 0x0010
#define SH_DENYWR 0x0020
#define SH_DENYRD 0x0030
#define SH_DENYNO 0x0040
#define SH_MASK 0x0070
#ifdef __cplusplus
extern "C" {
#endif
int sopen(const char *path, int oflag, int sflag, ...);
#ifdef __cplusplus
}
#endif
