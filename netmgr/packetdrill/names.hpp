// SPDX-License-Identifier: Apache-2.0
// What public scripts call a variable, and what it is called here.
#pragma once
#include <string>

namespace packetdrill {

// Changes name (and value, where the unit differs) to this stack's. False: a variable of something that this stack has not,
// so that setting it changes nothing (FreeBSD's host cache).
bool to_our_variable(std::string& name, std::string& value);

} // namespace packetdrill
