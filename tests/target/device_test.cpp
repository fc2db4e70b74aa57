// SPDX-License-Identifier: Apache-2.0
// /dev/bpf, /dev/tun0 and /dev/tap as programs use them: opening, ioctls, select, time-outs, permissions.
#include "tap.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/bpf.h>
#include <net/if.h>
#include <net/if_tap.h>
#include <net/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

int bpf_on(const char* interface)
{
    const int fd = open("/dev/bpf", O_RDWR);
    ifreq r = {};
    strcpy(r.ifr_name, interface);
    if (fd != -1 && ioctl(fd, BIOCSETIF, &r) == -1) {
        close(fd);
        return -1;
    }
    return fd;
}

int send_datagram(const char* text)
{
    const int s = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to = {};
    to.sin_len = sizeof to;
    to.sin_family = AF_INET;
    to.sin_port = htons(9);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const ssize_t n = sendto(s, text, strlen(text), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    close(s);
    return n == static_cast<ssize_t>(strlen(text)) ? 0 : -1;
}

bool readable(int fd, int ms)
{
    pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, ms) == 1 && (p.revents & POLLIN) != 0;
}

bool bpf_captures_loopback()
{
    const int fd = bpf_on("lo0");
    CHECK(fd != -1);
    unsigned size = 0, one = 1, type = 99, count;
    CHECK(ioctl(fd, BIOCGBLEN, &size) == 0 && size == BPF_DFLTBUFSIZE);
    CHECK(ioctl(fd, BIOCSBLEN, &size) == -1 && errno == EINVAL);
    CHECK(ioctl(fd, BIOCIMMEDIATE, &one) == 0);
    CHECK(ioctl(fd, BIOCGDLT, &type) == 0 && type == DLT_NULL);
    bpf_dltlist list = {0, nullptr};
    CHECK(ioctl(fd, BIOCGDLTLIST, &list) == 0 && list.bfl_len == 1);
    list.bfl_list = &type;
    type = 99;
    CHECK(ioctl(fd, BIOCGDLTLIST, &list) == 0 && list.bfl_len == 1 && type == DLT_NULL);
    bpf_insn udp_only[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 4 + 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 100),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    bpf_program program = {4, udp_only};
    CHECK(ioctl(fd, BIOCSETF, &program) == 0);
    udp_only[1].jf = 9;
    CHECK(ioctl(fd, BIOCSETF, &program) == -1 && errno == EINVAL);
    CHECK(!readable(fd, 0));
    CHECK(send_datagram("caught") == 0);
    CHECK(readable(fd, 5000));
    CHECK(ioctl(fd, FIONREAD, &count) == 0 && count >= 26 + 4 + 28 + 6);
    static char buffer[BPF_DFLTBUFSIZE];
    CHECK(read(fd, buffer, 100) == -1 && errno == EINVAL);
    const ssize_t n = read(fd, buffer, sizeof buffer);
    bpf_hdr head;
    CHECK(n >= 26 + 38);
    memcpy(&head, buffer, 26);
    CHECK(head.bh_caplen == 4 + 28 + 6 && head.bh_datalen == head.bh_caplen);
    CHECK(memcmp(buffer + head.bh_hdrlen + 32, "caught", 6) == 0);
    CHECK(labs(head.bh_tstamp.tv_sec - time(nullptr)) <= 2);
    bpf_stat stat;
    CHECK(ioctl(fd, BIOCGSTATS, &stat) == 0 && stat.bs_capt == 1 && stat.bs_drop == 0);
    close(fd);
    return true;
}

bool bpf_time_out()
{
    const int fd = bpf_on("lo0");
    static char buffer[BPF_DFLTBUFSIZE];
    timeval tv = {0, 200000};
    CHECK(ioctl(fd, BIOCSRTIMEOUT, &tv) == 0);
    CHECK(read(fd, buffer, sizeof buffer) == 0);
    CHECK(send_datagram("late") == 0);
    CHECK(read(fd, buffer, sizeof buffer) > 0);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    CHECK(read(fd, buffer, sizeof buffer) == -1 && errno == EAGAIN);
    close(fd);
    return true;
}

