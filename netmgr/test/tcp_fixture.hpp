// SPDX-License-Identifier: Apache-2.0
// Fixture for TCP tests: two hosts, a connected pair, transfers with checked content.
#pragma once
#include "test/two_hosts.hpp"

#include <memory>
#include <optional>

#include "net/sockaddr.hpp"
#include "netinet/tcp.hpp"

namespace netmgr::host {

// Byte i of stream `seed`.
inline char stream_byte(size_t i, unsigned seed)
{
    return static_cast<char>((i * 131 + i / 251 + seed * 7) & 0xff);
}

// size bytes from one socket to another, as fast as they go.
class Transfer {
public:
    Transfer(TestSocket& from, TestSocket& to, size_t size, unsigned seed)
        : from_(from), to_(to), size_(size), seed_(seed)
    {
    }
    // True when everything has arrived, unchanged.
    bool step()
    {
        while (sent_ < size_) {
            size_t room = 0;
            if (sosend_room(*from_.so, size_ - sent_, false, room) != 0)
                break;
            std::string piece(room, '\0');
            for (size_t i = 0; i < room; ++i)
                piece[i] = stream_byte(sent_ + i, seed_);
            if (from_.send(piece) != 0)
                break;
            sent_ += room;
        }
        std::string got;
        while (to_.receive(got) == 0 && !got.empty())
            for (char c : got)
                if (c != stream_byte(received_++, seed_))
                    wrong_++;
        EXPECT_EQ(wrong_, 0u);
        return received_ == size_;
    }
    size_t received() const { return received_; }

private:
    TestSocket& from_;
    TestSocket& to_;
    size_t size_;
    unsigned seed_;
    size_t sent_ = 0;
    size_t received_ = 0;
    size_t wrong_ = 0;
};

class TcpTest : public TwoHosts {
protected:
    void SetUp() override
    {
        TwoHosts::SetUp();
        introduce();
    }
    void TearDown() override
    {
        server.reset();
        client.reset();
        listener.reset();
        lab.run_for(700 * second);
        TwoHosts::TearDown();
    }

    std::unique_ptr<TestSocket> accept()
    {
        Socket* so = nullptr;
        sockaddr_storage peer;
        socklen_t len = 0;
        listener->machine.use();
        if (soaccept(*listener->so, &so, peer, len) != 0)
            return nullptr;
        return std::make_unique<TestSocket>(listener->machine, so);
    }

    void start_listening(int backlog = 5)
    {
        listener = std::make_unique<TestSocket>(b, SOCK_STREAM);
        ASSERT_EQ(listener->bind("0.0.0.0", 80), 0);
        b.use();
        ASSERT_EQ(solisten(*listener->so, backlog, Cred::root()), 0);
    }

    void open_pair()
    {
        start_listening();
        client = std::make_unique<TestSocket>(a, SOCK_STREAM);
        ASSERT_EQ(client->connect("10.0.0.2", 80), EINPROGRESS);
        ASSERT_TRUE(lab.run_until([&] { return (server = accept()) != nullptr; }));
        ASSERT_EQ(soconnect_result(*client->so), 0);
    }

    bool arrives(TestSocket& at, const std::string& text)
    {
        std::string got, more;
        return lab.run_until([&] {
            if (at.receive(more) == 0)
                got += more;
            return got == text;
        });
    }

    std::unique_ptr<TestSocket> listener, client, server;
};

} // namespace netmgr::host
