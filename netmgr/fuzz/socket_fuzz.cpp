// SPDX-License-Identifier: Apache-2.0
// Socket calls of every kind in any order, with segments and datagrams between them.
#include "fuzz/world.hpp"

#include "kern/sysctl.hpp"

using namespace netmgr;
using namespace netmgr::fuzz;

namespace {

constexpr size_t most_sockets = 8;

Socket* pick(World& w, uint8_t which)
{
    return w.sockets.empty() ? nullptr : w.sockets[which % w.sockets.size()];
}

void make(World& w, uint8_t kind)
{
    constexpr int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
    const int domain = (kind & 0xc0) == 0xc0   ? AF_LOCAL
                       : (kind & 0xc0) == 0x80 ? AF_ROUTE
                                               : AF_INET;
    Socket* so = nullptr;
    if (w.sockets.size() < most_sockets &&
        socreate(*w.stack, domain, types[kind % 3], kind >> 2 & 1, Cred::root(), &so) == 0)
        w.sockets.push_back(so);
}

void option(Socket& so, Bytes& in, bool set)
{
    constexpr int levels[] = {SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP};
    const int level = levels[in.byte() & 3];
    const int name = level == SOL_SOCKET ? in.word() : in.byte();
    std::vector<uint8_t> value = in.take(in.byte() % 64);
    size_t size = value.size();
    if (set)
        (void)sosetopt(so, level, name, value.data(), size, Cred::root());
    else
        (void)sogetopt(so, level, name, value.data(), size, Cred::root());
}

void data(World& w, Socket& so, Bytes& in, bool out)
{
    Received got;
    size_t room = 0;
    const uint16_t size = in.word();
    const int flags = in.byte() & (MSG_OOB | MSG_PEEK | MSG_WAITALL);
    if (!out) {
        (void)soreceive(so, size, flags, got);
        return;
    }
    const sockaddr_in to = make_sockaddr_in(peer_ip, 7);
    const bool named = so.proto.type != SOCK_STREAM && so.proto.domain == AF_INET;
    if (sosend_room(so, size, false, room) != 0)
        return;
    const std::vector<char> bytes(room + 1, 'd');
    MbufPtr m = w.stack->mbufs().copy_in(bytes.data(), room, 64);
    MbufPtr control;
    (void)sosend(so, named ? as_sockaddr(to) : nullptr, named ? sizeof(to) : 0, m, control,
                 flags & MSG_OOB, Cred::root());
}

void call(World& w, Bytes& in)
{
    const uint8_t what = in.byte();
    const uint8_t which = in.byte();
    Socket* so = pick(w, which);
    const sockaddr_in name = make_sockaddr_in((what & 0x80) != 0 ? peer_ip : 0, in.byte());
    if (what % 12 == 0 || so == nullptr) {
        make(w, which);
        return;
    }
    switch (what % 12) {
    case 1:
        (void)sobind(*so, as_sockaddr(name), sizeof(name), Cred::root());
        break;
    case 2:
        (void)soconnect(*so, as_sockaddr(name), sizeof(name), Cred::root());
        break;
    case 3:
        (void)solisten(*so, which, Cred::root());
        break;
    case 4: {
        Socket* made = nullptr;
        sockaddr_storage peer;
        socklen_t len = 0;
        if (soaccept(*so, &made, peer, len) == 0)
            w.sockets.push_back(made);
        break;
    }
    case 5:
        (void)soshutdown(*so, which % 3);
        break;
    case 6:
        w.sockets.erase(w.sockets.begin() + which % static_cast<int>(w.sockets.size()));
        soclose(so);
        break;
    case 7:
    case 8:
        option(*so, in, what % 12 == 7);
        break;
    case 9:
    case 10:
        data(w, *so, in, what % 12 == 9);
        break;
    default:
        (void)sopoll(*so);
        w.run_for(static_cast<uint64_t>(which) * 20 * ns_per_ms);
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size)
{
    World& w = world();
    Bytes in(bytes, size);
    uint32_t next = 1;
    while (!in.empty()) {
        const uint8_t what = in.byte();
        if ((what & 3) != 0) {
            call(w, in);
            w.stack->run(100000);
            w.look_at_output();
        } else {
            w.inject(segment(in, in.byte(), in.byte(), next++, w.iss + 1));
        }
    }
    w.finish();
    return 0;
}
