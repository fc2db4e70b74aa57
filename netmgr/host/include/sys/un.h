/* SPDX-License-Identifier: Apache-2.0 */
/* On the host: the guest's <sys/un.h>, not the host's, so that the stack's numbers are the same everywhere. */
#pragma once
#include "include/sys/un.h"
