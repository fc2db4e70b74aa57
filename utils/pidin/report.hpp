// SPDX-License-Identifier: Apache-2.0
// The reports pidin can print.
#pragma once
#include <string>
#include <vector>

#include "lib/proc.hpp"

namespace pidin {

using proc::Select;
using proc::selected;

void by_format(const std::vector<proc::Process>& list, const std::string& format,
               const std::string& header);
void info();
void memory(const std::vector<proc::Process>& list);
void descriptors(const std::vector<proc::Process>& list);
void timers(const std::vector<proc::Process>& list);
void times(const std::vector<proc::Process>& list);
void environment(const std::vector<proc::Process>& list);
void syspage();
void channels(const std::vector<proc::Process>& list);
void interrupts(const std::vector<proc::Process>& list);
/// What was changed or refused, by process; then what was refused since boot.
void abilities(const std::vector<proc::Process>& list);

} // namespace pidin
