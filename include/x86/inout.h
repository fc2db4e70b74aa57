/* SPDX-License-Identifier: Apache-2.0 */
/* Port I/O: the same as <hw/inout.h>. */
#pragma once
#include <hw/inout.h>
