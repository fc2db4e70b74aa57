// SPDX-License-Identifier: Apache-2.0
// RLIMIT_*: checks, and the clock that looks after RLIMIT_CPU.
#include "proc/limits.hpp"

#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/page_rights.hpp"
#include "object/signal.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/scheduler.hpp"
#include "sched/timeout_state.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

constexpr uint64_t unlimited = ~uint64_t{0}, second_ns = 1'000'000'000;
constexpr int sigkill = 9, sigxcpu = 30, sigxfsz = 31;

bool is_data(uint32_t flags, uint32_t prot)
{
    return (flags & MEM_MAP_SHARED) == 0 && (prot & MEM_PROT_WRITE) != 0;
}

void send(object::Process& process, int signo)
{
    nto_siginfo info{};
    info.signo = signo;
    info.u.p.pid = object::kernel_process().pid;
    object::post_signal(process, nullptr, info);
}

bool over(uint64_t used_ns, uint64_t limit)
{
    return limit != unlimited && used_ns / second_ns >= limit;
}

// The soft limit is told once, the hard one kills. True: the process still has a limit.
bool check_cpu(object::Process& process)
{
    ProcessInfo& info = *process.info;
    const Limit& limit = info.limits[static_cast<uint32_t>(LimitKind::cpu)];
    if (process.exiting || (limit.soft == unlimited && limit.hard == unlimited)) {
        return false;
    }
    const uint64_t used = cpu_time_ns(process);
    if (over(used, limit.hard)) {
        send(process, sigkill);
    } else if (over(used, limit.soft) && !info.cpu_warned) {
        info.cpu_warned = true;
        send(process, sigxcpu);
    }
    return true;
}

sched::KernelTimer cpu_clock;
bool cpu_clock_runs;

// Once a second while any process has a limit.
void check_all(sched::KernelTimer&)
{
    bool more = false;
    for (object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        more = (p->info != nullptr && check_cpu(*p)) || more;
    }
    cpu_clock_runs = more;
    if (more) {
        sched::start_timer(cpu_clock, sched::now_ns() + second_ns);
    }
}

} // namespace

void apply_limit(object::Process& process, LimitKind kind)
{
    const uint64_t soft = process.info->soft_limit(kind);
    if (kind == LimitKind::nofile) {
        process.fd_limit = static_cast<uint32_t>(base::min_of<uint64_t>(soft, object::max_fds));
    } else if (kind == LimitKind::cpu) {
        process.info->cpu_warned = false;
        if (!cpu_clock_runs) {
            cpu_clock_runs = true;
            cpu_clock.expired = check_all;
            sched::start_timer(cpu_clock, sched::now_ns() + second_ns);
        }
    }
}

bool may_have_child(const object::Process& parent, int32_t ruid)
{
    const uint64_t limit =
        parent.info == nullptr ? unlimited : parent.info->soft_limit(LimitKind::nproc);
    if (limit == unlimited || parent.cred.euid == 0) {
        return true;
    }
    uint64_t count = 0;
    for (const object::Process* p = object::next_process(nullptr); p != nullptr;
         p = object::next_process(p)) {
        count += p->cred.ruid == ruid ? 1 : 0;
    }
    return count < limit;
}

bool may_map(const object::Process& process, const mm::MapRequest& request)
{
    const uint64_t all = process.info->soft_limit(LimitKind::as);
    const uint64_t data = process.info->soft_limit(LimitKind::data);
    if (all == unlimited && data == unlimited) {
        return true;
    }
    uint64_t used = 0, used_data = 0;
    for (const mm::Region& region : process.space->regions()) {
        used += region.length();
        used_data += is_data(region.flags, region.prot) ? region.length() : 0;
    }
    const uint64_t length = base::align_up(request.length, mm::page_size);
    const bool grows_data = is_data(request.flags, request.prot);
    return used + length <= all && (!grows_data || used_data + length <= data);
}

bool may_lock(const object::Process& process, uint64_t bytes)
{
    const uint64_t limit = process.info->soft_limit(LimitKind::memlock);
    return process.cred.euid == 0 || limit == unlimited ||
           (bytes <= limit && process.space->locked_bytes() <= limit - bytes);
}

bool may_grow_file(object::Process& process, uint64_t size)
{
    if (process.info == nullptr || size <= process.info->soft_limit(LimitKind::fsize)) {
        return true;
    }
    send(process, sigxfsz);
    return false;
}

uint64_t cpu_time_ns(const object::Process& process)
{
    const sched::CpuTime used = sched::cpu_time(process);
    return used.user_ns + used.system_ns;
}

} // namespace proc
