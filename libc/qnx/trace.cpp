// SPDX-License-Identifier: Apache-2.0
// TraceEvent() with QNX's modes and classes, and user events.
#include "result.hpp"
#include <abi/trace.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/trace.h>

namespace {

constexpr size_t longest = 512;
constexpr int code_func_enter = _NTO_TRACE_USERLAST + 1, code_func_exit = code_func_enter + 1;

uint64_t recorded = ~uint64_t{0}; // kinds, as this process set them last

long insert(uint32_t data, uint64_t value)
{
    return __kercall3(KER_TRACE_EVENT, NTO_TRACE_INSERT, data, static_cast<long>(value));
}

// The length first, then eight bytes a record.
int insert_bytes(uint32_t kind, int code, const void* data, size_t length)
{
    if (code < _NTO_TRACE_USERFIRST || code > _NTO_TRACE_USERLAST)
        return EINVAL;
    const uint32_t head = static_cast<uint32_t>(code) | kind << NTO_TRACE_USER_KIND_SHIFT;
    long r = insert(head, length);
    for (size_t done = 0; r >= 0 && done < length; done += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, static_cast<const char*>(data) + done,
               length - done < sizeof word ? length - done : sizeof word);
        r = insert(head | static_cast<uint32_t>(done / sizeof word + 1)
                              << NTO_TRACE_USER_PIECE_SHIFT,
                   word);
    }
    return r < 0 ? static_cast<int>(-r) : EOK;
}

int insert_pair(int code, uint32_t first, uint32_t second)
{
    const uint32_t head = static_cast<uint32_t>(code) | NTO_TRACE_USER_PAIR
                                                            << NTO_TRACE_USER_KIND_SHIFT;
    const long r = insert(head, uint64_t{second} << 32 | first);
    return r < 0 ? static_cast<int>(-r) : EOK;
}

uint64_t bit(unsigned kind)
{
    return uint64_t{1} << kind;
}

// The kinds of records that belong to a class; false: no such class.
bool kinds_of(long trace_class, uint64_t& kinds)
{
    const uint64_t enter = bit(NTO_TRACE_CALL), exit = bit(NTO_TRACE_CALL_EXIT);
    const uint64_t of_class[] = {
        0,
        enter | exit,
        enter,
        exit,
        bit(NTO_TRACE_INTERRUPT),
        bit(NTO_TRACE_INTERRUPT),
        0,
        bit(NTO_TRACE_NAME),
        bit(NTO_TRACE_RUN) | bit(NTO_TRACE_READY) | bit(NTO_TRACE_BLOCK) | bit(NTO_TRACE_WAKE) |
            bit(NTO_TRACE_BEGIN) | bit(NTO_TRACE_END),
        0,
        bit(NTO_TRACE_USER),
        bit(NTO_TRACE_DENIED) | bit(NTO_TRACE_TIMER),
        bit(NTO_TRACE_SEND) | bit(NTO_TRACE_RECEIVE) | bit(NTO_TRACE_REPLY) | bit(NTO_TRACE_PULSE),
        0,
    };
    if (trace_class < 0 || trace_class >= static_cast<long>(sizeof of_class / sizeof *of_class))
        return false;
    kinds = of_class[trace_class];
    return true;
}

// `whole`: of these, nothing is left out any more.
long record(uint64_t kinds, uint64_t whole = 0)
{
    const long r = __kercall3(KER_TRACE_EVENT, NTO_TRACE_MASK, static_cast<long>(kinds),
                              static_cast<long>(whole));
    if (r >= 0)
        recorded = kinds;
    return r;
}

long change_class(long trace_class, bool add)
{
    uint64_t kinds = 0;
    if (!kinds_of(trace_class, kinds))
        return -EINVAL;
    return add ? record(recorded | kinds, kinds) : record(recorded & ~kinds);
}

// A kind of records, and which data they have (none: all of them).
struct Event {
    int kind;
    long data = -1;
};

Event thread_event(long event)
{
    switch (event) {
    case _NTO_TRACE_THRUNNING:
        return {NTO_TRACE_RUN};
    case _NTO_TRACE_THREADY:
        return {NTO_TRACE_READY};
    case _NTO_TRACE_THCREATE:
        return {NTO_TRACE_BEGIN};
    case _NTO_TRACE_THDESTROY:
        return {NTO_TRACE_END};
    default:
        return {event >= _NTO_TRACE_THSTOPPED && event <= _NTO_TRACE_THSEM ? NTO_TRACE_BLOCK : 0,
                event};
    }
}

Event message_event(long event)
{
    constexpr int kinds[] = {NTO_TRACE_SEND, NTO_TRACE_PULSE, NTO_TRACE_RECEIVE, NTO_TRACE_PULSE,
                             NTO_TRACE_REPLY};
    return {event >= 0 && event <= _NTO_TRACE_COMM_REPLY ? kinds[event] : 0};
}

// kind 0: no such event.
Event event_of(long trace_class, long event)
{
    switch (trace_class) {
    case _NTO_TRACE_KERCALLENTER:
        return {NTO_TRACE_CALL, event};
    case _NTO_TRACE_KERCALLEXIT:
        return {NTO_TRACE_CALL_EXIT, event};
    case _NTO_TRACE_INT:
    case _NTO_TRACE_INTENTER:
        return {NTO_TRACE_INTERRUPT, event};
    case _NTO_TRACE_THREAD:
        return thread_event(event);
    case _NTO_TRACE_USER:
        return {NTO_TRACE_USER, event};
    case _NTO_TRACE_COMM:
        return message_event(event);
    default:
        return {0};
    }
}

