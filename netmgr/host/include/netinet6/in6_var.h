/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <netinet6/in6_var.h>, so that the stack's numbers are the same everywhere. */
#pragma once
#include "include/netinet6/in6_var.h"
