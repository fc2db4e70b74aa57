// SPDX-License-Identifier: Apache-2.0
// The server's answers to libpci's calls.
#pragma once

#include "device.hpp"

namespace pci {

/// Carries out one call of a client, known by its open; the result goes back into `call`.
void serve(std::vector<Device>& devices, const void* client, bool privileged, Call& call);
/// The client's open is gone: its devices are stopped and free again.
void forget(std::vector<Device>& devices, const void* client);

} // namespace pci
