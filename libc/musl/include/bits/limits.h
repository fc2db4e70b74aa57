/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of this system; those musl's <limits.h> has fixed are corrected in limits.h here. */
#define PAGESIZE 4096
