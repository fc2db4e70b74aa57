/* SPDX-License-Identifier: Apache-2.0 */
/* <limits.h>: musl's, with this system's path length, argument room and list sizes. */
#include_next <limits.h>
#ifdef PATH_MAX
#undef PATH_MAX
#undef NGROUPS_MAX
#undef SYMLOOP_MAX
#undef PIPE_BUF
#define PATH_MAX 1024
#define NGROUPS_MAX 16
#define SYMLOOP_MAX 16
#define PIPE_BUF 5120
#endif
