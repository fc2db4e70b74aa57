// SPDX-License-Identifier: Apache-2.0
// TraceEvent(), and user events over it.
#include "result.hpp"
#include <stdarg.h>
#include <sys/neutrino.h>
#include <sys/trace.h>

int TraceEvent(int mode, ...)
{
    va_list list;
    va_start(list, mode);
    long words[5];
    for (long& word : words)
        word = va_arg(list, long);
    va_end(list);
    return qnx::errno_of(
        __kercall6(KER_TRACE_EVENT, mode, words[0], words[1], words[2], words[3], words[4]));
}

int trace_logf(int, const char*, ...)
{
    return ENOSYS;
}

int trace_logi(int, unsigned, unsigned)
{
    return ENOSYS;
}

int trace_logb(int, const void*, unsigned)
{
    return ENOSYS;
}

int trace_vnlogf(int, int, const char*, va_list)
{
    return ENOSYS;
}
