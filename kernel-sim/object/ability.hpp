// SPDX-License-Identifier: Apache-2.0
// Names of the static abilities, for every place of procnto that guards something with one.
#pragma once

#include <abi/ability.h>
#include <cstdint>

namespace proc {

/// PROCMGR_AID_*; custom abilities have the numbers from static_end on.
#define PROC_ABILITY(upper, lower, privileged) lower,
enum class Ability : uint16_t { eol, ABI_ABILITIES(PROC_ABILITY) static_end };
#undef PROC_ABILITY

/// Up to here no ability is needed; priorities above it need Ability::priority.
inline constexpr int max_unprivileged_priority = 63;

} // namespace proc
