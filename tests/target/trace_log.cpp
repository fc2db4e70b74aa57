// SPDX-License-Identifier: Apache-2.0
// Writes events of its own into the kernel's trace; test_trace.py finds them.
#include <abi/kercall.h>
#include <abi/usage.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/trace.h>

QNX_USAGE("%C - user events for the trace\n"
          "%C | %C -c | %C -e\n"
          " -c  switches all classes off but user events, and on again\n"
          " -e  the same with single events\n");

namespace {

// Recorded: user event 5 once, the call of sched_yield() once, no other call.
bool single_events()
{
    bool good = TraceEvent(_NTO_TRACE_DELALLCLASSES) == 0 &&
                TraceEvent(_NTO_TRACE_ADDEVENT, _NTO_TRACE_USER, 5) == 0 &&
                TraceEvent(_NTO_TRACE_ADDEVENT, _NTO_TRACE_KERCALLENTER, KER_SCHED_YIELD) == 0;
    for (int code = 4; code <= 6; ++code)
        good = good && trace_logi(code, 1, 2) == 0;
    sched_yield();
    good = good && TraceEvent(_NTO_TRACE_DELEVENT, _NTO_TRACE_USER, 5) == 0 &&
           TraceEvent(_NTO_TRACE_DELEVENT, _NTO_TRACE_KERCALLENTER, KER_SCHED_YIELD) == 0 &&
           trace_logi(5, 1, 2) == 0;
    sched_yield();
    errno = 0;
    return good && TraceEvent(_NTO_TRACE_ADDEVENT, _NTO_TRACE_THREAD, 99) == -1 &&
           errno == EINVAL && TraceEvent(_NTO_TRACE_ADDEVENT, _NTO_TRACE_USER, 1024) == -1 &&
           TraceEvent(_NTO_TRACE_ADDEVENT, _NTO_TRACE_COMM, _NTO_TRACE_COMM_SMSG) == 0 &&
           TraceEvent(_NTO_TRACE_ADDALLCLASSES) == 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "-c") == 0) {
        const bool good = TraceEvent(_NTO_TRACE_DELALLCLASSES) == 0 &&
                          TraceEvent(_NTO_TRACE_ADDCLASS, _NTO_TRACE_USER) == 0 &&
                          TraceEvent(_NTO_TRACE_INSERTSUSEREVENT, 5, 1, 2) == 0 &&
                          TraceEvent(_NTO_TRACE_ADDALLCLASSES) == 0 &&
                          TraceEvent(_NTO_TRACE_ADDCLASS, 99) == -1 && errno == EINVAL;
        return good ? 0 : 1;
    }
    if (argc > 1 && strcmp(argv[1], "-e") == 0)
        return single_events() ? 0 : 1;
    const unsigned char bytes[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    int bad = trace_logf(7, "%s number %d, longer than eight", "text", 42);
    bad |= trace_logi(8, 0x11111111, 0x22222222);
    bad |= trace_logb(9, bytes, sizeof bytes);
    bad |= trace_nlogf(10, 4, "cut here");
    bad |= trace_func_enter(reinterpret_cast<void*>(&main), nullptr);
    bad |= trace_logf(2000, "no such code") != EINVAL;
    return bad;
}
