/* SPDX-License-Identifier: Apache-2.0 */
/* Node descriptors. There is one node. */
#pragma once
#include <sys/platform.h>
#define ND_LOCAL_NODE 0
#define ND_NODE_CMP(a, b) (((a) == (b)) ? 0 : ((a) < (b)) ? -1 : 1)
