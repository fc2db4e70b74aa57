// SPDX-License-Identifier: Apache-2.0
// What a client sees of io-pkt's options, one a run: option-client WHAT [ARGUMENT...] prints a line or says the errno.
#include <arpa/inet.h>
#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/filio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/sysctl.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include <netdrvr/avb.h>
#include <netdrvr/ptp.h>

namespace {

int fail(const char* what)
{
    perror(what);
    return 1;
}

sockaddr_in address(const char* ip, int port)
{
    sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port));
    name.sin_addr.s_addr = inet_addr(ip);
    return name;
}

const sockaddr* as_name(const sockaddr_in& name)
{
    return reinterpret_cast<const sockaddr*>(&name);
}

int bound(int port, bool share = false)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in name = address("0.0.0.0", port);
    const int yes = 1;
    if (share && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == -1)
        return -1;
    return fd != -1 && bind(fd, as_name(name), sizeof name) == 0 ? fd : -1;
}

int bind_port(char** arg)
{
    return bound(atoi(arg[0])) != -1 ? 0 : fail("bind");
}

// Three sockets share a port: how many get a unicast datagram?
int reuse(char**)
{
    pollfd got[3];
    for (pollfd& p : got)
        p = {bound(4000, true), POLLIN, 0};
    const sockaddr_in to = address("127.0.0.1", 4000);
    if (sendto(got[0].fd, "x", 1, 0, as_name(to), sizeof to) != 1)
        return fail("sendto");
    int count = 0;
    if (poll(got, 3, 5000) < 1)
        return fail("poll");
    for (const pollfd& p : got)
        count += (p.revents & POLLIN) != 0;
    printf("received by %d\n", count);
    return 0;
}

// PRIORITY ADDRESS: a datagram with SO_TXPRIO.
int txprio(char** arg)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const int value = atoi(arg[0]);
    if (value >= 0 && setsockopt(fd, SOL_SOCKET, SO_TXPRIO, &value, sizeof value) == -1)
        return fail("SO_TXPRIO");
    const sockaddr_in to = address(arg[1], 9);
    return sendto(fd, "priority", 8, 0, as_name(to), sizeof to) == 8 ? 0 : fail("sendto");
}

uint64_t quad(const char* name)
{
    uint64_t value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 ? value : ~uint64_t{0};
}

uint64_t clusters_in_use()
{
    uint64_t stats[7] = {};
    size_t size = sizeof stats;
    sysctlbyname("kern.mbuf.stats", stats, &size, nullptr, 0);
    return stats[1];
}

// BYTES: a datagram to itself; what it cost on the way in, while it lies there, and on the way out.
int hold(char** arg)
{
    const size_t size = strtoul(arg[0], nullptr, 0);
    std::vector<char> data(size, 'd');
    const int fd = bound(4001);
    const int room = 200000;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    const sockaddr_in to = address("127.0.0.1", 4001);
    const uint64_t clusters = clusters_in_use();
    const uint64_t fetched = quad("qnx.kern.messages.fetched");
    if (sendto(fd, data.data(), size, 0, as_name(to), sizeof to) != static_cast<ssize_t>(size))
        return fail("sendto");
    pollfd p = {fd, POLLIN, 0};
    poll(&p, 1, 5000);
    const uint64_t held = clusters_in_use() - clusters;
    const uint64_t more = quad("qnx.kern.messages.fetched") - fetched;
    const uint64_t operations = quad("qnx.kern.messages.reply_operations");
    if (read(fd, data.data(), size) != static_cast<ssize_t>(size))
        return fail("read");
    printf(
        "clusters %llu fetched %llu replies %llu\n", static_cast<unsigned long long>(held),
        static_cast<unsigned long long>(more),
        static_cast<unsigned long long>(quad("qnx.kern.messages.reply_operations") - operations));
    return 0;
}

void* read_one(void* arg)
{
    char c;
    return read(static_cast<int>(reinterpret_cast<intptr_t>(arg)), &c, 1) == 1 ? arg : nullptr;
}

