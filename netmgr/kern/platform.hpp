// SPDX-License-Identifier: Apache-2.0
// What the stack needs from outside: time, random numbers, DMA-able memory, a way to be woken and a log. The guest and the tests implement it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <sys/mbuf.h>

namespace netmgr {

class Platform {
public:
    virtual uint64_t now_ns() = 0;  // monotonic; any thread
    virtual uint64_t wall_ns() = 0; // since 1970
    virtual void random_bytes(void* to, size_t size) = 0;
    virtual void wake_stack() = 0; // any thread: run() has something to do
    virtual void log(int severity, const char* text) = 0;
    // Physically contiguous, aligned to its size up to a page. Any thread.
    virtual bool page_alloc(size_t size, mb_page& page) = 0;
    virtual void page_free(mb_page& page) = 0;

protected:
    ~Platform() = default;
};

enum LogSeverity {
    log_critical = 1,
    log_error = 2,
    log_warning = 3,
    log_notice = 4,
    log_info = 5,
    log_debug = 6
};

} // namespace netmgr
