// SPDX-License-Identifier: Apache-2.0
// The grammar of inetd.conf: [addr:]service type proto[,sndbuf=][,rcvbuf=] wait|nowait[:max] user[:group] program args.
#include <string.h>

#include "lib/util.hpp"
#include "net/inetd/service.hpp"
#include "net/lib/net.hpp"

namespace inetd {
namespace {

// Where and why, once.
bool wrong(const char* file, unsigned number, const char* what, const char* word)
{
    util::say("%s:%u: %s: %s", file, number, what, word);
    return false;
}

bool parse_size(const char* text, int* bytes)
{
    char* end;
    long value = strtol(text, &end, 10);
    if (end != text && (*end == 'k' || *end == 'm'))
        value <<= *end++ == 'k' ? 10 : 20;
    *bytes = static_cast<int>(value);
    return end != text && *end == '\0' && value > 0 && value <= 16 << 20;
}

// "tcp", "tcp6", "udp4,rcvbuf=64k"
bool parse_protocol(char* word, Service* service)
{
    char* rest;
    const char* name = strtok_r(word, ",", &rest);
    const char* wanted = service->stream ? "tcp" : "udp";
    if (name == nullptr || strncmp(name, wanted, 3) != 0 ||
        (name[3] != '\0' && strcmp(name + 3, "4") != 0 && strcmp(name + 3, "6") != 0))
        return false;
    service->family = name[3] == '6' ? AF_INET6 : AF_INET;
    while (char* option = strtok_r(nullptr, ",", &rest)) {
        bool send = strncmp(option, "sndbuf=", 7) == 0,
             receive = strncmp(option, "rcvbuf=", 7) == 0;
        if ((!send && !receive) ||
            !parse_size(option + 7, send ? &service->send_buffer : &service->receive_buffer))
            return false;
    }
    return true;
}

bool parse_wait(char* word, Service* service)
{
    char* limit = strpbrk(word, ":.");
    if (limit != nullptr) {
        *limit++ = '\0';
        if (!util::number(limit, service->limit, 10) || service->limit < 1)
            return false;
    }
    service->wait = strcmp(word, "wait") == 0;
    return service->wait || strcmp(word, "nowait") == 0;
}

bool parse_where(char* word, Service* service)
{
    char* bracket = *word == '[' ? strchr(word, ']') : nullptr; // [2001:db8::1]:echo
    net::set_any(service->family, &service->at);
    if (bracket != nullptr) {
        *bracket++ = '\0';
        word++;
    }
    if (char* colon = strchr(bracket != nullptr ? bracket : word, ':')) {
        *colon = '\0';
        if (strcmp(word, "*") != 0 && !net::resolve(word, service->family, &service->at))
            return false;
        word = colon + 1;
    }
    service->name = word;
    int port = net::port_of(word, service->stream ? "tcp" : "udp");
    if (port == -1)
        return false;
    net::set_port(&service->at, port);
    return true;
}

bool parse_program(char** words, size_t count, Service* service)
{
    service->program = words[0];
    for (size_t i = 1; i < count && i <= max_words; ++i)
        service->arguments[i - 1] = words[i];
    if (service->arguments[0] == nullptr)
        service->arguments[0] = words[0];
    if (strcmp(words[0], "internal") != 0)
        return words[0][0] == '/';
    service->internal = find_internal(service->name);
    return service->internal != nullptr;
}

bool parse_words(const char* file, unsigned number, char** words, size_t count, Service* service)
{
    if (count < 6)
        return wrong(file, number, "a service needs six words or more", words[0]);
    service->stream = strcmp(words[1], "stream") == 0;
    if (!service->stream && strcmp(words[1], "dgram") != 0)
        return wrong(file, number, "the type is stream or dgram, not", words[1]);
    if (!parse_protocol(words[2], service))
        return wrong(file, number,
                     "not a protocol for this type (tcp, tcp6, udp, udp6, ,sndbuf= ,rcvbuf=)",
                     words[2]);
    if (!parse_where(words[0], service))
        return wrong(file, number, "no such service or address", words[0]);
    if (!parse_wait(words[3], service))
        return wrong(file, number, "wait or nowait[:max], not", words[3]);
    service->user = words[4];
    if (!parse_program(words + 5, count - 5, service))
        return wrong(file, number, "neither a full path nor an internal service", words[5]);
    return true;
}

} // namespace

int parse_line(const char* file, unsigned number, const char* line, Service* service)
{
    *service = {};
    snprintf(service->line, sizeof service->line, "%s", line);
    snprintf(service->words, sizeof service->words, "%s", line);
    if (strlen(line) >= sizeof service->line)
        return wrong(file, number, "line too long", "more than 511 characters"), -1;
    if (line[0] == '#')
        return 0;
    char* words[max_words + 6];
    size_t count = 0;
    char* rest;
    for (char* word = strtok_r(service->words, " \t\r\n", &rest); word != nullptr;
         word = strtok_r(nullptr, " \t\r\n", &rest)) {
        if (count == max_words + 6)
            return wrong(file, number, "too many words", word), -1;
        words[count++] = word;
    }
    if (count == 0)
        return 0;
    return parse_words(file, number, words, count, service) ? 1 : -1;
}

} // namespace inetd
