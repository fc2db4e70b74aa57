// SPDX-License-Identifier: Apache-2.0
// The stack's device nodes in the path space.
#pragma once
#include "kern/device.hpp"
#include "resmgr/request.hpp"

namespace netmgr {

struct ServerOptions;

class PathDevices final : public DeviceSpace {
public:
    void start(int chid, const ServerOptions& options);
    int publish(DeviceNode& node) override;
    void withdraw(DeviceNode& node) override;

private:
    int chid_ = -1;
    const ServerOptions* options_ = nullptr;
};

void reply_device_stat(const Request& request, const DeviceNode& node);

} // namespace netmgr
