/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <net/dlt.h>, not the host's. */
#pragma once
#include "include/net/dlt.h"
