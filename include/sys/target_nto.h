/* SPDX-License-Identifier: Apache-2.0 */
/* The types of this target: all are in <sys/platform.h> and <sys/types.h>. */
#pragma once
#include <sys/platform.h>
#include <sys/types.h>
