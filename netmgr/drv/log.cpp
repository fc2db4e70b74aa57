// SPDX-License-Identifier: Apache-2.0
// nw_log() and the sinks behind it.
#include "drv/log.hpp"

#include <stdarg.h>
#include <stdio.h>
#include <sys/slog2.h>
#include <sys/syslog.h>
#include <unistd.h>

namespace netmgr {

namespace {

slog2_buffer_t buffer;
bool console = true;
const char* program_name = "io-pkt";

// syslog's levels to slogger2's severities.
uint8_t to_slog2(int severity)
{
    static constexpr uint8_t map[] = {SLOG2_SHUTDOWN, SLOG2_CRITICAL, SLOG2_CRITICAL, SLOG2_ERROR,
                                      SLOG2_WARNING,  SLOG2_NOTICE,   SLOG2_INFO,     SLOG2_DEBUG1};
    return map[severity & 7];
}

} // namespace

void log_set_name(const char* program)
{
    program_name = program;
}

void log_start(const char* program)
{
    log_set_name(program);
    slog2_buffer_set_config_t config = {};
    config.buffer_set_name = program;
    config.num_buffers = 1;
    config.verbosity_level = SLOG2_INFO;
    config.buffer_config[0] = {"main", 4};
    if (slog2_register(&config, &buffer, 0) != 0)
        buffer = nullptr;
}

void log_detach_console()
{
    console = false;
}

void log_text(int severity, const char* text)
{
    if (buffer != nullptr)
        slog2c(buffer, _SLOGC_IO_PKT, to_slog2(severity), text);
    if (console && severity <= LOG_WARNING)
        dprintf(STDERR_FILENO, "%s: %s\n", program_name, text);
}

} // namespace netmgr

extern "C" void nw_log(int level, const char* format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    netmgr::log_text(level, text);
}
