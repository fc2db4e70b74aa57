// SPDX-License-Identifier: Apache-2.0
// dhcp.client: gets this host's address from a DHCP server and keeps it (RFC 2131).
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/procmgr.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/dhcp/interface.hpp"
#include "net/dhcp/message.hpp"
#include "net/dhcp/probe.hpp"
#include "net/lib/net.hpp"

QNX_USAGE(
    "%C - get the address of this host from a DHCP server\n\n"
    "%C [-abdHkmnRru] [-A num] [-D ident] [-h hostname] [-I num] [-i interface] [-P port] [-p "
    "port]\n"
    "            [-s host] [-T secs] [-t num] &\n"
    " -a           as an alias, beside the addresses that are there\n"
    " -A num       probe the address so often, a second each, before it is taken (needs /dev/bpf)\n"
    " -b           answers may be sent to this host alone, once it has an address\n"
    " -D ident     client identifier (default: the MAC address)\n"
    " -d           say what happens\n"
    " -H           do not change this host's name\n"
    " -h hostname  this host's name, for the server too\n"
    " -I num       how often to look for the interface, every 2 s (default 5)\n"
    " -i interface (default: the first one without an address)\n"
    " -k           keep the lease when the client ends\n"
    " -m           set _CS_DOMAIN and _CS_RESOLVE instead of writing /etc/resolv.conf\n"
    " -n           leave the name servers alone\n"
    " -P port      the server's port (default 67)\n"
    " -p port      our port (default 68)\n"
    " -R           do not add routes\n"
    " -r           write /etc/resolv.conf.<hostname>\n"
    " -s host      this server only\n"
    " -T secs      length of an attempt (default 60)\n"
    " -t num       attempts (default: for ever)\n"
    " -u           go to the background only when configured\n"
    "Run when they are there: /etc/dhcp/dhcp-check interface address before a lease is taken "
    "(other\n"
    "than 0 declines it), /etc/dhcp/dhcp-up interface address netmask router afterwards.\n"
    "The lease is given back at the end, except after SIGPWR.\n"
    "Exit status: 0, 1 an error, 2 no interface, 3 no server answered.\n")

