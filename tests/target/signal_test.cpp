// SPDX-License-Identifier: Apache-2.0
// Signals as documented: stacks, special signals, queues, masks of other threads, atomic ppoll, faults, groups, children.
#include "tap.hpp"

#include <abi/usage.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - signal test\n"
          "%C\n");

namespace {

constexpr uint64_t ms = 1000000;
volatile int seen, seen_signo;
siginfo_t last_info;
volatile uintptr_t handler_sp;

void remember(int signo, siginfo_t* info, void*)
{
    int here;
    seen = seen + 1;
    seen_signo = signo;
    last_info = *info;
    handler_sp = reinterpret_cast<uintptr_t>(&here);
}

bool install(int signo, int flags)
{
    struct sigaction action {};
    action.sa_sigaction = remember;
    action.sa_flags = SA_SIGINFO | flags;
    seen = 0;
    return sigaction(signo, &action, nullptr) == 0;
}

sigset_t only(int signo)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signo);
    return set;
}

alignas(16) char other_stack[16384];
int inside_error;

bool alternate_stack()
{
    stack_t stack{}, old{};
    stack.ss_sp = other_stack;
    stack.ss_size = 64;
    CHECK(sigaltstack(&stack, nullptr) == -1 && errno == ENOMEM);
    stack.ss_size = sizeof other_stack;
    CHECK(sigaltstack(&stack, &old) == 0 && old.ss_flags == SS_DISABLE);
    CHECK(install(SIGUSR1, SA_ONSTACK) && raise(SIGUSR1) == 0 && seen == 1);
    const auto low = reinterpret_cast<uintptr_t>(other_stack);
    CHECK(handler_sp >= low && handler_sp < low + sizeof other_stack);
    CHECK(install(SIGUSR1, 0) && raise(SIGUSR1) == 0 && seen == 1);
    CHECK(handler_sp < low || handler_sp >= low + sizeof other_stack);
    struct sigaction action {};
    action.sa_handler = [](int) {
        stack_t now{}, none{};
        none.ss_flags = SS_DISABLE;
        const bool on = sigaltstack(nullptr, &now) == 0 && now.ss_flags == SS_ONSTACK;
        inside_error = on && sigaltstack(&none, nullptr) == -1 ? errno : -1;
    };
    action.sa_flags = SA_ONSTACK;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0 && raise(SIGUSR1) == 0 &&
          inside_error == EPERM);
    stack.ss_flags = SS_DISABLE;
    CHECK(sigaltstack(&stack, nullptr) == 0);
    return true;
}

bool special_signals()
{
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    CHECK(SignalAction(0, nullptr, 60, &action, nullptr) == -1 && errno == EINVAL);
    CHECK(sigaction(SIGKILL, &action, nullptr) == -1 && errno == EINVAL);
    CHECK(sigaction(SIGSTOP, &action, nullptr) == -1 && errno == EINVAL);
    uint64_t all = ~uint64_t{0}, bit = uint64_t{1} << 59;
    SignalProcmask(0, 0, SIG_UNBLOCK, reinterpret_cast<sigset_t*>(&all), nullptr);
    CHECK(SignalKill(0, getpid(), 0, 60, SI_QUEUE, 1) == 0 &&
          SignalKill(0, getpid(), 0, 60, SI_QUEUE, 2) == 0);
    siginfo_t info;
    for (int i = 1; i <= 2; ++i)
        CHECK(SignalWaitinfo(reinterpret_cast<sigset_t*>(&bit), &info) == 60 &&
              info.si_value.sival_int == i);
    return true;
}

