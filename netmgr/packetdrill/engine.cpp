// SPDX-License-Identifier: Apache-2.0
// The stack behind the plug: time moves only when packetdrill waits; threads in blocking calls run before it moves on.
#include "packetdrill/engine_state.hpp"

#include <arpa/inet.h>
#include <deque>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet6/in6_var.h>
#include <stdlib.h>
#include <thread>

#include "host/fake_platform.hpp"
#include "host/ip_port.hpp"
#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"
#include "netinet6/inet6.hpp"
#include "netinet6/variant_v6_hc.hpp"

namespace packetdrill {

namespace {

constexpr uint64_t tick_ns = 1000; // every look at the clock
constexpr uint64_t longest_wait_ns =
    4ull * 3600 * ns_per_s; // for a packet: two hours of keepalive and more
constexpr auto grace = std::chrono::milliseconds(20);
constexpr auto alone = std::chrono::seconds(20);
constexpr auto settle = std::chrono::microseconds(2000);     // a woken thread gets this to go on
constexpr auto patience = std::chrono::microseconds(100000); // and this to leave its call

uint32_t parse_ip(const std::string& text)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (sscanf(text.c_str(), "%u.%u.%u.%u", &a, &b, &c, &d) != 4)
        return 0;
    return a << 24 | b << 16 | c << 8 | d;
}

// What the flags say, or what packetdrill calls itself.
IpAddress parse_ip6(const std::string& text)
{
    IpAddress ip;
    const char* otherwise = "fd3d:fa7b:d17d::1";
    constexpr int host_af_inet6 = 10; // inet_pton() is the host's
    if (inet_pton(host_af_inet6, text.c_str(), ip.bytes) != 1)
        (void)inet_pton(host_af_inet6, otherwise, ip.bytes);
    return ip;
}

} // namespace

void Engine::State::add_address(uint32_t ip)
{
    if (ip == 0 || IN_MULTICAST(ip) || ip == INADDR_BROADCAST || ip >> 24 == 127 ||
        stack->net().address_of(ip) != nullptr)
        return;
    (void)stack->inet().add_address(port->interface(), ip, 0xffff0000, ip | 0xffff);
}

void Engine::State::add_address6(const IpAddress& ip)
{
    Inet6& inet6 = inet6_of(*stack);
    if (ip.is_any() || ip.is_v6_multicast() || ip.is_v6_loopback() || ip.is_v4() ||
        ip.is_link_local() || inet6.address_of(ip) != nullptr)
        return;
    Inet6::NewAddress wanted;
    wanted.ip = ip;
    wanted.flags = IN6_IFF_NODAD;
    (void)inet6.add_address(port->interface(), wanted);
}

namespace {

// What IPv6 does for itself on a link: groups, neighbours, routers. Scripts know nothing of it.
bool is_housekeeping(const std::vector<uint8_t>& packet)
{
    constexpr uint8_t first_message_of_the_link = 130; // MLD and neighbour discovery
    if (packet.size() < sizeof(wire::Ipv6Header) || packet[0] >> 4 != 6)
        return false;
    const bool to_group = packet[24] == 0xff;
    return to_group || (packet[6] == IPPROTO_ICMPV6 && packet.size() > 40 &&
                        packet[40] >= first_message_of_the_link);
}

} // namespace

bool Engine::State::advance(std::unique_lock<std::recursive_mutex>& lock, uint64_t limit)
{
    const auto busy = [&] {
        const bool late = !deadlines.empty() && *deadlines.begin() <= clock.now_ns;
        return late || unwoken > 0 || !leaving.empty();
    };
    // Whoever was woken gets out of its call at this time.
    for (auto left = patience; busy() && left.count() > 0; left -= settle) {
        lock.unlock();
        std::this_thread::sleep_for(settle);
        lock.lock();
    }
    unwoken = 0;
    leaving.clear();
    uint64_t next = stack->has_work() ? clock.now_ns : stack->callouts().next_deadline();
    const auto deadline = deadlines.upper_bound(clock.now_ns);
    if (deadline != deadlines.end() && *deadline < next) {
        next = *deadline;
        unwoken = waiting;
    }
    const bool something = next <= limit;
    if (next > limit)
        next = limit;
    if (next > clock.now_ns)
        clock.now_ns = next;
    run();
    changed.notify_all();
    return something;
}

