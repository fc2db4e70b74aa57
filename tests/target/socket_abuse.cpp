// SPDX-License-Identifier: Apache-2.0
// A client that lies to io-pkt: short messages, wrong lengths, bad buffers, rubbish. Every call must come back with an errno (or
// be given up by its time-out), and afterwards the stack must still carry a datagram.
#include <abi/sockmsg.h>
#include <abi/usage.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <initializer_list>
#include <net/if.h>
#include <net/ifdrvcom.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dcmd_ip.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <unistd.h>

QNX_USAGE("%C - malformed messages to the socket manager\n"
          "%C [rounds] [seed]\n");

namespace {

int checked, failed;
uint8_t message[4096];
uint8_t answer[8192];
uint64_t seed = 1;

uint32_t random32()
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(seed >> 33);
}

// The errno of one message; a blocking one is let go after 20 ms.
long ask(int fd, size_t size, size_t room)
{
    uint64_t patience = 20000000;
    TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &patience,
                   nullptr);
    return MsgSend_r(fd, message, size, answer, room);
}

void expect(const char* what, long got, long wanted)
{
    checked++;
    if (got == -wanted)
        return;
    failed++;
    printf("FAIL %s: got %ld, want %ld\n", what, got, -wanted);
}

template <typename T>
T& start_message(uint16_t type)
{
    memset(message, 0, sizeof message);
    T* head = reinterpret_cast<T*>(message);
    memcpy(message, &type, sizeof type);
    return *head;
}

void short_messages(int fd)
{
    for (uint16_t type :
         {_IO_READ, _IO_WRITE, _IO_DEVCTL, _IO_MSG, _IO_NOTIFY, _IO_OPENFD, _IO_DUP}) {
        start_message<_io_msg>(type);
        char what[40];
        snprintf(what, sizeof what, "message %#x of 4 bytes", type);
        expect(what, ask(fd, 4, 64), EINVAL);
    }
    start_message<_io_msg>(0x1ff);
    expect("unknown type", ask(fd, 64, 64), ENOSYS);
}

void wrong_lengths(int fd)
{
    auto& write = start_message<_io_write>(_IO_WRITE);
    write.nbytes = 1 << 30;
    expect("write claims more than it sent", ask(fd, 100, 64), EINVAL);
    write.nbytes = ~0ull;
    expect("write of 2^64-1", ask(fd, 100, 64), EINVAL);
    write.nbytes = 0;
    write.xtype = _IO_XTYPE_TCPIP_MSG;
    auto* msg = reinterpret_cast<sock_msg*>(&write + 1);
    msg->name_len = 0xfffffff0;
    msg->control_len = 0x20;
    expect("name and control overflow", ask(fd, 200, 64), EINVAL);
    auto& read = start_message<_io_read>(_IO_READ);
    read.nbytes = 1 << 20;
    expect("read claims more room than there is", ask(fd, sizeof read, 64), EINVAL);
    auto& devctl = start_message<_io_devctl>(_IO_DEVCTL);
    devctl.dcmd = static_cast<int>(SIOCGIFFLAGS);
    devctl.nbytes = 1 << 20;
    expect("devctl of a megabyte", ask(fd, 64, 64), EMSGSIZE);
    devctl.dcmd = static_cast<int>(DCMD_IP_SSRCADDR);
    devctl.nbytes = 500;
    expect("address of 500 bytes", ask(fd, 600, 64), EINVAL);
    devctl.nbytes = 1;
    expect("address of one byte", ask(fd, sizeof devctl + 1, 64), EINVAL);
    auto& opt = start_message<sock_opt>(_IO_MSG);
    opt.hdr.mgrid = _IOMGR_SOCKET;
    opt.hdr.subtype = SOCKMSG_SETOPT;
    opt.len = 0xffffffff;
    expect("option value of 4 GiB", ask(fd, sizeof opt + 8, 64), EINVAL);
    opt.hdr.subtype = SOCKMSG_GETOPT;
    opt.len = 4096;
    expect("option without room for it", ask(fd, sizeof opt, sizeof opt), EINVAL);
    auto& ctl = start_message<sock_sysctl>(_IO_MSG);
    ctl.hdr.mgrid = _IOMGR_SOCKET;
    ctl.hdr.subtype = SOCKMSG_SYSCTL;
    ctl.namelen = 0x10000001;
    expect("sysctl name of 2^28 numbers", ask(fd, sizeof ctl + 64, 4096), EINVAL);
    ctl.namelen = 2;
    ctl.want_old = 1;
    ctl.oldlen = ~0ull;
    expect("sysctl with 2^64 of room", ask(fd, sizeof ctl + 64, 4096), EFAULT);
}

