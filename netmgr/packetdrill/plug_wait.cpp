// SPDX-License-Identifier: Apache-2.0
// Waiting (poll, epoll), packets, time, and the entry point.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetdrill/plug.hpp"

namespace packetdrill {

namespace {

constexpr long long us_per_s = 1000000;
// The buffers that most public scripts take for granted (FreeBSD's); IOPKT_SYSCTL comes after them.
constexpr const char* default_settings =
    "kern.sbmax=2097152 net.inet.tcp.recvspace=65536 net.inet.tcp.sendspace=32768 ";
constexpr long long start_of_time_s = 1700000000; // what gettimeofday counts from

uint32_t events_of(Engine& e, int fd)
{
    const int now = e.pollable(fd);
    if (now < 0)
        return POLLNVAL;
    const auto bits = static_cast<unsigned>(now);
    return ((bits & poll_in) != 0 ? POLLIN | POLLRDNORM : 0u) |
           ((bits & poll_out) != 0 ? POLLOUT | POLLWRNORM : 0u) |
           ((bits & poll_priority) != 0 ? POLLPRI : 0u) |
           ((bits & poll_error) != 0 ? POLLERR : 0u) | ((bits & poll_hang_up) != 0 ? POLLHUP : 0u) |
           ((bits & poll_peer_closed) != 0 ? static_cast<unsigned>(POLLRDHUP) : 0u);
}

int do_poll(void* u, pollfd* fds, nfds_t count, int timeout_ms)
{
    Engine& e = *Plug::of(u).engine;
    for (;;) {
        int ready = 0;
        for (nfds_t i = 0; i < count; ++i) {
            const uint32_t always = POLLERR | POLLHUP | POLLNVAL;
            fds[i].revents = static_cast<short>(
                events_of(e, fds[i].fd) & (static_cast<unsigned short>(fds[i].events) | always));
            ready += fds[i].revents != 0;
        }
        if (ready != 0 || !e.wait_for_change(timeout_ms < 0 ? -1 : timeout_ms * 1000ll))
            return ready;
    }
}

int do_epoll_create(void* u, int)
{
    Plug& plug = Plug::of(u);
    const int fd = plug.next_other++;
    plug.epolls[fd];
    return fd;
}

int do_epoll_ctl(void* u, int epfd, int op, int fd, epoll_event* event)
{
    Plug& plug = Plug::of(u);
    auto set = plug.epolls.find(epfd);
    if (set == plug.epolls.end() || !plug.engine->is_socket(fd))
        return answer(-EBADF);
    auto& entries = set->second.entries;
    const bool there = entries.count(fd) != 0;
    if (op == EPOLL_CTL_ADD ? there : !there)
        return answer(op == EPOLL_CTL_ADD ? -EEXIST : -ENOENT);
    if (op == EPOLL_CTL_DEL)
        entries.erase(fd);
    else
        entries[fd] = {*event, 0};
    return 0;
}

int collect(Plug& plug, EpollSet& set, epoll_event* events, int most)
{
    int n = 0;
    for (auto& [fd, entry] : set.entries) {
        const uint32_t wanted = entry.event.events | EPOLLERR | EPOLLHUP;
        const uint32_t now = events_of(*plug.engine, fd) & wanted;
        const bool edge = (entry.event.events & EPOLLET) != 0;
        const uint32_t fresh = edge ? now & ~entry.reported : now;
        entry.reported = now;
        if (fresh == 0 || n == most)
            continue;
        events[n] = entry.event;
        events[n++].events = now;
        if ((entry.event.events & EPOLLONESHOT) != 0)
            entry.event.events = 0;
    }
    return n;
}

int do_epoll_wait(void* u, int epfd, epoll_event* events, int most, int timeout_ms)
{
    Plug& plug = Plug::of(u);
    auto set = plug.epolls.find(epfd);
    if (set == plug.epolls.end() || most < 1)
        return answer(set == plug.epolls.end() ? -EBADF : -EINVAL);
    for (;;) {
        const int n = collect(plug, set->second, events, most);
        if (n != 0 || !plug.engine->wait_for_change(timeout_ms < 0 ? -1 : timeout_ms * 1000ll))
            return n;
    }
}

int do_netdev_send(void* u, const void* packet, size_t size)
{
    return answer(Plug::of(u).engine->inject(packet, size));
}

int do_netdev_receive(void* u, void* to, size_t* size, long long* time_us)
{
    const int error = Plug::of(u).engine->next_packet(to, *size, *time_us);
    *time_us += start_of_time_s * us_per_s;
    return answer(error);
}

int do_usleep(void* u, useconds_t us)
{
    Plug::of(u).engine->sleep(us);
    return 0;
}

int do_gettimeofday(void* u, timeval* tv, struct timezone*)
{
    const long long now = Plug::of(u).engine->now_us() + start_of_time_s * us_per_s;
    tv->tv_sec = now / us_per_s;
    tv->tv_usec = now % us_per_s;
    return 0;
}

void do_free(void* u)
{
    delete static_cast<Plug*>(u);
}

// The word behind key in the flags ("--local_ip=192.168.0.1 ...").
std::string flag(const std::string& flags, const std::string& key, const std::string& otherwise)
{
    const size_t at = flags.find(key);
    if (at == std::string::npos)
        return otherwise;
    const size_t from = at + key.size();
    const size_t end = flags.find_first_of(" ,\t\n", from);
    return flags.substr(from, end == std::string::npos ? end : end - from);
}

void fill_machine_calls(packetdrill_interface& i)
{
    i.free = do_free;
    i.poll = do_poll;
    i.netdev_send = do_netdev_send;
    i.netdev_receive = do_netdev_receive;
    i.usleep = do_usleep;
    i.gettimeofday = do_gettimeofday;
    i.epoll_create = do_epoll_create;
    i.epoll_ctl = do_epoll_ctl;
    i.epoll_wait = do_epoll_wait;
}

} // namespace

} // namespace packetdrill

extern "C" __attribute__((visibility("default"))) void
packetdrill_interface_init(const char* flags, packetdrill_interface* interface)
{
    using namespace packetdrill;
    const std::string text = flags != nullptr ? flags : "";
    const char* variables = getenv("IOPKT_SYSCTL");
    std::string settings = default_settings;
    settings += variables != nullptr ? variables : "";
    // Settings in the flags too: whatever looks like name=value of the tree.
    settings += " " + flag(text, "--sysctl=", "");
    auto plug = std::make_unique<Plug>();
    plug->engine = Engine::create(flag(text, "local_ip=", "192.168.0.1"), settings);
    if (plug->engine == nullptr) {
        fprintf(stderr, "libiopkt-packetdrill: the stack does not start\n");
        abort();
    }
    plug->control = Control::create(*plug->engine);
    memset(interface, 0, sizeof(*interface));
    fill_socket_calls(*interface);
    fill_option_calls(*interface);
    fill_machine_calls(*interface);
    interface->userdata = plug.release();
}
