// SPDX-License-Identifier: Apache-2.0
// Machines and the loop that runs them.
#include "host/lab.hpp"

#include <algorithm>
#include <stdexcept>
#include <stdio.h>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/sockio.h>

#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/variant_v4_hc.hpp"
#include "netinet6/variant_v6_hc.hpp"

namespace netmgr::host {

uint32_t ip4(const char* dotted)
{
    unsigned a, b, c, d;
    if (sscanf(dotted, "%u.%u.%u.%u", &a, &b, &c, &d) != 4)
        throw std::invalid_argument(dotted);
    return a << 24 | b << 16 | c << 8 | d;
}

sockaddr_in address(const char* dotted, uint16_t port)
{
    return make_sockaddr_in(ip4(dotted), port);
}

Machine::Machine(FakeClock& clock, EtherBus& bus, int number, const StackOptions& options,
                 std::span<const Component> components)
    : platform(clock, static_cast<uint64_t>(number) + 100)
{
    int error = 0;
    stack = Stack::create(platform, options, components, &error);
    if (stack == nullptr)
        throw std::runtime_error("Stack::create");
    const uint8_t mac[6] = {0x02, 0, 0, 0, 0, static_cast<uint8_t>(number)};
    port = std::make_unique<EtherPort>(*stack, bus, "en0", mac);
}

Machine::~Machine()
{
    current_stack = stack;
    more_ports.clear();
    port.reset();
    delete stack;
}

Stack& Machine::use()
{
    current_stack = stack;
    return *stack;
}

EtherPort& Machine::add_port(EtherBus& bus, const char* name, uint8_t mac_end)
{
    const uint8_t mac[6] = {0x02, 0, 0, 0, 1, mac_end};
    more_ports.push_back(std::make_unique<EtherPort>(use(), bus, name, mac));
    return *more_ports.back();
}

namespace {

template <typename T>
int do_ioctl(Stack& stack, unsigned cmd, T& request)
{
    size_t reply = 0;
    return stack.net().ioctl(cmd, {reinterpret_cast<uint8_t*>(&request), sizeof(request)}, reply,
                             Cred::root());
}

} // namespace

int Machine::configure(const char* ip, const char* mask, const char* interface)
{
    ifaliasreq request = {};
    snprintf(request.ifra_name, sizeof(request.ifra_name), "%s", interface);
    const sockaddr_in a = address(ip, 0);
    const sockaddr_in m = address(mask, 0);
    memcpy(&request.ifra_addr, &a, sizeof(a));
    memcpy(&request.ifra_mask, &m, sizeof(m));
    return do_ioctl(use(), SIOCAIFADDR, request);
}

int Machine::set_flags(unsigned flags, const char* interface)
{
    ifreq request = {};
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
    request.ifr_flags = static_cast<int>(flags);
    return do_ioctl(use(), SIOCSIFFLAGS, request);
}

int Machine::add_route(const char* destination, unsigned prefix, const char* gateway)
{
    RouteChange change;
    change.destination = ip4(destination);
    change.prefix = prefix;
    change.flags = RTF_STATIC;
    change.has_gateway = true;
    change.gateway = ip4(gateway);
    return add_ip_route(use().net(), change);
}

int Machine::set_variable(const char* name, int32_t value)
{
    int32_t mib[CTL_MAXNAME];
    size_t count = 0;
    if (int error = stack->sysctl().name_to_mib(name, mib, count))
        return error;
    const SysctlIn in = {&value, sizeof(value)};
    return stack->sysctl().call({mib, count}, nullptr, &in, Cred::root());
}

int32_t Machine::variable(const char* name)
{
    int32_t mib[CTL_MAXNAME];
    int32_t value = 0;
    size_t count = 0;
    SysctlOut out = {&value, sizeof(value)};
    if (stack->sysctl().name_to_mib(name, mib, count) != 0 ||
        stack->sysctl().call({mib, count}, &out, nullptr, Cred()) != 0)
        throw std::invalid_argument(name);
    return value;
}

Machine& Lab::add(const StackOptions& options)
{
    machines.push_back(std::make_unique<Machine>(clock, bus, static_cast<int>(machines.size()) + 1,
                                                 options, components_v4_hc));
    return *machines.back();
}

Machine& Lab::add_v6(const StackOptions& options)
{
    machines.push_back(std::make_unique<Machine>(clock, bus, static_cast<int>(machines.size()) + 1,
                                                 options, components_v6_hc));
    return *machines.back();
}

EtherBus& Lab::add_bus(uint64_t seed)
{
    more_buses.push_back(std::make_unique<EtherBus>(clock, seed));
    return *more_buses.back();
}

void Lab::step()
{
    bus.deliver_due();
    for (auto& b : more_buses)
        b->deliver_due();
    for (auto& machine : machines)
        machine->use().run();
}

uint64_t Lab::next_event()
{
    uint64_t next = bus.next_deadline();
    for (auto& b : more_buses)
        next = std::min(next, b->next_deadline());
    for (auto& machine : machines)
        next =
            std::min(next, machine->stack->has_work() ? clock.now_ns
                                                      : machine->stack->callouts().next_deadline());
    return next;
}

void Lab::run_for(uint64_t ns)
{
    run_until([] { return false; }, ns);
}

bool Lab::run_until(const std::function<bool()>& done, uint64_t limit_ns)
{
    const uint64_t end = clock.now_ns + limit_ns;
    for (;;) {
        step();
        if (done())
            return true;
        const uint64_t next = next_event(); // done() may have caused some
        if (next > end) {
            clock.now_ns = end;
            return false;
        }
        clock.now_ns = std::max(clock.now_ns, next);
    }
}

TestSocket::TestSocket(Machine& m, int type, int protocol, const Cred& cred, int domain)
    : machine(m)
{
    error = socreate(m.use(), domain, type, protocol, cred, &so);
    if (error != 0)
        return;
    so->upcall_arg = this;
    so->upcall = [](Socket&, void* arg, unsigned) { static_cast<TestSocket*>(arg)->wakeups++; };
}

TestSocket::TestSocket(Machine& m, Socket* accepted) : machine(m), so(accepted)
{
    so->upcall_arg = this;
    so->upcall = [](Socket&, void* arg, unsigned) { static_cast<TestSocket*>(arg)->wakeups++; };
}

void TestSocket::close()
{
    if (so != nullptr) {
        machine.use();
        soclose(so);
    }
    so = nullptr;
    last = Received();
}

int TestSocket::bind(const char* ip, uint16_t port, const Cred& cred)
{
    const sockaddr_in a = address(ip, port);
    machine.use();
    return sobind(*so, as_sockaddr(a), sizeof(a), cred);
}

int TestSocket::connect(const char* ip, uint16_t port)
{
    const sockaddr_in a = address(ip, port);
    machine.use();
    return soconnect(*so, as_sockaddr(a), sizeof(a), Cred::root());
}

int TestSocket::send(const std::string& data, int flags)
{
    MbufPtr m = machine.use().mbufs().copy_in(data.data(), data.size());
    MbufPtr control;
    return sosend(*so, nullptr, 0, m, control, flags, Cred::root());
}

int TestSocket::send_to(const std::string& data, const char* ip, uint16_t port, int flags)
{
    const sockaddr_in a = address(ip, port);
    MbufPtr m = machine.use().mbufs().copy_in(data.data(), data.size());
    MbufPtr control;
    return sosend(*so, as_sockaddr(a), sizeof(a), m, control, flags, Cred::root());
}

int TestSocket::receive(std::string& data, size_t room, int flags)
{
    machine.use();
    const int result = soreceive(*so, room, flags, last);
    data.clear();
    for (const mbuf* m = last.data.get(); m != nullptr; m = m->m_next)
        data.append(m->m_data, static_cast<size_t>(m->m_len));
    last.data.reset();
    return result;
}

int TestSocket::set(int level, int name, int value)
{
    machine.use();
    return sosetopt(*so, level, name, &value, sizeof(value), Cred::root());
}

int TestSocket::get(int level, int name)
{
    int value = 0;
    size_t size = sizeof(value);
    machine.use();
    if (sogetopt(*so, level, name, &value, size, Cred::root()) != 0)
        throw std::invalid_argument("getsockopt");
    return value;
}

uint16_t TestSocket::port()
{
    sockaddr_storage name;
    socklen_t len = 0;
    sogetsockname(*so, name, len);
    return port_of(reinterpret_cast<const sockaddr*>(&name));
}

} // namespace netmgr::host
