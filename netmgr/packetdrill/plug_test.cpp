// SPDX-License-Identifier: Apache-2.0
// Plays scripts through libiopkt-packetdrill.so as packetdrill does: dlopen, calls with Linux constants, packets with checked contents.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <string>
#include <thread>
#include <vector>

#include "packetdrill/interface.h"

namespace {

const char* library = "libiopkt-packetdrill.so";
constexpr uint32_t local_ip = 0xc0a80001;  // 192.168.0.1
constexpr uint32_t remote_ip = 0xc0000201; // 192.0.2.1
enum : unsigned { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16 };

uint16_t checksum(uint32_t sum, const uint8_t* p, size_t n)
{
    for (size_t i = 0; i < n; ++i)
        sum += i % 2 == 0 ? static_cast<uint32_t>(p[i]) << 8 : p[i];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

void put16(uint8_t* p, unsigned v)
{
    p[0] = static_cast<uint8_t>(v >> 8);
    p[1] = static_cast<uint8_t>(v);
}

void put32(uint8_t* p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

uint32_t get32(const uint8_t* p)
{
    return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
           static_cast<uint32_t>(p[2]) << 8 | p[3];
}

struct Segment {
    unsigned flags = 0;
    uint32_t seq = 0, ack = 0;
    size_t len = 0;
    long long time_us = 0;
    bool there = false;
};

class Plug : public ::testing::Test {
protected:
    void SetUp() override
    {
        handle_ = dlopen(library, RTLD_NOW | RTLD_LOCAL);
        ASSERT_NE(handle_, nullptr) << dlerror();
        auto init = reinterpret_cast<packetdrill_interface_init_t>(
            dlsym(handle_, "packetdrill_interface_init"));
        ASSERT_NE(init, nullptr);
        init(nullptr, &drill);
        u = drill.userdata;
    }
    void TearDown() override
    {
        if (handle_ != nullptr)
            drill.free(u);
    }

    static sockaddr_in name(uint32_t ip, uint16_t port)
    {
        sockaddr_in a = {};
        a.sin_family = AF_INET;
        a.sin_port = htons(port);
        a.sin_addr.s_addr = htonl(ip);
        return a;
    }

    void inject(unsigned flags, uint32_t seq, uint32_t acknowledged, const std::string& data = "",
                std::vector<uint8_t> options = {})
    {
        std::vector<uint8_t> p(40 + options.size() + data.size());
        const size_t tcp_len = p.size() - 20;
        p[0] = 0x45;
        put16(&p[2], static_cast<unsigned>(p.size()));
        p[8] = 64;
        p[9] = IPPROTO_TCP;
        put32(&p[12], remote_ip);
        put32(&p[16], local_ip);
        put16(&p[10], checksum(0, p.data(), 20));
        put16(&p[20], peer_port);
        put16(&p[22], our_port);
        put32(&p[24], seq);
        put32(&p[28], acknowledged);
        p[32] = static_cast<uint8_t>((20 + options.size()) / 4 << 4);
        p[33] = static_cast<uint8_t>(flags);
        put16(&p[34], 32792);
        std::copy(options.begin(), options.end(), p.begin() + 40);
        std::copy(data.begin(), data.end(), p.begin() + 40 + static_cast<long>(options.size()));
        uint32_t pseudo = IPPROTO_TCP + static_cast<uint32_t>(tcp_len);
        for (size_t i = 12; i < 20; i += 2)
            pseudo += static_cast<uint32_t>(p[i] << 8 | p[i + 1]);
        put16(&p[36], checksum(pseudo, &p[20], tcp_len));
        ASSERT_EQ(drill.netdev_send(u, p.data(), p.size()), 0);
    }

    Segment sniff()
    {
        uint8_t p[2048];
        size_t size = sizeof(p);
        Segment s;
        if (drill.netdev_receive(u, p, &size, &s.time_us) != 0 || size < 40)
            return s;
        s.there = true;
        s.flags = p[33];
        s.seq = get32(p + 24);
        s.ack = get32(p + 28);
        s.len = size - 20 - static_cast<size_t>(p[32] >> 4) * 4;
        our_port = static_cast<uint16_t>(p[20] << 8 | p[21]);
        peer_port = static_cast<uint16_t>(p[22] << 8 | p[23]);
        return s;
    }

    int accepted()
    {
        const int s = drill.socket(u, AF_INET, SOCK_STREAM, IPPROTO_TCP);
        const int on = 1;
        const sockaddr_in a = name(local_ip, 8080);
        EXPECT_EQ(drill.setsockopt(u, s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
        EXPECT_EQ(drill.bind(u, s, reinterpret_cast<const sockaddr*>(&a), sizeof(a)), 0);
        EXPECT_EQ(drill.listen(u, s, 1), 0);
        int fd = -1;
        std::thread waits(
            [&] { fd = drill.accept(u, s, nullptr, nullptr); }); // blocks while time moves
        inject(syn, 0, 0, "", {2, 4, 3, 0xe8});
        const Segment answer = sniff();
        EXPECT_EQ(answer.flags, unsigned{syn | ack});
        EXPECT_EQ(answer.ack, 1u);
        iss = answer.seq;
        drill.usleep(u, 100000);
        inject(ack, 1, iss + 1);
        waits.join();
        return fd;
    }

    packetdrill_interface drill = {};
    void* u = nullptr;
    uint16_t our_port = 8080, peer_port = 33000;
    uint32_t iss = 0;

private:
    void* handle_ = nullptr;
};

TEST_F(Plug, PassiveOpenDataAndClose)
{
    const int fd = accepted();
    ASSERT_GE(fd, 0);
    char data[2000] = {};
    EXPECT_EQ(drill.write(u, fd, data, 1000), 1000);
    Segment s = sniff();
    EXPECT_EQ(s.len, 1000u);
    EXPECT_EQ(s.seq, iss + 1);
    inject(ack, 1, iss + 1001);
    inject(ack | psh, 1, iss + 1001, "hello");
    EXPECT_EQ(drill.read(u, fd, data, sizeof(data)), 5);
    EXPECT_EQ(memcmp(data, "hello", 5), 0);
    tcp_info info = {};
    socklen_t len = sizeof(info);
    EXPECT_EQ(drill.getsockopt(u, fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    EXPECT_EQ(info.tcpi_state, TCP_ESTABLISHED);
    s = sniff(); // the delayed ACK
    EXPECT_EQ(s.ack, 6u);
    EXPECT_EQ(drill.close(u, fd), 0);
    s = sniff();
    EXPECT_EQ(s.flags, unsigned{fin | ack});
    inject(fin | ack, 6, iss + 1002);
    s = sniff();
    EXPECT_EQ(s.flags, unsigned{ack});
    EXPECT_EQ(s.ack, 7u);
}

TEST_F(Plug, LostDataComesAgainInVirtualTime)
{
    const int fd = accepted();
    char data[1000] = {};
    drill.write(u, fd, data, sizeof(data));
    const Segment first = sniff();
    const Segment again = sniff();
    const Segment third = sniff();
    EXPECT_EQ(again.seq, first.seq);
    EXPECT_GE(again.time_us - first.time_us, 200000);
    EXPECT_NEAR(static_cast<double>(third.time_us - again.time_us),
                2.0 * static_cast<double>(again.time_us - first.time_us), 5000);
}

TEST_F(Plug, BlockingConnectReturnsWhenTheAnswerComes)
{
    const int s = drill.socket(u, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    const sockaddr_in to = name(remote_ip, 8080);
    int result = -2;
    std::thread waits(
        [&] { result = drill.connect(u, s, reinterpret_cast<const sockaddr*>(&to), sizeof(to)); });
    Segment first;
    for (int tries = 0; tries < 100 && !first.there; ++tries)
        first = sniff();
    EXPECT_EQ(first.flags, unsigned{syn});
    inject(syn | ack, 0, first.seq + 1, "", {2, 4, 5, 0xb4});
    waits.join();
    EXPECT_EQ(result, 0);
    EXPECT_EQ(sniff().flags, unsigned{ack});
    pollfd p = {s, POLLIN | POLLOUT, 0};
    EXPECT_EQ(drill.poll(u, &p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLOUT);
    inject(rst | ack, 1, first.seq + 1);
    char c;
    EXPECT_EQ(drill.read(u, s, &c, 1), -1);
    EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(Plug, EpollPipeAndSplice)
{
    const int fd = accepted();
    const int ep = drill.epoll_create(u, 1);
    epoll_event event = {EPOLLIN, {}};
    event.data.fd = fd;
    EXPECT_EQ(drill.epoll_ctl(u, ep, EPOLL_CTL_ADD, fd, &event), 0);
    EXPECT_EQ(drill.epoll_wait(u, ep, &event, 1, 0), 0);
    inject(ack | psh, 1, iss + 1, "0123456789");
    EXPECT_EQ(drill.epoll_wait(u, ep, &event, 1, 0), 1);
    EXPECT_EQ(event.data.fd, fd);
    int ends[2];
    char text[16];
    EXPECT_EQ(drill.pipe(u, ends), 0);
    EXPECT_EQ(drill.splice(u, fd, nullptr, ends[1], nullptr, 10, 0), 10);
    EXPECT_EQ(drill.read(u, ends[0], text, sizeof(text)), 10);
}

} // namespace

int main(int argc, char** argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    if (argc > 1)
        library = argv[1];
    return RUN_ALL_TESTS();
}
