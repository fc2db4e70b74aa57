// SPDX-License-Identifier: Apache-2.0
// Devices that drivers attached, numbered per name prefix.
#pragma once
#include <sys/device.h>

namespace netmgr {

// name= and unit= of the driver being loaded; they apply to every dev_attach() of its entry function.
struct NamingOptions {
    char prefix[12] = ""; // empty: the driver's own
    int unit = -1;        // negative: the next free number
};

class Stack;
// Makes `ifconfig IF destroy` detach drivers' devices.
void autoconf_start(Stack& stack);

void set_naming(const NamingOptions& naming);

struct Module;
// The module whose entry function runs now (nullptr: none): devices attached meanwhile are its.
void set_loading_module(Module* module);

// A module's last device is gone. Called outside the driver's code; may unload it.
extern void (*on_module_idle)(Module& module);

// Detaches all devices of a module, as `ifconfig IF destroy` would; it is not unloaded.
void detach_devices(const Module& module);

// How many devices a module has.
unsigned device_count(const Module& module);

// Stops the hardware: every established hook once, newest first. Async-signal-safe as far as the hooks are.
void run_shutdown_hooks();

} // namespace netmgr
