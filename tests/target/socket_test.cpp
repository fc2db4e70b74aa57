// SPDX-License-Identifier: Apache-2.0
// libsocket against the running stack, over lo0: datagrams, names, options, lists, waiting, and calls that must fail. TAP on standard output.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tap.hpp"
#include "waiting.hpp"

namespace {

struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return name;
}

struct sockaddr* generic(struct sockaddr_in* name)
{
    return reinterpret_cast<struct sockaddr*>(name);
}

// A UDP socket bound to a free port of 127.0.0.1.
int bound(struct sockaddr_in* name)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *name = loopback(0);
    socklen_t length = sizeof *name;
    if (fd == -1 || bind(fd, generic(name), length) == -1 ||
        getsockname(fd, generic(name), &length) == -1)
        return -1;
    return fd;
}

// What QNX's numbers are, where Linux has others: programs built elsewhere rely on them.
static_assert(AF_LOCAL == 1 && AF_INET == 2 && AF_ROUTE == 17 && AF_LINK == 18 && AF_INET6 == 24);
static_assert(SOCK_CLOEXEC == 0x10000000 && SOL_SOCKET == 0xffff && SOMAXCONN == 128);
static_assert(SO_REUSEADDR == 4 && SO_KEEPALIVE == 8 && SO_DONTROUTE == 0x10 &&
              SO_BROADCAST == 0x20 && SO_USELOOPBACK == 0x40 && SO_LINGER == 0x80 &&
              SO_OOBINLINE == 0x100 && SO_REUSEPORT == 0x200 && SO_TIMESTAMP == 0x400 &&
              SO_BINDTODEVICE == 0x800);
static_assert(SO_SNDBUF == 0x1001 && SO_RCVBUF == 0x1002 && SO_SNDLOWAT == 0x1003 &&
              SO_RCVLOWAT == 0x1004 && SO_SNDTIMEO == 0x1005 && SO_RCVTIMEO == 0x1006 &&
              SO_ERROR == 0x1007 && SO_TYPE == 0x1008 && SO_OVERFLOWED == 0x1009 &&
              SO_FIB == 0x100a && SO_TXPRIO == 0x100b && SO_VLANPRIO == 0x100c);
static_assert(IP_OPTIONS == 1 && IP_HDRINCL == 2 && IP_TOS == 3 && IP_TTL == 4 &&
              IP_RECVOPTS == 5 && IP_RECVDSTADDR == 7 && IP_RETOPTS == 8 && IP_MULTICAST_IF == 9 &&
              IP_MULTICAST_TTL == 10 && IP_MULTICAST_LOOP == 11 && IP_ADD_MEMBERSHIP == 12 &&
              IP_DROP_MEMBERSHIP == 13 && IP_RECVIF == 20 && IP_PKTINFO == 25);
static_assert(TCP_NODELAY == 1 && TCP_MAXSEG == 2 && TCP_KEEPALIVE == 4 && TCP_MD5SIG == 0x10);
static_assert(MSG_OOB == 1 && MSG_PEEK == 2 && MSG_DONTROUTE == 4 && MSG_EOR == 8 &&
              MSG_TRUNC == 0x10 && MSG_CTRUNC == 0x20 && MSG_WAITALL == 0x40 &&
              MSG_DONTWAIT == 0x80);
static_assert(SCM_RIGHTS == 1 && SCM_TIMESTAMP == 2 && SCM_CREDS == 4 && FD_SETSIZE == 256 &&
              sizeof(sockaddr_un{}.sun_path) == 104);
#if defined(AI_V4MAPPED) || defined(AI_ADDRCONFIG) || defined(SIOCGIFHWADDR) ||                    \
    defined(SOCK_NONBLOCK)
#error "io-pkt's headers do not have these"
#endif

int error_of(int fd, int level, int name, const void* value, socklen_t size)
{
    return setsockopt(fd, level, name, value, size) == 0 ? 0 : errno;
}

