/* SPDX-License-Identifier: Apache-2.0 */
/* <fcntl.h>: musl's, with QNX's mask of the access modes. */
#include_next <fcntl.h>
#undef O_ACCMODE
#define O_ACCMODE 7
