// SPDX-License-Identifier: Apache-2.0
// The words of a route command: modifiers, destination, gateway, mask.
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <time.h>

#include "lib/util.hpp"
#include "route.hpp"

namespace {

struct Flag {
    const char* word;
    int set, clear;
};
constexpr Flag flags[] = {
    {"-cloning", RTF_CLONING, 0},     {"-xresolve", RTF_XRESOLVE, 0},
    {"-static", RTF_STATIC, 0},       {"-nostatic", 0, RTF_STATIC},
    {"-reject", RTF_REJECT, 0},       {"-noreject", 0, RTF_REJECT},
    {"-blackhole", RTF_BLACKHOLE, 0}, {"-noblackhole", 0, RTF_BLACKHOLE},
    {"-proto1", RTF_PROTO1, 0},       {"-proto2", RTF_PROTO2, 0},
    {"-llinfo", RTF_LLINFO, 0},
};

struct Metric {
    const char* word;
    int bit;
    uint64_t rt_metrics::*field;
};
constexpr Metric metrics[] = {
    {"-mtu", RTV_MTU, &rt_metrics::rmx_mtu},
    {"-hopcount", RTV_HOPCOUNT, &rt_metrics::rmx_hopcount},
    {"-recvpipe", RTV_RPIPE, &rt_metrics::rmx_recvpipe},
    {"-sendpipe", RTV_SPIPE, &rt_metrics::rmx_sendpipe},
    {"-ssthresh", RTV_SSTHRESH, &rt_metrics::rmx_ssthresh},
    {"-rtt", RTV_RTT, &rt_metrics::rmx_rtt},
    {"-rttvar", RTV_RTTVAR, &rt_metrics::rmx_rttvar},
};

class Parser {
public:
    Parser(char** words, RouteWords& out) : words_(words), out_(out) {}
    bool run();

private:
    bool modifier(const char* word);
    bool metric(const char* word, bool& known);
    bool plain(char* word);
    bool destination(char* word);
    bool gateway(const char* word);
    bool address(const char* word, uint32_t& to);
    bool address6(const char* word, struct sockaddr_in6& to);
    bool bits(const char* word);
    void as_network(const char* word);
    const char* value(const char* word);