bool queue_limit()
{
    const sigset_t set = only(45);
    CHECK(install(45, 0) && sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    int queued = 0;
    while (sigqueue(getpid(), 45, sigval{queued}) == 0)
        ++queued;
    CHECK(errno == EAGAIN && queued == 256);
    siginfo_t info;
    for (int i = 0; i < queued; ++i)
        CHECK(sigwaitinfo(&set, &info) == 45 && info.si_value.sival_int == i &&
              info.si_code == SI_QUEUE);
    const timespec none{0, 0};
    CHECK(sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0);
    return true;
}

volatile int other_tid;

void* waits_masked(void*)
{
    const sigset_t set = only(SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    other_tid = gettid();
    const timespec nap{30, 0};
    return reinterpret_cast<void*>(static_cast<long>(nanosleep(&nap, nullptr) == -1 ? errno : 0));
}

bool mask_of_another()
{
    pthread_t thread;
    CHECK(install(SIGUSR2, 0) && pthread_create(&thread, nullptr, waits_masked, nullptr) == 0);
    while (other_tid == 0)
        usleep(1000);
    const sigset_t set = only(SIGUSR2);
    sigset_t old;
    CHECK(SignalKill(0, getpid(), other_tid, SIGUSR2, SI_USER, 0) == 0);
    CHECK(SignalProcmask(0, other_tid, SIG_UNBLOCK, nullptr, &old) == 0 &&
          sigismember(&old, SIGUSR2) == 1);
    CHECK(seen == 0);
    CHECK(SignalProcmask(0, other_tid, SIG_UNBLOCK, &set, nullptr) == 0);
    void* result = nullptr;
    CHECK(pthread_join(thread, &result) == 0 && result == reinterpret_cast<void*>(EINTR) &&
          seen == 1);
    CHECK(SignalProcmask(0, 999, SIG_BLOCK, &set, nullptr) == -1 && errno == ESRCH);
    CHECK(SignalProcmask(0x7ffff000, 0, SIG_BLOCK, &set, nullptr) == -1 && errno == ESRCH);
    return true;
}

bool atomic_wait()
{
    int ends[2];
    const sigset_t set = only(SIGUSR1);
    sigset_t open_mask, now;
    sigemptyset(&open_mask);
    CHECK(pipe(ends) == 0 && install(SIGUSR1, 0) && sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    CHECK(raise(SIGUSR1) == 0 && seen == 0);
    pollfd fd{ends[0], POLLIN, 0};
    const timespec limit{20, 0};
    CHECK(ppoll(&fd, 1, &limit, &open_mask) == -1 && errno == EINTR &&
          seen == 1); // pending before the wait
    CHECK(sigprocmask(SIG_BLOCK, nullptr, &now) == 0 && sigismember(&now, SIGUSR1) == 1);
    CHECK(raise(SIGUSR1) == 0 && seen == 1);
    fd_set read;
    FD_ZERO(&read);
    FD_SET(ends[0], &read);
    CHECK(pselect(ends[0] + 1, &read, nullptr, nullptr, &limit, &open_mask) == -1 &&
          errno == EINTR && seen == 2);
    const timespec shortly{0, 5000000};
    CHECK(ppoll(&fd, 1, &shortly, &open_mask) == 0);
    CHECK(write(ends[1], "x", 1) == 1 && ppoll(&fd, 1, &limit, &open_mask) == 1);
    CHECK(sigprocmask(SIG_BLOCK, nullptr, &now) == 0 && sigismember(&now, SIGUSR1) == 1);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0);
    close(ends[0]);
    close(ends[1]);
    return true;
}

/// A handler between TimerTimeout() and the call it is for makes kernel calls of its own.
bool timeout_survives_handler()
{
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    struct sigaction action {};
    action.sa_handler = [](int) {
        uint64_t now;
        ClockTime(CLOCK_MONOTONIC, nullptr, &now);
        seen = 1;
    };
    seen = 0;
    CHECK(sigaction(SIGALRM, &action, nullptr) == 0);
    const itimerval soon{{0, 0}, {0, 5000}};
    uint64_t limit = 60 * ms;
    _pulse pulse;
    CHECK(setitimer(ITIMER_REAL, &soon, nullptr) == 0);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
    while (seen == 0) {
    }
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(ChannelDestroy(chid) == 0);
    return true;
}

volatile int depth, deepest;

void raises_again(int signo)
{
    depth = depth + 1;
    if (depth > deepest)
        deepest = depth;
    if (depth < 3)
        raise(signo);
    depth = depth - 1;
}

bool action_flags()
{
    struct sigaction action {
    }, now{};
    action.sa_handler = raises_again;
    action.sa_flags = SA_NODEFER;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0 && raise(SIGUSR1) == 0 && deepest == 3);
    deepest = 0;
    action.sa_flags = SA_RESETHAND;
    action.sa_handler = [](int) { seen = seen + 1; };
    seen = 0;
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0 && raise(SIGUSR1) == 0 && seen == 1);
    CHECK(sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == SIG_DFL);
    CHECK(install(SIGUSR1, 0) && kill(getpid(), SIGUSR1) == 0 && seen == 1);
    CHECK(last_info.si_signo == SIGUSR1 && last_info.si_code == SI_USER &&
          last_info.si_pid == getpid() && last_info.si_uid == getuid());
    return true;
}

constexpr int fault_signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP};
sigjmp_buf after_fault;

void jumps_out(int signo, siginfo_t* info, void*)
{
    last_info = *info;
    siglongjmp(after_fault, signo);
}

/// What a faulting operation raises.
template <typename Operation>
int fault_of(Operation operation)
{
    const int signo = sigsetjmp(after_fault, 1);
    if (signo == 0)
        operation();
    return signo;
}

