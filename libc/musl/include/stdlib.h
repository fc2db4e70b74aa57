/* SPDX-License-Identifier: Apache-2.0 */
/* <stdlib.h>: musl's, with this system's WNOHANG. */
#undef WNOHANG
#include_next <stdlib.h>
#undef WNOHANG
#define WNOHANG 0x40
