// SPDX-License-Identifier: Apache-2.0
// on: runs a command with another priority, user, CPU, terminal, environment; or after a path name exists.
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <string>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/ability_spec.hpp"
#include "lib/util.hpp"

QNX_USAGE(
    "%C - run a command in another way\n\n%C [options] command [argument...]\n"
    " -A ability        e.g. allow,nonroot,setuid:500-599,inherit; without a name: all others\n"
    " -C cpu            only on this CPU (0...)\n"
    " -d                detached: do not wait, no terminal signals\n"
    " -e NAME=value     set in its environment\n"
    " -h                start it stopped (as held for a debugger)\n"
    " -p prio[f|r|o]    priority and policy\n"
    " -R mask           run mask\n"
    " -s                in a new session\n"
    " -t tty            standard input, output and errors\n"
    " -u uid[:gid]      as this user and group (numbers)\n"
    " -W seconds[:ms]   after that time\n"
    " -w path           wait until path exists (5 seconds at most)\n"
    "The exit status is the command's.\n")

namespace {

struct Options {
    bool detached = false, held = false, session = false;
    int priority = -1, policy = SCHED_RR;
    uint32_t runmask = 0;
    const char* terminal = nullptr;
    const char* wait_path = nullptr;
    long delay_ms = 0;
    long uid = -1, gid = -1;
    ability::Entries abilities;
    uint32_t other_abilities = 0;

    bool sets_abilities() const { return !abilities.empty() || other_abilities != 0; }
};

bool parse_ability(const char* text, Options& o)
{
    const std::string wrong = ability::parse(text, o.abilities, o.other_abilities);
    if (!wrong.empty()) {
        util::say("%s", wrong.c_str());
    }
    return wrong.empty();
}

bool parse_priority(const char* text, Options& o)
{
    char* end = nullptr;
    const long value = std::strtol(text, &end, 10);
    if (end == text || value < 1 || value > 255 || (*end && end[1])) {
        return false;
    }
    o.priority = static_cast<int>(value);
    o.policy = *end == 'f' ? SCHED_FIFO : *end == 'o' ? SCHED_OTHER : SCHED_RR;
    return *end == '\0' || std::strchr("fro", *end);
}

bool parse_user(const char* text, Options& o)
{
    char* end = nullptr;
    o.uid = o.gid = std::strtol(text, &end, 10);
    if (end == text) {
        return false;
    }
    if (*end == ':') {
        text = end + 1;
        o.gid = std::strtol(text, &end, 10);
    }
    return end != text && (*end == '\0' || *end == ',');
}

bool parse(int argc, char* argv[], Options& o)
{
    for (int c; (c = getopt(argc, argv, "+A:C:de:hp:R:sT:t:u:W:w:")) != -1;) {
        long value = 0;
        char* end = nullptr;
        bool good = true;
        switch (c) {
        case 'C':
            good = util::number(optarg, value, 10) && value >= 0 && value < 32;
            o.runmask |= 1u << value;
            break;
        case 'd':
            o.detached = true;
            break;
        case 'e':
            good = std::strchr(optarg, '=') && putenv(optarg) == 0;
            break;
        case 'h':
            o.held = true;
            break;
        case 'p':
            good = parse_priority(optarg, o);
            break;
        case 'R':
            good = util::number(optarg, value, 0) && value != 0;
            o.runmask = static_cast<uint32_t>(value);
            break;
        case 's':
            o.session = true;
            break;
        case 't':
            o.terminal = optarg;
            break;
        case 'u':
            good = parse_user(optarg, o);
            break;
        case 'W':
            o.delay_ms = std::strtol(optarg, &end, 10) * 1000;
            o.delay_ms += *end == ':' ? std::strtol(end + 1, &end, 10) : 0;
            good = end != optarg && *end == '\0';
            break;
        case 'w':
            o.wait_path = optarg;
            break;
        case 'A':
            good = parse_ability(optarg, o);
            break;
        case 'T':
            util::say("-%c is not supported", c);
            return false;
        default:
            return false;
        }
        if (!good) {
            util::say("bad argument for -%c: %s", c, optarg);
            return false;
        }
    }
    return true;
}

bool wait_for(const char* path)
{
    for (int tries = 0; tries < 50; ++tries) {
        struct stat st;
        if (stat(path, &st) == 0) {
            return true;
        }
        usleep(100000);
    }
    return false;
}

volatile sig_atomic_t child;

void pass_on(int signo)
{
    if (child > 0) {
        kill(child, signo);
    }
}

int wait_status(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR) {
            return util::complain("waitpid");
        }
    }
    if (WIFSIGNALED(status)) {
        return 128 + WTERMSIG(status);
    }
    return WEXITSTATUS(status);
}

// On the program before its first instruction; it goes on then, unless it is to be held.
bool set_abilities(pid_t pid, const Options& o)
{
    const int error = ability::apply(pid, o.abilities, o.other_abilities);
    if (error != EOK) {
        util::complain("procmgr_ability", error);
        kill(pid, SIGKILL);
        return false;
    }
    return o.held || kill(pid, SIGCONT) == 0;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options o;
    if (!parse(argc, argv, o)) {
        return EXIT_FAILURE;
    }
    if (optind >= argc) {
        return util::say("usage: %s [options] command [argument...]", util::program);
    }
    if (o.delay_ms > 0) {
        usleep(static_cast<useconds_t>(o.delay_ms) * 1000);
    }
    if (o.wait_path && !wait_for(o.wait_path)) {
        return util::complain(o.wait_path, ETIMEDOUT);
    }
    struct inheritance how = {};
    int fds[3] = {0, 1, 2};
    if (o.terminal) {
        const std::string path =
            o.terminal[0] == '/' ? o.terminal : std::string("/dev/") + o.terminal;
        const int fd = open(path.c_str(), O_RDWR);
        if (fd < 0) {
            return util::complain(path.c_str());
        }
        fds[0] = fds[1] = fds[2] = fd;
    }
    if (o.priority >= 0) {
        how.flags |= SPAWN_EXPLICIT_SCHED;
        how.policy = o.policy;
        how.param.sched_priority = o.priority;
    }
    if (o.runmask) {
        how.flags |= SPAWN_EXPLICIT_CPU;
        how.runmask = o.runmask;
    }
    if (o.session) {
        how.flags |= SPAWN_SETSID;
    } else if (o.detached) {
        how.flags |= SPAWN_SETGROUP;
        how.pgroup = SPAWN_NEWPGROUP;
    }
    how.flags |= o.held || o.sets_abilities() ? SPAWN_HOLD : 0;
    how.flags |= o.detached ? SPAWN_NOZOMBIE : 0;
    if (o.uid >= 0) {
        how.flags |= SPAWN_SETCRED;
        how.uid = static_cast<uid_t>(o.uid);
        how.gid = static_cast<gid_t>(o.gid);
    }
    const pid_t pid = spawnp(argv[optind], 3, fds, &how, argv + optind, environ);
    if (pid == -1) {
        util::complain(argv[optind]);
        return errno == ENOENT ? 127 : 126;
    }
    if (o.sets_abilities() && !set_abilities(pid, o)) {
        return EXIT_FAILURE;
    }
    if (o.detached) {
        return EXIT_SUCCESS;
    }
    child = pid;
    signal(SIGTERM, pass_on);
    signal(SIGHUP, pass_on);
    signal(SIGINT, SIG_IGN); // the command is in this process group and gets it too
    return wait_status(pid);
}
