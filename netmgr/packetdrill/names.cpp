// SPDX-License-Identifier: Apache-2.0
// FreeBSD's and Linux's names for variables that this stack has under NetBSD's.
#include "packetdrill/names.hpp"

#include <sstream>

namespace packetdrill {

namespace {

enum class Unit { same, at_most_1_gb, middle_of_three, switch_of_40_ms, only_cookies };

struct Synonym {
    const char* theirs;
    const char* ours;
    Unit unit;
};

constexpr Synonym synonyms[] = {
    {"kern.ipc.maxsockbuf", "kern.sbmax", Unit::at_most_1_gb},
    {"net.inet.tcp.cc.algorithm", "net.inet.tcp.congctl.selected", Unit::same},
    {"net.inet.tcp.delacktime", "net.inet.tcp.delack_ms", Unit::same},
    {"net.inet.tcp.delayed_ack", "net.inet.tcp.delack_ms", Unit::switch_of_40_ms},
    {"net.inet.tcp.initcwnd_segments", "net.inet.tcp.init_win", Unit::same},
    {"net.inet.tcp.path_mtu_discovery", "net.inet.ip.mtudisc", Unit::same},
    {"net.inet.tcp.pmtud_blackhole_detection", "net.inet.tcp.mtudisc_blackhole", Unit::same},
    {"net.inet.tcp.rexmit_min", "net.inet.tcp.rto_min", Unit::same},
    {"net.inet.tcp.rfc3042", "net.inet.tcp.limited_transmit", Unit::same},
    {"net.inet.tcp.rfc3465", "net.inet.tcp.abc.enable", Unit::same},
    {"net.inet.tcp.syncache.rst_on_sock_fail", "net.inet.tcp.rst_on_sock_fail", Unit::same},
    {"net.inet.tcp.syncookies", "net.inet.tcp.syn_cookies", Unit::same},
    {"net.inet.tcp.syncookies_only", "net.inet.tcp.syn_cookies", Unit::only_cookies},
    {"net.ipv4.tcp_abort_on_overflow", "net.inet.tcp.rst_on_sock_fail", Unit::same},
    {"net.ipv4.tcp_congestion_control", "net.inet.tcp.congctl.selected", Unit::same},
    {"net.ipv4.tcp_ecn", "net.inet.tcp.ecn.enable", Unit::same},
    {"net.ipv4.tcp_min_snd_mss", "net.inet.tcp.minmss", Unit::same},
    {"net.ipv4.tcp_mtu_probing", "net.inet.tcp.mtudisc_blackhole", Unit::same},
    {"net.ipv4.tcp_rmem", "net.inet.tcp.recvspace", Unit::middle_of_three},
    {"net.ipv4.tcp_sack", "net.inet.tcp.sack.enable", Unit::same},
    {"net.ipv4.tcp_syncookies", "net.inet.tcp.syn_cookies", Unit::same},
    {"net.ipv4.tcp_timestamps", "net.inet.tcp.timestamps", Unit::same},
    {"net.ipv4.tcp_window_scaling", "net.inet.tcp.win_scale", Unit::same},
    {"net.ipv4.tcp_wmem", "net.inet.tcp.sendspace", Unit::middle_of_three},
};

} // namespace

bool to_our_variable(std::string& name, std::string& value)
{
    if (name.rfind("net.inet.tcp.hostcache.", 0) == 0)
        return false;
    for (const Synonym& s : synonyms) {
        if (name != s.theirs)
            continue;
        name = s.ours;
        if (s.unit == Unit::switch_of_40_ms && !value.empty()) {
            value = value == "0" ? "0" : "40";
        } else if (s.unit == Unit::only_cookies && !value.empty()) {
            value = value == "0" ? "1" : "2";
        } else if (s.unit == Unit::at_most_1_gb && value.size() >= 10) {
            value = "1073741824";
        } else if (s.unit == Unit::middle_of_three) {
            std::istringstream words(value);
            std::string least, middle;
            if (words >> least >> middle)
                value = middle;
        }
        return true;
    }
    return true;
}

} // namespace packetdrill