void test_differences()
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct ifreq device = {};
    struct timeval limit = {32, 0}, too_long = {33, 0};
    struct sockaddr_in name = loopback(0);
    check(socket(AF_INET, SOCK_RDM, 0) == -1, "SOCK_RDM is not supported");
    strcpy(device.ifr_name, "lo0");
    check(error_of(udp, SOL_SOCKET, SO_BINDTODEVICE, &device, sizeof device) == 0,
          "SO_BINDTODEVICE takes a struct ifreq");
    check(error_of(tcp, SOL_SOCKET, SO_BINDTODEVICE, &device, sizeof device) != 0,
          "SO_BINDTODEVICE is for UDP");
    socklen_t size = sizeof device;
    check(getsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, &device, &size) == -1,
          "SO_BINDTODEVICE can only be set");
    check(error_of(udp, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
              error_of(udp, SOL_SOCKET, SO_SNDTIMEO, &too_long, sizeof too_long) == EDOM,
          "SO_SNDTIMEO is at most 32 s");
    check(error_of(udp, SOL_SOCKET, SO_TXPRIO, &one, sizeof one) == EOPNOTSUPP,
          "SO_TXPRIO is EOPNOTSUPP unless io-pkt was told so_txprio_enable");
    limit = {7200, 0};
    check(error_of(tcp, IPPROTO_TCP, TCP_KEEPALIVE, &limit, sizeof limit) == 0 &&
              error_of(tcp, IPPROTO_TCP, TCP_KEEPALIVE, &limit, sizeof limit - 1) == EINVAL,
          "TCP_KEEPALIVE is a struct timeval");
    name.sin_family = 0;
    check(bind(udp, generic(&name), sizeof name) == -1 && errno == EAFNOSUPPORT,
          "bind() wants sin_family");
    check(accept(udp, nullptr, nullptr) == -1 && errno == EOPNOTSUPP,
          "accept() of a datagram socket");
    check(accept(tcp, nullptr, nullptr) == -1 && errno == EINVAL, "accept() without listen()");
    close(udp);
    close(tcp);
}

void test_creation()
{
    struct stat st = {};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    check(fd > 2, "a datagram socket");
    check(fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode), "fstat says socket");
    check(close(fd) == 0, "close");
    check(socket(AF_INET, SOCK_SEQPACKET, 0) == -1, "SOCK_SEQPACKET is not supported");
    check(socket(AF_MAX - 1, SOCK_DGRAM, 0) == -1 && errno == EAFNOSUPPORT,
          "a family nobody serves is EAFNOSUPPORT");
    check(stat("/dev/socket/2", &st) == 0, "/dev/socket/2 can be seen");
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "SOCK_CLOEXEC");
    close(fd);
    int pair[2];
    check(socketpair(AF_INET, SOCK_DGRAM, 0, pair) == -1, "no socketpair of AF_INET");
}

void test_datagrams()
{
    struct sockaddr_in a_name, b_name, from = {};
    int a = bound(&a_name), b = bound(&b_name);
    check(a != -1 && b != -1 && a_name.sin_port != 0 && a_name.sin_port != b_name.sin_port,
          "two bound sockets with their own ports");
    char buffer[2048];
    check(sendto(a, "hello", 5, 0, generic(&b_name), sizeof b_name) == 5, "sendto");
    socklen_t length = sizeof from;
    check(recvfrom(b, buffer, sizeof buffer, 0, generic(&from), &length) == 5 &&
              memcmp(buffer, "hello", 5) == 0,
          "recvfrom");
    check(length == sizeof from && from.sin_port == a_name.sin_port &&
              from.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
          "the sender's address");
    check(sendto(a, "truncate", 8, 0, generic(&b_name), sizeof b_name) == 8 &&
              recv(b, buffer, 3, 0) == 3,
          "a short receive");
    check(recv(b, buffer, sizeof buffer, MSG_DONTWAIT) == -1 && errno == EAGAIN,
          "drops the rest of the datagram");
    check(connect(a, generic(&b_name), sizeof b_name) == 0 && send(a, "", 0, 0) == 0,
          "an empty datagram");
    check(recv(b, buffer, sizeof buffer, 0) == 0, "arrives empty");
    check(write(a, "plain", 5) == 5 && read(b, buffer, sizeof buffer) == 5, "write and read");
    length = sizeof from;
    check(getpeername(a, generic(&from), &length) == 0 && from.sin_port == b_name.sin_port,
          "getpeername");
    length = 4;
    check(getsockname(a, generic(&from), &length) == 0 && length == sizeof from,
          "getsockname tells the real length");
    struct iovec parts[3] = {{buffer, 2}, {buffer + 100, 3}, {buffer + 200, 100}};
    struct iovec out[2] = {{const_cast<char*>("gat"), 3}, {const_cast<char*>("hered"), 5}};
    struct msghdr message = {};
    message.msg_iov = out;
    message.msg_iovlen = 2;
    check(sendmsg(a, &message, 0) == 8, "sendmsg of two parts");
    message.msg_iov = parts;
    message.msg_iovlen = 3;
    check(recvmsg(b, &message, 0) == 8 && memcmp(buffer + 100, "the", 3) == 0 &&
              memcmp(buffer + 200, "red", 3) == 0,
          "recvmsg into three parts");
    close(a);
    close(b);
}

