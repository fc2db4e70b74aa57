// SPDX-License-Identifier: Apache-2.0
// An example of a TUN program: it is the other end of tun0 and answers every ICMP echo request that is routed there.
//   tunecho /dev/tun0 &     ifconfig tun0 10.8.0.1 10.8.0.2 up     ping 10.8.0.2
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

constexpr unsigned icmp = 1;
constexpr uint8_t echo_request = 8;

// The sum of 16-bit words in network order, folded and inverted (RFC 1071).
uint16_t checksum(const uint8_t* data, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += i % 2 == 0 ? uint32_t(data[i]) << 8 : data[i];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

// Turns a request into its answer; false: not for us.
bool make_answer(uint8_t* packet, size_t size)
{
    const size_t header = size >= 20 ? (packet[0] & 0xfu) * 4 : 0;
    if (header < 20 || size < header + 8 || packet[9] != icmp || packet[header] != echo_request)
        return false;
    uint8_t address[4];
    memcpy(address, packet + 12, 4);
    memcpy(packet + 12, packet + 16, 4);
    memcpy(packet + 16, address, 4);
    packet[header] = packet[header + 2] = packet[header + 3] = 0;
    const uint16_t sum = checksum(packet + header, size - header);
    packet[header + 2] = static_cast<uint8_t>(sum >> 8);
    packet[header + 3] = static_cast<uint8_t>(sum);
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    const char* path = argc > 1 ? argv[1] : "/dev/tun0";
    const int fd = open(path, O_RDWR);
    if (fd == -1) {
        perror(path);
        return 1;
    }
    printf("answering on %s\n", path);
    fflush(stdout);
    uint8_t packet[65536];
    for (;;) {
        pollfd wait = {fd, POLLIN, 0}; // read() alone would say EHOSTDOWN until there is an address
        if (poll(&wait, 1, -1) == -1)
            continue;
        const ssize_t size = read(fd, packet, sizeof packet);
        if (size == -1 && errno != EHOSTDOWN) {
            perror("read");
            return 1;
        }
        if (size > 0 && make_answer(packet, static_cast<size_t>(size)))
            write(fd, packet, static_cast<size_t>(size));
    }
}
