/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the tree's <abi/sockright.h>. */
#pragma once
#include "include/abi/sockright.h"
