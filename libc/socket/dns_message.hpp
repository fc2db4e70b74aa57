// SPDX-License-Identifier: Apache-2.0
// DNS messages (RFC 1035 4): questions made, answers taken apart. No sockets, no files: tested and fuzzed on the host.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace dns {

constexpr size_t name_max = 254; // text with its NUL, without a final dot
constexpr size_t question_max = 12 + name_max + 2 + 4;
constexpr size_t udp_answer_max = 4096;

enum Type : uint16_t { type_a = 1, type_cname = 5, type_ptr = 12, type_aaaa = 28 };
enum Code : int { code_ok = 0, code_format = 1, code_server = 2, code_no_name = 3 };

// 0 when the name is no DNS name (empty or long labels, too long).
size_t make_question(const char* name, uint16_t type, uint16_t id, uint8_t* to, size_t room);

struct Answer {
    static constexpr size_t most = 16;
    uint8_t addresses[most][16]; // A: four bytes, AAAA: sixteen
    size_t count = 0;
    char name[name_max] = {}; // PTR: the host; else the canonical name
    int code = code_ok;
    bool truncated = false;
};

// False: not an answer to this question, or malformed (then nothing of it is used).
bool parse_answer(const uint8_t* message, size_t size, const uint8_t* question,
                  size_t question_size, uint16_t type, Answer& out);

// "4.3.2.1.in-addr.arpa" and its IPv6 form. family_bytes: 4 or 16.
void reverse_name(const uint8_t* address, size_t family_bytes, char (&to)[name_max]);

} // namespace dns