    char** words_;
    RouteWords& out_;
    bool lock_next_ = false, lock_rest_ = false;
    std::string name_; // the destination as it was typed, without /bits
};

const char* Parser::value(const char* word)
{
    if (*words_ == nullptr)
        return util::say("%s needs a value", word), nullptr;
    return *words_++;
}

bool Parser::address(const char* word, uint32_t& to)
{
    const hostent* host = gethostbyname(word);
    if (host == nullptr || host->h_length != 4)
        return util::say("bad address: %s", word), false;
    uint32_t raw;
    memcpy(&raw, host->h_addr_list[0], sizeof raw);
    to = ntohl(raw);
    return true;
}

bool Parser::address6(const char* word, struct sockaddr_in6& to)
{
    struct addrinfo hints = {};
    struct addrinfo* found = nullptr;
    hints.ai_family = AF_INET6;
    hints.ai_socktype = SOCK_DGRAM;
    if (getaddrinfo(word, nullptr, &hints, &found) != 0)
        return util::say("bad address: %s", word), false;
    memcpy(&to, found->ai_addr, sizeof to);
    freeaddrinfo(found);
    return true;
}

bool Parser::bits(const char* word)
{
    long length;
    if (!util::number(word, length, 10) || length < 0 || length > (out_.six ? 128 : 32))
        return util::say("bad prefix length: %s", word), false;
    out_.prefix6 = static_cast<unsigned>(length);
    if (out_.six)
        return out_.has_mask = out_.net = true;
    out_.mask = length == 0 ? 0 : ~uint32_t{0} << (32 - length);
    out_.has_mask = out_.net = true;
    return true;
}

bool Parser::metric(const char* word, bool& known)
{
    for (const Metric& each : metrics) {
        if (strcmp(each.word, word) != 0)
            continue;
        known = true;
        const char* text = value(word);
        long amount = 0;
        if (text == nullptr)
            return false;
        if (!util::number(text, amount) || amount < 0)
            return util::say("%s: bad value: %s", word, text), false;
        out_.metrics.*each.field = static_cast<uint64_t>(amount);
        out_.inits |= each.bit;
        if (lock_next_ || lock_rest_)
            out_.metrics.rmx_locks |= static_cast<uint64_t>(each.bit);
        lock_next_ = false;
        return true;
    }
    if (strcmp(word, "-expire") != 0)
        return true;
    known = true;
    const char* text = value(word);
    long amount = 0;
    if (text == nullptr)
        return false;
    if (!util::number(text, amount) || amount < 0)
        return util::say("%s: bad value: %s", word, text), false;
    // Small numbers are seconds from now: nobody means 1970.
    out_.metrics.rmx_expire = amount < 365 * 86400L ? time(nullptr) + amount : amount;
    out_.inits |= RTV_EXPIRE;
    return true;
}

bool Parser::modifier(const char* word)
{
    for (const Flag& each : flags)
        if (strcmp(each.word, word) == 0) {
            out_.flags = (out_.flags | each.set) & ~each.clear;
            return true;
        }
    bool known = false;
    if (!metric(word, known))
        return false;
    if (known)
        return true;
    if (strcmp(word, "-net") == 0)
        return out_.net = true;
    if (strcmp(word, "-host") == 0)
        return out_.host = true;
    if (strcmp(word, "-inet") == 0)
        return true;
    if (strcmp(word, "-inet6") == 0) {
        out_.destination6.sin6_len = sizeof out_.destination6;
        out_.destination6.sin6_family = AF_INET6;
        return out_.six = true;
    }
    if (strcmp(word, "-interface") == 0 || strcmp(word, "-iface") == 0)
        return out_.interface = true;
    if (strcmp(word, "-lock") == 0)
        return lock_next_ = true;
    if (strcmp(word, "-lockrest") == 0)
        return lock_rest_ = true;
    if (strcmp(word, "-link") == 0)
        return out_.link_gateway = true;
    const char* text = nullptr;
    if (strcmp(word, "-netmask") == 0)
        return (text = value(word)) != nullptr && address(text, out_.mask) &&
               (out_.has_mask = out_.net = true);
    if (strcmp(word, "-prefixlen") == 0)
        return (text = value(word)) != nullptr && bits(text);
    if (strcmp(word, "-gateway") == 0)
        return (text = value(word)) != nullptr && gateway(text);
    if (strcmp(word, "-dst") == 0)
        return *words_ != nullptr ? destination(*words_++) : value(word) != nullptr;
    if (strcmp(word, "-ifa") == 0)
        return (text = value(word)) != nullptr && address(text, out_.source);
    if (strcmp(word, "-ifp") == 0) {
        if ((text = value(word)) == nullptr)
            return false;
        out_.interface_index = if_nametoindex(text);
        return out_.interface_index != 0 || (util::say("no interface %s", text), false);
    }
    return util::say("unknown modifier: %s", word), false;
}

bool Parser::destination(char* word)
{
    out_.has_destination = true;
    if (strcmp(word, "default") == 0) {
        out_.prefix6 = 0;
        out_.has_mask = out_.net = true;
        return true;
    }
    if (char* slash = strchr(word, '/')) {
        *slash = '\0';
        name_ = word;
        return (out_.six ? address6(word, out_.destination6) : address(word, out_.destination)) &&
               bits(slash + 1);
    }
    name_ = word;
    return out_.six ? address6(word, out_.destination6) : address(word, out_.destination);
}

bool Parser::gateway(const char* word)
{
    const unsigned index = if_nametoindex(word);
    out_.has_gateway = true;
    if (index != 0) { // an interface is the gateway of what it reaches directly
        out_.interface_index = index;
        out_.link_gateway = true;
        return true;
    }
    return out_.six ? address6(word, out_.gateway6) : address(word, out_.gateway);
}

bool Parser::plain(char* word)
{
    if (!out_.has_destination)
        return destination(word);
    if (!out_.has_gateway)
        return gateway(word);
    if (!out_.has_mask) {
        out_.has_mask = out_.net = true;
        return address(word, out_.mask);
    }
    return util::say("one word too many: %s", word), false;
}

uint32_t class_mask(uint32_t ip)
{
    return ip < 0x80000000u ? 0xff000000u : ip < 0xc0000000u ? 0xffff0000u : 0xffffff00u;
}

// 128.32 as a net: what is not said is zero, and the mask goes as far as the address, or its class.
void Parser::as_network(const char* word)
{
    unsigned parts = 0;
    uint32_t net = 0;
    for (const char* at = word; *at != '\0' && parts < 4; ++parts) {
        char* end = nullptr;
        const unsigned long part = strtoul(at, &end, 0);
        if (end == at || part > 255 || (*end != '.' && *end != '\0'))
            return; // a name, or a number of another form: as it was read
        net = net << 8 | static_cast<uint32_t>(part);
        at = *end == '.' ? end + 1 : end;
    }
    if (parts == 0)
        return;
    out_.destination = net << 8 * (4 - parts);
    if (!out_.has_mask)
        out_.mask = parts == 4 ? class_mask(out_.destination) : ~uint32_t{0} << 8 * (4 - parts);
}

bool Parser::run()
{
    while (char* word = *words_) {
        words_++;
        if (!(word[0] == '-' ? modifier(word) : plain(word)))
            return false;
    }
    if (!out_.has_destination)
        return util::say("which destination?"), false;
    // A host when nothing says otherwise: 128.32 is 128.0.0.32 without -net or a mask, with it 128.32.0.0.
    if (out_.net && !out_.six && !name_.empty())
        as_network(name_.c_str());
    if (!out_.has_mask && !out_.net)
        out_.host = true;
    return true;
}

} // namespace

bool parse_words(char** words, RouteWords& out)
{
    return Parser(words, out).run();
}
