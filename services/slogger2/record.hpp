// SPDX-License-Identifier: Apache-2.0
// A log record as it travels: written by libslog2 to /dev/slog, read back by slog2info.
#pragma once

#include <cstdint>
#include <devctl.h>

namespace slog {

constexpr const char* path = "/dev/slog";
constexpr unsigned name_max = 32; // with the NUL
constexpr unsigned text_max = 1024;

struct Record {
    uint64_t time_ns; // since 1970; the server's to fill, like pid
    int32_t pid;
    uint16_t code;
    uint8_t severity;
    uint8_t zero;
    char set[name_max];
    char buffer[name_max];
    uint32_t text_len; // bytes that follow, no NUL
    uint32_t zero2;
};

/// Forgets every record (root only).
constexpr int clear_command = __DION(_DCMD_MISC, 0x71);

} // namespace slog
