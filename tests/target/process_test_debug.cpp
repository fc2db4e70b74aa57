// SPDX-License-Identifier: Apache-2.0
// A small debugger: what it can do to a child through /proc/<pid>/as.
#include "process_test.hpp"
#include "waiting.hpp"

#include <devctl.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>

namespace {

volatile long rounds;
volatile int wanted_exit = 1;

// What the breakpoints are set on.
__attribute__((noinline)) long work(long value)
{
    __asm__ volatile("" : "+r"(value));
    rounds = rounds + 1;
    return value + 1;
}

void child_loop()
{
    while (rounds < 1000000 && wanted_exit == 1) {
        work(rounds);
        usleep(1000);
    }
    _exit(wanted_exit);
}

struct Target {
    pid_t pid = -1;
    int fd = -1;
    Target()
    {
        pid = fork();
        if (pid == 0)
            child_loop();
        char path[32];
        snprintf(path, sizeof path, "/proc/%d/as", pid);
        fd = open(path, O_RDWR);
    }
    ~Target()
    {
        close(fd);
        kill(pid, SIGKILL);
        finish(pid);
    }
    template <typename T>
    int ask(int dcmd, T& data)
    {
        int info = 0;
        return devctl(fd, dcmd, &data, sizeof data, &info);
    }
    int run(uint32_t flags)
    {
        procfs_run run{};
        run.flags = flags;
        return ask(DCMD_PROC_RUN, run);
    }
    template <typename T>
    bool peek(const volatile T& variable, T& value)
    {
        return pread(fd, &value, sizeof value, reinterpret_cast<off_t>(&variable)) ==
               static_cast<ssize_t>(sizeof value);
    }
};

procfs_break breakpoint(int32_t size)
{
    procfs_break point{};
    point.type = _DEBUG_BREAK_EXEC;
    point.addr = reinterpret_cast<uint64_t>(work);
    point.size = size;
    return point;
}

} // namespace

bool debug_stop()
{
    Target target;
    procfs_status status{};
    CHECK(target.fd >= 0 && target.ask(DCMD_PROC_STOP, status) == EOK);
    CHECK(status.pid == target.pid && (status.flags & _DEBUG_FLAG_ISTOP) != 0 && status.ip != 0);
    long before = -1, after = -2;
    CHECK(target.peek(rounds, before));
    usleep(20000); // twenty rounds, if it did not stand
    CHECK(target.peek(rounds, after) && after == before);
    procfs_greg registers{};
    CHECK(target.ask(DCMD_PROC_GETGREG, registers) == EOK);
    CHECK(registers.x86_64.rip == status.ip && registers.x86_64.rsp == status.sp);
    procfs_fpreg floats{};
    CHECK(target.ask(DCMD_PROC_GETFPREG, floats) == EOK && floats.fxsave[0] == 0x7f);
    CHECK(target.ask(DCMD_PROC_SETFPREG, floats) == EOK);
    CHECK(target.run(0) == EOK && target.run(0) == EBUSY &&
          target.ask(DCMD_PROC_STOP, status) == EOK);
    const int leave = 21;
    CHECK(pwrite(target.fd, &leave, sizeof leave, reinterpret_cast<off_t>(&wanted_exit)) == 4);
    CHECK(target.run(0) == EOK);
    const int ended = finish(target.pid);
    CHECK(WIFEXITED(ended) && WEXITSTATUS(ended) == 21);
    CHECK(target.ask(DCMD_PROC_STOP, status) == ESRCH);
    return true;
}

