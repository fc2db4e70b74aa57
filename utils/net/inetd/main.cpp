// SPDX-License-Identifier: Apache-2.0
// inetd: listens for many services and starts each one's program when a call comes.
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/procmgr.h>
#include <unistd.h>

#include <memory>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/inetd/service.hpp"

QNX_USAGE(
    "%C - Internet super-server\n\n"
    "%C [-Dd] [configuration file]\n"
    " -D  stay in the foreground\n"
    " -d  stay in the foreground and say what happens\n"
    "The file is /etc/inetd.conf; SIGHUP has it read again. A line:\n"
    "[addr:]service stream|dgram tcp|udp[,sndbuf=n][,rcvbuf=n] wait|nowait[:max] user[:group]\n"
    "program arguments. Programs named internal: echo discard chargen daytime time.\n"
    "#@ policy: the services below want IPsec, which io-pkt does not have: they are not started,\n"
    "until an empty #@ line.\n")

namespace {

std::unique_ptr<inetd::Service> running[inetd::max_services];
const char* file = "/etc/inetd.conf";

bool same(const inetd::Service& a, const inetd::Service& b)
{
    return strcmp(a.line, b.line) == 0;
}

// "#@ policy" (inetd(8)): what follows is for protected packets only. No IPsec here, so nothing of it may be served.
bool is_policy(const char* line, bool& wanted)
{
    if (strncmp(line, "#@", 2) != 0)
        return false;
    wanted = line[2 + strspn(line + 2, " \t\r\n")] != '\0';
    return true;
}

// Reads the file into list; the number of services, or -1 when it cannot be opened. Wrong lines are skipped with a message.
int read_file(std::unique_ptr<inetd::Service>* list)
{
    FILE* in = fopen(file, "r");
    if (in == nullptr)
        return util::complain(file), -1;
    char line[600];
    size_t count = 0;
    bool policy = false;
    for (unsigned number = 1; fgets(line, sizeof line, in) != nullptr; ++number) {
        if (is_policy(line, policy))
            continue;
        auto service = std::make_unique<inetd::Service>();
        if (inetd::parse_line(file, number, line, service.get()) != 1)
            continue;
        if (policy) {
            util::say("%s:%u: %s is not started: its #@ policy needs IPsec", file, number,
                      service->name);
            continue;
        }
        if (count == inetd::max_services) {
            util::say("%s:%u: only %zu services are possible", file, number, inetd::max_services);
            break;
        }
        list[count++] = std::move(service);
    }
    fclose(in);
    return static_cast<int>(count);
}

// There is always one: running holds as many as a file may.
std::unique_ptr<inetd::Service>* free_place()
{
    auto* place = running;
    while (*place)
        ++place;
    return place;
}

// What stayed as it was goes on undisturbed; what left the file stops; what is new starts.
int configure()
{
    std::unique_ptr<inetd::Service> wanted[inetd::max_services];
    int count = read_file(wanted);
    if (count == -1)
        return -1;
    for (auto& old : running) {
        bool stays = false;
        for (auto& service : wanted) {
            if (old && service && same(*old, *service)) {
                service.reset();
                stays = true;
            }
        }
        if (old && !stays) {
            inetd::stop(old.get());
            old.reset();
        }
    }
    for (auto& service : wanted)
        if (service && inetd::start(service.get()))
            *free_place() = std::move(service);
    return count;
}

bool number_of(const char* name, bool group, long* id)
{
    if (util::number(name, *id, 10))
        return *id >= 0;
    if (group) {
        struct group* entry = getgrnam(name);
        *id = entry != nullptr ? static_cast<long>(entry->gr_gid) : -1;
    } else {
        struct passwd* entry = getpwnam(name);
        *id = entry != nullptr ? static_cast<long>(entry->pw_uid) : -1;
    }
    return *id >= 0;
}

// "inetd -U user[:group] program argv0...": gives up root, then becomes the program.
int become(char** words)
{
    char* group = strchr(words[0], ':');
    if (group != nullptr)
        *group++ = '\0';
    long uid, gid = 0;
    if (!number_of(words[0], false, &uid) || (group != nullptr && !number_of(group, true, &gid)))
        return util::say("%s: no such user or group", words[0]);
    if (group == nullptr)
        if (struct passwd* entry = getpwuid(static_cast<uid_t>(uid)))
            gid = static_cast<long>(entry->pw_gid);
    if (setgid(static_cast<gid_t>(gid)) == -1 || setuid(static_cast<uid_t>(uid)) == -1)
        return util::complain("setuid");
    execv(words[1], words + 2);
    return util::complain(words[1]);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (argc > 4 && strcmp(argv[1], "-U") == 0)
        return become(argv + 2);
    bool foreground = false;
    for (int c; (c = getopt(argc, argv, "Dd")) != -1;) {
        if (c == '?')
            return 1;
        foreground = true;
        inetd::debug |= c == 'd';
    }
    if (optind < argc)
        file = argv[optind];
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hangup, nullptr); // before any thread: main alone takes it
    signal(SIGPIPE, SIG_IGN);
    if (configure() == -1)
        return 1;
    unsigned flags = PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL;
    if (!foreground && procmgr_daemon(0, flags) == -1) // whoever started us finds the services open
        return util::complain("procmgr_daemon");
    for (int signo; sigwait(&hangup, &signo) == 0;)
        configure();
    return 0;
}
