/* SPDX-License-Identifier: Apache-2.0 */
/* Error numbers: the table shared with the kernel. */
#include <abi/errno.h>
