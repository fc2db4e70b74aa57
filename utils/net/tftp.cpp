// SPDX-License-Identifier: Apache-2.0
// tftp: files over UDP (RFC 1350), block size and transfer size negotiated (RFC 2347, 2348, 2349).
#include <fcntl.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE("%C - trivial file transfer\n\n"
          "%C [host [port]]\n"
          "Commands, one a line: connect host [port], get remote [local], put local [remote],\n"
          "mode ascii|octet, binary, ascii, blksize n (8 to 65464, default 512), rexmt secs,\n"
          "timeout secs, verbose, status, quit.\n"
          "Exit status: 0 when every transfer went well.\n")

namespace {

enum Op : uint16_t { rrq = 1, wrq = 2, data_op = 3, ack = 4, error_op = 5, oack = 6 };
constexpr size_t header = 4, default_block = 512, max_block = 65464;

struct Session {
    struct sockaddr_storage server = {};
    bool connected = false, verbose = false, octet = true;
    size_t block = default_block;
    long resend_s = 2, timeout_s = 25;
};

Session session;
uint8_t packet[header + max_block], incoming[header + max_block + 1];

void put16(uint8_t* to, unsigned value)
{
    to[0] = static_cast<uint8_t>(value >> 8);
    to[1] = static_cast<uint8_t>(value);
}

unsigned get16(const uint8_t* from)
{
    return static_cast<unsigned>(from[0] << 8 | from[1]);
}

// One transfer's socket and its peer: the server answers from a port of its own, which then stays (TID).
struct Transfer {
    int fd = -1;
    struct sockaddr_storage peer = {};
    bool peer_known = false;
    size_t block = default_block;
    uint64_t give_up = 0;
    ~Transfer()
    {
        if (fd != -1)
            close(fd);
    }
};

bool send_packet(Transfer& t, size_t length)
{
    return sendto(t.fd, packet, length, 0, reinterpret_cast<struct sockaddr*>(&t.peer),
                  t.peer.ss_len) != -1;
}

void send_error(Transfer& t, const struct sockaddr_storage& to, unsigned code, const char* text)
{
    uint8_t words[128];
    put16(words, error_op);
    put16(words + 2, code);
    size_t length = 4 +
                    static_cast<size_t>(snprintf(reinterpret_cast<char*>(words + 4),
                                                 sizeof words - 4, "%s", text)) +
                    1;
    sendto(t.fd, words, length, 0, reinterpret_cast<const struct sockaddr*>(&to), to.ss_len);
}

// One datagram from the peer, or 0 when the time is over; strangers are told off (RFC 1350, section 4).
size_t receive(Transfer& t, uint64_t until)
{
    for (uint64_t now = net::now_ns(); now < until; now = net::now_ns()) {
        struct pollfd waiting = {t.fd, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>((until - now) / net::ns_per_ms + 1)) <= 0)
            continue;
        struct sockaddr_storage from = {};
        socklen_t length = sizeof from;
        ssize_t n = recvfrom(t.fd, incoming, sizeof incoming - 1, MSG_DONTWAIT,
                             reinterpret_cast<struct sockaddr*>(&from), &length);
        if (n < static_cast<ssize_t>(header) || !net::same_host(from, t.peer))
            continue;
        if (t.peer_known && net::port_number(from) != net::port_number(t.peer)) {
            send_error(t, from, 5, "Unknown transfer ID");
            continue;
        }
        t.peer = from;
        t.peer_known = true;
        incoming[n] = '\0';
        return static_cast<size_t>(n);
    }
    return 0;
}

// Sends packet[0..length) again and again until accept() likes what comes. 0: gave up, or the peer's error was shown.
template <typename Accept>
size_t exchange(Transfer& t, size_t length, Accept accept)
{
    uint64_t resend = static_cast<uint64_t>(session.resend_s) * net::ns_per_s;
    while (net::now_ns() < t.give_up) {
        if (!send_packet(t, length))
            return util::complain("sendto"), 0;
        uint64_t until = net::now_ns() + resend;
        while (size_t n = receive(t, until < t.give_up ? until : t.give_up)) {
            if (get16(incoming) == error_op)
                return util::say("Error code %u: %.200s", get16(incoming + 2),
                                 reinterpret_cast<char*>(incoming + 4)),
                       0;
            if (accept(n)) {
                t.give_up =
                    net::now_ns() + static_cast<uint64_t>(session.timeout_s) * net::ns_per_s;
                return n;
            }
        }
    }
    return util::say("Transfer timed out."), 0;
}

size_t put_word(size_t at, const char* word)
{
    size_t length = strlen(word) + 1;
    memcpy(packet + at, word, length);
    return at + length;
}

