/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <net/if_media.h>, not the host's, so that the stack's numbers are the same everywhere. */
#pragma once
#include "include/net/if_media.h"
