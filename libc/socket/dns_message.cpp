// SPDX-License-Identifier: Apache-2.0
// Making and parsing DNS messages. Every offset comes from outside: nothing is read before it is checked.
#include "dns_message.hpp"
#include <stdio.h>
#include <string.h>
#include <strings.h>

namespace dns {

namespace {

constexpr size_t header_size = 12;
constexpr size_t label_max = 63;
constexpr int pointer_limit = 64; // compression pointers followed for one name

uint16_t get16(const uint8_t* at)
{
    return static_cast<uint16_t>(at[0] << 8 | at[1]);
}

void put16(uint8_t* at, uint16_t value)
{
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

class Reader {
public:
    Reader(const uint8_t* message, size_t size) : message_(message), size_(size) {}

    // The name at `at`, moved behind it. False when it runs out of the message, is too long or circles.
    bool name(size_t& at, char (&to)[name_max]) const
    {
        size_t used = 0;
        size_t behind = 0;
        int jumps = 0;
        for (size_t p = at;;) {
            if (p >= size_)
                return false;
            const uint8_t length = message_[p];
            if ((length & 0xc0) == 0xc0) {
                if (p + 1 >= size_ || ++jumps > pointer_limit)
                    return false;
                if (behind == 0)
                    behind = p + 2;
                p = static_cast<size_t>(length & 0x3f) << 8 | message_[p + 1];
                continue;
            }
            if (length > label_max || length >= size_ - p)
                return false;
            if (length == 0) {
                at = behind != 0 ? behind : p + 1;
                to[used] = '\0';
                return true;
            }
            if (used + length + 2 > sizeof to)
                return false;
            if (used != 0)
                to[used++] = '.';
            for (size_t i = 1; i <= length; ++i) {
                const uint8_t c = message_[p + i];
                // What cannot stand in a host's name must not get into programs by DNS.
                if (c <= ' ' || c >= 0x7f || c == '.' || c == '\\')
                    return false;
                to[used++] = static_cast<char>(c);
            }
            p += size_t{length} + 1;
        }
    }

    bool skip_question(size_t& at) const
    {
        char name_there[name_max];
        if (!name(at, name_there) || size_ - at < 4)
            return false;
        at += 4;
        return true;
    }

    struct Record {
        char owner[name_max];
        uint16_t type;
        size_t data, length;
    };
    bool record(size_t& at, Record& out) const
    {
        if (!name(at, out.owner) || size_ - at < 10)
            return false;
        out.type = get16(message_ + at);
        const bool internet = get16(message_ + at + 2) == 1;
        out.length = get16(message_ + at + 8);
        at += 10;
        out.data = at;
        if (out.length > size_ - at)
            return false;
        at += out.length;
        if (!internet)
            out.type = 0;
        return true;
    }
    const uint8_t* at(size_t offset) const { return message_ + offset; }

private:
    const uint8_t* message_;
    size_t size_;
};

// Takes what a record says about `name`, the question's or the one its CNAMEs lead to.
bool take(const Reader& reader, const Reader::Record& record, uint16_t type, Answer& out)
{
    if (strcasecmp(record.owner, out.name) != 0)
        return true; // about something else: not asked, not believed
    if (record.type == type_cname || (record.type == type && type == type_ptr)) {
        size_t at = record.data;
        char target[name_max];
        if (!reader.name(at, target) || at != record.data + record.length)
            return false;
        memcpy(out.name, target, sizeof target);
        if (record.type == type)
            out.count = 1;
        return true;
    }
    const size_t size = type == type_a ? 4 : 16;
    if (record.type != type || type == type_ptr)
        return true;
    if (record.length != size)
        return false;
    if (out.count < Answer::most)
        memcpy(out.addresses[out.count++], reader.at(record.data), size);
    return true;
}

} // namespace

size_t make_question(const char* name, uint16_t type, uint16_t id, uint8_t* to, size_t room)
{
    size_t length = strlen(name);
    if (length != 0 && name[length - 1] == '.')
        length--;
    if (length == 0 || length >= name_max || room < header_size + length + 2 + 4)
        return 0;
    memset(to, 0, header_size);
    put16(to, id);
    to[2] = 1; // recursion desired
    put16(to + 4, 1);
    size_t at = header_size;
    for (size_t i = 0; i < length;) {
        size_t end = i;
        while (end < length && name[end] != '.')
            end++;
        if (end == i || end - i > label_max)
            return 0;
        to[at++] = static_cast<uint8_t>(end - i);
        memcpy(to + at, name + i, end - i);
        at += end - i;
        i = end + 1;
    }
    to[at++] = 0;
    put16(to + at, type);
    put16(to + at + 2, 1); // IN
    return at + 4;
}

bool parse_answer(const uint8_t* message, size_t size, const uint8_t* question,
                  size_t question_size, uint16_t type, Answer& out)
{
    out = Answer();
    if (size < question_size || question_size < header_size || size < header_size)
        return false;
    if (memcmp(message, question, 2) != 0 || (message[2] & 0x80) == 0 || get16(message + 4) != 1)
        return false;
    const Reader reader(message, size);
    const Reader asked(question, question_size);
    char name[name_max];
    size_t at = header_size, asked_at = header_size;
    if (!reader.name(at, name) || !asked.name(asked_at, out.name) ||
        strcasecmp(name, out.name) != 0 || size - at < 4 ||
        memcmp(message + at, question + asked_at, 4) != 0)
        return false;
    at += 4;
    out.code = message[3] & 0x0f;
    out.truncated = (message[2] & 0x02) != 0;
    for (unsigned n = get16(message + 6); n > 0; --n) {
        Reader::Record record;
        if (!reader.record(at, record))
            return out.truncated; // cut off: the rest comes by TCP
        if (!take(reader, record, type, out))
            return false;
    }
    return true;
}

void reverse_name(const uint8_t* address, size_t family_bytes, char (&to)[name_max])
{
    if (family_bytes == 4) {
        snprintf(to, sizeof to, "%u.%u.%u.%u.in-addr.arpa", address[3], address[2], address[1],
                 address[0]);
        return;
    }
    size_t at = 0;
    for (int i = 15; i >= 0; --i)
        at += static_cast<size_t>(
            snprintf(to + at, sizeof to - at, "%x.%x.", address[i] & 15, address[i] >> 4));
    snprintf(to + at, sizeof to - at, "ip6.arpa");
}

} // namespace dns