namespace {

using dhcp::Type;

enum class State { init, selecting, requesting, bound, renewing, rebinding };

struct Options {
    dhcp::Policy policy;
    bool unicast = false, debug = false, keep_lease = false, background_late = false;
    const char* identifier = nullptr;
    const char* interface = nullptr;
    long probes = 0;
    long polls = 5, server_port = 67, client_port = 68, attempt_s = 60, attempts = 0;
    in_addr_t only_server = 0;
};

Options options;
char interface[IFNAMSIZ];
dhcp::Client self;
dhcp::Answer lease;
int fd = -1;
volatile sig_atomic_t ending;

__attribute__((format(printf, 1, 2))) void trace(const char* format, ...)
{
    if (!options.debug)
        return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", util::program);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

const char* text(in_addr_t number)
{
    struct in_addr address = {number};
    return inet_ntoa(address);
}

uint32_t random32()
{
    uint32_t value = 0;
    if (getentropy(&value, sizeof value) ==
        -1) // no /dev/urandom: the MAC and the time keep hosts apart
        value = static_cast<uint32_t>(net::now_ns()) ^
                static_cast<uint32_t>(self.mac[4] << 8 | self.mac[5]) << 16;
    return value;
}

bool send_message(const dhcp::Wanted& wanted, in_addr_t to)
{
    uint8_t out[dhcp::max_message];
    size_t length = dhcp::build(self, wanted, out);
    auto address = net::address(to, static_cast<uint16_t>(options.server_port));
    ssize_t n =
        sendto(fd, out, length, 0, reinterpret_cast<struct sockaddr*>(&address), sizeof address);
    if (n == -1)
        util::complain("sendto");
    return n != -1;
}

// The next answer of a type in wanted, until the time is over; false then, or when a signal ends the client.
bool receive(uint64_t until, dhcp::Answer* answer)
{
    uint8_t data[2048];
    for (uint64_t now = net::now_ns(); now < until && ending == 0; now = net::now_ns()) {
        struct pollfd waiting = {fd, POLLIN, 0};
        uint64_t ms = (until - now) / net::ns_per_ms + 1;
        if (poll(&waiting, 1, ms > 60000 ? 60000 : static_cast<int>(ms)) <= 0)
            continue;
        ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);
        if (n <= 0 || !dhcp::parse(data, static_cast<size_t>(n), self, answer))
            continue;
        if (options.only_server == 0 || answer->server == options.only_server)
            return true;
    }
    return false;
}

// Asks again after 4, 8, 16, 32, 64 s, each a second more or less (RFC 2131 4.1), until an answer fits or the time is over.
template <typename Fits>
bool ask(const dhcp::Wanted& wanted, in_addr_t to, uint64_t until, dhcp::Answer* answer, Fits fits)
{
    uint64_t began = net::now_ns();
    for (uint64_t pause = 4;; pause = pause < 64 ? pause * 2 : 64) {
        uint64_t now = net::now_ns();
        if (now >= until || ending != 0)
            return false;
        self.seconds = static_cast<uint16_t>((now - began) / net::ns_per_s);
        send_message(wanted, to);
        uint64_t again =
            now + pause * net::ns_per_s - net::ns_per_s + random32() % (2 * net::ns_per_s);
        while (receive(again < until ? again : until, answer))
            if (fits(*answer))
                return true;
    }
}

// SELECTING and REQUESTING: the first offer is taken. False: nobody answered, or the server changed its mind.
bool discover(uint64_t until)
{
    self.xid = random32();
    dhcp::Answer offer;
    if (!ask({.type = Type::discover}, INADDR_BROADCAST, until, &offer,
             [](const dhcp::Answer& a) { return a.type == Type::offer && a.server != 0; }))
        return false;
    trace("%s offered", text(offer.address));
    dhcp::Answer answer;
    dhcp::Wanted wanted = {
        .type = Type::request, .requested = offer.address, .server = offer.server};
    if (!ask(wanted, INADDR_BROADCAST, until, &answer,
             [](const dhcp::Answer& a) { return a.type == Type::ack || a.type == Type::nak; }) ||
        answer.type == Type::nak)
        return false;
    if (answer.server == 0)
        answer.server = offer.server;
    lease = answer;
    return true;
}

// RENEWING (to the server) and REBINDING (to all). True with a new lease; *refused when a server said no.
bool extend(State state, uint64_t until, bool* refused)
{
    self.xid = random32();
    self.want_broadcast = false; // the address is ours: answers can be sent to it
    dhcp::Answer answer;
    dhcp::Wanted wanted = {.type = Type::request, .current = lease.address};
    in_addr_t to = state == State::renewing ? lease.server : INADDR_BROADCAST;
    bool answered = ask(wanted, to, until, &answer, [](const dhcp::Answer& a) {
        return a.type == Type::nak || (a.type == Type::ack && a.address == lease.address);
    });
    self.want_broadcast = !options.unicast;
    *refused = answered && answer.type == Type::nak;
    if (!answered || *refused)
        return false;
    if (answer.server == 0)
        answer.server = lease.server;
    lease = answer;
    return true;
}

// A program of /etc/dhcp with its arguments; true when it is not there or ended with 0.
bool hook(const char* path, std::initializer_list<const char*> arguments)
{
    const char* words[8] = {path};
    size_t count = 1;
    for (const char* each : arguments)
        words[count++] = each;
    pid_t pid = -1;
    int status = 0;
    if (access(path, X_OK) != 0)
        return true;
    if (int error = posix_spawn(&pid, path, nullptr, nullptr, const_cast<char**>(words), environ))
        return util::complain(path, error), true;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return true;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// RFC 2131 4.4.1: an address that is somebody's is declined; the next attempt begins ten seconds later.
bool acceptable()
{
    char address[INET_ADDRSTRLEN];
    strcpy(address, text(lease.address));
    bool good = options.probes == 0 || dhcp::probe(interface, self.mac, lease.address,
                                                   options.probes) != dhcp::Probe::used;
    if (!good)
        util::say("%s is in use", address);
    else if (!hook("/etc/dhcp/dhcp-check", {interface, address}))
        good = util::say("/etc/dhcp/dhcp-check refuses %s", address) == 0;
    if (good)
        return true;
    send_message({.type = Type::decline, .requested = lease.address, .server = lease.server},
                 INADDR_BROADCAST);
    for (unsigned left = 10; left != 0 && ending == 0;)
        left = sleep(left);
    return false;
}

void tell_hook()
{
    char address[INET_ADDRSTRLEN], mask[INET_ADDRSTRLEN], router[INET_ADDRSTRLEN];
    strcpy(address, text(lease.address));
    strcpy(mask, text(lease.mask));
    strcpy(router, text(lease.router));
    hook("/etc/dhcp/dhcp-up", {interface, address, mask, router});
}

// Keeps the lease until it is lost (returns) or the client is to end. Times count from the moment of asking.
void keep()
{
    uint64_t start = net::now_ns();
    while (ending == 0) {
        if (lease.lease == dhcp::infinite) {
            pause();
            continue;
        }
        auto at = [&](uint32_t seconds) { return start + seconds * net::ns_per_s; };
        dhcp::Answer ignored;
        receive(at(lease.renew), &ignored);
        bool refused = false;
        uint64_t asked = net::now_ns();
        if (ending != 0)
            return;
        if (extend(State::renewing, at(lease.rebind), &refused) ||
            (!refused && extend(State::rebinding, at(lease.lease), &refused))) {
            trace("lease extended by %u s", lease.lease);
            start = asked;
            dhcp::apply(interface, lease, options.policy);
        } else if (ending == 0) {
            trace("lease %s", refused ? "refused" : "expired");
            dhcp::remove(interface, lease);
            return;
        }
    }
}

void finish()
{
    if (options.keep_lease || ending == SIGPWR)
        return;
    send_message({.type = Type::release, .current = lease.address, .server = lease.server},
                 lease.server);
    dhcp::remove(interface, lease);
    trace("%s released", text(lease.address));
}

void go_to_background()
{
    unsigned flags = PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL;
    if (procmgr_daemon(0, flags) == -1)
        util::complain("procmgr_daemon");
}

int run()
{
    bool in_background = !options.background_late;
    if (in_background)
        go_to_background();
    for (long failed = 0; ending == 0;) {
        if (!discover(net::now_ns() + static_cast<uint64_t>(options.attempt_s) * net::ns_per_s)) {
            if (ending == 0 && options.attempts != 0 && ++failed >= options.attempts)
                return util::say("no server answered"), 3;
            continue;
        }
        if (!acceptable())
            continue;
        trace("bound to %s for %u s", text(lease.address), lease.lease);
        dhcp::apply(interface, lease,
                    options.policy); // before -u's waiter goes on: it finds it done
        tell_hook();
        if (!in_background) {
            go_to_background();
            in_background = true;
        }
        failed = 0;
        keep();
        if (ending != 0)
            finish();
    }
    return 0;
}

bool open_socket()
{
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd == -1)
        return util::complain("socket"), false;
    int on = 1;
    struct ifreq request = {};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    auto at = net::address(INADDR_ANY, static_cast<uint16_t>(options.client_port));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, &request, sizeof request) == -1)
        return util::complain("setsockopt"), false;
    if (bind(fd, reinterpret_cast<struct sockaddr*>(&at), sizeof at) == -1)
        return util::complain("bind"), false;
    return true;
}

