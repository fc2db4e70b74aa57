/* SPDX-License-Identifier: Apache-2.0 */
/* <stdlib.h>: musl's, with this system's WNOHANG; numbers to text, min() and max() as QNX's library has them. */
#undef WNOHANG
#include_next <stdlib.h>
#undef WNOHANG
#define WNOHANG 0x40
#if (defined(_BSD_SOURCE) || defined(_GNU_SOURCE) || defined(_QNX_SOURCE)) && !defined(__NTO_NO_EXTRAS) && !defined(__NTO_STDLIB_EXTRAS)
#define __NTO_STDLIB_EXTRAS
#ifdef __cplusplus
extern "C" {
#endif
/* The number as text to the base 2...36 into the buffer, which is returned; a sign only to the base 10. (lib_ref itoa, ltoa, ...) */
char *itoa(int, char *, int);
char *utoa(unsigned, char *, int);
char *ltoa(long, char *, int);
char *ultoa(unsigned long, char *, int);
char *lltoa(long long, char *, int);
char *ulltoa(unsigned long long, char *, int);
#ifdef __cplusplus
}
#elif !defined(_NTO_LIBC)
/* C programs only: <algorithm> has functions of these names. Arguments are evaluated twice. (lib_ref min, max) */
#ifndef max
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#endif
#endif