bool nodes_and_permissions()
{
    struct stat st;
    CHECK(stat("/dev/bpf", &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & 0777) == 0600);
    CHECK(stat("/dev/bpf0", &st) == 0 && stat("/dev/tun3", &st) == 0 && stat("/dev/tap", &st) == 0);
    CHECK(stat("/dev/tun4", &st) == -1 && errno == ENOENT);
    const pid_t child = fork();
    if (child == 0) {
        setuid(99);
        _exit(open("/dev/bpf", O_RDWR) == -1 && errno == EACCES ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return true;
}

bool tun_moves_packets()
{
    const int fd = open("/dev/tun0", O_RDWR);
    CHECK(fd != -1);
    CHECK(open("/dev/tun0", O_RDWR) == -1 && errno == EBUSY);
    uint8_t packet[2000];
    CHECK(read(fd, packet, sizeof packet) == -1 && errno == EHOSTDOWN);
    int value = IFF_BROADCAST;
    CHECK(ioctl(fd, TUNSIFMODE, &value) == 0);
    value = IFF_BROADCAST | IFF_POINTOPOINT;
    CHECK(ioctl(fd, TUNSIFMODE, &value) == -1 && errno == EINVAL);
    value = IFF_POINTOPOINT;
    CHECK(ioctl(fd, TUNSIFMODE, &value) == 0);
    CHECK(system("ifconfig tun0 10.8.0.1 10.8.0.2 up") == 0);
    CHECK(ioctl(fd, TUNSIFMODE, &value) == -1 && errno == EBUSY);
    const int s = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to = {};
    to.sin_len = sizeof to;
    to.sin_family = AF_INET;
    to.sin_port = htons(7);
    to.sin_addr.s_addr = inet_addr("10.8.0.2");
    CHECK(!readable(fd, 0));
    CHECK(sendto(s, "abc", 3, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 3);
    CHECK(readable(fd, 5000));
    CHECK(ioctl(fd, FIONREAD, &value) == 0 && value == 31);
    CHECK(read(fd, packet, sizeof packet) == 31 && packet[0] == 0x45 &&
          memcmp(packet + 28, "abc", 3) == 0);
    value = 1;
    CHECK(ioctl(fd, TUNSIFHEAD, &value) == 0 && ioctl(fd, TUNGIFHEAD, &value) == 0 && value == 1);
    CHECK(sendto(s, "abc", 3, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 3);
    CHECK(read(fd, packet, sizeof packet) == 35 && packet[3] == AF_INET && packet[4] == 0x45);
    // The answer: addresses and ports swapped, no UDP checksum.
    uint8_t* ip = packet + 4;
    for (int i = 0; i < 4; i++) {
        const uint8_t b = ip[12 + i];
        ip[12 + i] = ip[16 + i];
        ip[16 + i] = b;
    }
    for (int i = 0; i < 2; i++) {
        const uint8_t b = ip[20 + i];
        ip[20 + i] = ip[22 + i];
        ip[22 + i] = b;
    }
    ip[26] = ip[27] = 0;
    CHECK(write(fd, packet, 35) == 35);
    char answer[10];
    CHECK(readable(s, 5000) && recv(s, answer, sizeof answer, 0) == 3 &&
          memcmp(answer, "abc", 3) == 0);
    packet[3] = 77;
    CHECK(write(fd, packet, 35) == -1 && errno == EAFNOSUPPORT);
    CHECK(write(fd, packet, 1600) == -1 && errno == EMSGSIZE);
    CHECK(system("ifconfig tun0 destroy") == 0);
    CHECK(read(fd, packet, sizeof packet) == -1 && errno == ENXIO);
    close(s);
    close(fd);
    CHECK(system("ifconfig tun9 create") == 0);
    struct stat st;
    CHECK(stat("/dev/tun9", &st) == 0);
    CHECK(system("ifconfig tun9 destroy") == 0);
    CHECK(stat("/dev/tun9", &st) == -1 && errno == ENOENT);
    return true;
}

bool tap_clones_up_to_the_limit()
{
    int fds[5];
    ifreq name = {};
    for (int i = 0; i < 5; i++) {
        fds[i] = open("/dev/tap", O_RDWR);
        CHECK(fds[i] != -1);
        CHECK(ioctl(fds[i], TAPGIFNAME, &name) == 0);
        CHECK(name.ifr_name[3] == '0' + i);
    }
    CHECK(open("/dev/tap", O_RDWR) == -1 && errno == EBUSY);
    CHECK(system("ifconfig tap7 create 2>/dev/null") != 0);
    for (int fd : fds)
        close(fd);
    CHECK(system("ifconfig tap0 2>/dev/null") != 0);
    CHECK(system("ifconfig tap7 create") == 0);
    const int fd = open("/dev/tap7", O_RDWR);
    CHECK(fd != -1 && open("/dev/tap7", O_RDWR) == -1 && errno == EBUSY);
    uint8_t frame[1600] = {};
    CHECK(write(fd, frame, 60) == -1 && errno == ENETDOWN);
    CHECK(system("ifconfig tap7 10.7.0.1/24 up") == 0);
    CHECK(readable(fd, 5000)); // a gratuitous ARP
    CHECK(read(fd, frame, sizeof frame) >= 42 && frame[12] == 8 && frame[13] == 6);
    CHECK(write(fd, frame, 13) == -1 && errno == EMSGSIZE);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    while (read(fd, frame, sizeof frame) > 0)
        ;
    CHECK(errno == EAGAIN);
    close(fd);
    CHECK(system("ifconfig tap7 destroy") == 0);
    return true;
}

const TapTest tests[] = {
    {"bpf captures what passes lo0", bpf_captures_loopback},
    {"bpf's time-out ends a read", bpf_time_out},
    {"nodes, their modes, and who may open them", nodes_and_permissions},
    {"tun moves packets both ways", tun_moves_packets},
    {"tap clones up to the limit", tap_clones_up_to_the_limit},
};

} // namespace

int main()
{
    return run_tests(tests);
}
