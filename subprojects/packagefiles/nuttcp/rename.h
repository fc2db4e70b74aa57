/* SPDX-License-Identifier: Apache-2.0 */
/* nuttcp has a delay() of its own, of another type than QNX's in <unistd.h>. */
#include <unistd.h>
#define delay nuttcp_delay
