/* SPDX-License-Identifier: Apache-2.0 */
/* Types of packet headers. */
#pragma once
#include <stdint.h>
typedef uint16_t n_short;
typedef uint32_t n_long;
typedef uint32_t n_time;
