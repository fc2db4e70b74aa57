// SPDX-License-Identifier: Apache-2.0
// Goodput of one connection in virtual time: 100 ms round trip, 32 KB buffers, seeded loss in both directions. Prints a table for
// docs/performance.md; with "check" it fails when a row is below its floor.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "host/lab.hpp"
#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

using namespace netmgr;
using namespace netmgr::host;

namespace {

struct Row {
    double loss;
    unsigned floor_kB_s;
};
constexpr Row rows[] = {{0, 323}, {0.001, 315}, {0.01, 220}, {0.02, 167}, {0.05, 77}, {0.10, 38}};
constexpr uint64_t one_way_ns = 50'000'000;
constexpr uint64_t duration_ns = 120'000'000'000;

// Bytes read by the receiver in two minutes.
uint64_t run(double loss, const char* congctl, uint64_t seed)
{
    Lab lab(seed);
    Machine& a = lab.add();
    Machine& b = lab.add();
    a.configure("10.0.0.1", "255.255.255.0");
    b.configure("10.0.0.2", "255.255.255.0");
    for (Machine* m : {&a, &b}) {
        m->set_variable("net.inet.tcp.recvbuf_auto", 0);
        m->set_variable("net.inet.tcp.sendbuf_auto", 0);
        m->stack->inet().tcp->congctl = tcp_find_congctl(congctl);
    }
    TestSocket listener(b, SOCK_STREAM), client(a, SOCK_STREAM);
    listener.bind("0.0.0.0", 80);
    b.use();
    solisten(*listener.so, 1, Cred::root());
    client.connect("10.0.0.2", 80);
    Socket* so = nullptr;
    sockaddr_storage peer;
    socklen_t len = 0;
    lab.run_until([&] {
        b.use();
        return soaccept(*listener.so, &so, peer, len) == 0;
    });
    TestSocket server(b, so);
    lab.bus.faults.delay_ns = one_way_ns;
    lab.bus.faults.loss = loss;
    uint64_t received = 0;
    std::string got;
    lab.run_until(
        [&] {
            size_t room = 0;
            a.use();
            while (sosend_room(*client.so, 65536, false, room) == 0 && room != 0)
                if (client.send(std::string(room, 'x')) != 0)
                    break;
            while (server.receive(got) == 0 && !got.empty())
                received += got.size();
            return false;
        },
        duration_ns);
    if (getenv("GOODPUT_DEBUG") != nullptr)
        for (const char* c :
             {"tcp.retransmit_timeouts", "tcp.fast_retransmits", "tcp.lost_retransmits",
              "tcp.retransmits", "tcp.spurious_timeouts", "tcp.sent_data"})
            fprintf(stderr, "%s=%llu ", c, static_cast<unsigned long long>(a.counter(c)));
    return received;
}

} // namespace

int main(int argc, char** argv)
{
    const bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    bool good = true;
    printf("| loss | newreno kB/s | cubic kB/s | floor |\n|---|---|---|---|\n");
    for (const Row& row : rows) {
        uint64_t rate[2] = {};
        unsigned n = 0;
        for (const char* congctl : {"newreno", "cubic"}) {
            for (uint64_t seed = 1; seed <= 3; ++seed)
                rate[n] += run(row.loss, congctl, seed);
            rate[n] = rate[n] / 3 / (duration_ns / 1'000'000'000) / 1000;
            n++;
        }
        printf("| %.1f %% | %llu | %llu | %u |\n", row.loss * 100,
               static_cast<unsigned long long>(rate[0]), static_cast<unsigned long long>(rate[1]),
               row.floor_kB_s);
        good = good && rate[1] >= row.floor_kB_s;
    }
    return check && !good;
}
