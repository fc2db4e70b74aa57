// SPDX-License-Identifier: Apache-2.0
// IPv4 options: record route, timestamps, source routes.
#include "netinet/ip_options.hpp"

#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "netinet/inet.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

/*
 * Every option that records:  | type | length | pointer | data ...     pointer counts from 1 and begins at 4 (timestamp: 5)
 */
constexpr size_t pointer_at = 2;
constexpr uint8_t first_pointer = 4;
constexpr uint8_t first_stamp_pointer = 5;
constexpr size_t address_size = 4;
constexpr uint64_t ms_per_day = 86'400'000;

} // namespace

uint32_t ms_since_midnight(Stack& stack)
{
    return static_cast<uint32_t>(stack.platform().wall_ns() / ns_per_ms % ms_per_day);
}

namespace {

enum StampFlags : uint8_t { stamp_only = 0, stamp_with_address = 1, stamp_prespecified = 3 };

bool is_source_route(uint8_t type)
{
    return type == wire::opt_loose_source_route || type == wire::opt_strict_source_route;
}

// The options one after the other. `at` moves on; an empty span at the end, or with `bad` set where one is malformed.
struct OptionWalk {
    std::span<uint8_t> all;
    size_t at = 0;
    bool bad = false;

    std::span<uint8_t> next()
    {
        while (at < all.size() && all[at] == wire::opt_nop)
            at++;
        if (at >= all.size() || all[at] == wire::opt_end)
            return {};
        const size_t left = all.size() - at;
        if (left < 2 || all[at + 1] < 2 || all[at + 1] > left) {
            bad = true;
            return {};
        }
        const auto option = all.subspan(at, all[at + 1]);
        at += option.size();
        return option;
    }
};

OptionWalk options_of(const wire::Ipv4Header& whole)
{
    auto* bytes = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(&whole));
    return {{bytes + sizeof(whole), whole.header_len() - sizeof(whole)}};
}

uint32_t address_at(std::span<const uint8_t> option, size_t offset)
{
    Be32 address;
    memcpy(&address, option.data() + offset, sizeof(address));
    return address;
}

void put_address(std::span<uint8_t> option, size_t offset, uint32_t ip)
{
    const Be32 address = ip;
    memcpy(option.data() + offset, &address, sizeof(address));
}

// One packet's options at work. Each step: true, or false with an error to send: `type`, `code`, `pointer`.
class Options {
public:
    Options(Inet& inet, MbufPtr& m) : inet_(inet), m_(m) {}

    bool run();

    wire::IcmpType type = wire::icmp_parameter;
    uint8_t code = 0;
    size_t pointer = 0;
    bool changed = false, rerouted = false;

private:
    wire::Ipv4Header& header() { return *m_.as<wire::Ipv4Header>(); }
    bool handle(std::span<uint8_t> option);
    bool follow(std::span<uint8_t> option);
    bool record(std::span<uint8_t> option);
    bool stamp(std::span<uint8_t> option);
    bool put_stamp(std::span<uint8_t> option, size_t at);
    bool is_ours(uint32_t ip) const { return inet_.net.address_of(ip) != nullptr; }
    uint32_t outgoing_address();
    bool bad_at(const uint8_t* byte);
    bool unreachable(uint8_t why);

    Inet& inet_;
    MbufPtr& m_;
};

bool Options::bad_at(const uint8_t* byte)
{
    ++inet_.stats.bad_options;
    type = wire::icmp_parameter;
    code = 0;
    pointer = static_cast<size_t>(byte - m_.as<uint8_t>());
    return false;
}

bool Options::unreachable(uint8_t why)
{
    type = wire::icmp_unreachable;
    code = why;
    return false;
}

// Ours on the interface the packet goes out by; of a packet for us the address it was sent to. 0: there is no way.
uint32_t Options::outgoing_address()
{
    const uint32_t destination = header().destination;
    const ifnet& came_in = *m_->m_pkthdr.rcvif;
    if (is_ours(destination))
        return destination;
    const ifaddr* a = nullptr;
    if (IN_MULTICAST(destination) || inet_.is_broadcast_anywhere(destination) ||
        destination == INADDR_BROADCAST)
        a = inet_.first_address(came_in);
    else if (const rtentry* route = inet_.lookup_route(destination, Inet::fib_of(&came_in)))
        a = route->ifa != nullptr ? route->ifa : inet_.first_address(*route->ifp);
    return a != nullptr ? a->ip() : 0;
}

