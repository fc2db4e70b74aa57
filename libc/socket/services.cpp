// SPDX-License-Identifier: Apache-2.0
// getservbyname(), getprotobyname() and their reverses: /etc/services and /etc/protocols, else a short built-in list;
// getnetbyname(): /etc/networks.
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

namespace {

struct Known {
    const char* name;
    int number;
    const char* protocol;
};
constexpr Known known_services[] = {
    {"echo", 7, "tcp"},     {"echo", 7, "udp"},     {"discard", 9, "tcp"}, {"discard", 9, "udp"},
    {"daytime", 13, "tcp"}, {"chargen", 19, "tcp"}, {"ftp", 21, "tcp"},    {"ssh", 22, "tcp"},
    {"telnet", 23, "tcp"},  {"smtp", 25, "tcp"},    {"time", 37, "tcp"},   {"domain", 53, "tcp"},
    {"domain", 53, "udp"},  {"bootps", 67, "udp"},  {"bootpc", 68, "udp"}, {"tftp", 69, "udp"},
    {"http", 80, "tcp"},    {"ntp", 123, "udp"},    {"https", 443, "tcp"}, {"syslog", 514, "udp"},
};
constexpr Known known_protocols[] = {
    {"ip", 0, nullptr},   {"icmp", 1, nullptr}, {"igmp", 2, nullptr},
    {"tcp", 6, nullptr},  {"udp", 17, nullptr}, {"ipv6", 41, nullptr},
    {"esp", 50, nullptr}, {"ah", 51, nullptr},  {"ipv6-icmp", 58, nullptr},
};

char line[256], name_text[64], protocol_text[16];
char* no_aliases[] = {nullptr};
struct servent service;
struct protoent protocol;
struct netent network;

// Looks for a line "name number[/protocol]" that matches; the result stays in the static buffers.
template <typename Matches>
bool find_in_file(const char* path, int* number, Matches matches)
{
    FILE* file = fopen(path, "re");
    if (file == nullptr)
        return false;
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != nullptr) {
        protocol_text[0] = '\0';
        found = sscanf(line, "%63s %d/%15s", name_text, number, protocol_text) >= 2 &&
                name_text[0] != '#' && matches(name_text, *number, protocol_text);
    }
    fclose(file);
    return found;
}

template <size_t N, typename Matches>
bool find_known(const Known (&known)[N], int* number, Matches matches)
{
    for (const Known& each : known) {
        const char* proto = each.protocol != nullptr ? each.protocol : "";
        if (!matches(each.name, each.number, proto))
            continue;
        strcpy(name_text, each.name);
        strcpy(protocol_text, proto);
        *number = each.number;
        return true;
    }
    return false;
}

template <typename Matches>
struct servent* find_service(Matches matches)
{
    int number = 0;
    if (!find_in_file("/etc/services", &number, matches) &&
        !find_known(known_services, &number, matches))
        return nullptr;
    service = {name_text, no_aliases, htons(static_cast<uint16_t>(number)), protocol_text};
    return &service;
}

template <typename Matches>
struct protoent* find_protocol(Matches matches)
{
    int number = 0;
    if (!find_in_file("/etc/protocols", &number, matches) &&
        !find_known(known_protocols, &number, matches))
        return nullptr;
    protocol = {name_text, no_aliases, number};
    return &protocol;
}

bool protocol_fits(const char* wanted, const char* proto)
{
    return wanted == nullptr || strcmp(wanted, proto) == 0;
}

} // namespace

struct servent* getservbyname(const char* name, const char* proto)
{
    return find_service([&](const char* each, int, const char* p) {
        return strcmp(each, name) == 0 && protocol_fits(proto, p);
    });
}

struct servent* getservbyport(int port, const char* proto)
{
    int wanted = ntohs(static_cast<uint16_t>(port));
    return find_service([&](const char*, int number, const char* p) {
        return number == wanted && protocol_fits(proto, p);
    });
}

struct protoent* getprotobyname(const char* name)
{
    return find_protocol(
        [&](const char* each, int, const char*) { return strcmp(each, name) == 0; });
}

struct protoent* getprotobynumber(int wanted)
{
    return find_protocol([&](const char*, int number, const char*) { return number == wanted; });
}

struct netent* getnetbyname(const char* name)
{
    FILE* file = fopen("/etc/networks", "re");
    if (file == nullptr)
        return nullptr;
    char address[32];
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != nullptr)
        found = sscanf(line, "%63s %31s", name_text, address) == 2 && name_text[0] != '#' &&
                strcmp(name_text, name) == 0 && inet_network(address) != INADDR_NONE;
    fclose(file);
    network = {name_text, no_aliases, AF_INET, found ? inet_network(address) : 0};
    return found ? &network : nullptr;
}

namespace {

FILE* service_list; // of getservent()

} // namespace

void setservent(int)
{
    endservent();
}

void endservent()
{
    if (service_list != nullptr)
        fclose(service_list);
    service_list = nullptr;
}

struct servent* getservent()
{
    if (service_list == nullptr)
        service_list = fopen("/etc/services", "re");
    while (service_list != nullptr && fgets(line, sizeof line, service_list) != nullptr) {
        int number;
        if (sscanf(line, "%63s %d/%15s", name_text, &number, protocol_text) != 3 ||
            name_text[0] == '#')
            continue;
        service = {name_text, no_aliases, htons(static_cast<uint16_t>(number)), protocol_text};
        return &service;
    }
    return nullptr;
}
