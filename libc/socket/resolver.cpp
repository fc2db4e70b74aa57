// SPDX-License-Identifier: Apache-2.0
// The DNS client: which servers, which names, UDP with time-outs, TCP for long answers.
#include "resolver.hpp"
#include "dns_message.hpp"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

namespace resolver {

namespace {

struct Configuration {
    static constexpr int max_servers = 3;
    static constexpr int max_search = 6;
    struct sockaddr_in servers[max_servers];
    int server_count = 0;
    char search[max_search][dns::name_max];
    int search_count = 0;
    int timeout_s = 5, attempts = 2, dots = 1;
};

void add_server(Configuration& c, const char* text)
{
    if (c.server_count == Configuration::max_servers)
        return;
    struct sockaddr_in& to = c.servers[c.server_count];
    to = {};
    to.sin_len = sizeof to;
    to.sin_family = AF_INET;
    to.sin_port = htons(53);
    if (inet_pton(AF_INET, text, &to.sin_addr) == 1)
        c.server_count++;
}

void add_search(Configuration& c, const char* text)
{
    if (c.search_count < Configuration::max_search && strlen(text) < dns::name_max)
        strcpy(c.search[c.search_count++], text);
}

void set_option(Configuration& c, const char* text)
{
    auto number = [&](const char* key, int most, int& to) {
        const size_t length = strlen(key);
        if (strncmp(text, key, length) == 0) {
            const int value = atoi(text + length);
            to = value < 1 ? (to == 1 ? value : 1) : value > most ? most : value;
        }
    };
    number("timeout:", 30, c.timeout_s);
    number("attempts:", 5, c.attempts);
    number("ndots:", 15, c.dots);
}

// Words of one configuration: "nameserver A", "search D ...", "domain D", "options O ...". A keyword holds until the next one.
void parse_words(Configuration& c, char* text, const char* separators)
{
    enum { none, nameserver, search, options } mode = none;
    char* rest = nullptr;
    for (char* word = strtok_r(text, separators, &rest); word != nullptr;
         word = strtok_r(nullptr, separators, &rest)) {
        if (strcmp(word, "nameserver") == 0) {
            mode = nameserver;
        } else if (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0) {
            mode = search;
            c.search_count = 0; // the last one counts
        } else if (strcmp(word, "options") == 0) {
            mode = options;
        } else if (strcmp(word, "lookup") == 0) {
            mode = none;
        } else if (mode == nameserver) {
            add_server(c, word);
        } else if (mode == search) {
            add_search(c, word);
        } else if (mode == options) {
            set_option(c, word);
        }
    }
}

bool read_file(Configuration& c, const char* path)
{
    FILE* file = fopen(path, "re");
    if (file == nullptr)
        return false;
    char line[512];
    while (fgets(line, sizeof line, file) != nullptr) {
        line[strcspn(line, "#;")] = '\0';
        parse_words(c, line, " \t\r\n");
    }
    fclose(file);
    return true;
}

void read_configuration(Configuration& c)
{
    char text[1024] = "";
    size_t length = confstr(_CS_RESOLVE, text, sizeof text);
    if (length > 1 && length <= sizeof text) {
        parse_words(c, text, " _\t\r\n"); // '_' stands for a blank there
    } else {
        char host[256] = "", path[300];
        gethostname(host, sizeof host - 1);
        snprintf(path, sizeof path, "/etc/resolv.conf.%s", host);
        if (host[0] == '\0' || !read_file(c, path))
            read_file(c, "/etc/resolv.conf");
    }
    if (c.search_count == 0) {
        length = confstr(_CS_DOMAIN, text, sizeof text);
        if (length > 1 && length <= sizeof text)
            add_search(c, text);
    }
    if (c.server_count == 0)
        add_server(c, "127.0.0.1");
}

uint64_t now_ms()
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1000 + static_cast<uint64_t>(t.tv_nsec) / 1000000;
}

uint16_t random_id()
{
    uint16_t id = 0;
    if (getentropy(&id, sizeof id) == -1) {
        struct timespec t; // the port is random too (RFC 5452), chosen by the stack
        clock_gettime(CLOCK_MONOTONIC, &t);
        id = static_cast<uint16_t>(t.tv_nsec ^ t.tv_nsec >> 16 ^ getpid());
    }
    return id;
}

struct Exchange {
    uint8_t question[dns::question_max];
    size_t question_size;
    uint16_t type;
    dns::Answer answer;
};

bool wait_for(int fd, short events, uint64_t deadline)
{
    const uint64_t now = now_ms();
    struct pollfd p = {fd, events, 0};
    return now < deadline && poll(&p, 1, static_cast<int>(deadline - now)) == 1;
}

// Data in full, or false. Either direction.
bool transfer(int fd, uint8_t* data, size_t size, bool out, uint64_t deadline)
{
    for (size_t done = 0; done < size;) {
        if (!wait_for(fd, out ? POLLOUT : POLLIN, deadline))
            return false;
        const ssize_t n = out ? send(fd, data + done, size - done, MSG_NOSIGNAL)
                              : recv(fd, data + done, size - done, 0);
        if (n <= 0)
            return false;
        done += static_cast<size_t>(n);
    }
    return true;
}

// RFC 1035 4.2.2: the same message behind its length.
bool ask_by_tcp(const struct sockaddr_in& server, Exchange& x, uint64_t deadline)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    uint8_t head[2] = {static_cast<uint8_t>(x.question_size >> 8),
                       static_cast<uint8_t>(x.question_size)};
    bool good =
        connect(fd, reinterpret_cast<const struct sockaddr*>(&server), sizeof server) == 0 &&
        transfer(fd, head, sizeof head, true, deadline) &&
        transfer(fd, x.question, x.question_size, true, deadline) &&
        transfer(fd, head, sizeof head, false, deadline);
    if (good) {
        const size_t size = static_cast<size_t>(head[0]) << 8 | head[1];
        auto* message = static_cast<uint8_t*>(malloc(size + 1));
        good = message != nullptr && transfer(fd, message, size, false, deadline) &&
               dns::parse_answer(message, size, x.question, x.question_size, x.type, x.answer);
        free(message);
    }
    close(fd);
    return good;
}

