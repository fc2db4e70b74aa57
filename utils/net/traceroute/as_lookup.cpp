// SPDX-License-Identifier: Apache-2.0
// Questions to a whois server, and the origin in its answers.
#include "as_lookup.hpp"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

namespace {

constexpr uint16_t whois_port = 43;
constexpr int patience_s = 10;

// What follows "name:" and blanks; nullptr: another line.
const char* attribute(const char* line, const char* name)
{
    const size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0)
        return nullptr;
    line += length;
    while (isspace(static_cast<unsigned char>(*line)))
        line++;
    return line;
}

} // namespace

AsLookup::~AsLookup()
{
    if (answers_ != nullptr)
        fclose(answers_);
}

bool AsLookup::open(const char* server)
{
    struct sockaddr_in to = net::address(0, whois_port);
    if (!net::resolve(server, &to))
        return false;
    to.sin_port = htons(whois_port);
    const int fd = net::connect_stream(to, patience_s * 1000);
    if (fd == -1)
        return util::complain(server), false;
    const struct timeval patience = {patience_s, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    answers_ = fdopen(fd, "r");
    // "!!": more than one question on this connection.
    if (answers_ != nullptr && net::write_all(fd, "!!\n", 3))
        return true;
    util::complain(server);
    answers_ != nullptr ? fclose(answers_) : close(fd);
    answers_ = nullptr;
    return false;
}

unsigned AsLookup::number_of(struct in_addr address)
{
    char question[40];
    const int length =
        snprintf(question, sizeof question, "!r%s/32,l\n", inet_ntoa(address)); // and less specific
    if (answers_ == nullptr)
        return 0;
    if (net::write_all(fileno(answers_), question, static_cast<size_t>(length)))
        return read_answer();
    fclose(answers_);
    answers_ = nullptr;
    return 0;
}

// "A" and the length, route objects, "C"; or "D": none, "F": refused. The longest prefix's origin counts.
unsigned AsLookup::read_answer()
{
    char line[512];
    unsigned found = 0;
    long bits = -1, best = -1;
    while (fgets(line, sizeof line, answers_) != nullptr) {
        const char first = line[0];
        const bool alone = strlen(line) == 2; // with its newline
        if ((alone && (first == 'C' || first == 'D')) || first == 'F')
            return found;
        if (const char* route = attribute(line, "route:")) {
            const char* slash = strchr(route, '/');
            bits = slash != nullptr ? strtol(slash + 1, nullptr, 10) : 32;
        }
        const char* origin = attribute(line, "origin:");
        if (origin == nullptr || strncasecmp(origin, "AS", 2) != 0 || bits <= best)
            continue;
        best = bits;
        found = static_cast<unsigned>(strtoul(origin + 2, nullptr, 10));
    }
    fclose(answers_); // closed, or silent too long
    answers_ = nullptr;
    return found;
}
