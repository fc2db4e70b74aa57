// SPDX-License-Identifier: Apache-2.0
// ARP probes and what answers them.
#include "net/dhcp/probe.hpp"

#include <fcntl.h>
#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

namespace dhcp {

namespace {

struct Frame {
    struct ether_header link;
    struct ether_arp arp;
};
static_assert(sizeof(Frame) == 42);

int open_capture(const char* interface, unsigned* room)
{
    const int fd = open("/dev/bpf", O_RDWR | O_CLOEXEC);
    struct ifreq request = {};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    unsigned on = 1;
    struct bpf_insn only_arp[] = {
        BPF_STMT(BPF_LD + BPF_H + BPF_ABS, 12),
        BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, ETHERTYPE_ARP, 0, 1),
        BPF_STMT(BPF_RET + BPF_K, 128),
        BPF_STMT(BPF_RET + BPF_K, 0),
    };
    struct bpf_program program = {sizeof only_arp / sizeof only_arp[0], only_arp};
    auto ask = [&](unsigned long command, void* data) {
        return ioctl(fd, static_cast<int>(command), data) != -1;
    };
    if (fd != -1 && ask(BIOCSETF, &program) && ask(BIOCSETIF, &request) &&
        ask(BIOCIMMEDIATE, &on) && ask(BIOCGBLEN, room))
        return fd;
    util::complain("/dev/bpf");
    close(fd);
    return -1;
}

bool send_probe(int fd, const uint8_t* mac, in_addr_t address)
{
    Frame frame = {};
    memset(frame.link.ether_dhost, 0xff, ETHER_ADDR_LEN);
    memcpy(frame.link.ether_shost, mac, ETHER_ADDR_LEN);
    frame.link.ether_type = htons(ETHERTYPE_ARP);
    frame.arp.arp_hrd = htons(ARPHRD_ETHER);
    frame.arp.arp_pro = htons(ETHERTYPE_IP);
    frame.arp.arp_hln = ETHER_ADDR_LEN;
    frame.arp.arp_pln = sizeof address;
    frame.arp.arp_op = htons(ARPOP_REQUEST);
    memcpy(frame.arp.arp_sha, mac, ETHER_ADDR_LEN);
    memcpy(frame.arp.arp_tpa, &address, sizeof address);
    return write(fd, &frame, sizeof frame) == sizeof frame;
}

// RFC 5227 2.1.1: somebody says that it has the address, or another one probes for it.
bool claims(const uint8_t* data, size_t size, const uint8_t* mac, in_addr_t address)
{
    Frame frame;
    if (size < sizeof frame)
        return false;
    memcpy(&frame, data, sizeof frame);
    const struct ether_arp& arp = frame.arp;
    if (arp.arp_hln != ETHER_ADDR_LEN || arp.arp_pln != sizeof address ||
        memcmp(arp.arp_sha, mac, ETHER_ADDR_LEN) == 0)
        return false; // another kind, or our own
    const in_addr_t none = 0;
    const bool probes = arp.arp_op == htons(ARPOP_REQUEST) &&
                        memcmp(arp.arp_spa, &none, sizeof none) == 0 &&
                        memcmp(arp.arp_tpa, &address, sizeof address) == 0;
    return probes || memcmp(arp.arp_spa, &address, sizeof address) == 0;
}

bool heard(int fd, uint8_t* buffer, unsigned room, const uint8_t* mac, in_addr_t address)
{
    const ssize_t got = read(fd, buffer, room);
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(struct bpf_hdr)) <= got;) {
        const auto* record = reinterpret_cast<const struct bpf_hdr*>(buffer + at);
        if (claims(buffer + at + record->bh_hdrlen, record->bh_caplen, mac, address))
            return true;
        at += static_cast<ssize_t>(BPF_WORDALIGN(record->bh_hdrlen + record->bh_caplen));
    }
    return false;
}

} // namespace

Probe probe(const char* interface, const uint8_t* mac, in_addr_t address, long count)
{
    unsigned room = 0;
    const int fd = open_capture(interface, &room);
    auto* buffer = fd != -1 ? static_cast<uint8_t*>(malloc(room)) : nullptr;
    Probe result = buffer != nullptr ? Probe::unused : Probe::failed;
    for (long i = 0; i < count && result == Probe::unused; ++i) {
        const uint64_t until = net::now_ns() + net::ns_per_s;
        if (!send_probe(fd, mac, address))
            result = Probe::failed;
        for (uint64_t now = net::now_ns(); now < until && result == Probe::unused;
             now = net::now_ns()) {
            struct pollfd waiting = {fd, POLLIN, 0};
            const auto ms = static_cast<int>((until - now) / net::ns_per_ms + 1);
            if (poll(&waiting, 1, ms) == 1 && heard(fd, buffer, room, mac, address))
                result = Probe::used;
        }
    }
    free(buffer);
    if (fd != -1)
        close(fd);
    return result;
}

} // namespace dhcp
