// SPDX-License-Identifier: Apache-2.0
// RFC 1122's rules about when a host must stay silent.
#include <netinet/in.h>

#include "test/two_hosts.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp.hpp"

namespace netmgr::host {

namespace {

class HostRequirements : public TwoHosts {
protected:
    void SetUp() override
    {
        TwoHosts::SetUp();
        introduce();
        before_ = b.counter("icmp.errors_sent");
    }
    uint64_t errors() { return b.counter("icmp.errors_sent") - before_; }
    void send_icmp(uint8_t type, uint8_t code, std::string body)
    {
        std::string message(8, '\0');
        message[0] = static_cast<char>(type);
        message[1] = static_cast<char>(code);
        message += body;
        const uint16_t sum = wire::checksum(message.data(), message.size());
        message[2] = static_cast<char>(sum >> 8);
        message[3] = static_cast<char>(sum);
        TestSocket raw(a, SOCK_RAW, IPPROTO_ICMP);
        ASSERT_EQ(raw.send_to(message, "10.0.0.2", 0), 0);
        lab.run_for(100 * ms);
    }

private:
    uint64_t before_ = 0;
};

TEST_F(HostRequirements, NoErrorAboutABroadcast)
{
    TestSocket s(a, SOCK_DGRAM);
    ASSERT_EQ(s.send_to("nobody there", "10.0.0.2", 4444), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(errors(), 1u); // the same to the host alone
    ASSERT_EQ(s.set(SOL_SOCKET, SO_BROADCAST, 1), 0);
    for (const char* to : {"10.0.0.255", "255.255.255.255"})
        ASSERT_EQ(s.send_to("nobody there", to, 4444), 0);
    lab.run_for(100 * ms);
    EXPECT_EQ(errors(), 1u);
}

TEST_F(HostRequirements, UnknownIcmpTypesAreDropped)
{
    const uint64_t sent = b.counter("icmp.reflected");
    // Also what a host need not or should not answer: source quench, information, mask.
    for (uint8_t type : {1, 2, 4, 7, 15, 17, 44, 99, 255})
        send_icmp(type, 0, "what is this");
    EXPECT_EQ(errors(), 0u);
    EXPECT_EQ(b.counter("icmp.reflected"), sent);
    EXPECT_EQ(b.counter("icmp.ignored"), 9u);
}

TEST_F(HostRequirements, TimestampsAreAnswered)
{
    TestSocket raw(a, SOCK_RAW, IPPROTO_ICMP);
    std::string request(20, '\0');
    request[0] = wire::icmp_timestamp;
    request[11] = 7; // originate
    const uint16_t sum = wire::checksum(request.data(), request.size());
    request[2] = static_cast<char>(sum >> 8);
    request[3] = static_cast<char>(sum);
    ASSERT_EQ(raw.send_to(request, "10.0.0.2", 0), 0);
    lab.run_for(100 * ms);
    std::string reply;
    ASSERT_EQ(raw.receive(reply), 0);
    ASSERT_EQ(reply.size(), 40u);
    EXPECT_EQ(reply[20], wire::icmp_timestamp_reply);
    EXPECT_EQ(wire::checksum(reply.data() + 20, 20), 0);
    EXPECT_EQ(reply.substr(28, 4), request.substr(8, 4));
    EXPECT_EQ(reply.substr(32, 4), reply.substr(36, 4));
    send_icmp(wire::icmp_timestamp, 0, "short"); // is counted, not answered
    EXPECT_EQ(b.counter("icmp.bad_len"), 1u);
    EXPECT_EQ(b.counter("icmp.reflected"), 1u);
}

TEST_F(HostRequirements, NoErrorAboutAnError)
{
    // Port unreachable about a datagram that b never sent, of a protocol it does not know.
    std::string quoted(28, '\0');
    quoted[0] = 0x45;
    quoted[9] = static_cast<char>(253);
    send_icmp(wire::icmp_unreachable, wire::unreach_port, quoted);
    EXPECT_EQ(errors(), 0u);
}

} // namespace

} // namespace netmgr::host
