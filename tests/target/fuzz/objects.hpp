// SPDX-License-Identifier: Apache-2.0
// procnto's counters of live objects and free pages, compared before and after a test.
#pragma once

#include <abi/proc_msg.h>

using ObjectCounts = sys_objects;

/// The counters, once they stand still: what a dead process held goes back a moment after its death.
ObjectCounts settled_objects();
/// Prints each counter that differs (free pages: by more than `page_slack`). False: one does.
bool same_objects(const ObjectCounts& before, const ObjectCounts& after, uint64_t page_slack = 0);
/// Kills every process of the user that is alive; how many.
int kill_user(uint32_t uid);