void test_sizes()
{
    struct sockaddr_in a_name, b_name;
    int a = bound(&a_name), b = bound(&b_name);
    static char big[9000], back[sizeof big];
    for (size_t i = 0; i < sizeof big; ++i)
        big[i] = static_cast<char>(i * 31);
    check(sendto(a, big, sizeof big, 0, generic(&b_name), sizeof b_name) == sizeof big,
          "9000 bytes go out");
    check(recv(b, back, sizeof back, 0) == sizeof back && memcmp(big, back, sizeof big) == 0,
          "and come back the same");
    static char too_big[70000];
    check(sendto(a, too_big, sizeof too_big, 0, generic(&b_name), sizeof b_name) == -1 &&
              errno == EMSGSIZE,
          "70000 bytes are EMSGSIZE");
    close(a);
    close(b);
}

void test_options()
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int value = 0;
    socklen_t length = sizeof value;
    check(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length) == 0 && value == SOCK_DGRAM &&
              length == sizeof value,
          "SO_TYPE");
    value = 1;
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) == 0, "SO_REUSEADDR set");
    value = 0;
    length = sizeof value;
    check(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &length) == 0 && value != 0,
          "SO_REUSEADDR read back");
    value = 17;
    check(setsockopt(fd, IPPROTO_IP, IP_TTL, &value, sizeof value) == 0, "IP_TTL set");
    value = 0;
    length = sizeof value;
    check(getsockopt(fd, IPPROTO_IP, IP_TTL, &value, &length) == 0 && value == 17,
          "IP_TTL read back");
    check(setsockopt(fd, SOL_SOCKET, 0x7777, &value, sizeof value) == -1 && errno == ENOPROTOOPT,
          "an unknown option is ENOPROTOOPT");
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, 1) == -1 && errno == EINVAL,
          "an option too short is EINVAL");
    struct timeval limit = {0, 200000};
    char c;
    check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
              recv(fd, &c, 1, 0) == -1 && errno == EAGAIN,
          "SO_RCVTIMEO ends a receive");
    int file = open("/proc/boot/libc.so", O_RDONLY);
    length = sizeof value;
    check(file != -1 && getsockopt(file, SOL_SOCKET, SO_TYPE, &value, &length) == -1 &&
              errno == ENOTSOCK,
          "a file is no socket");
    check(getsockopt(199, SOL_SOCKET, SO_TYPE, &value, &length) == -1 && errno == EBADF,
          "nothing is EBADF");
    close(file);
    close(fd);
}

struct Late {
    struct sockaddr_in to;
    int state; // of the first thread while it waits
};

void* send_later(void* argument)
{
    auto* late = static_cast<Late*>(argument);
    comes_to_state(getpid(), 1, late->state);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(fd, "late", 4, 0, generic(&late->to), sizeof late->to);
    close(fd);
    return nullptr;
}

void test_waiting()
{
    struct sockaddr_in name;
    int fd = bound(&name);
    Late late = {name, STATE_RECEIVE}; // poll() waits for a pulse
    char buffer[16];
    struct pollfd waiting = {fd, POLLIN, 0};
    check(poll(&waiting, 1, 0) == 0, "nothing to read yet");
    pthread_t thread;
    pthread_create(&thread, nullptr, send_later, &late);
    check(poll(&waiting, 1, 5000) == 1 && waiting.revents == POLLIN, "poll wakes for a datagram");
    pthread_join(thread, nullptr);
    fd_set read_set, write_set;
    FD_ZERO(&read_set);
    FD_SET(fd, &read_set);
    write_set = read_set;
    struct timeval none = {0, 0};
    check(select(fd + 1, &read_set, &write_set, nullptr, &none) == 2,
          "select: readable and writable");
    check(recv(fd, buffer, sizeof buffer, 0) == 4, "the datagram");
    late.state = STATE_REPLY;
    pthread_create(&thread, nullptr, send_later, &late);
    check(recv(fd, buffer, sizeof buffer, 0) == 4 && memcmp(buffer, "late", 4) == 0,
          "a blocked receive ends with data");
    pthread_join(thread, nullptr);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    check(recv(fd, buffer, sizeof buffer, 0) == -1 && errno == EAGAIN, "O_NONBLOCK");
    close(fd);
}