// One server, one try. False: no answer that counts.
bool ask(const struct sockaddr_in& server, Exchange& x, uint64_t deadline)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    uint8_t message[dns::udp_answer_max];
    bool good = false;
    if (connect(fd, reinterpret_cast<const struct sockaddr*>(&server), sizeof server) == 0 &&
        send(fd, x.question, x.question_size, 0) != -1) {
        while (!good && wait_for(fd, POLLIN, deadline)) {
            const ssize_t n = recv(fd, message, sizeof message, 0);
            if (n < 0)
                break; // nobody there
            good = dns::parse_answer(message, static_cast<size_t>(n), x.question, x.question_size,
                                     x.type, x.answer);
        }
    }
    close(fd);
    if (good && x.answer.truncated)
        return ask_by_tcp(server, x, deadline) || x.answer.count != 0;
    return good;
}

// A whole name, no search list.
Result query(const Configuration& c, const char* name, uint16_t type, Exchange& x)
{
    x.type = type;
    x.question_size = dns::make_question(name, type, random_id(), x.question, sizeof x.question);
    if (x.question_size == 0)
        return host_not_found;
    bool failed = false;
    for (int attempt = 0; attempt < c.attempts; ++attempt) {
        for (int i = 0; i < c.server_count; ++i) {
            const auto limit = static_cast<uint64_t>(c.timeout_s << attempt) * 1000;
            if (!ask(c.servers[i], x,
                     now_ms() + limit / static_cast<uint64_t>(attempt == 0 ? 1 : c.server_count)))
                continue;
            if (x.answer.code == dns::code_no_name)
                return host_not_found;
            if (x.answer.code == dns::code_ok)
                return x.answer.count != 0 ? found : no_data;
            failed = true; // SERVFAIL, REFUSED: another server may know
        }
    }
    return failed ? no_recovery : try_again;
}