// RFC 791: when its own address is reached, the next one becomes the destination and ours is left in its place.
bool Options::follow(std::span<uint8_t> option)
{
    if (option.size() < pointer_at + 1 || option[pointer_at] < first_pointer)
        return bad_at(option.data() + pointer_at);
    if (!is_ours(header().destination)) // strict: we should not have got it
        return option[0] == wire::opt_loose_source_route ||
               (++inet_.stats.source_routed, unreachable(wire::unreach_source_route));
    const size_t at = option[pointer_at] - 1u;
    const bool finished = at + address_size > option.size();
    if ((finished ? inet_.ip.allowsrcrt : inet_.ip.forwsrcrt) == 0) {
        ++inet_.stats.source_routed;
        return unreachable(wire::unreach_source_route);
    }
    if (finished)
        return true;
    const uint32_t next = address_at(option, at);
    const rtentry* route = inet_.lookup_route(next, Inet::fib_of(m_->m_pkthdr.rcvif));
    const bool neighbour = route != nullptr && (route->flags & RTF_GATEWAY) == 0;
    if (route == nullptr || IN_MULTICAST(next) ||
        (option[0] == wire::opt_strict_source_route && !neighbour && !is_ours(next))) {
        ++inet_.stats.source_routed;
        return unreachable(wire::unreach_source_route);
    }
    header().destination = next;
    put_address(option, at, outgoing_address());
    option[pointer_at] = static_cast<uint8_t>(option[pointer_at] + address_size);
    changed = true;
    rerouted = !is_ours(next);
    return true;
}

bool Options::record(std::span<uint8_t> option)
{
    if (option.size() < pointer_at + 1 || option[pointer_at] < first_pointer)
        return bad_at(option.data() + pointer_at);
    const size_t at = option[pointer_at] - 1u;
    if (at >= option.size())
        return true; // full
    if (at + address_size > option.size())
        return bad_at(option.data() + pointer_at);
    const uint32_t ours = outgoing_address();
    if (ours == 0)
        return true; // whoever forwards it will say so
    put_address(option, at, ours);
    option[pointer_at] = static_cast<uint8_t>(option[pointer_at] + address_size);
    changed = true;
    return true;
}

bool Options::put_stamp(std::span<uint8_t> option, size_t at)
{
    put_address(option, at, ms_since_midnight(inet_.stack));
    option[pointer_at] = static_cast<uint8_t>(at + address_size + 1);
    changed = true;
    return true;
}

bool Options::stamp(std::span<uint8_t> option)
{
    constexpr size_t flags_at = 3; // overflow in the upper half
    if (option.size() <= flags_at || option[pointer_at] < first_stamp_pointer)
        return bad_at(option.data() + pointer_at);
    const size_t at = option[pointer_at] - 1u;
    const uint8_t flags = option[flags_at] & 0x0f;
    const size_t size = flags == stamp_only ? address_size : 2 * address_size;
    if (flags != stamp_only && flags != stamp_with_address && flags != stamp_prespecified)
        return bad_at(option.data() + flags_at);
    if (at >= option.size()) {
        if (flags == stamp_prespecified)
            return true; // all those named have stamped it
        if (option[flags_at] >= 0xf0)
            return bad_at(option.data() + flags_at); // the sixteenth without room (RFC 791)
        option[flags_at] = static_cast<uint8_t>(option[flags_at] + 0x10);
        changed = true;
        return true;
    }
    if (at + size > option.size())
        return bad_at(option.data() + pointer_at);
    if (flags == stamp_only)
        return put_stamp(option, at);
    if (flags == stamp_prespecified) {
        if (!is_ours(address_at(option, at)))
            return true;
    } else if (const uint32_t ours = outgoing_address()) {
        put_address(option, at, ours);
    }
    return put_stamp(option, at + address_size);
}

bool Options::handle(std::span<uint8_t> option)
{
    switch (option[0]) {
    case wire::opt_loose_source_route:
    case wire::opt_strict_source_route:
        return follow(option);
    case wire::opt_record_route:
        return record(option);
    case wire::opt_timestamp:
        return stamp(option);
    default:
        return true; // RFC 1122 3.2.1.8: others are passed over
    }
}

bool Options::run()
{
    OptionWalk walk = options_of(header());
    bool routed = false;
    for (auto option = walk.next(); !option.empty(); option = walk.next()) {
        if (is_source_route(option[0])) {
            if (routed) // RFC 1122 3.2.1.8 (c): one only
                return bad_at(option.data());
            routed = true;
        }
        if (!handle(option))
            return false;
    }
    return !walk.bad || bad_at(walk.all.data() + walk.at + (walk.at + 1 < walk.all.size()));
}

// Options that record write into the packet: it has to be ours alone, header and all.
bool take_copy(Inet& inet, MbufPtr& m)
{
    const size_t header_len = m.as<wire::Ipv4Header>()->header_len();
    MbufPtr own(m_dup(m.get(), 0, M_COPYALL, M_DONTWAIT));
    if (!own || !own.pullup(header_len)) {
        ++inet.stats.no_memory;
        return false;
    }
    m = std::move(own);
    return true;
}

bool has_recording(const wire::Ipv4Header& whole)
{
    OptionWalk walk = options_of(whole);
    for (auto option = walk.next(); !option.empty(); option = walk.next())
        if (is_source_route(option[0]) || option[0] == wire::opt_record_route ||
            option[0] == wire::opt_timestamp)
            return true;
    return walk.bad;
}

void add(IpOptions& to, std::span<const uint8_t> option)
{
    if (to.len + option.size() > sizeof(to.bytes))
        return;
    memcpy(to.bytes + to.len, option.data(), option.size());
    to.len = static_cast<uint8_t>(to.len + option.size());
}

