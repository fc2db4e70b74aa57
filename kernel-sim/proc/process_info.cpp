// SPDX-License-Identifier: Apache-2.0
// Making, inheriting and discarding the process manager's record of a process.
#include "proc/process_info.hpp"

#include "mm/address_space.hpp"
#include "sched/scheduler.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint64_t unlimited = ~uint64_t{0};

// RLIMIT_* order: CPU FSIZE DATA STACK CORE NOFILE AS MEMLOCK NPROC.
constexpr Limit default_limits[ProcessInfo::limit_count] = {
    {unlimited, unlimited}, {unlimited, unlimited}, {unlimited, unlimited},
    {1u << 20, unlimited},  {unlimited, unlimited}, {object::max_fds, object::max_fds},
    {unlimited, unlimited}, {unlimited, unlimited}, {unlimited, unlimited},
};

// What needs memory; false = there is none.
bool inherit(const ProcessInfo& from, ProcessInfo& info)
{
    if (from.cwd) {
        info.cwd = OwnedText(from.cwd.view());
        if (!info.cwd) {
            return false;
        }
    }
    if (from.root) {
        info.root = OwnedText(from.root.view());
        if (!info.root) {
            return false;
        }
    }
    return info.abilities.set.inherit(from.abilities.set);
}

} // namespace

bool create_info(object::Process& process, object::Process* parent)
{
    auto* info = new (std::nothrow) ProcessInfo(process);
    if (info == nullptr) {
        return false;
    }
    const ProcessInfo* from = parent != nullptr ? parent->info : nullptr;
    for (uint32_t i = 0; i < ProcessInfo::limit_count; ++i) {
        info->limits[i] = from != nullptr ? from->limits[i] : default_limits[i];
    }
    if (from != nullptr && !inherit(*from, *info)) {
        delete info;
        return false;
    }
    process.fd_limit = parent != nullptr ? parent->fd_limit : object::max_fds;
    info->start_wall_ns = sched::wall_ns();
    process.info = info;
    return true;
}

void adopt(object::Process& parent, object::Process& child)
{
    child.info->unlink();
    child.parent = &parent;
    parent.info->children.push_back(*child.info);
}

void discard_process(object::Process& process)
{
    if (process.space != nullptr) {
        process.space->destroy();
        process.space = nullptr;
    }
    delete process.info;
    process.info = nullptr;
    object::destroy_process(&process);
}

} // namespace proc
