// SPDX-License-Identifier: Apache-2.0
// Prints procnto's live objects and free pages, one `name value` a line: what leak tests compare.
#include <abi/proc_msg.h>
#include <abi/usage.h>

#include <stdio.h>
#include <sys/neutrino.h>

QNX_USAGE("%C - live kernel objects and free pages\n"
          "%C\n");

int main()
{
    proc_simple ask{};
    ask.type = SYS_OBJECTS;
    sys_objects now{};
    if (MsgSend(SYSMGR_COID, &ask, sizeof ask, &now, sizeof now) == -1) {
        perror("objects");
        return 1;
    }
    printf("pages_total %llu\npages_free %llu\n", static_cast<unsigned long long>(now.pages_total),
           static_cast<unsigned long long>(now.pages_free));
    const struct {
        const char* name;
        uint64_t value;
    } rows[] = {{"processes", now.processes},
                {"threads", now.threads},
                {"channels", now.channels},
                {"connections", now.connections},
                {"pulses", now.pulses},
                {"timers", now.timers},
                {"interrupts", now.interrupts},
                {"regions", now.regions},
                {"sync_waiters", now.sync_waiters},
                {"ocbs", now.ocbs},
                {"names", now.names},
                {"pages_promised", now.pages_promised},
                {"pages_heap", now.pages_heap},
                {"pages_tables", now.pages_tables},
                {"pages_shared", now.pages_shared},
                {"pages_private", now.pages_private},
                {"pages_reserve", now.pages_reserve},
                {"pages_waiting", now.pages_waiting}};
    for (const auto& row : rows)
        printf("%s %lu\n", row.name, row.value);
    return 0;
}
