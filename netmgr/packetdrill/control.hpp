// SPDX-License-Identifier: Apache-2.0
// The way into a running instance for commands of a script: a local socket whose name stands in the environment.
#pragma once
#include <memory>
#include <thread>

namespace packetdrill {

class Engine;

constexpr const char* control_variable = "IOPKT_PACKETDRILL_CONTROL";

// Answers one request a connection: "set NAME VALUE", "get NAME" or "sockets". The answer begins with "ok" or "error N".
class Control {
public:
    // Also puts the library's folder, where `sysctl` and `sockstat` lie, in front of PATH.
    static std::unique_ptr<Control> create(Engine& engine);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

private:
    Control(Engine& engine, int listener, int stop)
        : engine_(engine), listener_(listener), stop_(stop)
    {
    }
    void serve();
    void answer(int connection);

    Engine& engine_;
    int listener_;
    int stop_; // an eventfd
    std::thread thread_;
};

} // namespace packetdrill
