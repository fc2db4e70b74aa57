/* SPDX-License-Identifier: Apache-2.0 */
/* <stdlib.h>: musl's, with this system's WNOHANG. */
#include_next <stdlib.h>
#ifdef WNOHANG
#undef WNOHANG
#define WNOHANG 0x40
#endif