bool Engine::State::wait(std::unique_lock<std::recursive_mutex>& lock, uint64_t deadline_ns)
{
    if (deadline_ns != 0 && clock.now_ns >= deadline_ns)
        return false;
    leaving.erase(std::this_thread::get_id());
    waiting++;
    const auto place = deadlines.insert(deadline_ns != 0 ? deadline_ns : UINT64_MAX);
    // Real time only bounds how late a virtual deadline is noticed.
    changed.wait_for(lock, std::chrono::milliseconds(1));
    deadlines.erase(place);
    waiting--;
    unwoken -= unwoken > 0;
    // Nobody is left to move the time: a script blocks where it should not. It fails sooner than its reader gives up.
    if (std::chrono::steady_clock::now() - last_call > alone)
        (void)advance(lock, clock.now_ns + ns_per_s);
    leaving.insert(std::this_thread::get_id());
    return true;
}

Engine::Engine() : state_(std::make_unique<State>())
{
}

std::unique_ptr<Engine> Engine::create(const std::string& local_ip, const std::string& settings)
{
    std::unique_ptr<Engine> engine(new Engine);
    State& s = *engine->state_;
    int error = 0;
    const char* seed = getenv("IOPKT_SEED");
    s.platform = std::make_unique<host::FakePlatform>(
        s.clock, seed != nullptr ? strtoul(seed, nullptr, 0) : 1);
    s.stack = Stack::create(*s.platform, StackOptions(), components_v6_hc, &error);
    if (s.stack == nullptr)
        return nullptr;
    s.port = std::make_unique<host::IpPort>(*s.stack);
    s.local_ip = parse_ip(local_ip);
    s.local_ip6 = parse_ip6(local_ip);
    s.add_address(s.local_ip);
    RouteChange change;
    change.prefix = 0;
    change.flags = RTF_STATIC;
    change.ifp = &s.port->interface();
    change.ifa = s.stack->inet().first_address(s.port->interface());
    if (add_ip_route(s.stack->net(), change) != 0)
        return nullptr;
    for (size_t at = 0; at < settings.size();) {
        const size_t end = settings.find_first_of(" ,;\n\t", at);
        const std::string one = settings.substr(at, end == std::string::npos ? end : end - at);
        const size_t equals = one.find('=');
        if (equals != std::string::npos &&
            engine->set_variable(one.substr(0, equals).c_str(), one.c_str() + equals + 1) != 0)
            fprintf(stderr, "libiopkt-packetdrill: cannot set %s\n", one.c_str());
        if (end == std::string::npos)
            break;
        at = end + 1;
    }
    return engine;
}

Engine::~Engine()
{
    State& s = *state_;
    if (s.stack == nullptr)
        return;
    current_stack = s.stack;
    for (auto& [fd, file] : s.files)
        if (file.so != nullptr)
            soabort(file.so);
    s.files.clear();
    s.port.reset();
    delete s.stack;
}

std::recursive_mutex& Engine::mutex()
{
    return state_->mutex;
}

int Engine::socket(bool stream, bool nonblocking, bool six)
{
    LOCKED;
    Socket* so = nullptr;
    if (six && inet6_of(*s.stack).address_of(s.local_ip6) == nullptr) {
        s.add_address6(s.local_ip6);
        RouteChange change;
        change.family = AF_INET6;
        change.flags = RTF_STATIC;
        change.ifp = &s.port->interface();
        (void)add_ip_route(s.stack->net(), change);
    }
    const int error = socreate(*s.stack, six ? AF_INET6 : AF_INET,
                               stream ? SOCK_STREAM : SOCK_DGRAM, 0, Cred::root(), &so);
    return error != 0 ? -error : s.add(so, nonblocking);
}