// Names with dots first as they are, others first with the search list behind them.
Result search(const Configuration& c, const char* name, uint16_t type, Exchange& x)
{
    int dots = 0;
    for (const char* p = name; *p != '\0'; ++p)
        dots += *p == '.';
    const size_t length = strlen(name);
    const bool absolute = length != 0 && name[length - 1] == '.';
    Result best = host_not_found;
    if (absolute || dots >= c.dots) {
        best = query(c, name, type, x);
        if (best == found || absolute)
            return best;
    }
    for (int i = 0; i < c.search_count; ++i) {
        char whole[dns::name_max];
        const int n = snprintf(whole, sizeof whole, "%s.%s", name, c.search[i]);
        if (n < 0 || static_cast<size_t>(n) >= sizeof whole)
            continue;
        const Result r = query(c, whole, type, x);
        if (r == found || r == try_again)
            return r;
        if (r == no_data)
            best = r;
    }
    if (dots < c.dots) {
        const Result r = query(c, name, type, x);
        if (r != host_not_found)
            best = r;
    }
    return best;
}

// Whether anybody here can use an IPv6 address: io-pkt-v4-hc has no such sockets.
bool has_ip6()
{
    const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    if (fd != -1)
        close(fd);
    return fd != -1;
}

} // namespace

Result addresses_of(const char* name, int family, HostAddress* out, size_t room, size_t& count,
                    char* canonical)
{
    Configuration c;
    Exchange x;
    count = 0;
    read_configuration(c);
    Result result = host_not_found;
    const int families[] = {AF_INET, AF_INET6};
    for (int each : families) {
        if (family != each && (family != AF_UNSPEC || (each == AF_INET6 && !has_ip6())))
            continue;
        const Result r = search(c, name, each == AF_INET ? dns::type_a : dns::type_aaaa, x);
        if (result != found)
            result = r;
        for (size_t i = 0; r == found && i < x.answer.count && count < room; ++i) {
            out[count].family = each;
            memcpy(out[count++].bytes, x.answer.addresses[i], each == AF_INET ? 4 : 16);
        }
        if (r == found && canonical != nullptr)
            strcpy(canonical, x.answer.name);
    }
    return result;
}

Result name_of(const void* address, int family, char* name, size_t room)
{
    Configuration c;
    Exchange x;
    char question[dns::name_max];
    read_configuration(c);
    dns::reverse_name(static_cast<const uint8_t*>(address), family == AF_INET ? 4 : 16, question);
    const Result result = query(c, question, dns::type_ptr, x);
    if (result == found && strlen(x.answer.name) < room)
        strcpy(name, x.answer.name);
    return result == found && strlen(x.answer.name) >= room ? no_recovery : result;
}

void source_order(char (&order)[3])
{
    strcpy(order, "fd");
    FILE* file = fopen("/etc/nsswitch.conf", "re");
    if (file == nullptr)
        return;
    char line[256];
    while (fgets(line, sizeof line, file) != nullptr) {
        line[strcspn(line, "#")] = '\0';
        char* rest = nullptr;
        const char* key = strtok_r(line, " \t\r\n", &rest);
        if (key == nullptr || strcasecmp(key, "hosts:") != 0)
            continue;
        size_t n = 0;
        while (const char* word = strtok_r(nullptr, " \t\r\n", &rest)) {
            if (n < 2 && strcasecmp(word, "files") == 0)
                order[n++] = 'f';
            else if (n < 2 && strcasecmp(word, "dns") == 0)
                order[n++] = 'd';
        }
        order[n] = '\0';
    }
    fclose(file);
}

} // namespace resolver