// Good headers over buffers that are not there.
void bad_buffers(int fd)
{
    auto& write = start_message<_io_write>(_IO_WRITE);
    write.nbytes = 100000;
    iov_t parts[2];
    SETIOV(&parts[0], message, sizeof write);
    SETIOV(&parts[1], reinterpret_cast<void*>(0x100000000000), 100000);
    long got = MsgSendvs_r(fd, parts, 2, answer, sizeof answer);
    checked++;
    if (got != -EFAULT && got != -EMSGSIZE && got != -EDESTADDRREQ) {
        failed++;
        printf("FAIL write from nowhere: got %ld\n", got);
    }
    auto& ctl = start_message<_io_devctl>(_IO_DEVCTL);
    ctl.dcmd = static_cast<int>(DCMD_IP_GSRCADDR);
    ctl.nbytes = 128;
    got = MsgSend_r(fd, message, sizeof ctl, reinterpret_cast<void*>(0x100000000000), 4096);
    expect("reply to nowhere", got, EFAULT);
}

void rubbish(int fd, unsigned rounds)
{
    static const uint16_t types[] = {_IO_READ,    _IO_WRITE,  _IO_DEVCTL, _IO_MSG,
                                     _IO_NOTIFY,  _IO_STAT,   _IO_FDINFO, _IO_LSEEK,
                                     _IO_CONNECT, _IO_OPENFD, _IO_DUP};
    static const unsigned commands[] = {SIOCGIFCONF,
                                        SIOCGIFFLAGS,
                                        SIOCGIFMEDIA,
                                        SIOCGDRVCOM,
                                        SIOCIFGCLONERS,
                                        SIOCGIFDATA,
                                        SIOCSIFADDR,
                                        SIOCAIFADDR,
                                        SIOCGIFALIAS,
                                        SIOCADDMULTI,
                                        unsigned(DCMD_IP_LISTEN),
                                        unsigned(DCMD_IP_SDESTADDR)};
    for (unsigned i = 0; i < rounds; i++) {
        size_t size = random32() % sizeof message;
        for (size_t k = 0; k < size; k += 4) {
            uint32_t v = random32();
            v = v & 1 ? v & 0xff : v & 2 ? 0 : v;
            memcpy(message + k, &v, size - k < 4 ? size - k : 4);
        }
        memcpy(message, &types[random32() % (sizeof types / sizeof *types)], 2);
        if (size >= sizeof(_io_devctl) && random32() % 2 == 0)
            reinterpret_cast<_io_devctl*>(message)->dcmd =
                static_cast<int>(commands[random32() % (sizeof commands / sizeof *commands)]);
        ask(fd, size < 2 ? 2 : size, random32() % sizeof answer);
        checked++;
    }
}

// The stack carries one datagram over lo0.
bool still_alive()
{
    int to = socket(AF_INET, SOCK_DGRAM, 0);
    int from = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address = {};
    address.sin_len = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    char text[16] = "";
    bool good = bind(to, name, sizeof address) == 0 && getsockname(to, name, &len) == 0 &&
                sendto(from, "alive", 5, 0, name, sizeof address) == 5 &&
                recv(to, text, sizeof text, 0) == 5 && memcmp(text, "alive", 5) == 0;
    if (!good)
        printf("FAIL datagram over lo0: %s\n", strerror(errno));
    close(to);
    close(from);
    return good;
}