long change_event(long trace_class, long event, bool add)
{
    if (trace_class == _NTO_TRACE_KERCALL) {
        const long r = change_event(_NTO_TRACE_KERCALLENTER, event, add);
        return r < 0 ? r : change_event(_NTO_TRACE_KERCALLEXIT, event, add);
    }
    const Event one = event_of(trace_class, event);
    if (one.kind == 0 || event < 0)
        return -EINVAL;
    const uint64_t kind = bit(static_cast<unsigned>(one.kind));
    if (one.data < 0)
        return add ? record(recorded | kind, kind) : record(recorded & ~kind);
    const long r =
        __kercall4(KER_TRACE_EVENT, NTO_TRACE_SELECT, one.kind, one.data, static_cast<long>(add));
    if (r >= 0)
        recorded |= kind;
    return r;
}

// The documented modes.
long documented(int mode, const long* words)
{
    switch (mode) {
    case _NTO_TRACE_START:
    case _NTO_TRACE_STARTNOSTATE:
        return __kercall1(KER_TRACE_EVENT, NTO_TRACE_START);
    case _NTO_TRACE_STOP:
        return __kercall1(KER_TRACE_EVENT, NTO_TRACE_STOP);
    case _NTO_TRACE_ADDALLCLASSES:
        return record(~uint64_t{0}, ~uint64_t{0});
    case _NTO_TRACE_DELALLCLASSES:
        return record(0);
    case _NTO_TRACE_ADDCLASS:
    case _NTO_TRACE_DELCLASS:
        return change_class(words[0], mode == _NTO_TRACE_ADDCLASS);
    case _NTO_TRACE_ADDEVENT:
    case _NTO_TRACE_DELEVENT:
        return change_event(static_cast<int>(words[0]), static_cast<int>(words[1]),
                            mode == _NTO_TRACE_ADDEVENT);
    case _NTO_TRACE_INSERTSUSEREVENT:
        return -trace_logi(static_cast<int>(words[0]), static_cast<unsigned>(words[1]),
                           static_cast<unsigned>(words[2]));
    case _NTO_TRACE_INSERTUSRSTREVENT:
        return -trace_logf(static_cast<int>(words[0]), "%s",
                           reinterpret_cast<const char*>(words[1]));
    case _NTO_TRACE_INSERTCUSEREVENT:
        return -trace_logb(static_cast<int>(words[0]), reinterpret_cast<const void*>(words[1]),
                           static_cast<unsigned>(words[2]) * 4);
    case _NTO_TRACE_ALLOCBUFFER:
    case _NTO_TRACE_DEALLOCBUFFER:
    case _NTO_TRACE_FLUSHBUFFER:
    case _NTO_TRACE_SETRINGMODE:
    case _NTO_TRACE_SETALLCLASSESWIDE:
    case _NTO_TRACE_SETALLCLASSESFAST:
        return 0;
    case _NTO_TRACE_SETLINEARMODE:
        return -ENOTSUP;
    default:
        return -EINVAL;
    }
}

} // namespace

int TraceEvent(int mode, ...)
{
    va_list list;
    va_start(list, mode);
    long words[5];
    for (long& word : words)
        word = va_arg(list, long);
    va_end(list);
    if (mode >= _NTO_TRACE_ALLOCBUFFER)
        return qnx::errno_of(documented(mode, words));
    return qnx::errno_of(
        __kercall6(KER_TRACE_EVENT, mode, words[0], words[1], words[2], words[3], words[4]));
}

int trace_vnlogf(int code, int max, const char* fmt, va_list args)
{
    char text[longest];
    const int length = vsnprintf(text, sizeof text, fmt, args);
    if (length < 0 || max < 0)
        return EINVAL;
    size_t used =
        static_cast<size_t>(length) < sizeof text ? static_cast<size_t>(length) : sizeof text - 1;
    if (max > 0 && used > static_cast<size_t>(max))
        used = static_cast<size_t>(max);
    return insert_bytes(NTO_TRACE_USER_TEXT, code, text, used);
}

int trace_nlogf(int code, int max, const char* fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int error = trace_vnlogf(code, max, fmt, args);
    va_end(args);
    return error;
}

int trace_logf(int code, const char* fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const int error = trace_vnlogf(code, 0, fmt, args);
    va_end(args);
    return error;
}

int trace_logi(int code, unsigned d1, unsigned d2)
{
    if (code < _NTO_TRACE_USERFIRST || code > _NTO_TRACE_USERLAST)
        return EINVAL;
    return insert_pair(code, d1, d2);
}

int trace_logb(int code, const void* buf, unsigned len)
{
    return len > longest ? EINVAL : insert_bytes(NTO_TRACE_USER_BYTES, code, buf, len);
}

int trace_func_enter(void* this_fn, void* call_site)
{
    const long r = insert(code_func_enter, reinterpret_cast<uint64_t>(this_fn));
    return r < 0 ? static_cast<int>(-r)
                 : static_cast<int>(
                       -insert(code_func_enter + 2, reinterpret_cast<uint64_t>(call_site)));
}

int trace_func_exit(void* this_fn, void* call_site)
{
    const long r = insert(code_func_exit, reinterpret_cast<uint64_t>(this_fn));
    return r < 0 ? static_cast<int>(-r)
                 : static_cast<int>(
                       -insert(code_func_exit + 2, reinterpret_cast<uint64_t>(call_site)));
}
