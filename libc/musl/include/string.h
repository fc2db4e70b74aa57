/* SPDX-License-Identifier: Apache-2.0 */
/* <string.h>: musl's, with the case and fill functions of QNX's library. */
#include_next <string.h>
#if (defined(_BSD_SOURCE) || defined(_GNU_SOURCE) || defined(_QNX_SOURCE)) && !defined(__NTO_NO_EXTRAS) && !defined(__NTO_STRING_EXTRAS)
#define __NTO_STRING_EXTRAS
#ifdef __cplusplus
extern "C" {
#endif
/* Comparisons without regard to case (ASCII). (lib_ref stricmp, strcmpi, strnicmp, memicmp) */
int stricmp(const char *, const char *);
int strcmpi(const char *, const char *);
int strnicmp(const char *, const char *, size_t);
int memicmp(const void *, const void *, size_t);
/* Change the text in place and return it. (lib_ref strlwr, strupr, strrev, strset, strnset) */
char *strlwr(char *);
char *strupr(char *);
char *strrev(char *);
char *strset(char *, int);
char *strnset(char *, int, size_t);
#ifdef __cplusplus
}
#endif
#endif
