// SPDX-License-Identifier: Apache-2.0
// procmgr_ability(), procmgr_ability_create() and _lookup(), and a server's question what its client is able to.
#include "ipc/message.hpp"
#include "proc/ability.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>
#include <new>

namespace proc {

namespace {

constexpr uint32_t max_entries = 256;

/// The entries behind a proc_ability, whether they have arrived or not; nullptr with the reason in `error`.
struct Entries {
    proc_ability_entry* list = nullptr;
    uint32_t count = 0;

    Entries() = default;
    Entries(const Entries&) = delete;
    Entries& operator=(const Entries&) = delete;
    ~Entries() { delete[] list; }

    int take(Request& request)
    {
        const auto* message = request.message<proc_ability>();
        if (message == nullptr || message->count == 0) {
            return EINVAL;
        }
        if (message->count > max_entries) {
            return E2BIG;
        }
        count = message->count;
        list = new (std::nothrow) proc_ability_entry[count];
        if (list == nullptr) {
            return ENOMEM;
        }
        return request.read(list, count * sizeof *list, sizeof(proc_ability)) ? EOK : EINVAL;
    }
};

int set_abilities(Request& request)
{
    Entries entries;
    if (const int error = entries.take(request); error != EOK) {
        return error;
    }
    const int pid = request.message<proc_ability>()->pid;
    object::Process* target = pid == 0 ? request.client : object::find_process(pid);
    if (target == nullptr || target->info == nullptr) {
        return ESRCH;
    }
    if (target->pid == 1 ||
        (target != request.client && !able(*request.client, Ability::xprocess_able))) {
        return EPERM;
    }
    AbilitySet& set = target->info->abilities.set;
    const bool may_gain = has_ability(*request.client, Ability::able_priv);
    const int error = set.apply(entries.list, entries.count, may_gain);
    if (error == EPERM && !may_gain) {
        (void)able(*request.client,
                   Ability::able_priv); // counts it, unless only a lock was in the way
    }
    return error;
}

/// The ability a server means: also one it looked up before it was created.
uint32_t id_in(const proc_ability_entry& entry)
{
    return entry.word & ABI_ABILITY_ID_MASK;
}

int check_client(Request& request)
{
    Entries entries;
    if (const int error = entries.take(request); error != EOK) {
        return error;
    }
    const int scoid = request.message<proc_ability>()->pid;
    object::Process* process =
        scoid == -1 ? request.client : ipc::client_process(*request.client, scoid);
    if (process == nullptr) {
        return EINVAL;
    }
    uint32_t able_count = 0;
    for (uint32_t i = 0; i < entries.count; ++i) {
        const proc_ability_entry& entry = entries.list[i];
        uint32_t id = id_in(entry);
        const bool ok = ability_kind(id).known && entry.lo <= entry.hi &&
                        has_ability(*process, id, entry.lo, entry.hi);
        if (!ok && ability_kind(id).known) {
            (void)able(*process, static_cast<Ability>(id), entry.lo,
                       entry.hi); // the server refuses
        }
        id = ok ? id : 0;
        able_count += ok ? 1u : 0u;
        if (!request.put(&id, sizeof id)) {
            return E2BIG;
        }
    }
    return request.answer_status(able_count);
}

int name_ability(Request& request)
{
    const auto* message = request.message<proc_simple>();
    constexpr auto longest = static_cast<int64_t>(ABI_ABILITY_NAME_MAX) + 1;
    if (message == nullptr || message->a < 2) {
        return EINVAL;
    }
    if (message->a > longest) {
        return ENAMETOOLONG;
    }
    if (request.message<proc_simple>(static_cast<uint64_t>(message->a)) == nullptr ||
        message->b < 0 || message->b > UINT32_MAX) {
        return EINVAL;
    }
    const auto* text = reinterpret_cast<const char*>(request.in + sizeof(proc_simple));
    const auto length = static_cast<size_t>(message->a) - 1;
    if (std::memchr(text, 0, length + 1) != text + length) {
        return EINVAL;
    }
    const std::string_view name(text, length);
    int id = 0;
    if (message->c == 1) {
        if (!able(*request.client, Ability::able_create)) {
            return EPERM;
        }
        id = create_ability(name, static_cast<uint32_t>(message->b));
    } else {
        id = look_up_ability(name, has_ability(*request.client, Ability::able_create));
    }
    return id < 0 ? -id : request.answer_status(id);
}

} // namespace

int handle_ability(Request& request)
{
    switch (request.type()) {
    case PROC_ABILITY:
        return set_abilities(request);
    case PROC_ABILITY_CHECK:
        return check_client(request);
    default:
        return name_ability(request);
    }
}

} // namespace proc
