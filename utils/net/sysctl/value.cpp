// SPDX-License-Identifier: Apache-2.0
// Values as text and back.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "sysctl.hpp"

namespace {

constexpr size_t max_value = 64 * 1024;
uint8_t value[max_value];

bool read_value(const Variable& variable, size_t* size)
{
    Variable copy = variable;
    *size = sizeof value;
    return sysctl(copy.mib, copy.depth, value, size, nullptr, 0) == 0;
}

void prefix(const Variable& variable)
{
    if (!options.name_only_value)
        printf("%s%s", variable.name, options.equals ? "=" : " = ");
}

void print_hex(size_t size)
{
    if (options.hex == 1) {
        for (size_t i = 0; i < size; ++i)
            printf("%02x", value[i]);
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < size; i += 16) {
        printf("\n%04zx: ", i);
        for (size_t j = i; j < i + 16; ++j)
            j < size ? printf(" %02x", value[j]) : printf("   ");
        printf("  ");
        for (size_t j = i; j < i + 16 && j < size; ++j)
            putchar(isprint(value[j]) ? value[j] : '.');
    }
    putchar('\n');
}

void print_struct(const Variable& variable, size_t size)
{
    if (strcmp(variable.name, "kern.clockrate") == 0 && size == sizeof(struct clockinfo)) {
        struct clockinfo c;
        memcpy(&c, value, sizeof c);
        printf("tick = %d, tickadj = %d, hz = %d, profhz = %d, stathz = %d\n", c.tick, c.tickadj,
               c.hz, c.profhz, c.stathz);
        return;
    }
    printf("(%zu bytes; -x shows them)\n", size);
}

template <typename T>
T number_at_start()
{
    T number;
    memcpy(&number, value, sizeof number);
    return number;
}

void print_text(const Variable& variable, size_t size)
{
    bool hex = (variable.info.flags & CTLFLAG_HEX) != 0 || options.hex == 1;
    if (variable.info.type == CTLTYPE_INT && size == sizeof(int32_t)) {
        printf(hex ? "0x%x\n" : "%d\n", number_at_start<int32_t>());
    } else if (variable.info.type == CTLTYPE_QUAD && size == sizeof(int64_t)) {
        printf(hex ? "0x%llx\n" : "%lld\n", static_cast<long long>(number_at_start<int64_t>()));
    } else if (variable.info.type == CTLTYPE_STRING) {
        printf("%.*s\n", static_cast<int>(strnlen(reinterpret_cast<char*>(value), size)),
               reinterpret_cast<char*>(value));
    } else if (options.hex == 1) {
        print_hex(size);
    } else {
        print_struct(variable, size);
    }
}

// What the new value looks like on the wire; false: the text is no such value.
bool parse(const Variable& variable, const char* text, uint8_t* out, size_t* size)
{
    char* end;
    errno = 0;
    switch (variable.info.type) {
    case CTLTYPE_INT: {
        const bool hex = (variable.info.flags & CTLFLAG_HEX) != 0; // written as it is shown
        long long number = strtoll(text, &end, hex ? 16 : 0);
        if (end == text || *end != '\0' || number < INT32_MIN || number > UINT32_MAX)
            return false;
        auto narrow = static_cast<int32_t>(number);
        memcpy(out, &narrow, *size = sizeof narrow);
        return true;
    }
    case CTLTYPE_QUAD: {
        auto number = static_cast<int64_t>(strtoull(text, &end, 0));
        if (end == text || *end != '\0' || errno != 0)
            return false;
        memcpy(out, &number, *size = sizeof number);
        return true;
    }
    case CTLTYPE_STRING:
        *size = strlen(text) + 1;
        if (*size > max_name)
            return false;
        memcpy(out, text, *size);
        return true;
    default:
        return false;
    }
}

void print_plain(const Variable& variable, size_t size)
{
    switch (variable.info.type) {
    case CTLTYPE_INT:
        printf("%d", number_at_start<int32_t>());
        break;
    case CTLTYPE_QUAD:
        printf("%lld", static_cast<long long>(number_at_start<int64_t>()));
        break;
    default:
        printf("%.*s", static_cast<int>(strnlen(reinterpret_cast<char*>(value), size)),
               reinterpret_cast<char*>(value));
    }
}

} // namespace

bool print_value(const Variable& variable)
{
    size_t size = 0;
    if (!read_value(variable, &size)) {
        util::complain(variable.name);
        return false;
    }
    if (options.raw) {
        fflush(stdout);
        return write(STDOUT_FILENO, value, size) == static_cast<ssize_t>(size);
    }
    prefix(variable);
    if (options.hex == 2)
        print_hex(size);
    else
        print_text(variable, size);
    return true;
}

bool print_description(const Variable& variable)
{
    Variable query = variable;
    query.mib[query.depth] = CTL_DESCRIBE;
    size_t size = sizeof value - 1;
    if (sysctl(query.mib, query.depth + 1, value, &size, nullptr, 0) == -1) {
        util::complain(variable.name);
        return false;
    }
    value[size] = '\0';
    if (!options.name_only_value)
        printf("%s: ", variable.name);
    printf("%s\n", reinterpret_cast<char*>(value));
    return true;
}

bool set_value(const Variable& variable, const char* text)
{
    uint8_t wanted[max_name];
    size_t size = 0, old_size = sizeof value;
    if (!parse(variable, text, wanted, &size)) {
        util::say("%s: bad value: %s", variable.name, text);
        return false;
    }
    Variable copy = variable;
    if (sysctl(copy.mib, copy.depth, value, &old_size, wanted, size) == -1) {
        util::complain(variable.name);
        return false;
    }
    if (options.quiet)
        return true;
    if (!options.name_only_value)
        printf("%s: ", variable.name);
    print_plain(variable, old_size);
    printf(" -> ");
    if (read_value(variable, &old_size))
        print_plain(variable, old_size);
    putchar('\n');
    return true;
}
