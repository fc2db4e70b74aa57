/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <net/bpf.h>, not the host's. */
#pragma once
#include "include/net/bpf.h"
