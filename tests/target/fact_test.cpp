// SPDX-License-Identifier: Apache-2.0
// Rules of the manuals that the programs for one subject each leave out. Prints TAP lines.
#include "fact_test.hpp"

#include <abi/usage.h>

#include <sched.h>

QNX_USAGE("%C - kernel test of single facts\n"
          "%C\n");

bool set_priority(int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return SchedSet(0, 0, SCHED_RR, &param) != -1;
}

int priority_of(int tid)
{
    sched_param param{};
    return SchedGet(0, tid, &param) == -1 ? -1 : param.sched_curpriority;
}

namespace {

const TapTest tests[] = {
    {"FACT-0001 numbers and types are QNX's", numbers_match},
    {"FACT-0002 X_r() leaves errno alone", underscore_r},
    {"FACT-0003 cancellation points, and the nc forms", cancellation_points},
    {"FACT-0004 sizes and numbers of parts that are too large", size_limits},
    {"FACT-0005 any thread of the receiver, no other process; bad memory of the answer",
     foreign_messages},
    {"FACT-0006 a SEND-blocked client leaves at once", sending_clients},
    {"FACT-0007 a killed client waits for its answer on an UNBLOCK channel", killed_clients},
    {"FACT-0008 what fork and exec keep of connections", inherited_connections},
    {"FACT-0009 priorities and values of pulses", pulse_priorities},
    {"FACT-0010 kinds of events", event_kinds},
    {"FACT-0011 numbers and names of threads", thread_numbers},
    {"FACT-0012 ThreadCtl() commands, SchedInfo()", thread_commands},
    {"FACT-0013 FIFO, RR and OTHER; the time slice", policies},
    {"FACT-0014 run masks and I/O privilege of new threads", run_masks_and_io},
    {"FACT-0015 ThreadDestroy(-1)", destroy_all},
    {"FACT-0016 threads created suspended", suspended_threads},
    {"FACT-0017 a wait for a mutex goes on after a handler", mutex_waits},
    {"FACT-0018 a lent priority and one's own", own_priority_while_boosted},
    {"FACT-0019 which signals queue, what SIG_IGN throws away, EINTR", signal_queues},
    {"FACT-0020 SignalWaitinfoMask()", signal_masks},
    {"FACT-0021 the system page's time", system_page_time},
    {"FACT-0022 ClockCycles() agrees between processors", cycles_agree},
};

} // namespace

int main()
{
    return run_tests(tests);
}