size_t make_request(Op op, const char* file)
{
    char number[24];
    put16(packet, op);
    size_t length = put_word(2, file);
    length = put_word(length, session.octet ? "octet" : "netascii");
    if (session.block != default_block) {
        snprintf(number, sizeof number, "%zu", session.block);
        length = put_word(put_word(length, "blksize"), number);
    }
    return length;
}

// The options the server took; false when they are not ones we asked for.
bool take_options(Transfer& t, size_t length)
{
    const char* at = reinterpret_cast<char*>(incoming) + 2;
    const char* end = reinterpret_cast<char*>(incoming) + length;
    while (at < end) {
        const char* name = at;
        const char* text = name + strlen(name) + 1;
        long value;
        if (text >= end || strcasecmp(name, "blksize") != 0 || !util::number(text, value, 10) ||
            value < 8 || value > static_cast<long>(session.block))
            return false;
        t.block = static_cast<size_t>(value);
        at = text + strlen(text) + 1;
    }
    return true;
}

bool open_transfer(Transfer& t, const char* file)
{
    if (!session.connected)
        return util::say("no host yet: connect host"), false;
    if (strlen(file) > 400)
        return util::say("%s: the name is too long", file), false;
    t.fd = socket(session.server.ss_family, SOCK_DGRAM, 0);
    t.peer = session.server;
    t.give_up = net::now_ns() + static_cast<uint64_t>(session.timeout_s) * net::ns_per_s;
    return t.fd != -1 || (util::complain("socket"), false);
}

// netascii: CR LF is our newline, CR NUL a carriage return. Keeps a CR at a block's end for the next.
struct NetasciiReader {
    bool cr = false;
    size_t convert(uint8_t* data, size_t length)
    {
        size_t out = 0;
        for (size_t i = 0; i < length; ++i) {
            uint8_t byte = data[i];
            bool was = cr;
            cr = byte == '\r' && !was;
            if (cr)
                continue;
            data[out++] = was && byte == '\0' ? '\r' : byte;
        }
        return out;
    }
};

int get(const char* remote, const char* local)
{
    Transfer t;
    if (!open_transfer(t, remote))
        return 1;
    int file = open(local, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file == -1)
        return util::complain(local);
    uint16_t expected = 1;
    uint64_t total = 0;
    NetasciiReader ascii;
    size_t request = make_request(rrq, remote);
    auto good = [&](size_t) {
        unsigned op = get16(incoming);
        return (op == data_op && get16(incoming + 2) == expected) ||
               (op == oack && total == 0 && expected == 1);
    };
    for (;;) {
        size_t n = exchange(t, request, good);
        if (n == 0)
            return close(file), unlink(local), 1;
        uint16_t answered = 0;
        bool last = false;
        if (get16(incoming) == oack) {
            if (!take_options(t, n)) {
                send_error(t, t.peer, 8, "option not asked for");
                return close(file), unlink(local), util::say("the server's options make no sense");
            }
        } else {
            size_t length = n - header;
            last = length < t.block;
            answered = expected++;
            size_t bytes = session.octet ? length : ascii.convert(incoming + header, length);
            if (!net::write_all(file, incoming + header, bytes)) {
                send_error(t, t.peer, 3, "disk full");
                return util::complain(local), close(file), 1;
            }
            total += bytes;
        }
        put16(packet, ack);
        put16(packet + 2, answered);
        request = header;
        if (last)
            break;
    }
    send_packet(t, header); // the last acknowledgement is not answered
    close(file);
    printf("Received %llu bytes\n", static_cast<unsigned long long>(total));
    return 0;
}

// Reads blocks, newlines as CR LF in netascii.
struct BlockReader {
    FILE* file;
    int held = -1;
    size_t read(uint8_t* to, size_t room)
    {
        if (session.octet)
            return fread(to, 1, room, file);
        size_t length = 0;
        while (length < room) {
            int c = held != -1 ? held : getc(file);
            held = held != -1 ? -1 : c == '\n' ? '\n' : c == '\r' ? '\0' : -1;
            if (c == EOF)
                break;
            to[length++] = static_cast<uint8_t>(c == '\n' && held == '\n' ? '\r' : c);
        }
        return length;
    }
};

