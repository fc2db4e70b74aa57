// SPDX-License-Identifier: Apache-2.0
// A few stacks on one bus, and short forms of what tests do with them.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "host/bus.hpp"
#include "host/ether_port.hpp"
#include "host/fake_platform.hpp"
#include "kern/socket.hpp"
#include "kern/stack.hpp"

namespace netmgr::host {

uint32_t ip4(const char* dotted); // host order
sockaddr_in address(const char* dotted, uint16_t port);

// One machine: platform, stack and card "en0".
class Machine {
public:
    Machine(FakeClock& clock, EtherBus& bus, int number, const StackOptions& options,
            std::span<const Component> components);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    Stack& use(); // makes it the current stack
    int configure(const char* ip, const char* mask, const char* interface = "en0");
    int set_flags(unsigned flags, const char* interface = "en0");
    int add_route(const char* destination, unsigned prefix, const char* gateway);
    int set_variable(const char* name, int32_t value);
    int32_t variable(const char* name);
    uint64_t counter(const char* name) { return stack->counters().value(name); }
    EtherPort& add_port(EtherBus& bus, const char* name, uint8_t mac_end);

    FakePlatform platform;
    Stack* stack = nullptr;
    std::unique_ptr<EtherPort> port;
    std::vector<std::unique_ptr<EtherPort>> more_ports;
};

class Lab {
public:
    explicit Lab(uint64_t seed = 1) : bus(clock, seed) {}
    Machine& add(const StackOptions& options = {});
    Machine& add_v6(const StackOptions& options = {}); // as io-pkt-v6-hc
    void run_for(uint64_t ns);
    bool run_until(const std::function<bool()>& done, uint64_t limit_ns = 10'000'000'000);

    FakeClock clock;
    EtherBus bus;
    std::vector<std::unique_ptr<EtherBus>> more_buses;
    std::vector<std::unique_ptr<Machine>> machines;
    EtherBus& add_bus(uint64_t seed = 2);

private:
    void step();
    uint64_t next_event();
};

// A socket that closes itself.
class TestSocket {
public:
    TestSocket(Machine& machine, int type, int protocol = 0, const Cred& cred = Cred::root(),
               int domain = AF_INET);
    TestSocket(Machine& machine, Socket* accepted);
    ~TestSocket() { close(); }
    TestSocket(const TestSocket&) = delete;
    TestSocket& operator=(const TestSocket&) = delete;

    int bind(const char* ip, uint16_t port, const Cred& cred = Cred::root());
    int connect(const char* ip, uint16_t port);
    int send(const std::string& data, int flags = 0);
    int send_to(const std::string& data, const char* ip, uint16_t port, int flags = 0);
    int receive(std::string& data, size_t room = 65536, int flags = 0);
    int set(int level, int name, int value);
    int get(int level, int name);
    uint16_t port();
    void close();

    Machine& machine;
    Socket* so = nullptr;
    int error = 0; // of socreate
    Received last;
    unsigned wakeups = 0;
};

} // namespace netmgr::host
