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
    // Also what a host need not or should not answer: source quench, timestamp, information, mask.
    for (uint8_t type : {1, 2, 4, 7, 13, 15, 17, 44, 99, 255})
        send_icmp(type, 0, "what is this");
    EXPECT_EQ(errors(), 0u);
    EXPECT_EQ(b.counter("icmp.reflected"), sent);
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
