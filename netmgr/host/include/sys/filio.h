/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <sys/filio.h>, not the host's, so that the stack's numbers are the same everywhere. */
#pragma once
#include "include/sys/filio.h"
