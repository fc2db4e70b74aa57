// SPDX-License-Identifier: Apache-2.0
// telnet: a terminal over the network (RFC 854), with the options a serial shell needs.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE("%C - terminal connection to another host\n\n"
          "%C [-8] [-E] [-e char] host [port]\n"
          " -8       pass all eight bits (binary)\n"
          " -E       no escape character\n"
          " -e char  escape character (default ^]); then q ends the connection\n")

namespace {

enum Command : uint8_t {
    se = 240,
    sb = 250,
    will = 251,
    wont = 252,
    do_ = 253,
    dont = 254,
    iac = 255
};
enum Option : uint8_t { binary = 0, echo = 1, suppress_go_ahead = 3, terminal_type = 24 };

int escape = 0x1d; // ^]
bool want_binary;
int net_fd = -1;
struct termios saved;
bool raw_terminal;

void restore_terminal()
{
    if (raw_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    raw_terminal = false;
}

// The far side echoes: ours must not, and each key goes out at once.
void set_raw(bool on)
{
    if (!on)
        return restore_terminal();
    if (raw_terminal || tcgetattr(STDIN_FILENO, &saved) == -1)
        return;
    struct termios raw = saved;
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw_terminal = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

bool answer(uint8_t verb, uint8_t option)
{
    const uint8_t words[] = {iac, verb, option};
    return net::write_all(net_fd, words, sizeof words);
}

// The telnet side of what comes in: negotiation apart from text. Each option is answered once a change (RFC 1143's
// loops cannot arise: an answer goes out only when our state changes or the answer is a refusal).
class Negotiator {
public:
    // Consumes one byte; true when it is text.
    bool take(uint8_t byte)
    {
        switch (state_) {
        case State::text:
            if (byte != iac)
                return true;
            state_ = State::command;
            return false;
        case State::command:
            return take_command(byte);
        case State::option:
            negotiate(byte);
            state_ = State::text;
            return false;
        case State::sub:
            if (byte == iac)
                state_ = State::sub_command;
            else if (sub_length_ < sizeof sub_)
                sub_[sub_length_++] = byte;
            return false;
        case State::sub_command:
            state_ = byte == se ? State::text : State::sub;
            if (byte == se)
                subnegotiate();
            return false;
        }
        return false;
    }

private:
    enum class State { text, command, option, sub, sub_command };

    bool take_command(uint8_t byte)
    {
        state_ = byte >= will && byte <= dont ? State::option
                 : byte == sb                 ? State::sub
                                              : State::text;
        verb_ = byte;
        sub_length_ = 0;
        return byte == iac; // a doubled 255 is the byte 255
    }

    void negotiate(uint8_t option)
    {
        bool theirs = verb_ == will || verb_ == wont, on = verb_ == will || verb_ == do_;
        bool* state = theirs ? &their_[option] : &our_[option];
        bool known =
            theirs ? option == echo || option == suppress_go_ahead || option == binary
                   : option == suppress_go_ahead || option == terminal_type || option == binary;
        if (on && !known) {
            answer(theirs ? dont : wont, option);
        } else if (*state != on) {
            *state = on;
            answer(theirs ? (on ? do_ : dont) : (on ? will : wont), option);
            if (theirs && option == echo)
                set_raw(on);
        }
    }

    void subnegotiate()
    {
        if (sub_length_ < 2 || sub_[0] != terminal_type || sub_[1] != 1)
            return;
        const char* name = getenv("TERM");
        uint8_t reply[64] = {iac, sb, terminal_type, 0};
        size_t length = 4;
        for (name = name != nullptr ? name : "ansi"; *name != '\0' && length < sizeof reply - 2;
             ++name)
            reply[length++] = static_cast<uint8_t>(*name);
        reply[length++] = iac;
        reply[length++] = se;
        net::write_all(net_fd, reply, length);
    }

    State state_ = State::text;
    uint8_t verb_ = 0, sub_[64];
    size_t sub_length_ = 0;
    bool their_[256] = {}, our_[256] = {};
};

bool from_net(Negotiator& negotiator)
{
    uint8_t data[4096], text[4096];
    ssize_t n = read(net_fd, data, sizeof data);
    if (n <= 0)
        return false;
    size_t length = 0;
    for (ssize_t i = 0; i < n; ++i)
        if (negotiator.take(data[i]) && data[i] != '\0')
            text[length++] = data[i];
    return net::write_all(STDOUT_FILENO, text, length);
}

// Keys: 255 is doubled, a line's end is CR LF from an edited line and CR NUL from a raw one.
bool to_net(const uint8_t* keys, size_t count)
{
    uint8_t out[2 * 1024];
    size_t length = 0;
    for (size_t i = 0; i < count; ++i) {
        uint8_t key = keys[i];
        if (key == '\n' && !want_binary)
            out[length++] = '\r';
        out[length++] = key;
        if (key == iac)
            out[length++] = iac;
        else if (key == '\r' && !want_binary)
            out[length++] = '\0';
    }
    return net::write_all(net_fd, out, length);
}

// After the escape character: q quits, the character itself is sent.
bool escaped(uint8_t key)
{
    if (key == escape)
        return to_net(&key, 1);
    if (key == 'q' || key == 'Q')
        return false;
    const char help[] = "\r\nescape: q ends the connection, the escape character sends itself\r\n";
    return net::write_all(STDOUT_FILENO, help, sizeof help - 1);
}

bool from_keys(bool* after_escape)
{
    uint8_t keys[1024];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n <= 0)
        return false;
    for (ssize_t i = 0; i < n; ++i) {
        bool was = *after_escape;
        *after_escape = !was && keys[i] == escape;
        if (was ? !escaped(keys[i]) : !*after_escape && !to_net(&keys[i], 1))
            return false;
    }
    return true;
}

void converse()
{
    Negotiator negotiator;
    bool after_escape = false, keys = true;
    for (;;) {
        struct pollfd ends[2] = {{net_fd, POLLIN, 0}, {keys ? STDIN_FILENO : -1, POLLIN, 0}};
        if (poll(ends, 2, -1) == -1 && errno != EINTR)
            return;
        if (ends[0].revents != 0 && !from_net(negotiator))
            return;
        if (ends[1].revents != 0 && !from_keys(&after_escape)) {
            if (isatty(STDIN_FILENO))
                return;
            keys = false; // a script's input ended: the peer still has something to say
            shutdown(net_fd, SHUT_WR);
        }
    }
}

bool parse_options(int argc, char* argv[])
{
    for (int c; (c = getopt(argc, argv, "8Ee:")) != -1;) {
        if (c == '8')
            want_binary = true;
        else if (c == 'E')
            escape = -1;
        else if (c == 'e')
            escape = optarg[0] == '^' && optarg[1] != '\0' ? optarg[1] & 0x1f : optarg[0];
        else
            return false;
    }
    return argc - optind == 1 || argc - optind == 2 ||
           (util::say("a host, please; see use %s", util::program), false);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv))
        return 1;
    int port = net::port_of(argv[optind + 1] != nullptr ? argv[optind + 1] : "telnet", "tcp");
    const int family = net::family_of(argv[optind]);
    struct sockaddr_storage to;
    net::set_any(family, &to);
    if (port == -1)
        return 1;
    net::set_port(&to, port);
    if (!net::resolve(argv[optind], family, &to))
        return 1;
    printf("Trying %s...\n", net::text(to));
    fflush(stdout);
    net_fd = net::connect_stream(to);
    if (net_fd == -1)
        return util::complain("Unable to connect to remote host");
    printf("Connected to %s.\n", argv[optind]);
    if (escape > 0 && escape < ' ')
        printf("Escape character is '^%c'.\n", escape + '@');
    fflush(stdout);
    signal(SIGPIPE, SIG_IGN);
    if (want_binary) {
        answer(will, binary);
        answer(do_, binary);
    }
    converse();
    restore_terminal();
    printf("Connection closed.\n");
    return util::finish(0);
}