void pad(IpOptions& options)
{
    while (options.len % 4 != 0)
        options.bytes[options.len++] = wire::opt_end;
}

// The last recorded hop is the first on the way back; then the ones before it, and at last the sender.
void add_reversed(IpOptions& to, std::span<const uint8_t> route, uint32_t source)
{
    const size_t hops = (route.size() - pointer_at - 1) / address_size;
    if (hops == 0 || to.len + 1 + route.size() > sizeof(to.bytes))
        return;
    uint8_t out[IpOptions::max_bytes] = {route[0], static_cast<uint8_t>(3 + hops * address_size),
                                         first_pointer};
    to.first_hop = address_at(route, 3 + (hops - 1) * address_size);
    size_t at = 3;
    for (size_t hop = hops - 1; hop > 0; --hop, at += address_size)
        put_address(out, at, address_at(route, 3 + (hop - 1) * address_size));
    put_address(out, at, source);
    const uint8_t nop = wire::opt_nop;
    add(to, {&nop, 1}); // aligns the addresses
    add(to, {out, at + address_size});
}

} // namespace

bool ip_handle_options(Inet& inet, MbufPtr& m)
{
    if (!has_recording(*m.as<wire::Ipv4Header>()))
        return true;
    if (!take_copy(inet, m)) {
        m.reset();
        return false;
    }
    Options options(inet, m);
    if (!options.run()) {
        icmp_error(inet, std::move(m), options.type, options.code,
                   static_cast<uint32_t>(options.pointer));
        return false;
    }
    if (options.changed) {
        wire::Ipv4Header& h = *m.as<wire::Ipv4Header>();
        h.checksum = 0;
        h.checksum = wire::checksum(&h, h.header_len());
    }
    if (!options.rerouted)
        return true;
    ++inet.stats.source_route_followed;
    ip_forward(inet, std::move(m), true);
    return false;
}

IpOptions ip_reverse_route(const wire::Ipv4Header& whole)
{
    IpOptions out;
    OptionWalk walk = options_of(whole);
    for (auto option = walk.next(); !option.empty(); option = walk.next())
        if (is_source_route(option[0]) && option.size() > pointer_at)
            add_reversed(out, option, whole.source);
    pad(out);
    return out;
}

IpOptions ip_echo_options(const wire::Ipv4Header& whole)
{
    IpOptions out = ip_reverse_route(whole);
    OptionWalk walk = options_of(whole);
    for (auto option = walk.next(); !option.empty(); option = walk.next())
        if (option[0] == wire::opt_record_route || option[0] == wire::opt_timestamp)
            add(out, option);
    pad(out);
    return out;
}

int ip_options_from_user(std::span<const uint8_t> value, IpOptions& out)
{
    out = {};
    uint8_t copy[IpOptions::max_bytes + address_size];
    if (value.size() > sizeof(copy) || value.size() % 4 != 0)
        return EINVAL;
    memcpy(copy, value.data(), value.size());
    OptionWalk walk = {{copy, value.size()}};
    size_t from = 0;
    for (auto option = walk.next(); !option.empty(); from = walk.at, option = walk.next()) {
        const size_t nops = walk.at - option.size() - from; // they align what follows
        add(out, {copy + from, nops});
        if (!is_source_route(option[0])) {
            add(out, option);
            continue;
        }
        // At least the first hop and the destination, and only one such option.
        if (option.size() < 3 + 2 * address_size || option.size() % address_size != 3 ||
            option[pointer_at] != first_pointer || out.first_hop != 0 || address_at(option, 3) == 0)
            return EINVAL;
        out.first_hop = address_at(option, 3);
        const uint8_t head[] = {option[0], static_cast<uint8_t>(option.size() - address_size),
                                first_pointer};
        add(out, head);
        add(out, option.subspan(3 + address_size));
    }
    pad(out);
    return walk.bad ? EINVAL : 0;
}

size_t ip_options_to_user(const IpOptions& options, std::span<uint8_t> value)
{
    uint8_t out[IpOptions::max_bytes + address_size];
    size_t len = 0;
    OptionWalk walk = {{const_cast<uint8_t*>(options.bytes), options.len}};
    size_t from = 0;
    for (auto option = walk.next(); !option.empty(); option = walk.next()) {
        const size_t begin = walk.at - option.size();
        memcpy(out + len, options.bytes + from, walk.at - from);
        len += walk.at - from;
        if (is_source_route(option[0])) {
            uint8_t* here = out + len - option.size();
            memmove(here + 3 + address_size, here + 3, option.size() - 3);
            put_address({here, option.size() + address_size}, 3, options.first_hop);
            here[1] = static_cast<uint8_t>(option.size() + address_size);
            len += address_size;
        }
        from = begin + option.size();
    }
    memcpy(out + len, options.bytes + from, options.len - from);
    len += options.len - from;
    const size_t size = len < value.size() ? len : value.size();
    memcpy(value.data(), out, size);
    return size;
}

} // namespace netmgr