bool wait_interface()
{
    for (long i = 0; i < options.polls; ++i) {
        if (i > 0)
            sleep(2);
        if (dhcp::find_interface(options.interface, true, interface, sizeof interface, self.mac) ||
            (options.interface == nullptr &&
             dhcp::find_interface(nullptr, false, interface, sizeof interface, self.mac)))
            return true;
    }
    util::say("no interface %s", options.interface != nullptr ? options.interface : "to configure");
    return false;
}

bool parse_flag(int c)
{
    switch (c) {
    case 'a':
        return options.policy.alias = true;
    case 'b':
        return options.unicast = true;
    case 'd':
        return options.debug = true;
    case 'H':
        return options.policy.no_host_name = true;
    case 'k':
        return options.keep_lease = true;
    case 'm':
        return options.policy.in_memory = true;
    case 'n':
        return options.policy.no_servers = true;
    case 'R':
        return options.policy.no_routes = true;
    case 'r':
        return options.policy.named_file = true;
    case 'u':
        return options.background_late = true;
    default:
        return false;
    }
}

bool value(int c, long low, long high, long* to)
{
    return (util::number(optarg, *to, 10) && *to >= low && *to <= high) ||
           (util::say("bad value for -%c: %s (%ld to %ld)", c, optarg, low, high), false);
}

bool parse_value(int c)
{
    struct sockaddr_in server = {};
    switch (c) {
    case 'A':
        return value(c, 1, 60, &options.probes);
    case 'D':
        options.identifier = optarg;
        return true;
    case 'h':
        options.policy.host_name = optarg;
        return true;
    case 'I':
        return value(c, 1, 1000000, &options.polls);
    case 'i':
        options.interface = optarg;
        return strlen(optarg) < IFNAMSIZ ||
               (util::say("%s: too long for an interface", optarg), false);
    case 'P':
        return value(c, 1, 65535, &options.server_port);
    case 'p':
        return value(c, 1, 65535, &options.client_port);
    case 's':
        if (!net::resolve(optarg, &server))
            return false;
        options.only_server = server.sin_addr.s_addr;
        return true;
    case 'T':
        return value(c, 1, 86400, &options.attempt_s);
    case 't':
        return value(c, 1, 1000000, &options.attempts);
    default:
        return false;
    }
}

bool parse_options(int argc, char* argv[])
{
    for (int c; (c = getopt(argc, argv, "A:abD:dHh:I:i:kmnP:p:Rrs:T:t:u")) != -1;)
        if (!parse_flag(c) && !parse_value(c))
            return false;
    return argv[optind] == nullptr || (util::say("%s: one word too many", argv[optind]), false);
}

void catch_signals()
{
    struct sigaction action = {};
    action.sa_handler = [](int signo) { ending = signo; };
    for (int signo : {SIGTERM, SIGINT, SIGHUP, SIGPWR})
        sigaction(signo, &action, nullptr);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv))
        return 1;
    if (!wait_interface())
        return 2;
    self.identifier = options.identifier;
    self.host_name = options.policy.host_name;
    self.want_broadcast = !options.unicast;
    if (!dhcp::bring_up(interface) || !open_socket())
        return 1;
    catch_signals();
    return run();
}
