// SPDX-License-Identifier: Apache-2.0
// qnx.kern.droproot. The variable's value is the mask of the last drop, 0 before it.
#include "drv/drop_root.hpp"

#include <algorithm>
#include <errno.h>
#include <grp.h>
#include <iterator>
#include <sys/iopkt_ability.h>
#include <sys/procmgr.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "drv/runtime.hpp"

namespace netmgr {

namespace {

constexpr unsigned keep = PROCMGR_ADN_NONROOT | PROCMGR_AOP_ALLOW | PROCMGR_AOP_LOCK;
constexpr unsigned drop = PROCMGR_ADN_NONROOT | PROCMGR_AOP_DENY | PROCMGR_AOP_LOCK;

struct Drop {
    DropUser user;
    int32_t mask = 0;
    unsigned iofunc[3] = {}; // ids of the custom abilities that are kept
};
Drop state;

// An ability of the mask, or one that is sure to be kept anyway.
unsigned optional(int32_t mask, int32_t bit, unsigned ability)
{
    return ability | ((mask & bit) != 0 ? keep : drop);
}

// What the options may need, and what everybody has anyway.
uint64_t highest_priority()
{
    const RuntimeOptions& o = runtime.options();
    const int options[] = {63, o.main_priority, o.watchdog_priority, o.rx_priority,
                           o.timer_priority};
    return static_cast<uint64_t>(*std::max_element(std::begin(options), std::end(options)));
}

// One list: what is kept, the mask's, and in the last word "all others are denied".
int set_abilities(int32_t mask)
{
    return procmgr_ability(
        0, keep | PROCMGR_AID_KEYDATA, keep | PROCMGR_AID_MEM_PHYS, keep | PROCMGR_AID_PATHSPACE,
        keep | PROCMGR_AOP_SUBRANGE | PROCMGR_AID_PRIORITY, uint64_t{0}, highest_priority(),
        keep | state.iofunc[0], keep | state.iofunc[1], keep | state.iofunc[2],
        optional(mask, QNX_DROPROOT_INTERRUPT, PROCMGR_AID_INTERRUPT),
        optional(mask, QNX_DROPROOT_INTERRUPT, PROCMGR_AID_INTERRUPTEVENT),
        optional(mask, QNX_DROPROOT_CONNECTION, PROCMGR_AID_CONNECTION),
        optional(mask, QNX_DROPROOT_TIMER, PROCMGR_AID_TIMER),
        optional(mask, QNX_DROPROOT_PROT_EXEC, PROCMGR_AID_PROT_EXEC),
        optional(mask, QNX_DROPROOT_PROT_EXEC, PROCMGR_AID_MAP_FIXED), // the loader's other need
        optional(mask, QNX_DROPROOT_QNET, PROCMGR_AID_QNET),
        optional(mask, QNX_DROPROOT_PUBLIC_CHANNEL, PROCMGR_AID_PUBLIC_CHANNEL),
        drop | PROCMGR_AID_EOL);
}

// The abilities change first: giving up the groups and the user needs what root may.
int drop_root(int32_t mask)
{
    const DropUser& to = state.user;
    gid_t groups[DropUser::max_groups];
    for (unsigned i = 0; i < to.group_count; i++)
        groups[i] = static_cast<gid_t>(to.groups[i]);
    if (int err = set_abilities(mask))
        return err;
    if (setgroups(to.group_count, groups) == -1 || setgid(static_cast<gid_t>(to.gid)) == -1 ||
        setuid(static_cast<uid_t>(to.uid)) == -1)
        return errno;
    log(LOG_NOTICE, "dropped root: uid %u gid %u, abilities by mask 0x%x", to.uid, to.gid, mask);
    return 0;
}

int change(SysctlNode&, int32_t value)
{
    if (state.mask != 0)
        return EPERM; // nothing comes back, and nothing more can be changed
    if (value < 0 || (value & ~QNX_DROPROOT_ALL) != 0)
        return EINVAL;
    return value != 0 ? drop_root(value) : 0;
}

} // namespace

int attach_drop_sysctl(Stack& stack, const DropUser& user)
{
    constexpr const char* names[] = {"iofunc/dup", "iofunc/exec", "iofunc/read"};
    for (unsigned i = 0; i < 3; i++) {
        const int id = procmgr_ability_create(names[i], PROCMGR_ADN_ROOT);
        if (id < 0)
            return -id;
        state.iofunc[i] = static_cast<unsigned>(id);
    }
    state.user = user;
    SysctlTree& tree = stack.sysctl();
    SysctlNode* node =
        tree.add_int(tree.find("qnx.kern"), ctl_auto, "droproot",
                     "Give up root; the bits are abilities to keep", &state.mask, 0, INT32_MAX);
    if (node == nullptr)
        return ENOMEM;
    node->flags |= CTLFLAG_HEX;
    node->changed = change;
    return 0;
}

} // namespace netmgr