int Engine::bind(int fd, const Address& name)
{
    LOCKED_SOCKET;
    s.add_address(name);
    socklen_t len = 0;
    const sockaddr_storage to = name_of(name, len);
    return -sobind(*so, reinterpret_cast<const sockaddr*>(&to), len, Cred::root());
}

int Engine::listen(int fd, int backlog)
{
    LOCKED_SOCKET;
    return -solisten(*so, backlog, Cred::root());
}

int Engine::accept(int fd, Address& peer, bool nonblocking)
{
    LOCKED_SOCKET;
    for (;;) {
        Socket* made = nullptr;
        sockaddr_storage name = {};
        socklen_t len = 0;
        so = s.find(fd);
        if (so == nullptr)
            return -EBADF;
        const int error = soaccept(*so, &made, name, len);
        if (error == 0) {
            peer = address_of(name);
            return s.add(made, nonblocking);
        }
        if (error != EWOULDBLOCK || s.files[fd].nonblocking)
            return -error;
        s.wait(lock, 0);
    }
}

int Engine::connect(int fd, const Address& name)
{
    LOCKED_SOCKET;
    socklen_t len = 0;
    const sockaddr_storage to = name_of(name, len);
    int error = soconnect(*so, reinterpret_cast<const sockaddr*>(&to), len, Cred::root());
    s.run();
    s.changed.notify_all();
    if (error == EALREADY && !s.files[fd].nonblocking)
        error = EINPROGRESS;
    if (error == EALREADY && soconnect_result(*so) == 0)
        return 0;
    if (error != EINPROGRESS || s.files[fd].nonblocking)
        return -error;
    for (;;) {
        so = s.find(fd);
        if (so == nullptr)
            return -EBADF;
        error = soconnect_result(*so);
        if (error != EWOULDBLOCK)
            return -error;
        s.wait(lock, 0);
    }
}

long Engine::send(int fd, const void* data, size_t size, unsigned flags, const Address* to)
{
    LOCKED_SOCKET;
    const auto* bytes = static_cast<const char*>(data);
    socklen_t name_len = 0;
    const sockaddr_storage name = to != nullptr ? name_of(*to, name_len) : sockaddr_storage{};
    const auto* where = to != nullptr ? reinterpret_cast<const sockaddr*>(&name) : nullptr;
    const bool wait = !s.files[fd].nonblocking && (flags & msg_dont_wait) == 0;
    const uint64_t deadline = so->send_timeout_ns != 0 ? s.clock.now_ns + so->send_timeout_ns : 0;
    size_t done = 0;
    do {
        size_t room = 0;
        so = s.find(fd);
        if (so == nullptr)
            return done != 0 ? static_cast<long>(done) : -EBADF;
        int error = sosend_room(*so, size - done, to != nullptr, room);
        if (error == 0) {
            MbufPtr m = s.stack->mbufs().copy_in(bytes + done, room, 64);
            MbufPtr control;
            error = sosend(*so, where, name_len, m, control, (flags & msg_oob) != 0 ? MSG_OOB : 0,
                           Cred::root());
            s.run();
            if (error == 0)
                done += room;
        }
        if (error == EWOULDBLOCK && wait && s.wait(lock, deadline))
            continue;
        if (error != 0)
            return done != 0 ? static_cast<long>(done) : -error;
    } while (done < size);
    return static_cast<long>(done);
}

