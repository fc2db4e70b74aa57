// SPDX-License-Identifier: Apache-2.0
// Hosts by name and address: /etc/hosts, then DNS; gethostbyname() and its family.
#include "hosts.hpp"
#include "autoconnect.hpp"
#include "resolver.hpp"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

namespace {

constexpr char separators[] = " \t\r\n";

// With a zone: fe80::1%wm0 or fe80::1%2 (RFC 4007 11).
bool parse_number6(const char* text, HostAddress* out)
{
    char copy[INET6_ADDRSTRLEN + IFNAMSIZ + 1];
    const char* mark = strchr(text, '%');
    size_t length = mark != nullptr ? static_cast<size_t>(mark - text) : strlen(text);
    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (inet_pton(AF_INET6, copy, out->bytes) != 1)
        return false;
    out->family = AF_INET6;
    out->zone = 0;
    if (mark == nullptr)
        return true;
    char* end = nullptr;
    out->zone = if_nametoindex(mark + 1);
    if (out->zone == 0)
        out->zone = static_cast<unsigned>(strtoul(mark + 1, &end, 10));
    return out->zone != 0 && (end == nullptr || *end == '\0');
}

bool parse_number(const char* text, int family, HostAddress* out)
{
    if (family != AF_INET6 && inet_aton(text, reinterpret_cast<struct in_addr*>(out->bytes)) == 1) {
        out->family = AF_INET;
        return true;
    }
    return family != AF_INET && parse_number6(text, out);
}

// Calls found(address, names...) for each line; names is strtok_r state after the address.
template <typename Function>
bool for_each_line(Function found)
{
    FILE* file = fopen("/etc/hosts", "re");
    if (file == nullptr)
        return false;
    char line[512];
    bool stop = false;
    while (!stop && fgets(line, sizeof line, file) != nullptr) {
        line[strcspn(line, "#")] = '\0';
        char* rest = nullptr;
        char* number = strtok_r(line, separators, &rest);
        HostAddress address{};
        if (number != nullptr && parse_number(number, AF_UNSPEC, &address))
            stop = found(address, rest);
    }
    fclose(file);
    return stop;
}

size_t find_in_file(const char* name, int family, HostAddress* out, size_t room)
{
    size_t count = 0;
    for_each_line([&](const HostAddress& address, char* rest) {
        if (family != AF_UNSPEC && address.family != family)
            return false;
        while (char* each = strtok_r(nullptr, separators, &rest)) {
            if (strcasecmp(each, name) != 0)
                continue;
            out[count++] = address;
            break;
        }
        return count == room;
    });
    if (count == 0 && strcasecmp(name, "localhost") == 0)
        count = parse_number(family == AF_INET6 ? "::1" : "127.0.0.1", family, out);
    return count;
}

bool find_name_in_file(const void* address, int family, char* name, size_t room)
{
    size_t length = family == AF_INET ? 4 : 16;
    return for_each_line([&](const HostAddress& each, char* rest) {
        if (each.family != family || memcmp(each.bytes, address, length) != 0)
            return false;
        char* first = strtok_r(nullptr, separators, &rest);
        if (first == nullptr || strlen(first) >= room)
            return false;
        strcpy(name, first);
        return true;
    });
}

constexpr size_t most_addresses = 16;
constexpr size_t most_name = 256;

// What gethostby*() give: the caller's own (_r), or one for the whole program.
struct HostRecord {
    char name[most_name];
    HostAddress addresses[most_addresses];
    char* list[most_addresses + 1];
    char* no_aliases[1];
};

__thread int host_error;
struct hostent the_host;
HostRecord the_record;

struct hostent* fill(HostRecord& record, struct hostent& host, int family, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        record.list[i] = reinterpret_cast<char*>(record.addresses[i].bytes);
    record.list[count] = nullptr;
    record.no_aliases[0] = nullptr;
    host = {record.name, record.no_aliases, family, family == AF_INET ? 4 : 16, record.list};
    return &host;
}

struct hostent* by_name(const char* name, int family, HostRecord& record, struct hostent& host,
                        int* error)
{
    size_t count = 0;
    strncpy(record.name, name, sizeof record.name - 1);
    record.name[sizeof record.name - 1] = '\0';
    *error = find_host(name, family, false, record.addresses, most_addresses, count, record.name);
    return *error == 0 ? fill(record, host, family, count) : nullptr;
}

struct hostent* by_address(const void* address, socklen_t length, int family, HostRecord& record,
                           struct hostent& host, int* error)
{
    bool right = (family == AF_INET && length == 4) || (family == AF_INET6 && length == 16);
    *error =
        right ? find_host_name(address, family, record.name, sizeof record.name) : HOST_NOT_FOUND;
    if (*error != 0)
        return nullptr;
    memcpy(record.addresses[0].bytes, address, length);
    return fill(record, host, family, 1);
}

// The record in a caller's buffer; nullptr and ERANGE when it is too small.
HostRecord* record_in(char* buffer, int size, int* error)
{
    auto at = reinterpret_cast<uintptr_t>(buffer);
    uintptr_t aligned = (at + alignof(HostRecord) - 1) & ~(alignof(HostRecord) - 1);
    if (buffer != nullptr && size >= 0 &&
        static_cast<size_t>(size) >= aligned - at + sizeof(HostRecord))
        return reinterpret_cast<HostRecord*>(aligned);
    errno = ERANGE;
    *error = NETDB_INTERNAL;
    return nullptr;
}

} // namespace

