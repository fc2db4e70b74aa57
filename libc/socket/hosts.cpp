// SPDX-License-Identifier: Apache-2.0
// /etc/hosts, and gethostbyname() and its family over it.
#include "hosts.hpp"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

namespace {

constexpr char separators[] = " \t\r\n";

bool parse_number(const char* text, int family, HostAddress* out)
{
    if (family != AF_INET6 && inet_aton(text, reinterpret_cast<struct in_addr*>(out->bytes)) == 1) {
        out->family = AF_INET;
        return true;
    }
    if (family != AF_INET && inet_pton(AF_INET6, text, out->bytes) == 1) {
        out->family = AF_INET6;
        return true;
    }
    return false;
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

int host_error;
char host_name[256];
HostAddress found_addresses[8];
char* address_list[9];
char* no_aliases[] = {nullptr};
struct hostent host;

struct hostent* fill_host(const char* name, int family, size_t count)
{
    if (name != host_name)
        strncpy(host_name, name, sizeof host_name - 1);
    for (size_t i = 0; i < count; ++i)
        address_list[i] = reinterpret_cast<char*>(found_addresses[i].bytes);
    address_list[count] = nullptr;
    host = {host_name, no_aliases, family, family == AF_INET ? 4 : 16, address_list};
    return &host;
}

} // namespace

size_t find_host(const char* name, int family, bool number_only, HostAddress* out, size_t room)
{
    if (room == 0)
        return 0;
    if (parse_number(name, family, out))
        return 1;
    if (number_only)
        return 0;
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
    if (count == 0 && strcasecmp(name, "localhost") == 0 && family != AF_INET6)
        count = parse_number("127.0.0.1", AF_INET, out);
    return count;
}

bool find_host_name(const void* address, int family, char* name, size_t room)
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

int* __h_errno_location()
{
    return &host_error;
}

struct hostent* gethostbyname2(const char* name, int family)
{
    size_t count = find_host(name, family, false, found_addresses, 8);
    if (count != 0)
        return fill_host(name, family, count);
    host_error = HOST_NOT_FOUND;
    return nullptr;
}

struct hostent* gethostbyname(const char* name)
{
    return gethostbyname2(name, AF_INET);
}

struct hostent* gethostbyaddr(const void* address, socklen_t length, int family)
{
    bool right = (family == AF_INET && length == 4) || (family == AF_INET6 && length == 16);
    if (!right || !find_host_name(address, family, host_name, sizeof host_name)) {
        host_error = HOST_NOT_FOUND;
        return nullptr;
    }
    memcpy(found_addresses[0].bytes, address, length);
    return fill_host(host_name, family, 1);
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
