// SPDX-License-Identifier: Apache-2.0
// The fuzzed process: one or two threads that make calls until the batch is done or a call has ended them.
#include "fuzz/batch.hpp"

#include "fuzz/calls.hpp"
#include "kercall.h"

#include <abi/kercall.h>
#include <abi/proc_msg.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/neutrino.h>
#include <unistd.h>

namespace {

constexpr long max_errno = 4095;

struct Fuzzer {
    BatchOptions options;
    Progress& progress;
    Arena arena{};
};

/// By hand: libc may be in pieces.
[[noreturn]] void leave(int)
{
    proc_exit message{};
    message.type = PROC_EXIT;
    for (;;)
        __kercall6(KER_MSG_SEND, SYSMGR_COID, reinterpret_cast<long>(&message),
                   -static_cast<long>(sizeof message), 0, 0, 0);
}

void print(const Call& call)
{
    char line[160];
    const int length = snprintf(line, sizeof line, "[%d] %#lx(%#lx %#lx %#lx %#lx %#lx %#lx)\n",
                                getpid(), call.number, call.arg[0], call.arg[1], call.arg[2],
                                call.arg[3], call.arg[4], call.arg[5]);
    __kercall2(KER_DEBUG_WRITE, reinterpret_cast<long>(line), length);
}

/// The next call wakes up by itself, mostly at once.
void limit_wait(Random& random)
{
    const uint64_t times[] = {0, 0, 1000, 100000};
    const uint64_t limit = random.pick(times);
    __kercall6(KER_TIMER_TIMEOUT, CLOCK_MONOTONIC, _NTO_TIMEOUT_MASK & ~_NTO_TIMEOUT_NANOSLEEP, 0,
               reinterpret_cast<long>(&limit), 0, 0);
}

/// What would only end the batch, or put it to sleep, comes rarely.
Call next_call(Random& random, Values& values, const Arena& arena)
{
    for (;;) {
        Call call = random.below(5) < 2 ? random_message(random, values, arena)
                                        : random_kernel_call(random, values);
        if (ends_caller(call, arena) && !random.one_in(60))
            continue;
        if (call.number == KER_TIMER_TIMEOUT && !random.one_in(500))
            call.arg[1] &= ~static_cast<long>(_NTO_TIMEOUT_NANOSLEEP);
        if (call.number == KER_THREAD_CTL && !random.one_in(60) &&
            (call.arg[0] == _NTO_TCTL_ONE_THREAD_HOLD || call.arg[0] == _NTO_TCTL_THREADS_HOLD))
            continue;
        return call;
    }
}

void judge(Fuzzer& fuzzer, const Call& call, long result)
{
    Progress& progress = fuzzer.progress;
    ++progress.calls;
    if (result >= 0)
        ++progress.succeeded;
    else
        ++progress.refused;
    const bool any_value =
        call.number == KER_MSG_SEND || call.number == KER_TRACE_EVENT; // a status
    if (result < -max_errno && !any_value && progress.wrong++ == 0) {
        progress.wrong_number = call.number;
        progress.wrong_result = result;
    }
}

pid_t first_pid;

/// A message can have been PROC_FORK: one fuzzer is enough.
bool is_copy()
{
    proc_id ask{};
    ask.type = PROC_GETSETID;
    ask.subtype = PROC_ID_GET;
    proc_ids ids{};
    __kercall6(KER_MSG_SEND, SYSMGR_COID, reinterpret_cast<long>(&ask),
               -static_cast<long>(sizeof ask), reinterpret_cast<long>(&ids),
               -static_cast<long>(sizeof ids), 0);
    return ids.pid != first_pid;
}

void make_calls(Fuzzer& fuzzer, uint64_t seed)
{
    Random random(seed);
    Values values(random, fuzzer.arena);
    unsigned long tls;
    __asm__("mov %%fs:0, %0" : "=r"(tls));
    while (fuzzer.progress.calls < fuzzer.options.calls) {
        const Call call = next_call(random, values, fuzzer.arena);
        if (fuzzer.options.verbose)
            print(call);
        if (may_block(call))
            limit_wait(random);
        const long result = __kercall6(call.number, call.arg[0], call.arg[1], call.arg[2],
                                       call.arg[3], call.arg[4], call.arg[5]);
        if (call.number == KER_THREAD_TLS)
            __kercall1(KER_THREAD_TLS, static_cast<long>(tls));
        if ((call.number == KER_MSG_RECEIVE || call.number == KER_MSG_RECEIVE_PULSE) && result > 0)
            values.remember_rcvid(result);
        if (call.number == KER_MSG_SEND && result == 0 && is_copy())
            leave(0);
        judge(fuzzer, call, result);
    }
}

void* second_thread(void* arg)
{
    auto* fuzzer = static_cast<Fuzzer*>(arg);
    make_calls(*fuzzer, ~fuzzer->options.seed);
    return nullptr;
}

/// Descriptors 0-2 lead nowhere, 3-6 to what procnto and others serve; two channels with connections to them.
void set_up()
{
    const char* files[] = {"/dev/null", "/dev/null",  "/dev/null",
                           "/dev/zero", "/proc/boot", "/proc/self/as"};
    for (int fd = 0; fd < 20; ++fd)
        close(fd);
    for (const char* file : files)
        open(file, O_RDWR);
    int ends[2];
    pipe(ends);
    const unsigned channel_flags[] = {0, _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT};
    for (const unsigned flags : channel_flags) {
        const int chid = ChannelCreate(flags | _NTO_CHF_PRIVATE);
        ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
        ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    }
    for (int signo = 1; signo < 64; ++signo)
        signal(signo, SIG_IGN);
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (const int signo : faults)
        signal(signo, leave);
}

} // namespace

void run_batch(const BatchOptions& options, Progress& progress)
{
    Fuzzer fuzzer{options, progress};
    set_up();
    setpgid(0, 0);
    sched_param param{};
    param.sched_priority = 10;
    SchedSet(0, 0, SCHED_RR, &param);
    first_pid = getpid();
    if (setgid(fuzz_uid) != 0 || setuid(fuzz_uid) != 0 || !fuzzer.arena.create())
        leave(0);
    pthread_t other;
    const bool two = options.seed & 1;
    if (two)
        pthread_create(&other, nullptr, second_thread, &fuzzer);
    make_calls(fuzzer, options.seed);
    leave(0);
}
