/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <netinet/if_inarp.h>, so that the stack's numbers are the same everywhere. */
#pragma once
#include "include/netinet/if_inarp.h"
