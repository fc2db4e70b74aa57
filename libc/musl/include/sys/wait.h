/* SPDX-License-Identifier: Apache-2.0 */
/* <sys/wait.h>: musl's, with QNX's wait options. The status word's form is the common one (exit code << 8 | signal). */
#include_next <sys/wait.h>
#undef WNOHANG
#undef WEXITED
#undef WUNTRACED
#undef WSTOPPED
#undef WCONTINUED
#undef WNOWAIT
#define WEXITED 0x01
#define WUNTRACED 0x04
#define WSTOPPED WUNTRACED
#define WCONTINUED 0x08
#define WTRAPPED 0x02
#define WNOHANG 0x40
#define WNOWAIT 0x80
