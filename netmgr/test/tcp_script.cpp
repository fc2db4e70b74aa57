// SPDX-License-Identifier: Apache-2.0
// Plays scenario lines.
#include "test/tcp_script.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/variant_v4_hc.hpp"
#include "wire/checksum.hpp"

namespace netmgr::host {

namespace {

constexpr const char* letters = "FSRP.UEC"; // bit 0 upwards
constexpr const char* states[] = {"closed",      "listen",     "syn_sent",   "syn_received",
                                  "established", "close_wait", "fin_wait_1", "closing",
                                  "last_ack",    "fin_wait_2", "time_wait"};

uint8_t flags_of(const std::string& text)
{
    uint8_t flags = 0;
    for (char c : text)
        if (const char* at = strchr(letters, c))
            flags |= static_cast<uint8_t>(1u << (at - letters));
    return flags;
}

std::string text_of(uint8_t flags)
{
    std::string text;
    for (unsigned bit = 0; bit < 8; ++bit)
        if ((flags >> bit & 1) != 0 && letters[bit] != 'P')
            text += letters[bit];
    return text;
}

} // namespace

TcpScript::TcpScript()
{
    int error = 0;
    stack_ = Stack::create(platform_, StackOptions(), components_v4_hc, &error);
    EXPECT_EQ(error, 0);
    current_stack = stack_;
    port_ = std::make_unique<IpPort>(*stack_);
    EXPECT_EQ(stack_->inet().add_address(port_->interface(), our_ip, 0xffff0000, our_ip | 0xffff),
              0);
    RouteChange change;
    change.flags = RTF_STATIC;
    change.ifp = &port_->interface();
    change.ifa = stack_->inet().first_address(port_->interface());
    EXPECT_EQ(add_ip_route(stack_->net(), change), 0);
}

TcpScript::~TcpScript()
{
    for (Socket* so : {so_, listener_})
        if (so != nullptr)
            soabort(so);
    port_->sent().clear();
    advance(700 * ns_per_s);
    EXPECT_EQ(stack_->inet().tcp->connections, 0u) << where_;
    EXPECT_EQ(stack_->mbufs().stats().clusters_in_use, 0u) << where_;
    port_.reset();
    delete stack_;
}

void TcpScript::advance(uint64_t ns)
{
    const uint64_t end = clock_.now_ns + ns;
    for (;;) {
        const uint64_t next = stack_->run(10000);
        if (next > end)
            break;
        clock_.now_ns = next > clock_.now_ns ? next : clock_.now_ns;
    }
    clock_.now_ns = end;
    stack_->run(10000);
}

std::string TcpScript::state() const
{
    const Inpcb* inp = stack_->inet().tcp->table.lookup_exact(IpAddress::v4(our_ip), local_port_,
                                                              IpAddress::v4(peer_ip), peer_port);
    const Tcpcb* tp = inp != nullptr ? tcpcb_of(*inp) : nullptr;
    if (tp != nullptr)
        return states[static_cast<int>(tp->state)];
    if (!accepted_ && listener_ != nullptr)
        return stack_->inet().tcp->syncache.empty() ? "listen" : "syn_received";
    return "gone";
}

TcpScript::Packet TcpScript::parse(std::istringstream& words, const std::string& flags)
{
    Packet p;
    std::string word;
    p.flags = flags;
    words >> word;
    p.seq = static_cast<uint32_t>(std::stoll(word));
    if (const size_t colon = word.find(':'); colon != std::string::npos)
        p.len = static_cast<uint32_t>(std::stoul(word.substr(colon + 1)));
    words >> word;
    p.ack = static_cast<uint32_t>(std::stoll(word));
    for (auto at = words.tellg(); words >> word; at = words.tellg()) {
        if (word.rfind("w=", 0) == 0) {
            p.window = std::stol(word.substr(2));
        } else if (word.rfind("up=", 0) == 0) {
            p.urgent = std::stol(word.substr(3));
        } else {
            words.seekg(at);
            break;
        }
    }
    words.clear();
    return p;
}

void TcpScript::inject(const Packet& p)
{
    std::vector<uint8_t> bytes(40 + p.len, 'x');
    auto& ip = *reinterpret_cast<wire::Ipv4Header*>(bytes.data());
    ip = {};
    ip.set_header_len(sizeof(ip));
    ip.total_len = static_cast<uint16_t>(bytes.size());
    ip.fragment = uint16_t{0};
    ip.ttl = 64;
    ip.protocol = wire::proto_tcp;
    ip.source = peer_ip;
    ip.destination = our_ip;
    ip.checksum = wire::checksum(&ip, sizeof(ip));
    auto& tcp = *reinterpret_cast<wire::TcpHeader*>(bytes.data() + 20);
    tcp = {};
    tcp.source_port = peer_port;
    tcp.destination_port = local_port_;
    tcp.seq = p.seq;
    tcp.ack = (flags_of(p.flags) & wire::tcp_ack) != 0 ? p.ack + iss_ : 0;
    tcp.set_header_len(20);
    tcp.flags = flags_of(p.flags);
    tcp.window = static_cast<uint16_t>(p.window >= 0 ? p.window : 10000);
    tcp.urgent = static_cast<uint16_t>(p.urgent);
    tcp.checksum = uint16_t{0};
    wire::Checksum sum;
    sum.add_pseudo(peer_ip, our_ip, wire::proto_tcp, bytes.size() - 20);
    sum.add(bytes.data() + 20, bytes.size() - 20);
    tcp.checksum = sum.value();
    port_->receive(bytes.data(), bytes.size());
    stack_->run(10000);
}

void TcpScript::expect(const Packet& p)
{
    for (int ms = 0; port_->sent().empty() && ms < 150; ++ms) // a delayed ACK may be on its way
        advance(ns_per_ms);
    ASSERT_FALSE(port_->sent().empty()) << where_ << "\nnothing goes out, not " << p.flags;
    const std::vector<uint8_t> bytes = port_->sent().front().bytes;
    port_->sent().pop_front();
    const auto& tcp = *reinterpret_cast<const wire::TcpHeader*>(bytes.data() + 20);
    const bool of_connection = tcp.source_port == local_port_;
    EXPECT_TRUE(of_connection) << where_;
    if ((tcp.flags & wire::tcp_syn) != 0)
        iss_ = tcp.seq;
    const bool no_seq =
        (tcp.flags & wire::tcp_rst) != 0 && (tcp.flags & wire::tcp_ack) != 0 && tcp.seq == 0u;
    EXPECT_EQ(text_of(tcp.flags), text_of(flags_of(p.flags))) << where_;
    if (!no_seq)
        EXPECT_EQ(tcp.seq - iss_, p.seq) << where_;
    EXPECT_EQ(bytes.size() - 20 - tcp.header_len(), p.len) << where_;
    if ((tcp.flags & wire::tcp_ack) != 0)
        EXPECT_EQ(static_cast<uint32_t>(tcp.ack), p.ack) << where_;
    if (p.window >= 0)
        EXPECT_EQ(static_cast<long>(tcp.window), p.window) << where_;
    if (p.urgent != 0)
        EXPECT_EQ(static_cast<long>(tcp.urgent), p.urgent) << where_;
}

void TcpScript::expect_silence()
{
    EXPECT_TRUE(port_->sent().empty())
        << where_ << "\nunexpected: "
        << (port_->sent().empty() ? "" : text_of(port_->sent().front().bytes[33]));
    port_->sent().clear();
}

void TcpScript::establish()
{
    int error = socreate(*stack_, AF_INET, SOCK_STREAM, 0, Cred::root(), &listener_);
    const sockaddr_in here = make_sockaddr_in(our_ip, our_port);
    ASSERT_EQ(error, 0);
    ASSERT_EQ(sobind(*listener_, as_sockaddr(here), sizeof(here), Cred::root()), 0);
    ASSERT_EQ(solisten(*listener_, 5, Cred::root()), 0);
}

void TcpScript::start_in(const std::string& state)
{
    static const std::pair<const char*, const char*> ways[] = {
        {"established", ""},
        {"close_wait", "<F. 1 1 >. 1 2"},
        {"fin_wait_1", "close >F. 1 1"},
        {"fin_wait_2", "close >F. 1 1 <. 1 2"},
        {"closing", "close >F. 1 1 <F. 1 1 >. 2 2"},
        {"last_ack", "<F. 1 1 >. 1 2 close >F. 1 2"},
        {"time_wait", "close >F. 1 1 <F. 1 2 >. 2 2"},
    };
    if (state == "closed")
        return;
    if (state == "syn_sent") {
        const sockaddr_in here = make_sockaddr_in(our_ip, our_port),
                          there = make_sockaddr_in(peer_ip, peer_port);
        ASSERT_EQ(socreate(*stack_, AF_INET, SOCK_STREAM, 0, Cred::root(), &so_), 0);
        ASSERT_EQ(sobind(*so_, as_sockaddr(here), sizeof(here), Cred::root()), 0);
        ASSERT_EQ(soconnect(*so_, as_sockaddr(there), sizeof(there), Cred::root()), EINPROGRESS);
        expect({"S", 0, 0, 0, -1, 0});
        return;
    }
    establish();
    if (state == "listen")
        return;
    inject({"S", 0, 0, 0, -1, 0});
    expect({"S.", 0, 1, 0, -1, 0});
    if (state == "syn_received")
        return;
    inject({".", 1, 1, 0, -1, 0});
    sockaddr_storage peer;
    socklen_t len = 0;
    ASSERT_EQ(soaccept(*listener_, &so_, peer, len), 0);
    accepted_ = true;
    for (const auto& [name, way] : ways)
        if (state == name) {
            std::istringstream words(way);
            for (std::string word; words >> word;)
                step(words, word);
        }
    ASSERT_EQ(this->state(), state) << where_;
}

bool TcpScript::do_call(std::istringstream& words, const std::string& word)
{
    if (word == "write") {
        size_t n;
        words >> n;
        MbufPtr m = stack_->mbufs().copy_in(std::string(n, 'y').data(), n), none;
        EXPECT_EQ(sosend(*so_, nullptr, 0, m, none, 0, Cred::root()), 0) << where_;
    } else if (word == "read") {
        size_t n;
        words >> n;
        Received got;
        EXPECT_EQ(soreceive(*so_, 1000000, 0, got), 0) << where_;
        EXPECT_EQ(static_cast<size_t>(m_length(got.data.get())), n) << where_;
    } else if (word == "error") {
        int wanted;
        words >> wanted;
        EXPECT_EQ(so_->take_error(), wanted) << where_;
    } else if (word == "close") {
        soclose(std::exchange(so_, nullptr));
    } else if (word == "shutdown") {
        EXPECT_EQ(soshutdown(*so_, SHUT_WR), 0) << where_;
    } else if (word == "abort") {
        const linger l = {1, 0};
        sosetopt(*so_, SOL_SOCKET, SO_LINGER, &l, sizeof(l), Cred::root());
        soclose(std::exchange(so_, nullptr));
    } else if (word == "nodelay" || word == "keepalive") {
        const int on = 1;
        const bool tcp = word == "nodelay";
        sosetopt(*so_, tcp ? IPPROTO_TCP : SOL_SOCKET, tcp ? TCP_NODELAY : SO_KEEPALIVE, &on,
                 sizeof(on), Cred::root());
    } else {
        return false;
    }
    stack_->run(10000);
    return true;
}

void TcpScript::step(std::istringstream& words, const std::string& word)
{
    where_ += ' ' + word;
    if (word[0] == '<') {
        expect_silence();
        inject(parse(words, word.substr(1)));
    } else if (word[0] == '>') {
        expect(parse(words, word.substr(1)));
    } else if (word[0] == '+') {
        advance(std::stoull(word.substr(1)) * ns_per_ms);
    } else if (word[0] == '!') {
        const size_t equals = word.find('=');
        int32_t mib[CTL_MAXNAME];
        size_t count = 0;
        const int32_t value = std::stoi(word.substr(equals + 1));
        const SysctlIn in = {&value, sizeof(value)};
        ASSERT_EQ(stack_->sysctl().name_to_mib(
                      ("net.inet.tcp." + word.substr(1, equals - 1)).c_str(), mib, count),
                  0)
            << word;
        ASSERT_EQ(stack_->sysctl().call({mib, count}, nullptr, &in, Cred::root()), 0) << word;
    } else if (word.rfind("tcp.", 0) == 0) {
        const size_t equals = word.find('=');
        EXPECT_EQ(stack_->counters().value(word.substr(0, equals).c_str()),
                  std::stoull(word.substr(equals + 1)))
            << where_;
    } else if (!do_call(words, word)) {
        FAIL() << where_ << "\nwhat is " << word << "?";
    }
}

void TcpScript::play(const Scenario& scenario)
{
    where_ = std::string(scenario.name) + ": from " + scenario.start + ":";
    std::istringstream words(scenario.script);
    std::string word;
    while (words >> std::ws && words.peek() == '!' && words >> word)
        step(words, word); // settings come before the start
    start_in(scenario.start);
    if (::testing::Test::HasFatalFailure())
        return;
    while (words >> word && !::testing::Test::HasFatalFailure())
        step(words, word);
    expect_silence();
    EXPECT_EQ(state(), scenario.end) << where_;
}

} // namespace netmgr::host