int put(const char* local, const char* remote)
{
    Transfer t;
    if (!open_transfer(t, remote))
        return 1;
    BlockReader reader = {fopen(local, "r")};
    if (reader.file == nullptr)
        return util::complain(local);
    size_t length = make_request(wrq, remote), bytes = 0;
    uint64_t total = 0;
    uint16_t block = 0;
    bool last = false;
    auto good = [&](size_t) {
        unsigned op = get16(incoming);
        return (op == ack && get16(incoming + 2) == block) || (op == oack && block == 0);
    };
    for (;;) {
        size_t n = exchange(t, length, good);
        if (n == 0 || (get16(incoming) == oack && !take_options(t, n)))
            return fclose(reader.file), 1;
        if (last)
            break;
        total += bytes = reader.read(packet + header, t.block);
        put16(packet, data_op);
        put16(packet + 2, ++block);
        length = header + bytes;
        last = bytes < t.block;
    }
    fclose(reader.file);
    printf("Sent %llu bytes\n", static_cast<unsigned long long>(total));
    return 0;
}

int connect_to(const char* host, const char* port)
{
    int number = port != nullptr ? net::port_of(port, "udp") : 69;
    if (number == -1)
        return 1;
    const int family = net::family_of(host);
    net::set_any(family, &session.server);
    net::set_port(&session.server, number);
    session.connected = net::resolve(host, family, &session.server);
    return session.connected ? 0 : 1;
}

int set_number(const char* name, const char* text, long low, long high, long* out)
{
    long value;
    if (text == nullptr || !util::number(text, value, 10) || value < low || value > high)
        return util::say("%s needs a number from %ld to %ld", name, low, high);
    *out = value;
    return 0;
}

int show_status()
{
    if (session.connected)
        printf("Connected to %s.\n", net::text(session.server));
    else
        printf("Not connected.\n");
    printf("Mode: %s Verbose: %s Block size: %zu\nRexmt-interval: %ld seconds, Max-timeout: %ld "
           "seconds\n",
           session.octet ? "octet" : "netascii", session.verbose ? "on" : "off", session.block,
           session.resend_s, session.timeout_s);
    return 0;
}

const char* last_part(const char* path)
{
    const char* slash = strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

int set_mode(const char* word)
{
    if (word == nullptr)
        return printf("Using %s mode.\n", session.octet ? "octet" : "netascii"), 0;
    session.octet = strcmp(word, "ascii") != 0 && strcmp(word, "netascii") != 0;
    bool known = !session.octet || strcmp(word, "octet") == 0 || strcmp(word, "binary") == 0 ||
                 strcmp(word, "image") == 0;
    return known ? 0 : util::say("%s: unknown mode", word);
}

// One command line; -1 ends the program.
int obey(char* line)
{
    const char* words[3] = {};
    size_t count = 0;
    for (char* word = strtok(line, " \t\r\n"); word != nullptr && count < 3;
         word = strtok(nullptr, " \t\r\n"))
        words[count++] = word;
    const char *command = words[0], *first = words[1], *second = words[2];
    long value = 0;
    if (command == nullptr)
        return 0;
    if (strcmp(command, "quit") == 0 || strcmp(command, "q") == 0)
        return -1;
    if (strcmp(command, "connect") == 0)
        return first != nullptr ? connect_to(first, second) : util::say("connect host [port]");
    if (strcmp(command, "get") == 0)
        return first != nullptr ? get(first, second != nullptr ? second : last_part(first))
                                : util::say("get remote [local]");
    if (strcmp(command, "put") == 0)
        return first != nullptr ? put(first, second != nullptr ? second : last_part(first))
                                : util::say("put local [remote]");
    if (strcmp(command, "mode") == 0)
        return set_mode(first);
    if (strcmp(command, "binary") == 0 || strcmp(command, "ascii") == 0)
        return set_mode(command);
    if (strcmp(command, "verbose") == 0)
        return printf("Verbose mode %s.\n", (session.verbose = !session.verbose) ? "on" : "off"), 0;
    if (strcmp(command, "status") == 0)
        return show_status();
    if (strcmp(command, "rexmt") == 0)
        return set_number(command, first, 1, 255, &session.resend_s);
    if (strcmp(command, "timeout") == 0)
        return set_number(command, first, 1, 3600, &session.timeout_s);
    if (strcmp(command, "blksize") == 0) {
        int status = set_number(command, first, 8, max_block, &value);
        session.block = status == 0 ? static_cast<size_t>(value) : session.block;
        return status;
    }
    return util::say("%s: unknown command; see use %s", command, util::program);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (argc > 3)
        return util::say("see use %s", util::program);
    if (argc > 1 && connect_to(argv[1], argv[2]) != 0)
        return 1;
    char line[1024];
    int worst = 0;
    for (;;) {
        if (isatty(STDIN_FILENO))
            printf("tftp> ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == nullptr)
            break;
        int status = obey(line);
        if (status == -1)
            break;
        worst |= status;
    }
    return util::finish(worst);
}