long Engine::receive(int fd, void* data, size_t size, unsigned flags, Address* from)
{
    LOCKED_SOCKET;
    const bool wait = !s.files[fd].nonblocking && (flags & msg_dont_wait) == 0;
    const uint64_t deadline =
        so->receive_timeout_ns != 0 ? s.clock.now_ns + so->receive_timeout_ns : 0;
    const int bsd = ((flags & msg_oob) != 0 ? MSG_OOB : 0) |
                    ((flags & msg_peek) != 0 ? MSG_PEEK : 0) |
                    ((flags & msg_wait_all) != 0 && wait ? MSG_WAITALL : 0);
    size_t done = 0;
    for (;;) {
        Received got;
        so = s.find(fd);
        if (so == nullptr)
            return -EBADF;
        const int error = soreceive(*so, size - done, bsd, got);
        if (error == 0) {
            const auto n = static_cast<size_t>(m_length(got.data.get()));
            m_copydata(got.data.get(), 0, static_cast<int>(n), static_cast<char*>(data) + done);
            done += n;
            if (from != nullptr && got.name_len != 0)
                *from = address_of(got.name);
            s.run();
            if ((bsd & (MSG_WAITALL | MSG_PEEK)) != MSG_WAITALL || n == 0 || done == size)
                return static_cast<long>(done);
            continue;
        }
        if (error == EWOULDBLOCK && wait && s.wait(lock, deadline))
            continue;
        return done != 0 ? static_cast<long>(done) : -error;
    }
}

int Engine::shutdown(int fd, int how)
{
    LOCKED_SOCKET;
    const int error = soshutdown(*so, how);
    s.run();
    return -error;
}

int Engine::close(int fd)
{
    LOCKED_SOCKET;
    const bool wait = !s.files[fd].nonblocking;
    s.files.erase(fd);
    if (wait && solinger(*so) == EWOULDBLOCK) {
        const auto seconds = static_cast<uint64_t>(so->linger_option.l_linger);
        const uint64_t deadline = s.clock.now_ns + seconds * ns_per_s;
        s.run();
        while (solinger(*so) == EWOULDBLOCK && s.wait(lock, deadline)) {
        }
    }
    so->upcall = nullptr;
    soclose(so);
    s.run();
    s.changed.notify_all();
    return 0;
}

int Engine::inject(const void* packet, size_t size)
{
    LOCKED;
    if (size >= sizeof(wire::Ipv4Header)) {
        const auto& h = *static_cast<const wire::Ipv4Header*>(packet);
        const rtentry* route = s.stack->inet().lookup_route(h.destination);
        if (h.version() == 4 && s.port->accepts(h.destination) && route != nullptr &&
            !s.stack->inet().is_broadcast_anywhere(h.destination))
            s.add_address(h.destination);
    }
    if (size >= sizeof(wire::Ipv6Header) && static_cast<const uint8_t*>(packet)[0] >> 4 == 6)
        s.add_address6(static_cast<const wire::Ipv6Header*>(packet)->destination());
    s.port->receive(packet, size);
    s.run();
    s.changed.notify_all();
    return 0;
}

int Engine::next_packet(void* to, size_t& size, long long& time_us)
{
    LOCKED;
    const uint64_t limit = s.clock.now_ns + longest_wait_ns;
    const auto any_sent = [&s] {
        while (!s.port->sent().empty() && is_housekeeping(s.port->sent().front().bytes))
            s.port->sent().pop_front();
        return !s.port->sent().empty();
    };
    s.run();
    // A call in another thread may be about to send; only then may time leap.
    s.changed.wait_for(lock, grace, any_sent);
    while (!any_sent() && s.clock.now_ns < limit)
        s.advance(lock, limit);
    if (!any_sent()) {
        size = 0;
        return 0;
    }
    const host::IpPort::Packet& p = s.port->sent().front();
    size = p.bytes.size() < size ? p.bytes.size() : size;
    memcpy(to, p.bytes.data(), size);
    time_us = static_cast<long long>(p.time_ns / 1000);
    s.port->sent().pop_front();
    return 0;
}

void Engine::sleep(uint64_t us)
{
    LOCKED;
    const uint64_t end = s.clock.now_ns + us * 1000;
    while (s.clock.now_ns < end)
        if (!s.advance(lock, end))
            break;
    s.run();
}

long long Engine::now_us()
{
    LOCKED;
    s.clock.now_ns += tick_ns;
    s.run();
    return static_cast<long long>(s.clock.now_ns / 1000);
}

} // namespace packetdrill
