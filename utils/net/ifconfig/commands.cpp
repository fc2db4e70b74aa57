// SPDX-License-Identifier: Apache-2.0
// The words that change an interface: flags and numbers at once, the address at the end.
#include <net/if_media.h>
#include <net/if_vlanvar.h>

#include "ifconfig.hpp"
#include "lib/util.hpp"

namespace {

struct Flag {
    const char* word;
    int set, clear;
};
constexpr Flag flags[] = {
    {"up", IFF_UP, 0},        {"down", 0, IFF_UP},      {"arp", 0, IFF_NOARP},
    {"-arp", IFF_NOARP, 0},   {"debug", IFF_DEBUG, 0},  {"-debug", 0, IFF_DEBUG},
    {"link0", IFF_LINK0, 0},  {"-link0", 0, IFF_LINK0}, {"link1", IFF_LINK1, 0},
    {"-link1", 0, IFF_LINK1}, {"link2", IFF_LINK2, 0},  {"-link2", 0, IFF_LINK2},
};

struct Capability {
    const char* word; // may be followed by -rx or -tx
    uint64_t bit;
};
constexpr Capability capabilities[] = {
    {"ip4csum", IFCAP_CSUM_IPv4},   {"tcp4csum", IFCAP_CSUM_TCPv4}, {"udp4csum", IFCAP_CSUM_UDPv4},
    {"tcp6csum", IFCAP_CSUM_TCPv6}, {"udp6csum", IFCAP_CSUM_UDPv6}, {"tso4", IFCAP_TSOv4},
};

class Commands {
public:
    Commands(const char* interface, char** words) : interface_(interface), words_(words) {}
    int run();

private:
    enum class Result { unknown, done, failed };

    const char* value(const char* word);
    Result flag(const char* word);
    Result capability(const char* word);
    Result number(const char* word);
    Result address_word(const char* word);
    Result fib(const char* word);
    Result life(const char* word);
    Result media(const char* word);
    Result vlan(const char* word);
    Result plain_address(const char* word);
    Result from(int result, const char* what) { return result == -1 ? fail(what) : Result::done; }
    Result fail(const char* what) { return util::complain(what), Result::failed; }
    Result bad(const char* word, const char* text)
    {
        return util::say("%s: bad value: %s", word, text), Result::failed;
    }
    int set_media();
    int set_vlan();

