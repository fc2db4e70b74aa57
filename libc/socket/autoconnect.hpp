// SPDX-License-Identifier: Apache-2.0
// AUTOCONNECT: a program that brings up the network when it is missed.
#pragma once

namespace autoconnect {

// The caller met `error`. True: AUTOCONNECT is set, /etc/autoconnect was run and ended with 0, so another try is worth it.
bool helped(int error);
// The same when no name server is known or none answered.
bool helped_with_names();

} // namespace autoconnect
