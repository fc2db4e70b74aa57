/* SPDX-License-Identifier: Apache-2.0 */
/* <sys/auxv.h>: musl's, and this system's own vector entries. */
#include_next <sys/auxv.h>
#include <abi/kercall.h>