bool debug_breakpoints()
{
    Target target;
    procfs_status status{};
    procfs_break point = breakpoint(1);
    CHECK(target.ask(DCMD_PROC_STOP, status) == EOK);
    CHECK(target.ask(DCMD_PROC_BREAK, point) == EOK);
    procfs_break list[4]{};
    int count = 0;
    CHECK(devctl(target.fd, DCMD_PROC_GET_BREAKLIST, list, sizeof list, &count) == EOK &&
          count == 1 && list[0].addr == point.addr);
    unsigned char byte = 0, own = 0;
    memcpy(&own, reinterpret_cast<const void*>(work), 1);
    CHECK(pread(target.fd, &byte, 1, static_cast<off_t>(point.addr)) == 1 && byte == 0xcc);
    CHECK(own != 0xcc); // ours is not theirs
    for (int i = 0; i < 3; ++i) {
        CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK);
        CHECK(target.ask(DCMD_PROC_WAITSTOP, status) == EOK);
        CHECK(status.why == _DEBUG_WHY_FAULTED && status.what == _DEBUG_WHAT_BREAKPOINT);
        CHECK(status.ip == point.addr);
        // over it: lift, one step, set again
        procfs_break lift = breakpoint(-1);
        CHECK(target.ask(DCMD_PROC_BREAK, lift) == EOK);
        CHECK(target.run(_DEBUG_RUN_CLRFLT | _DEBUG_RUN_STEP) == EOK);
        CHECK(target.ask(DCMD_PROC_WAITSTOP, status) == EOK);
        CHECK(status.what == _DEBUG_WHAT_TRACE && status.ip > point.addr &&
              status.ip <= point.addr + 15);
        CHECK(target.ask(DCMD_PROC_BREAK, point) == EOK);
    }
    // an argument is changed in its register
    CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK && target.ask(DCMD_PROC_WAITSTOP, status) == EOK);
    const long far = 2000000;
    CHECK(pwrite(target.fd, &far, sizeof far, reinterpret_cast<off_t>(&rounds)) == 8);
    procfs_greg registers{};
    CHECK(target.ask(DCMD_PROC_GETGREG, registers) == EOK && registers.x86_64.rip == point.addr);
    registers.x86_64.rdi = 5;
    CHECK(target.ask(DCMD_PROC_SETGREG, registers) == EOK);
    procfs_greg again{};
    CHECK(target.ask(DCMD_PROC_GETGREG, again) == EOK && again.x86_64.rdi == 5);
    procfs_break all = breakpoint(-1);
    all.addr = 0;
    CHECK(target.ask(DCMD_PROC_BREAK, all) == EOK);
    CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK);
    const int ended = finish(target.pid);
    return WIFEXITED(ended) && WEXITSTATUS(ended) == 1; // the loop saw the new count
}

// By event and by signal; a debugger that goes lets the process run.
bool debug_events()
{
    Target target;
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    struct sigevent event {};
    SIGEV_PULSE_INIT(&event, coid, 10, 7, 4711);
    CHECK(devctl(target.fd, DCMD_PROC_EVENT, &event, sizeof event, nullptr) == EOK);
    procfs_status status{};
    procfs_break point = breakpoint(1);
    CHECK(target.ask(DCMD_PROC_STOP, status) == EOK && target.ask(DCMD_PROC_BREAK, point) == EOK &&
          target.run(0) == EOK);
    struct _pulse pulse {};
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(pulse.code == 7 && pulse.value.sival_int == 4711);
    // somebody else is refused, and when this one goes, the process runs on without the breakpoint
    CHECK(in_child([&] {
              procfs_status other{};
              return target.ask(DCMD_PROC_STOP, other) == EBUSY ? 3 : 1;
          }) == 3);
    ConnectDetach(coid);
    ChannelDestroy(chid);
    Target second;
    CHECK(in_child([&] {
              procfs_status other{};
              procfs_break there = breakpoint(1);
              return second.ask(DCMD_PROC_STOP, other) == EOK &&
                             second.ask(DCMD_PROC_BREAK, there) == EOK && second.run(0) == EOK &&
                             second.ask(DCMD_PROC_WAITSTOP, other) == EOK
                         ? 4
                         : 1;
          }) == 4);
    long before = 0, after = 0;
    CHECK(second.peek(rounds, before));
    CHECK(comes_true([&] { return second.peek(rounds, after) && after > before; }));
    procfs_signal signal{0, SIGTERM, SI_USER, 0};
    CHECK(second.ask(DCMD_PROC_SIGNAL, signal) == EOK);
    const int ended = finish(second.pid);
    return WIFSIGNALED(ended) && WTERMSIG(ended) == SIGTERM;
}

