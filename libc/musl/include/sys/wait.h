/* SPDX-License-Identifier: Apache-2.0 */
/* <sys/wait.h>: musl's, with QNX's WNOHANG. The status word's form is the common one (exit code << 8 | signal). */
#undef WNOHANG
#include_next <sys/wait.h>
#undef WNOHANG
#define WNOHANG 0x40
