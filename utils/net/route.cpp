// SPDX-License-Identifier: Apache-2.0
// route: add and delete IPv4 routes. (get, show, flush and monitor need the routing socket: docs/scope.md.)
#include <arpa/inet.h>
#include <net/route.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - change the routing table\n\n"
          "%C [-nqv] add [-net|-host] destination[/bits] gateway [netmask]\n"
          "%C [-nqv] delete [-net|-host] destination[/bits] [gateway [netmask]]\n"
          " -netmask M, -prefixlen N, -reject, -blackhole after the destination\n"
          " destination: an address, or default\n")

namespace {

struct Request {
    struct sockaddr_in destination = {}, gateway = {}, mask = {};
    int flags = 0;
    bool host = false, net = false;
};

void set(struct sockaddr_in* to, in_addr_t address)
{
    *to = {};
    to->sin_len = sizeof *to;
    to->sin_family = AF_INET;
    to->sin_addr.s_addr = address;
}

bool parse_bits(const char* text, struct sockaddr_in* mask)
{
    long bits;
    if (!util::number(text, bits, 10) || bits < 0 || bits > 32)
        return false;
    set(mask, htonl(bits == 0 ? 0 : 0xffffffffu << (32 - bits)));
    return true;
}

bool parse_address(const char* text, struct sockaddr_in* to)
{
    struct hostent* host = gethostbyname(text);
    if (host == nullptr)
        return util::say("%s: bad value", text), false;
    in_addr_t number;
    memcpy(&number, host->h_addr_list[0], sizeof number);
    set(to, number);
    return true;
}

in_addr_t class_mask(in_addr_t address)
{
    uint32_t host_order = ntohl(address);
    return htonl(host_order < 0x80000000u   ? 0xff000000u
                 : host_order < 0xc0000000u ? 0xffff0000u
                                            : 0xffffff00u);
}

bool parse_destination(char* text, Request* request)
{
    if (strcmp(text, "default") == 0) {
        set(&request->destination, 0);
        set(&request->mask, 0);
        request->net = true;
        return true;
    }
    if (char* slash = strchr(text, '/')) {
        *slash = '\0';
        if (!parse_bits(slash + 1, &request->mask))
            return util::say("%s: bad value", slash + 1), false;
        request->net = true;
    }
    return parse_address(text, &request->destination);
}

// The words after the command; false with a message.
bool parse(char** words, Request* request)
{
    struct sockaddr_in* const plain[] = {&request->gateway, &request->mask};
    unsigned next = 0;
    for (; *words != nullptr; ++words) {
        char* word = *words;
        if (strcmp(word, "-net") == 0 || strcmp(word, "-host") == 0) {
            (word[1] == 'n' ? request->net : request->host) = true;
        } else if (strcmp(word, "-reject") == 0 || strcmp(word, "-blackhole") == 0) {
            request->flags |= word[1] == 'r' ? RTF_REJECT : RTF_BLACKHOLE;
        } else if (strcmp(word, "-netmask") == 0 || strcmp(word, "-prefixlen") == 0) {
            char* value = *++words;
            if (value == nullptr)
                return util::say("%s needs a value", word), false;
            bool good = word[1] == 'n' ? parse_address(value, &request->mask)
                                       : parse_bits(value, &request->mask);
            if (!good)
                return false;
            request->net = true;
        } else if (word[0] == '-') {
            return util::say("%s: not known here", word), false;
        } else if (request->destination.sin_len == 0) {
            if (!parse_destination(word, request))
                return false;
        } else if (next == 2 || !parse_address(word, plain[next++])) {
            return next == 2 ? util::say("%s: one word too many", word), false : false;
        }
    }
    if (request->destination.sin_len == 0)
        return util::say("which destination?"), false;
    // A host when nothing says otherwise, as 128.32 is a host without -net.
    if (request->mask.sin_len == 0 && request->net)
        set(&request->mask, class_mask(request->destination.sin_addr.s_addr));
    if (request->mask.sin_len == 0)
        request->host = true;
    return true;
}

int change(bool add, const Request& request, bool quiet)
{
    struct ortentry entry = {};
    memcpy(&entry.rt_dst, &request.destination, sizeof entry.rt_dst);
    if (request.gateway.sin_len != 0)
        memcpy(&entry.rt_gateway, &request.gateway, sizeof entry.rt_gateway);
    if (!request.host)
        memcpy(&entry.rt_genmask, &request.mask, sizeof entry.rt_genmask);
    entry.rt_flags =
        static_cast<int16_t>(RTF_UP | RTF_STATIC | request.flags | (request.host ? RTF_HOST : 0) |
                             (request.gateway.sin_len != 0 ? RTF_GATEWAY : 0));
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd == -1)
        return util::complain("socket");
    bool is_default = request.destination.sin_addr.s_addr == 0 &&
                      request.mask.sin_addr.s_addr == 0 && !request.host;
    char destination[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &request.destination.sin_addr, destination, sizeof destination);
    inet_ntop(AF_INET, &request.gateway.sin_addr, gateway, sizeof gateway);
    int result = ioctl(fd, static_cast<int>(add ? SIOCADDRT : SIOCDELRT), &entry);
    int error = errno;
    close(fd);
    if (!quiet || result == -1) {
        printf("%s %s %s", add ? "add" : "delete", request.host ? "host" : "net",
               is_default ? "default" : destination);
        if (request.gateway.sin_len != 0)
            printf(": gateway %s", gateway);
        if (result == -1)
            printf(": %s", error == ESRCH ? "not in table" : strerror(error));
        putchar('\n');
    }
    return util::finish(result == -1 ? 1 : 0);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool quiet = false;
    for (int c; (c = getopt(argc, argv, "+fnqv")) != -1;) {
        switch (c) {
        case 'q':
            quiet = true;
            break;
        case 'n':
        case 'v':
            break; // addresses are shown as numbers, always
        default:
            return util::say("bad option; see use %s", util::program);
        }
    }
    if (argv[optind] == nullptr)
        return util::say("add or delete?");
    bool add = strcmp(argv[optind], "add") == 0;
    if (!add && strcmp(argv[optind], "delete") != 0)
        return util::say("%s: not supported", argv[optind]);
    Request request;
    return parse(argv + optind + 1, &request) ? change(add, request, quiet) : 1;
}