// The processor watches: data and instructions, four at most, in one process only.
bool debug_watches()
{
    Target target;
    procfs_status status{};
    procfs_break watch{};
    watch.type = _DEBUG_BREAK_RWM | _DEBUG_BREAK_HW;
    watch.addr = reinterpret_cast<uint64_t>(&rounds);
    watch.size = 8;
    CHECK(target.ask(DCMD_PROC_STOP, status) == EOK && target.ask(DCMD_PROC_BREAK, watch) == EOK);
    long before = 0, after = 0;
    CHECK(target.peek(rounds, before));
    for (int i = 0; i < 3; ++i) {
        CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK);
        CHECK(target.ask(DCMD_PROC_WAITSTOP, status) == EOK);
        CHECK(status.why == _DEBUG_WHY_FAULTED && status.what == _DEBUG_WHAT_WATCHPOINT);
        CHECK(target.peek(rounds, after) &&
              after == before + 1); // each write stops it, after the write
        before = after;
        rounds = rounds + 1; // the same address here is nobody's business
    }
    procfs_break code = breakpoint(0);
    code.type |= _DEBUG_BREAK_HW;
    CHECK(target.ask(DCMD_PROC_BREAK, code) == EOK);
    procfs_break list[4]{};
    int count = 0;
    CHECK(devctl(target.fd, DCMD_PROC_GET_BREAKLIST, list, sizeof list, &count) == EOK &&
          count == 2);
    for (int i = 0; i < 4; ++i) { // by turns: the call, what it writes
        CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK);
        CHECK(target.ask(DCMD_PROC_WAITSTOP, status) == EOK);
        CHECK(status.what == (i % 2 == 0 ? _DEBUG_WHAT_BREAKPOINT : _DEBUG_WHAT_WATCHPOINT));
        CHECK(i % 2 != 0 || status.ip == code.addr);
    }
    unsigned char byte = 0xcc;
    CHECK(pread(target.fd, &byte, 1, static_cast<off_t>(code.addr)) == 1 && byte != 0xcc);
    watch.type = _DEBUG_BREAK_RW;
    watch.addr += 8, watch.size = 3;
    CHECK(target.ask(DCMD_PROC_BREAK, watch) == EINVAL);
    watch.size = 4;
    CHECK(target.ask(DCMD_PROC_BREAK, watch) == EOK);
    watch.size = 2;
    CHECK(target.ask(DCMD_PROC_BREAK, watch) == EOK);
    watch.size = 1;
    CHECK(target.ask(DCMD_PROC_BREAK, watch) == ENOMEM); // four are the processor's
    procfs_break all = breakpoint(-1);
    all.addr = 0;
    CHECK(target.ask(DCMD_PROC_BREAK, all) == EOK);
    CHECK(target.run(_DEBUG_RUN_CLRFLT) == EOK);
    long now = 0;
    return comes_true(
        [&] { return target.peek(rounds, now) && now > after + 5; }); // watched no more
}

bool debug_rights()
{
    Target target;
    CHECK(in_child([&] {
              procfs_status status{};
              if (setuid(4242) != 0)
                  return 1;
              return target.ask(DCMD_PROC_STOP, status) == EPERM ? 5 : 2;
          }) == 5);
    procfs_status status{};
    const int self = open("/proc/self/as", O_RDWR);
    int info = 0;
    CHECK(devctl(self, DCMD_PROC_STOP, &status, sizeof status, &info) == EINVAL);
    close(self);
    procfs_break data = breakpoint(4);
    data.type = 0;
    CHECK(target.ask(DCMD_PROC_BREAK, data) == ENOTSUP);
    int32_t tid = 77;
    CHECK(target.ask(DCMD_PROC_CURTHREAD, tid) == ESRCH);
    return true;
}
