// SPDX-License-Identifier: Apache-2.0
// The engine's inside, shared by its two files.
#pragma once
#include <chrono>
#include <set>
#include <thread>

#include "packetdrill/engine.hpp"

#include "host/fake_platform.hpp"
#include "host/ip_port.hpp"
#include "net/sockaddr6.hpp"
#include "netinet/tcp.hpp"

namespace packetdrill {

using namespace netmgr;

struct File {
    Socket* so = nullptr;
    bool nonblocking = false;
};

struct Engine::State {
    host::FakeClock clock;
    std::unique_ptr<host::FakePlatform> platform;
    Stack* stack = nullptr;
    std::unique_ptr<host::IpPort> port;
    std::map<int, File> files;
    int next_fd = 3;
    std::recursive_mutex mutex;
    std::condition_variable_any changed;
    uint64_t changes = 0;
    int waiting = 0;                   // threads in wait()
    int unwoken = 0;                   // those that have not looked since something happened
    std::multiset<uint64_t> deadlines; // of threads in wait(): time stops there
    // Threads that waited in a call and have called nothing since: they may be about to ask what time it is.
    std::set<std::thread::id> leaving;
    std::chrono::steady_clock::time_point last_call; // of any thread, in real time
    uint32_t local_ip = 0;
    IpAddress local_ip6; // our own address as soon as there is a socket of that family

    Socket* find(int fd)
    {
        auto it = files.find(fd);
        return it != files.end() ? it->second.so : nullptr;
    }
    int add(Socket* so, bool nonblocking)
    {
        const int fd = next_fd++;
        so->upcall_arg = this;
        so->upcall = [](Socket&, void* arg, unsigned) {
            auto& self = *static_cast<State*>(arg);
            self.changes++;
            self.unwoken = self.waiting;
            self.changed.notify_all();
        };
        files[fd] = {so, nonblocking};
        return fd;
    }
    void add_address(uint32_t ip);
    void add_address6(const IpAddress& ip);
    void add_address(const Address& a)
    {
        if (a.six)
            add_address6(IpAddress::from(a.bytes));
        else
            add_address(a.ip);
    }
    void run() { stack->run(100000); }
    // Up to the next event or `limit`. False: nothing happens before.
    bool advance(std::unique_lock<std::recursive_mutex>& lock, uint64_t limit);
    // In a blocking call: false when `deadline_ns` (virtual; 0 = never) has passed.
    bool wait(std::unique_lock<std::recursive_mutex>& lock, uint64_t deadline_ns);
};

// A name of the socket layer, and back.
inline sockaddr_storage name_of(const Address& a, socklen_t& len)
{
    sockaddr_storage ss = {};
    const sockaddr_in four = make_sockaddr_in(a.ip, a.port);
    if (a.six)
        store_sockaddr_in6(ss, IpAddress::from(a.bytes), a.port);
    else
        memcpy(&ss, &four, sizeof(four));
    len = a.six ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    return ss;
}

inline Address address_of(const sockaddr_storage& ss)
{
    const auto* a = reinterpret_cast<const sockaddr*>(&ss);
    Address out;
    out.port = port_of(a);
    out.six = ss.ss_family == AF_INET6;
    if (out.six)
        memcpy(out.bytes, ip6_of(&ss).bytes, sizeof(out.bytes));
    else
        out.ip = ip_of(a);
    return out;
}

// The stack is used by one thread at a time. LOCKED_SOCKET also finds `so` by `fd`.
#define LOCKED                                                                                     \
    State& s = *state_;                                                                            \
    std::unique_lock<std::recursive_mutex> lock(s.mutex);                                          \
    s.leaving.erase(std::this_thread::get_id());                                                   \
    s.last_call = std::chrono::steady_clock::now();                                                \
    current_stack = s.stack

#define LOCKED_SOCKET                                                                              \
    LOCKED;                                                                                        \
    Socket* so = s.find(fd);                                                                       \
    if (so == nullptr)                                                                             \
    return -EBADF

} // namespace packetdrill
