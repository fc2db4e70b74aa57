/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <net/if_vlanvar.h>. */
#pragma once
#include "include/net/if_vlanvar.h"