// COUNT USED WAITING: so many threads block in read() until those numbers stand; then each gets a datagram.
int block(char** arg)
{
    const int count = atoi(arg[0]);
    std::vector<pthread_t> threads(static_cast<size_t>(count));
    const int sender = socket(AF_INET, SOCK_DGRAM, 0);
    for (int i = 0; i < count; i++)
        if (pthread_create(&threads[static_cast<size_t>(i)], nullptr, read_one,
                           reinterpret_cast<void*>(static_cast<intptr_t>(bound(4100 + i)))) != 0)
            return fail("pthread_create");
    while (quad("qnx.kern.threads.used") != strtoul(arg[1], nullptr, 0) ||
           quad("qnx.kern.threads.waiting") != strtoul(arg[2], nullptr, 0))
        usleep(10000);
    puts("all blocked");
    for (int i = 0; i < count; i++) { // also to those that wait for a place
        const sockaddr_in to = address("127.0.0.1", 4100 + count - 1 - i);
        sendto(sender, "x", 1, 0, as_name(to), sizeof to);
    }
    int answered = 0;
    for (pthread_t thread : threads) {
        void* result = nullptr;
        pthread_join(thread, &result);
        answered += result != nullptr;
    }
    printf("answered %d\n", answered);
    return 0;
}

// COUNT: how many of so many connections a listener that accepts none lets come about.
int backlog(char** arg)
{
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in name = address("127.0.0.1", 4002);
    if (bind(listener, as_name(name), sizeof name) == -1 || listen(listener, 100000) == -1)
        return fail("listen");
    int count = 0;
    for (int i = 0; i < atoi(arg[0]); i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        connect(fd, as_name(name), sizeof name);
        pollfd p = {fd, POLLOUT, 0};
        int error = 0;
        socklen_t size = sizeof error;
        if (poll(&p, 1, 300) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 ||
            error != 0)
            break;
        count++;
    }
    printf("queued %d\n", count);
    return 0;
}

int inet6(char**)
{
    return socket(24, SOCK_DGRAM, 0) != -1 ? 0 : fail("AF_INET6"); // AF_INET6 of QNX
}

// PATH: read and write.
int open_node(char** arg)
{
    return open(arg[0], O_RDWR) != -1 ? 0 : fail(arg[0]);
}

// PATH: a local socket with that name.
int bind_local(char** arg)
{
    sockaddr_un name = {};
    name.sun_family = AF_LOCAL;
    strncpy(name.sun_path, arg[0], sizeof name.sun_path - 1);
    name.sun_len = static_cast<uint8_t>(SUN_LEN(&name));
    const int fd = socket(AF_LOCAL, SOCK_STREAM, 0);
    if (fd == -1 || bind(fd, reinterpret_cast<sockaddr*>(&name), name.sun_len) == -1)
        return fail(arg[0]);
    return 0;
}

volatile sig_atomic_t io_signals;

// SIGIO of a socket (F_SETOWN, O_ASYNC) comes with a datagram, and no more when it is off again.
int sigio(char**)
{
    struct sigaction action = {};
    action.sa_handler = [](int) { io_signals = io_signals + 1; };
    sigaction(SIGIO, &action, nullptr);
    const int fd = bound(4003);
    const sockaddr_in to = address("127.0.0.1", 4003);
    if (fcntl(fd, F_SETOWN, getpid()) == -1 || fcntl(fd, F_GETOWN) != getpid() ||
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC) == -1)
        return fail("F_SETOWN");
    const int someone = 1;
    if (ioctl(fd, FIOSETOWN, &someone) != -1 && geteuid() != 0)
        return fail("another process as owner");
    fcntl(fd, F_SETOWN, getpid());
    sendto(fd, "x", 1, 0, as_name(to), sizeof to);
    char c;
    for (int i = 0; i < 500 && io_signals == 0; i++)
        usleep(10000);
    if (io_signals == 0 || recv(fd, &c, 1, 0) != 1)
        return fail("no SIGIO");
    const int off = 0;
    ioctl(fd, FIOASYNC, &off);
    const int before = io_signals;
    sendto(fd, "x", 1, 0, as_name(to), sizeof to);
    if (recv(fd, &c, 1, 0) != 1 || io_signals != before)
        return fail("SIGIO though off");
    puts("signals as asked for");
    return 0;
}

// IFNAME: devnp-wire's commands through SIOC[GS]DRVSPEC, in the form of devctl() (data behind the structure) and of ioctl().
struct SpecMessage {
    ifdrv command;
    uint8_t data[64];
};

int driver_command(int fd, const char* name, unsigned request, unsigned long command, void* data,
                   size_t size, bool by_ioctl)
{
    SpecMessage m = {};
    strlcpy(m.command.ifd_name, name, IFNAMSIZ);
    m.command.ifd_cmd = command;
    m.command.ifd_len = size;
    if (by_ioctl) {
        m.command.ifd_data = data;
        return ioctl(fd, static_cast<int>(request), &m.command) == 0 ? 0 : errno;
    }
    memcpy(m.data, data, size);
    const int err = devctl(fd, static_cast<int>(request), &m, sizeof m.command + size, nullptr);
    memcpy(data, m.data, size);
    return err;
}