    const char* interface_;
    char** words_;
    AddressChange change_;
    bool media_wanted_ = false;
    int media_subtype_ = -1, media_set_ = 0, media_clear_ = 0;
    long media_instance_ = -1;
    const char* vlan_parent_ = nullptr; // "": off its parent
    long vlan_tag_ = -1, vlan_priority_ = -1;
};

// The word after `word`; nullptr with a message when there is none.
const char* Commands::value(const char* word)
{
    if (*words_ == nullptr)
        return util::say("'%s' requires argument", word), nullptr;
    return *words_++;
}

Commands::Result Commands::flag(const char* word)
{
    for (const Flag& each : flags) {
        if (strcmp(each.word, word) != 0)
            continue;
        struct ifreq request = request_for(interface_);
        if (ask(SIOCGIFFLAGS, &request) == -1)
            return fail("SIOCGIFFLAGS");
        request.ifr_flags = (request.ifr_flags | each.set) & ~each.clear;
        return from(ask(SIOCSIFFLAGS, &request), word);
    }
    return Result::unknown;
}

Commands::Result Commands::capability(const char* word)
{
    bool off = word[0] == '-';
    const char* name = off ? word + 1 : word;
    for (const Capability& each : capabilities) {
        size_t length = strlen(each.word);
        if (strncmp(each.word, name, length) != 0)
            continue;
        const char* side = name + length;
        bool rx = *side == '\0' || strcmp(side, "-rx") == 0,
             tx = *side == '\0' || strcmp(side, "-tx") == 0;
        if (!rx && !tx)
            continue;
        struct ifcapreq request = {};
        strncpy(request.ifcr_name, interface_, IFNAMSIZ - 1);
        if (ask(SIOCGIFCAP, &request) == -1)
            return fail("SIOCGIFCAP");
        if (rx)
            request.ifcr_capenable_rx =
                off ? request.ifcr_capenable_rx & ~each.bit
                    : request.ifcr_capenable_rx | (each.bit & request.ifcr_capabilities_rx);
        if (tx)
            request.ifcr_capenable_tx =
                off ? request.ifcr_capenable_tx & ~each.bit
                    : request.ifcr_capenable_tx | (each.bit & request.ifcr_capabilities_tx);
        return from(ask(SIOCSIFCAP, &request), word);
    }
    return Result::unknown;
}

Commands::Result Commands::number(const char* word)
{
    bool mtu = strcmp(word, "mtu") == 0;
    if (!mtu && strcmp(word, "metric") != 0)
        return Result::unknown;
    const char* text = value(word);
    long amount;
    if (text == nullptr)
        return Result::failed;
    if (!util::number(text, amount) || amount < 0 || amount > INT32_MAX)
        return bad(word, text);
    struct ifreq request = request_for(interface_);
    if (mtu)
        request.ifr_mtu = static_cast<int>(amount);
    else
        request.ifr_metric = static_cast<int>(amount);
    return from(ask(mtu ? SIOCSIFMTU : SIOCSIFMETRIC, &request), word);
}

// The forwarding tables an interface belongs to. setfib: this one only; getfib prints them.
Commands::Result Commands::fib(const char* word)
{
    struct ifreq request = request_for(interface_);
    if (strcmp(word, "getfib") == 0) {
        if (ask(SIOCGIFFIBS, &request) == -1)
            return fail(word);
        printf("%s: fib", interface_);
        for (unsigned i = 0; i < 32; ++i)
            if ((request.ifr_value >> i & 1) != 0)
                printf(" %u", i);
        putchar('\n');
        return Result::done;
    }
    const bool add = strcmp(word, "addfib") == 0, remove = strcmp(word, "delfib") == 0;
    if (!add && !remove && strcmp(word, "setfib") != 0)
        return Result::unknown;
    const char* text = value(word);
    long number;
    if (text == nullptr)
        return Result::failed;
    if (!util::number(text, number, 10) || number < 0 || number > 15)
        return bad(word, text);
    if (ask(SIOCGIFFIBS, &request) == -1)
        return fail(word);
    const unsigned bit = 1u << number;
    request.ifr_value = add ? request.ifr_value | bit : remove ? request.ifr_value & ~bit : bit;
    return from(ask(SIOCSIFFIBS, &request), word);
}

Commands::Result Commands::life(const char* word)
{
    struct ifreq request = request_for(interface_);
    if (strcmp(word, "create") == 0)
        return from(ask(SIOCIFCREATE, &request), "create");
    if (strcmp(word, "destroy") == 0)
        return from(ask(SIOCIFDESTROY, &request), "destroy");
    if (strcmp(word, "name") != 0)
        return Result::unknown;
    const char* text = value(word);
    if (text == nullptr)
        return Result::failed;
    if (strlen(text) >= IFNAMSIZ)
        return bad(word, text);
    strcpy(request.ifr_newname, text);
    return from(ask(SIOCSIFNAME, &request), "name");
}

Commands::Result Commands::address_word(const char* word)
{
    if (strcmp(word, "alias") == 0)
        return change_.add = true, Result::done;
    if (strcmp(word, "-alias") == 0 || strcmp(word, "delete") == 0)
        return change_.remove = true, Result::done;
    bool mask = strcmp(word, "netmask") == 0, prefix = strcmp(word, "prefixlen") == 0,
         broadcast = strcmp(word, "broadcast") == 0;
    if (!mask && !prefix && !broadcast)
        return Result::unknown;
    const char* text = value(word);
    if (text == nullptr)
        return Result::failed;
    struct sockaddr_in unused;
    bool good = mask     ? parse_mask(text, &change_.mask)
                : prefix ? parse_prefix(text, &change_.mask)
                         : parse_address(text, &change_.other, &unused);
    return good ? Result::done : bad(word, text);
}

Commands::Result Commands::media(const char* word)
{
    bool option = strcmp(word, "mediaopt") == 0, no_option = strcmp(word, "-mediaopt") == 0;
    bool instance = strcmp(word, "instance") == 0 || strcmp(word, "inst") == 0;
    if (!option && !no_option && !instance && strcmp(word, "media") != 0)
        return Result::unknown;
    const char* text = value(word);
    if (text == nullptr)
        return Result::failed;
    media_wanted_ = true;
    if (instance)
        return util::number(text, media_instance_) && media_instance_ >= 0 && media_instance_ < 16
                   ? Result::done
                   : bad(word, text);
    if (!option && !no_option) {
        media_subtype_ = media_subtype(text);
        return media_subtype_ >= 0 ? Result::done : bad(word, text);
    }
    char copy[128];
    if (strlen(text) >= sizeof copy)
        return bad(word, text);
    strcpy(copy, text);
    char* rest = nullptr;
    for (char* each = strtok_r(copy, ",", &rest); each != nullptr;
         each = strtok_r(nullptr, ",", &rest)) {
        int bit = media_option(each);
        if (bit == -1)
            return bad(word, each);
        (option ? media_set_ : media_clear_) |= bit;
    }
    return Result::done;
}

// "vlan 5 vlanif wm0 [vlanprio 3]", "-vlanif"
Commands::Result Commands::vlan(const char* word)
{
    if (strcmp(word, "-vlanif") == 0)
        return vlan_parent_ = "", Result::done;
    const bool tag = strcmp(word, "vlan") == 0, priority = strcmp(word, "vlanprio") == 0;
    if (!tag && !priority && strcmp(word, "vlanif") != 0)
        return Result::unknown;
    const char* text = value(word);
    if (text == nullptr)
        return Result::failed;
    if (!tag && !priority) {
        vlan_parent_ = text;
        return strlen(text) < IFNAMSIZ && *text != '\0' ? Result::done : bad(word, text);
    }
    long& number = tag ? vlan_tag_ : vlan_priority_;
    const bool good =
        util::number(text, number, 10) && number >= (tag ? 1 : 0) && number <= (tag ? 4094 : 7);
    return good ? Result::done : bad(word, text);
}

// Anything else is an address: the interface's own, then the other end's.
Commands::Result Commands::plain_address(const char* word)
{
    struct sockaddr_in unused;
    bool first = change_.address.sin_len == 0;
    if (!parse_address(word, first ? &change_.address : &change_.other,
                       first ? &change_.mask : &unused)) {
        util::say("%s: bad value", word);
        return Result::failed;
    }
    change_.wanted = true;
    return Result::done;
}

int Commands::set_media()
{
    struct ifmediareq now = media_of(interface_);
    if (now.ifm_name[0] == '\0')
        return util::complain("media");
    int word = now.ifm_current;
    if (media_subtype_ >= 0)
        word = IFM_ETHER | media_subtype_;
    word = (word | media_set_) & ~media_clear_;
    if (media_instance_ >= 0)
        word = static_cast<int>((static_cast<unsigned>(word) & ~IFM_IMASK) |
                                static_cast<unsigned>(media_instance_) << IFM_ISHIFT);
    struct ifreq request = request_for(interface_);
    request.ifr_media = word;
    return ask(SIOCSIFMEDIA, &request) == -1 ? util::complain("media") : 0;
}

// Tag and parent come together; a priority may come alone.
int Commands::set_vlan()
{
    struct vlanreq facts = {};
    struct ifreq request = request_for(interface_);
    request.ifr_data = &facts;
    if (ask(SIOCGETVLAN, &request) == -1)
        return util::complain("vlan");
    const bool off = vlan_parent_ != nullptr && *vlan_parent_ == '\0';
    if (!off && (vlan_tag_ >= 0) != (vlan_parent_ != nullptr))
        return util::say("vlan and vlanif must be given together");
    if (vlan_parent_ != nullptr)
        strcpy(facts.vlr_parent, vlan_parent_);
    else if (facts.vlr_parent[0] == '\0')
        return util::say("vlanprio: no vlan yet");
    if (vlan_tag_ >= 0)
        facts.vlr_tag = static_cast<uint16_t>(vlan_tag_);
    if (vlan_priority_ >= 0)
        facts.vlr_prio = static_cast<uint16_t>(vlan_priority_);
    return ask(SIOCSETVLAN, &request) == -1 ? util::complain("vlan") : 0;
}

int Commands::run()
{
    using Step = Result (Commands::*)(const char*);
    constexpr Step steps[] = {
        &Commands::flag,       &Commands::address_word, &Commands::number,
        &Commands::life,       &Commands::fib,          &Commands::media,
        &Commands::capability, &Commands::vlan,         &Commands::plain_address};
    bool bring_up = false;
    while (*words_ != nullptr) {
        const char* word = *words_++;
        if (strcmp(word, "up") == 0) { // after the address, so that its first packets leave with it
            bring_up = true;
            continue;
        }
        Result result = Result::unknown;
        for (Step step : steps) {
            result = (this->*step)(word);
            if (result != Result::unknown)
                break;
        }
        if (result == Result::failed)
            return 1;
    }
    if (vlan_parent_ != nullptr || vlan_tag_ >= 0 || vlan_priority_ >= 0) {
        if (int status = set_vlan())
            return status;
    }
    if (int status = apply_address(interface_, change_))
        return status;
    if (media_wanted_) {
        if (int status = set_media())
            return status;
    }
    return bring_up && flag("up") == Result::failed ? 1 : 0;
}

} // namespace

int run_commands(const char* interface, char* words[])
{
    return Commands(interface, words).run();
}