struct Target {
    const char* path; // or a socket:
    int domain, type, protocol;
};
// Every kind of open file io-pkt gives out.
constexpr Target targets[] = {
    {nullptr, AF_INET, SOCK_DGRAM, 0},
    {nullptr, AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {nullptr, AF_INET, SOCK_STREAM, 0},
    {nullptr, AF_LOCAL, SOCK_STREAM, 0},
    {nullptr, AF_LOCAL, SOCK_DGRAM, 0},
    {nullptr, AF_ROUTE, SOCK_RAW, 0},
    {"/dev/bpf", 0, 0, 0},
    {"/dev/tun0", 0, 0, 0},
    {"/dev/tap", 0, 0, 0},
};

int open_target(const Target& t)
{
    return t.path != nullptr ? open(t.path, O_RDWR) : socket(t.domain, t.type, t.protocol);
}

// Valid messages with one field spoilt at a time: what rubbish seldom gets past the first check.
void spoilt(int fd, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        const uint32_t kind = random32() % 6;
        if (kind == 0) {
            start_message<_io_read>(_IO_READ).nbytes = random32() % 4096;
        } else if (kind == 1) {
            auto& write = start_message<_io_write>(_IO_WRITE);
            write.nbytes = random32() % 1024;
            write.xtype = random32() % 2 == 0 ? _IO_XTYPE_TCPIP_MSG : _IO_XTYPE_NONE;
        } else if (kind == 2) {
            auto& pass = start_message<_io_pass>(_IO_PASS);
            pass.action = random32() % 6;
            pass.token = random32() | uint64_t{random32()} << 32;
        } else if (kind == 3) {
            auto& devctl = start_message<_io_devctl>(_IO_DEVCTL);
            devctl.dcmd = static_cast<int>(random32() % 2 == 0 ? (random32() & 0xffff) | 0xc0200000
                                                               : random32());
            devctl.nbytes = random32() % 2048;
        } else {
            auto& msg = start_message<sock_opt>(_IO_MSG);
            msg.hdr.mgrid = _IOMGR_SOCKET;
            msg.hdr.subtype = static_cast<uint16_t>(random32() % 12);
            msg.level = static_cast<int>(random32() % 2 == 0 ? 0xffff : random32() % 64);
            msg.name = static_cast<int>(random32() % 0x1010);
            msg.len = random32() % 256;
        }
        const size_t size = sizeof(_io_devctl) + random32() % 512;
        for (unsigned n = random32() % 4; n > 0; n--) {
            const uint32_t at = random32() % static_cast<uint32_t>(size - 2) + 2;
            message[at] = static_cast<uint8_t>(random32());
        }
        // A file left for somebody who never comes stays open, and so does a device that opens once.
        if (auto* pass = reinterpret_cast<_io_pass*>(message);
            kind == 2 && pass->action == _IO_PASS_LEAVE)
            pass->action = ~0u;
        ask(fd, size, random32() % sizeof answer);
        checked++;
    }
}

// All of it at one kind of file; a new one now and then, because some messages close or connect it.
bool abuse(const Target& target, unsigned rounds)
{
    constexpr unsigned a_file = 200;
    for (unsigned done = 0; done < rounds; done += a_file) {
        const int fd = open_target(target);
        if (fd == -1) {
            printf("FAIL %s %d %d: %s\n", target.path != nullptr ? target.path : "socket",
                   target.domain, target.type, strerror(errno));
            return false;
        }
        rubbish(fd, a_file / 2);
        spoilt(fd, a_file / 2);
        close(fd);
    }
    return still_alive();
}

} // namespace

int main(int argc, char** argv)
{
    unsigned rounds = argc > 1 ? static_cast<unsigned>(atoi(argv[1])) : 2000;
    seed = argc > 2 ? strtoull(argv[2], nullptr, 0) : 1;
    for (int type : {SOCK_DGRAM, SOCK_RAW}) {
        int fd = socket(AF_INET, type, type == SOCK_RAW ? IPPROTO_ICMP : 0);
        if (fd == -1) {
            printf("FAIL socket: %s\n", strerror(errno));
            return EXIT_FAILURE;
        }
        short_messages(fd);
        wrong_lengths(fd);
        bad_buffers(fd);
        rubbish(fd, rounds);
        close(fd);
        failed += !still_alive();
    }
    for (const Target& target : targets)
        failed += !abuse(target, rounds);
    printf("%d messages, %d failures\n", checked, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