bool faults()
{
    struct sigaction action {};
    action.sa_sigaction = jumps_out;
    action.sa_flags = SA_SIGINFO;
    for (int signo : fault_signals)
        CHECK(sigaction(signo, &action, nullptr) == 0);
    CHECK(fault_of([] { *reinterpret_cast<volatile int*>(0x1234) = 1; }) == SIGSEGV);
    CHECK(last_info.si_code == SEGV_MAPERR && last_info.si_addr == reinterpret_cast<void*>(0x1234));
    void* page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
    static volatile char sink;
    sink = *static_cast<volatile char*>(page);
    CHECK(fault_of([page] { *static_cast<volatile char*>(page) = 1; }) == SIGSEGV);
    CHECK(last_info.si_code == SEGV_ACCERR && last_info.si_addr == page);
    CHECK(fault_of([] {
              int low = 1, high = 0, zero = 0;
              __asm__ volatile("idivl %2" : "+a"(low), "+d"(high) : "r"(zero));
          }) == SIGFPE);
    CHECK(last_info.si_code == FPE_INTDIV);
    CHECK(fault_of([] { __asm__ volatile("ud2"); }) == SIGILL && last_info.si_code == ILL_ILLOPC);
    CHECK(fault_of([] { __asm__ volatile("int3"); }) == SIGTRAP);
    munmap(page, 4096);
    for (int signo : fault_signals)
        signal(signo, SIG_DFL);
    return true;
}

bool children()
{
    const sigset_t set = only(SIGCHLD);
    siginfo_t info;
    CHECK(install(SIGCHLD, 0) && sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    CHECK(sigwaitinfo(&set, &info) == SIGCHLD && info.si_code == CLD_EXITED &&
          info.si_pid == child && info.si_status == 7);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    child = fork();
    if (child == 0) {
        for (;;)
            pause();
    }
    CHECK(kill(child, SIGSTOP) == 0 && sigwaitinfo(&set, &info) == SIGCHLD &&
          info.si_code == CLD_STOPPED);
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
          WSTOPSIG(status) == SIGSTOP);
    CHECK(kill(child, SIGCONT) == 0 && sigwaitinfo(&set, &info) == SIGCHLD &&
          info.si_code == CLD_CONTINUED);
    CHECK(kill(child, SIGKILL) == 0 && sigwaitinfo(&set, &info) == SIGCHLD &&
          info.si_code == CLD_KILLED && info.si_status == SIGKILL);
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0);
    signal(SIGCHLD, SIG_DFL);
    return true;
}

/// kill(-1) from a process of a user that owns nothing else; the status says what went wrong.
int broadcasts()
{
    if (setuid(4321) != 0)
        return 1;
    pid_t victims[2];
    for (pid_t& victim : victims) {
        victim = fork();
        if (victim == 0) {
            for (;;)
                pause();
        }
    }
    if (kill(1, SIGTERM) != -1 || errno != EPERM)
        return 2;
    if (kill(getppid(), 0) != -1 || errno != EPERM)
        return 3;
    if (kill(-1, SIGTERM) != 0)
        return 4;
    for (const pid_t victim : victims) {
        int status = 0;
        if (waitpid(victim, &status, 0) != victim || WTERMSIG(status) != SIGTERM)
            return 5;
    }
    return 0; // and still here oneself
}

bool groups()
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(broadcasts());
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    pid_t members[2];
    for (int i = 0; i < 2; ++i) {
        members[i] = fork();
        if (members[i] == 0) {
            for (;;)
                pause();
        }
        CHECK(setpgid(members[i], members[0]) == 0);
    }
    CHECK(kill(-members[0], SIGINT) == 0);
    for (const pid_t member : members)
        CHECK(waitpid(member, &status, 0) == member && WTERMSIG(status) == SIGINT);
    CHECK(kill(-members[0], SIGINT) == -1 && errno == ESRCH);
    CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
    return true;
}

const TapTest tests[] = {
    {"SIG-0005 alternate stacks", alternate_stack},
    {"SIG-0006 the special signals", special_signals},
    {"SIG-0007 the queue has a limit", queue_limit},
    {"SIG-0008 the mask of another thread", mask_of_another},
    {"SIG-0009 ppoll and pselect change the mask with the wait", atomic_wait},
    {"SIG-0010 a timeout outlives a handler before its call", timeout_survives_handler},
    {"SIG-0011 NODEFER, RESETHAND, siginfo", action_flags},
    {"SIG-0012 codes and addresses of faults", faults},
    {"SIG-0013 SIGCHLD, stop and continue", children},
    {"SIG-0014 groups and kill(-1)", groups},
};

} // namespace

int main()
{
    return run_tests(tests);
}
