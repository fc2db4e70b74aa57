// SPDX-License-Identifier: Apache-2.0
// Fixture: two hosts 10.0.0.1 and 10.0.0.2 on one Ethernet. No mbuf may be left in use at the end.
#pragma once
#include <gtest/gtest.h>

#include <errno.h>
#include <netinet/in.h>

#include "host/lab.hpp"
#include "net/net.hpp"
#include "netinet/inet.hpp"

namespace netmgr::host {

constexpr uint64_t ms = 1'000'000;
constexpr uint64_t second = 1'000'000'000;

class TwoHosts : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_EQ(a.configure("10.0.0.1", "255.255.255.0"), 0);
        ASSERT_EQ(b.configure("10.0.0.2", "255.255.255.0"), 0);
        lab.run_for(ms);
    }

    void TearDown() override
    {
        lab.run_for(70 * second); // fragments and ARP queues time out
        for (auto& machine : lab.machines) {
            EXPECT_EQ(machine->stack->sockets(), nullptr) << "a socket was left open";
            EXPECT_EQ(machine->stack->mbufs().stats().mbufs_in_use,
                      machine->stack->input().empty() ? 0u : ~0u);
            EXPECT_EQ(machine->stack->mbufs().stats().clusters_in_use, 0u);
        }
    }

    // Both know each other's MAC address.
    void introduce()
    {
        TestSocket s(a, SOCK_DGRAM);
        s.send_to("x", "10.0.0.2", 9);
        lab.run_for(10 * ms);
    }

    Lab lab;
    Machine& a = lab.add();
    Machine& b = lab.add();
};

} // namespace netmgr::host