int find_host(const char* name, int family, bool number_only, HostAddress* out, size_t room,
              size_t& count, char* canonical)
{
    count = 0;
    if (parse_number(name, family, out)) {
        count = 1;
        return 0;
    }
    if (number_only)
        return HOST_NOT_FOUND;
    char order[3];
    int result = HOST_NOT_FOUND;
    resolver::source_order(order);
    for (const char* source = order; *source != '\0'; ++source) {
        if (*source == 'f') {
            count = find_in_file(name, family, out, room);
            if (count != 0)
                return 0;
            continue;
        }
        result = resolver::addresses_of(name, family, out, room, count, canonical);
        if (result == resolver::try_again && autoconnect::helped_with_names())
            result = resolver::addresses_of(name, family, out, room, count, canonical);
        if (result == resolver::found)
            return 0;
    }
    return result;
}

int find_host_name(const void* address, int family, char* name, size_t room)
{
    char order[3];
    int result = HOST_NOT_FOUND;
    resolver::source_order(order);
    for (const char* source = order; *source != '\0'; ++source) {
        if (*source == 'f' && find_name_in_file(address, family, name, room))
            return 0;
        if (*source == 'd') {
            result = resolver::name_of(address, family, name, room);
            if (result == resolver::found)
                return 0;
        }
    }
    return result;
}

int* __h_errno_location()
{
    return &host_error;
}

struct hostent* gethostbyname2(const char* name, int family)
{
    return by_name(name, family, the_record, the_host, &host_error);
}

struct hostent* gethostbyname(const char* name)
{
    return gethostbyname2(name, AF_INET);
}

struct hostent* gethostbyaddr(const void* address, socklen_t length, int family)
{
    return by_address(address, length, family, the_record, the_host, &host_error);
}

struct hostent* gethostbyname_r(const char* name, struct hostent* result, char* buffer, int size,
                                int* error)
{
    HostRecord* record = record_in(buffer, size, error);
    return record != nullptr ? by_name(name, AF_INET, *record, *result, error) : nullptr;
}

struct hostent* gethostbyaddr_r(const char* address, int length, int family, struct hostent* result,
                                char* buffer, int size, int* error)
{
    HostRecord* record = record_in(buffer, size, error);
    return record != nullptr ? by_address(address, static_cast<socklen_t>(length), family, *record,
                                          *result, error)
                             : nullptr;
}

const char* hstrerror(int err)
{
    switch (err) {
    case 0:
        return "Resolver error 0 (no error)";
    case HOST_NOT_FOUND:
        return "Unknown host";
    case TRY_AGAIN:
        return "Host name lookup failure";
    case NO_RECOVERY:
        return "Unknown server error";
    case NO_DATA:
        return "No address associated with name";
    default:
        return "Unknown resolver error";
    }
}

void herror(const char* text)
{
    if (text != nullptr && text[0] != '\0')
        fprintf(stderr, "%s: ", text);
    fprintf(stderr, "%s\n", hstrerror(host_error));
}
