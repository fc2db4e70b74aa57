// SPDX-License-Identifier: Apache-2.0
// procnto's counters of live objects and free pages, compared before and after a test.
#pragma once

#include <abi/proc_msg.h>

using ObjectCounts = sys_objects;

/// The counters, once they stand still: what a dead process held goes back a moment after its death.
ObjectCounts settled_objects();
/// What may be there in addition: servers and procnto's heap keep some memory for the next time.
struct ObjectSlack {
    uint32_t regions, pages;
};
/// Prints each counter that differs by more than the slack. False: one does.
bool same_objects(const ObjectCounts& before, const ObjectCounts& after, ObjectSlack slack);
/// Kills every process of the user that is alive; how many.
int kill_user(uint32_t uid);