void nothing(int)
{
}

void test_interruption()
{
    struct sockaddr_in name;
    int fd = bound(&name);
    struct sigaction action = {};
    action.sa_handler = nothing;
    sigaction(SIGALRM, &action, nullptr);
    struct itimerval soon = {{0, 0}, {0, 150000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    char c;
    check(recv(fd, &c, 1, 0) == -1 && errno == EINTR, "a signal ends a blocked receive");
    int copy = dup(fd);
    close(fd);
    check(sendto(copy, "x", 1, 0, generic(&name), sizeof name) == 1 && recv(copy, &c, 1, 0) == 1,
          "a dup()ed socket goes on");
    close(copy);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    check(bind(fd, generic(&name), sizeof name) == 0,
          "the port is free again after the last close");
    int second = socket(AF_INET, SOCK_DGRAM, 0);
    check(bind(second, generic(&name), sizeof name) == -1 && errno == EADDRINUSE,
          "and taken for a second socket");
    close(fd);
    close(second);
}

void test_lists()
{
    check(if_nametoindex("lo0") != 0, "if_nametoindex");
    char name[IF_NAMESIZE] = "";
    check(if_indextoname(if_nametoindex("lo0"), name) != nullptr && strcmp(name, "lo0") == 0,
          "if_indextoname");
    check(if_nametoindex("nope9") == 0 && errno == ENXIO, "an interface that does not exist");
    struct ifaddrs* list = nullptr;
    check(getifaddrs(&list) == 0 && list != nullptr, "getifaddrs");
    bool link = false, inet = false;
    for (struct ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (strcmp(entry->ifa_name, "lo0") != 0)
            continue;
        link |= entry->ifa_addr->sa_family == AF_LINK && entry->ifa_data != nullptr;
        auto* in = reinterpret_cast<struct sockaddr_in*>(entry->ifa_addr);
        auto* mask = reinterpret_cast<struct sockaddr_in*>(entry->ifa_netmask);
        inet |= in->sin_family == AF_INET && ntohl(in->sin_addr.s_addr) == INADDR_LOOPBACK &&
                ntohl(mask->sin_addr.s_addr) == 0xff000000;
    }
    check(link && inet, "lo0's link and Internet addresses with mask and counters");
    freeifaddrs(list);
    struct ifconf conf = {};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    check(ioctl(fd, static_cast<int>(SIOCGIFCONF), &conf) == 0 && conf.ifc_len > 0,
          "SIOCGIFCONF without a buffer tells the size");
    char small[IFNAMSIZ + sizeof(struct sockaddr)];
    conf.ifc_len = sizeof small;
    conf.ifc_buf = small;
    check(ioctl(fd, static_cast<int>(SIOCGIFCONF), &conf) == 0 &&
              conf.ifc_len <= static_cast<int>(sizeof small),
          "a small buffer is not overrun");
    check(ioctl(fd, 0x12345678, &conf) == -1, "an unknown ioctl fails");
    close(fd);
}

void test_many_at_once()
{
    struct sockaddr_in to;
    const int a = socket(AF_INET, SOCK_DGRAM, 0), b = bound(&to);
    struct mmsghdr out[3] = {}, in[4] = {};
    struct iovec parts[3], rooms[4];
    char data[] = "abc", got[4][8] = {};
    for (int i = 0; i < 3; ++i) {
        parts[i] = {&data[i], 1};
        out[i].msg_hdr.msg_iov = &parts[i];
        out[i].msg_hdr.msg_iovlen = 1;
        out[i].msg_hdr.msg_name = &to;
        out[i].msg_hdr.msg_namelen = sizeof to;
    }
    for (int i = 0; i < 4; ++i) {
        rooms[i] = {got[i], sizeof got[i]};
        in[i].msg_hdr.msg_iov = &rooms[i];
        in[i].msg_hdr.msg_iovlen = 1;
    }
    check(sendmmsg(a, out, 3, 0) == 3 && out[2].msg_len == 1, "sendmmsg");
    struct timespec limit = {0, 100000000}, before, after, wrong = {0, 1000000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    check(recvmmsg(b, in, 4, 0, &limit) == 3 && in[2].msg_len == 1 && got[2][0] == 'c',
          "recvmmsg gives what came when its time is over");
    clock_gettime(CLOCK_MONOTONIC, &after);
    check((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 99,
          "and waited until then");
    check(recvmmsg(b, in, 4, 0, &limit) == -1 && errno == EAGAIN, "recvmmsg without anything");
    check(recvmmsg(b, in, 4, 0, &wrong) == -1 && errno == EINVAL, "a time that is none");
    check(sendmmsg(a, out, 1, 0) == 1 && recvmmsg(b, in, 4, MSG_WAITFORONE, nullptr) == 1,
          "MSG_WAITFORONE");
    close(a);
    close(b);
}

// RFC 3678's functions on lo0: who may send to us.
void test_source_filters()
{
    const struct in_addr group = {htonl(0xef010203)}, sender = {htonl(0x7f000001)},
                         other = {htonl(0x0a000001)}, interface = {htonl(INADDR_LOOPBACK)};
    struct sockaddr_in name;
    const int from = socket(AF_INET, SOCK_DGRAM, 0), fd = bound(&name);
    name.sin_addr.s_addr = INADDR_ANY;
    struct sockaddr_in to = loopback(ntohs(name.sin_port));
    to.sin_addr = group;
    close(fd);
    const int s = socket(AF_INET, SOCK_DGRAM, 0);
    check(bind(s, generic(&name), sizeof name) == 0 &&
              setsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) == 0,
          "sockets for a group");
    struct ip_mreq_source request = {group, sender, interface};
    check(error_of(s, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, &request, sizeof request) == 0,
          "IP_ADD_SOURCE_MEMBERSHIP");
    struct in_addr list[4] = {};
    uint32_t mode = 0, count = 4;
    check(getipv4sourcefilter(s, interface, group, &mode, &count, list) == 0 &&
              mode == MCAST_INCLUDE && count == 1 && list[0].s_addr == sender.s_addr,
          "getipv4sourcefilter");
    char buffer[8] = {};
    auto heard = [&] {
        sendto(from, "x", 1, 0, generic(&to), sizeof to);
        return recv(s, buffer, sizeof buffer, MSG_DONTWAIT) == 1;
    };
    check(heard(), "the sender of the list is heard");
    list[0] = other;
    list[1] = sender;
    check(setipv4sourcefilter(s, interface, group, MCAST_EXCLUDE, 2, list) == 0 && !heard(),
          "a blocked sender is not heard");
    struct sockaddr_storage who[4] = {};
    struct sockaddr_in group_name = loopback(0);
    group_name.sin_addr = group;
    const uint32_t lo0 = if_nametoindex("lo0");
    count = 1;
    check(getsourcefilter(s, lo0, generic(&group_name), sizeof group_name, &mode, &count, who) ==
                  0 &&
              mode == MCAST_EXCLUDE && count == 2 &&
              reinterpret_cast<struct sockaddr_in*>(&who[0])->sin_addr.s_addr == other.s_addr &&
              who[1].ss_family == 0,
          "getsourcefilter with room for one of two");
    check(setsourcefilter(s, lo0, generic(&group_name), sizeof group_name, MCAST_EXCLUDE, 1, who) ==
                  0 &&
              heard(),
          "setsourcefilter");
    check(setsourcefilter(s, lo0, generic(&group_name), sizeof group_name, MCAST_INCLUDE, 0,
                          nullptr) == 0 &&
              getsourcefilter(s, lo0, generic(&group_name), sizeof group_name, &mode, &count,
                              who) == -1 &&
              errno == EADDRNOTAVAIL,
          "nobody included: left");
    count = 2000;
    check(setipv4sourcefilter(s, interface, group, MCAST_EXCLUDE, count, list) == -1 &&
              errno == ENOBUFS,
          "too many senders are ENOBUFS");
    close(s);
    close(from);
}

void test_sysctl()
{
    int value = 0;
    size_t size = sizeof value;
    check(sysctlbyname("net.inet.udp.checksum", &value, &size, nullptr, 0) == 0 &&
              size == sizeof value,
          "sysctlbyname");
    int mib[] = {CTL_NET, AF_INET, IPPROTO_UDP, UDPCTL_CHECKSUM};
    int same = -1;
    check(sysctl(mib, 4, &same, &size, nullptr, 0) == 0 && same == value,
          "sysctl by number gives the same");
    size = 0;
    check(sysctl(mib, 4, nullptr, &size, nullptr, 0) == 0 && size == sizeof value,
          "no buffer asks for the size");
    size = 1;
    check(sysctl(mib, 4, &same, &size, nullptr, 0) == -1 && errno == ENOMEM,
          "a short buffer is ENOMEM");
    size = sizeof same;
    check(sysctl(mib, 0, &same, &size, nullptr, 0) == -1 && errno == EINVAL,
          "an empty name is EINVAL");
    check(sysctlbyname("net.inet.nothing", &value, &size, nullptr, 0) == -1,
          "an unknown name fails");
    size = sizeof value;
    int readonly = 5;
    check(sysctlbyname("kern.mbuf.msize", &value, &size, &readonly, sizeof readonly) == -1 &&
              errno == EPERM,
          "a constant cannot be set");
}

void test_names()
{
    struct addrinfo hints = {}, *result = nullptr;
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    check(getaddrinfo("127.0.0.1", "http", &hints, &result) == 0 &&
              result->ai_protocol == IPPROTO_TCP,
          "getaddrinfo of a number");
    auto* in = reinterpret_cast<struct sockaddr_in*>(result->ai_addr);
    check(in->sin_port == htons(80) && in->sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
              in->sin_len == sizeof *in,
          "with the service's port");
    freeaddrinfo(result);
    check(getaddrinfo("no.such.host.invalid", nullptr, &hints, &result) != 0,
          "an unknown host fails");
    char host[64] = "", service[16] = "";
    struct sockaddr_in name = loopback(7);
    check(getnameinfo(generic(&name), sizeof name, host, sizeof host, service, sizeof service,
                      NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
              strcmp(host, "127.0.0.1") == 0 && strcmp(service, "7") == 0,
          "getnameinfo");
    struct in6_addr six;
    char text[INET6_ADDRSTRLEN] = "";
    check(inet_pton(AF_INET6, "fe80::1", &six) == 1 &&
              inet_ntop(AF_INET6, &six, text, sizeof text) != nullptr &&
              strcmp(text, "fe80::1") == 0,
          "inet_pton and inet_ntop of IPv6");
}

// What a hostile program may send to the socket manager by hand.
void test_lies()
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name = loopback(9);
    check(bind(fd, generic(&name), 2) == -1 && errno == EINVAL, "an address too short");
    check(bind(fd, generic(&name), 200) == -1 && errno == EINVAL, "an address too long");
    check(sendto(fd, reinterpret_cast<void*>(16), 100, 0, generic(&name), sizeof name) == -1 &&
              errno == EFAULT,
          "data that is not mapped");
    check(recv(fd, nullptr, 0, MSG_DONTWAIT) == 0, "room for nothing gives nothing");
    struct _io_write write = {};
    write.type = _IO_WRITE;
    write.nbytes = ~0ull;
    write.xtype = _IO_XTYPE_TCPIP_MSG;
    check(MsgSend(fd, &write, sizeof write, nullptr, 0) == -1 && errno == EINVAL,
          "a message that promises more than it has");
    struct _io_read read = {};
    read.type = _IO_READ;
    read.nbytes = 1ull << 40;
    check(MsgSend(fd, &read, sizeof read, nullptr, 0) == -1 && errno == EINVAL,
          "a read larger than the buffer for it");
    for (uint16_t type = 0x100; type < 0x140; ++type) {
        uint8_t junk[48];
        memset(junk, 0xee, sizeof junk);
        memcpy(junk, &type, sizeof type);
        if (type != _IO_CLOSE)
            MsgSend(fd, junk, sizeof junk, nullptr, 0);
    }
    int value = 0;
    socklen_t length = sizeof value;
    check(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length) == 0 && value == SOCK_DGRAM,
          "the stack lives after junk of every type");
    close(fd);
}

} // namespace

int main()
{
    test_creation();
    test_differences();
    test_datagrams();
    test_sizes();
    test_options();
    test_waiting();
    test_interruption();
    test_lists();
    test_many_at_once();
    test_source_filters();
    test_sysctl();
    test_names();
    test_lies();
    return checks_done();
}
