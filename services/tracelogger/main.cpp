// SPDX-License-Identifier: Apache-2.0
// tracelogger: switches the kernel's event trace on, writes what it records to a file, and switches it off again.
#include <abi/trace.h>
#include <abi/usage.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/trace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE(
    "%C - write the kernel's event trace to a file\n"
    "%C [-cdrvw] [-s seconds] [-n buffers] [-f file] [-P priority] [command [argument ...]]\n"
    "%C -x file\n"
    "With a command: runs it, and stops when it has ended.\n"
    " -s seconds  how long (default: until a signal ends it)\n"
    " -n buffers  stop after so many buffers of 1024 events (default: no limit)\n"
    " -f file     where to (default /dev/shmem/tracebuffer)\n"
    " -c          until a signal ends it, whatever -s and -n say\n"
    " -d          as a daemon: returns at once\n"
    " -P priority of tracelogger itself (default 40)\n"
    " -r          ring mode: writes only what the kernel's ring holds at the end, the last 16384 "
    "events\n"
    " -w          wide events: accepted, all events are wide\n"
    " -v          say how many events were written and lost\n"
    " -x file     print a file in hexadecimal, for the host's trace viewer (harness/trace.py)\n")

extern char** environ;

namespace {

constexpr uint32_t buffer_events = 1024;
constexpr int most_taken = 512; // a call
constexpr long poll_ns = 10000000;

struct Options {
    double seconds = 0;
    uint64_t events = 0; // 0 = no limit
    const char* file = "/dev/shmem/tracebuffer";
    const char* dump = nullptr;
    char** command = nullptr;
    bool verbose = false, ring = false, daemon = false, continuous = false;
    int priority = 40; // above what it watches, so that the ring does not overflow
};

enum { asked = 1, enough }; // by a signal; by -n
volatile sig_atomic_t stop;

bool parse(int argc, char** argv, Options& options)
{
    for (int c; (c = getopt(argc, argv, "cdf:n:P:rs:vwx:")) != -1;) {
        switch (c) {
        case 's':
            options.seconds = atof(optarg);
            break;
        case 'n':
            options.events = strtoull(optarg, nullptr, 10) * buffer_events;
            break;
        case 'f':
            options.file = optarg;
            break;
        case 'x':
            options.dump = optarg;
            break;
        case 'w':
            break;
        case 'c':
            options.continuous = true;
            break;
        case 'd':
            options.daemon = true;
            break;
        case 'r':
            options.ring = true;
            break;
        case 'P':
            options.priority = atoi(optarg);
            break;
        case 'v':
            options.verbose = true;
            break;
        default:
            return false;
        }
    }
    options.command = optind < argc ? argv + optind : nullptr;
    if (options.continuous)
        options.seconds = 0, options.events = 0;
    return options.priority > 0 && options.priority < 256;
}

uint64_t now_ns()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

bool write_all(int fd, const void* data, size_t size)
{
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t n = write(fd, at, size);
        if (n <= 0)
            return false;
        at += n;
        size -= static_cast<size_t>(n);
    }
    return true;
}

/// Moves what the ring holds to the file. False: cannot write.
bool drain(int fd, nto_trace_file& head, uint64_t most)
{
    static nto_trace_record records[most_taken];
    for (;;) {
        uint64_t lost = 0;
        const int n = TraceEvent(NTO_TRACE_TAKE, records, most_taken, &lost);
        head.lost += lost;
        if (n <= 0)
            return n == 0;
        if (!write_all(fd, records, static_cast<size_t>(n) * sizeof *records))
            return false;
        head.records += static_cast<uint64_t>(n);
        if (most != 0 && head.records >= most) {
            stop = enough;
            return true;
        }
        if (n < most_taken)
            return true; // what is there now comes from writing this
    }
}

bool record(const Options& options, int fd, nto_trace_file& head)
{
    const uint64_t end = now_ns() + static_cast<uint64_t>(options.seconds * 1e9);
    bool good = write_all(fd, &head, sizeof head);
    TraceEvent(NTO_TRACE_CLEAR);
    if (TraceEvent(NTO_TRACE_START) == -1) {
        perror("tracelogger: TraceEvent");
        return false;
    }
    if (options.daemon && // whoever waits for it may rely on the trace from here on
        procmgr_daemon(0, PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE |
                              PROCMGR_DAEMON_NODEVNULL) == -1) {
        perror("tracelogger: daemon");
        return false;
    }
    pid_t child = -1;
    if (options.command != nullptr) {
        if (const int error = posix_spawnp(&child, options.command[0], nullptr, nullptr,
                                           options.command, environ)) {
            TraceEvent(NTO_TRACE_STOP);
            fprintf(stderr, "tracelogger: %s: %s\n", options.command[0], strerror(error));
            return false;
        }
    }
    while (good && !stop && (options.seconds == 0 || now_ns() < end)) {
        const timespec nap{0, poll_ns};
        nanosleep(&nap, nullptr);
        good = options.ring || drain(fd, head, options.events);
        if (child != -1 && waitpid(child, nullptr, WNOHANG) == child)
            break;
    }
    TraceEvent(NTO_TRACE_STOP);
    good = good && ((stop == enough && !options.ring) || drain(fd, head, 0));
    if (options.ring)
        head.lost = 0; // what was overwritten was not wanted
    return good && lseek(fd, 0, SEEK_SET) == 0 && write_all(fd, &head, sizeof head);
}

int dump(const char* file)
{
    const int fd = open(file, O_RDONLY);
    if (fd == -1) {
        fprintf(stderr, "tracelogger: %s: %s\n", file, strerror(errno));
        return 1;
    }
    unsigned char bytes[60];
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;) {
        for (ssize_t i = 0; i < n; ++i)
            printf("%02x", bytes[i]);
        putchar('\n');
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    if (!parse(argc, argv, options)) {
        fprintf(stderr, "tracelogger: see use tracelogger\n");
        return 2;
    }
    if (options.dump != nullptr)
        return dump(options.dump);
    const int fd = open(options.file, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd == -1) {
        fprintf(stderr, "tracelogger: %s: %s\n", options.file, strerror(errno));
        return 1;
    }
    sched_param param{};
    param.sched_priority = options.priority;
    SchedSet(0, 0, SCHED_RR, &param);
    signal(SIGINT, [](int) { stop = asked; });
    signal(SIGTERM, [](int) { stop = asked; });
    nto_trace_file head{{}, 1, sizeof(nto_trace_record), 0, 0};
    memcpy(head.magic, NTO_TRACE_MAGIC, sizeof head.magic);
    const bool good = record(options, fd, head);
    if (options.verbose)
        printf("tracelogger: %lu events, %lu lost\n", head.records, head.lost);
    if (!good)
        fprintf(stderr, "tracelogger: %s: the trace is not complete\n", options.file);
    return good ? 0 : 1;
}