bool wrong(const char* what, int got, int want)
{
    if (got != want)
        printf("%s: %s, not %s\n", what, strerror(got), strerror(want));
    return got != want;
}

int time_of_driver(int fd, const char* name, bool by_ioctl)
{
    const uint32_t now = by_ioctl ? 77 : 66;
    ptp_time_t set = {5, now};
    ptp_time_t get = {};
    ptp_extts_t stamp = {};
    stamp.sequence_id = 7;
    if (wrong("set",
              driver_command(fd, name, SIOCSDRVSPEC, PTP_SET_TIME, &set, sizeof set, by_ioctl),
              0) ||
        wrong("get",
              driver_command(fd, name, SIOCGDRVSPEC, PTP_GET_TIME, &get, sizeof get, by_ioctl),
              0) ||
        wrong("stamp",
              driver_command(fd, name, SIOCGDRVSPEC, PTP_GET_RX_TIMESTAMP, &stamp, sizeof stamp,
                             by_ioctl),
              0))
        return 1;
    if (get.sec != now || stamp.ts.sec != now || stamp.ts.nsec != 5)
        return fputs("another time came back\n", stdout), 1;
    stamp.sequence_id = 8;
    return wrong("no stamp",
                 driver_command(fd, name, SIOCGDRVSPEC, PTP_GET_RX_TIMESTAMP, &stamp, sizeof stamp,
                                by_ioctl),
                 ENOENT) ||
           wrong("length",
                 driver_command(fd, name, SIOCGDRVSPEC, PTP_GET_TIME, &stamp, 3, by_ioctl),
                 EINVAL) ||
           wrong("command",
                 driver_command(fd, name, SIOCGDRVSPEC, 12345, &get, sizeof get, by_ioctl), ENOTTY);
}

int bandwidth_of_driver(int fd, const char* name)
{
    SpecMessage m = {};
    strlcpy(m.command.ifd_name, name, IFNAMSIZ);
    m.command.ifd_cmd = AVB_SET_BW;
    avb_bw_t bandwidth = {};
    bandwidth.bandwidth[5] = 1000;
    memcpy(&m.command.ifd_data, &bandwidth, sizeof bandwidth);
    if (wrong("bandwidth", devctl(fd, static_cast<int>(SIOCSDRVSPEC), &m, sizeof m, nullptr), 0))
        return 1;
    bandwidth.bandwidth[5] = 90000;
    memcpy(&m.command.ifd_data, &bandwidth, sizeof bandwidth);
    return wrong("too much", devctl(fd, static_cast<int>(SIOCSDRVSPEC), &m, sizeof m, nullptr),
                 EINVAL);
}

int driver_spec(char** arg)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (time_of_driver(fd, arg[0], false) != 0 || time_of_driver(fd, arg[0], true) != 0 ||
        bandwidth_of_driver(fd, arg[0]) != 0)
        return 1;
    puts("driver answered");
    return 0;
}

// IFNAME MS WAKE: devnp-wire sleeps in an ioctl.
int driver_sleep(char** arg)
{
    uint32_t want[2] = {static_cast<uint32_t>(atoi(arg[1])), static_cast<uint32_t>(atoi(arg[2]))};
    const int err = driver_command(socket(AF_INET, SOCK_DGRAM, 0), arg[0], SIOCSDRVSPEC, 0x900,
                                   want, sizeof want, false);
    printf("slept: %s\n", strerror(err));
    return 0;
}

struct Row {
    const char* name;
    int arguments;
    int (*run)(char** arg);
};

constexpr Row rows[] = {
    {"bind", 1, bind_port}, {"reuse", 0, reuse},         {"txprio", 2, txprio},
    {"hold", 1, hold},      {"block", 3, block},         {"backlog", 1, backlog},
    {"inet6", 0, inet6},    {"open", 1, open_node},      {"local", 1, bind_local},
    {"sigio", 0, sigio},    {"drvspec", 1, driver_spec}, {"drvsleep", 3, driver_sleep}};

} // namespace

int main(int argc, char** argv)
{
    for (const Row& row : rows)
        if (argc == 2 + row.arguments && strcmp(argv[1], row.name) == 0)
            return row.run(argv + 2);
    fputs("option-client: which?\n", stderr);
    return 2;
}
