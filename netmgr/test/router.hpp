// SPDX-License-Identifier: Apache-2.0
// Fixture: two hosts on two Ethernets with a router between them, and pings made by hand.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "host/lab.hpp"
#include "wire/checksum.hpp"
#include "wire/icmp.hpp"

namespace netmgr::host {

inline std::string echo_request(uint16_t id, uint16_t sequence, size_t size)
{
    std::string bytes(sizeof(wire::IcmpHeader) + size, 'p');
    auto& h = *reinterpret_cast<wire::IcmpHeader*>(bytes.data());
    h = {};
    h.type = wire::icmp_echo;
    h.echo.id = id;
    h.echo.sequence = sequence;
    h.checksum = static_cast<uint16_t>(0);
    h.checksum = wire::checksum(bytes.data(), bytes.size());
    return bytes;
}

class Router : public ::testing::Test {
protected:
    Router()
    {
        // left (10.0.0.1) -- bus -- router (10.0.0.254, 10.1.0.254) -- far bus -- right (10.1.0.1)
        EtherBus& far = lab.add_bus();
        router.add_port(far, "en1", 1);
        right.add_port(far, "en1", 2);
        left.configure("10.0.0.1", "255.255.255.0");
        router.configure("10.0.0.254", "255.255.255.0");
        router.configure("10.1.0.254", "255.255.255.0", "en1");
        right.configure("10.1.0.1", "255.255.255.0", "en1");
        left.add_route("0.0.0.0", 0, "10.0.0.254");
        right.add_route("0.0.0.0", 0, "10.1.0.254");
    }

    Lab lab;
    Machine& left = lab.add();
    Machine& router = lab.add();
    Machine& right = lab.add();
};

} // namespace netmgr::host
