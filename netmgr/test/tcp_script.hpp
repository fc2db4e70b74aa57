// SPDX-License-Identifier: Apache-2.0
// One TCP endpoint against a script: start state, segments in, segments out, end state, all in one line.
//
//   <FLAGS seq[:len] ack [w=N] [up=N]   a segment comes in          >FLAGS seq[:len] ack   one goes out (w=N checks its window)
//   +ms                                 time passes                 write N, read N, close, shutdown, linger, nodelay, keepalive
//   !name=value                         a sysctl                    tcp.counter=N   counter's value since the script began
//
// Flags: S F R P U E C and . for ACK (P is not compared). Numbers count from the peer's and our SYN, which are 0. Nothing may go out
// that the script does not expect.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "host/fake_platform.hpp"
#include "host/ip_port.hpp"
#include "netinet/tcp.hpp"

namespace netmgr::host {

struct Scenario {
    const char* name; // words joined by _
    const char* start;
    const char* script;
    const char* end; // state; "gone" when the control block is deleted
};

class TcpScript {
public:
    TcpScript();
    ~TcpScript();
    TcpScript(const TcpScript&) = delete;
    TcpScript& operator=(const TcpScript&) = delete;

    void play(const Scenario& scenario);

    static constexpr uint32_t our_ip = 0xc0a80001, peer_ip = 0xc0000201;
    static constexpr uint16_t our_port = 8080, peer_port = 40000;

private:
    struct Packet {
        std::string flags;
        uint32_t seq = 0, ack = 0, len = 0;
        long window = -1;
        long urgent = 0;
    };
    void start_in(const std::string& state);
    void establish();
    void step(std::istringstream& words, const std::string& word);
    Packet parse(std::istringstream& words, const std::string& flags);
    void inject(const Packet& p);
    void expect(const Packet& p);
    void expect_silence();
    bool do_call(std::istringstream& words, const std::string& word);
    std::string state() const;
    void advance(uint64_t ns);

    FakeClock clock_;
    FakePlatform platform_{clock_, 5};
    Stack* stack_ = nullptr;
    std::unique_ptr<IpPort> port_;
    Socket* listener_ = nullptr;
    Socket* so_ = nullptr; // the connection's; nullptr: accepted by nobody, or freed
    uint32_t iss_ = 0;
    bool accepted_ = false;
    uint16_t local_port_ = our_port;
    std::string where_;
};

} // namespace netmgr::host
