// SPDX-License-Identifier: Apache-2.0
// Segments, time and the application's calls on one connection: its numbers stay in order, what goes out is well-formed.
#include "fuzz/world.hpp"

using namespace netmgr;
using namespace netmgr::fuzz;

namespace {

constexpr uint16_t our_port = 80, peer_port = 40000;

void check_order(const Tcpcb& tp)
{
    if (tp.snd_una > tp.snd_nxt || tp.snd_nxt > tp.snd_max || tp.rcv_adv < tp.last_ack_sent ||
        tp.max_seg == 0 || tp.cwnd == 0 || tp.in_flight() > 1u << 24)
        abort();
    const Sockbuf& rcv = tp.so().rcv; // windows are rounded up, by less than a unit
    if (rcv.data_bytes() >= rcv.hiwat + (size_t{1} << tp.rcv_scale))
        abort();
}

Socket* open(World& w, Bytes& in)
{
    Socket* listener = nullptr;
    Socket* so = nullptr;
    sockaddr_storage peer;
    socklen_t len = 0;
    const sockaddr_in name = make_sockaddr_in(our_ip, our_port);
    if (socreate(*w.stack, AF_INET, SOCK_STREAM, 0, Cred::root(), &listener) != 0 ||
        sobind(*listener, as_sockaddr(name), sizeof(name), Cred::root()) != 0 ||
        solisten(*listener, 2, Cred::root()) != 0)
        abort();
    w.sockets.push_back(listener);
    const bool options =
        (in.byte() & 1) !=
        0; // MSS, SACK, window scale; no timestamps: the input would have to know them
    std::vector<uint8_t> syn = {0,    peer_port & 0xff, 0,    our_port, 0, 0, 0, 0, 0, 0, 0, 0,
                                0x50, wire::tcp_syn,    0x80, 0,        0, 0, 0, 0};
    syn[0] = peer_port >> 8;
    if (options) {
        syn.insert(syn.end(), {2, 4, 5, 0xb4, 4, 2, 1, 1, 1, 3, 3, 4});
        syn[12] = 0x80;
    }
    w.inject(ip_packet(wire::proto_tcp, syn, offsetof(wire::TcpHeader, checksum)));
    std::vector<uint8_t> ack(syn.begin(), syn.begin() + 20);
    ack[7] = 1;
    const uint32_t next = w.iss + 1;
    for (int i = 0; i < 4; ++i)
        ack[static_cast<size_t>(8 + i)] = static_cast<uint8_t>(next >> (24 - 8 * i));
    ack[12] = 0x50;
    ack[13] = wire::tcp_ack;
    w.inject(ip_packet(wire::proto_tcp, ack, offsetof(wire::TcpHeader, checksum)));
    if (soaccept(*listener, &so, peer, len) != 0)
        abort();
    w.sockets.push_back(so);
    return so;
}

void call(World& w, Socket& so, uint8_t what, uint16_t size)
{
    size_t room = 0;
    Received got;
    switch (what & 7) {
    case 0:
    case 1:
        if (sosend_room(so, size, false, room) == 0 && room != 0) {
            const std::vector<char> data(room, 'd');
            MbufPtr m = w.stack->mbufs().copy_in(data.data(), room, 64);
            MbufPtr control;
            (void)sosend(so, nullptr, 0, m, control, (what & 8) != 0 ? MSG_OOB : 0, Cred::root());
        }
        break;
    case 2:
    case 3:
        (void)soreceive(so, size, (what & 8) != 0 ? MSG_OOB : (what & 16) != 0 ? MSG_PEEK : 0, got);
        break;
    case 4:
        (void)soshutdown(so, what >> 3 & 1);
        break;
    default:
        w.run_for((size & 0x8000) != 0 ? (size & 0x7fff) * ns_per_ms : (size & 0x1ff) * ns_per_ms);
        break;
    }
    w.stack->run(100000);
    w.look_at_output();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    World& w = world();
    Bytes in(data, size);
    Socket* so = open(w, in);
    while (!in.empty()) {
        const Tcpcb* tp = tcpcb_of(*so);
        const uint8_t what = in.byte();
        if ((what & 0x80) != 0 || tp == nullptr)
            call(w, *so, what, in.word());
        else
            w.inject(segment(in, peer_port, our_port, tp->rcv_nxt.value, tp->snd_una.value));
        if (const Tcpcb* still = tcpcb_of(*so))
            check_order(*still);
    }
    w.finish();
    return 0;
}
