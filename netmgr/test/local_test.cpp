// SPDX-License-Identifier: Apache-2.0
// Local sockets: names, streams, datagrams, credentials, descriptors in flight.
#include "test/two_hosts.hpp"

#include <abi/sockright.h>

#include "kern/control.hpp"
#include "local/local.hpp"

namespace netmgr::host {

namespace {

struct Name {
    sockaddr_un un = {};
    explicit Name(const char* path)
    {
        un.sun_family = AF_LOCAL;
        strcpy(un.sun_path, path);
        un.sun_len = static_cast<uint8_t>(SUN_LEN(&un));
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&un); }
    size_t size() const { return un.sun_len; }
};

class LocalTest : public ::testing::Test {
protected:
    struct Local : TestSocket {
        Local(Machine& m, int type, const Cred& cred = Cred::root())
            : TestSocket(m, type, 0, cred, AF_LOCAL)
        {
        }
        int bind(const char* path, const Cred& cred = Cred::root())
        {
            const Name n(path);
            return sobind(*so, n.get(), n.size(), cred);
        }
        int connect(const char* path, const Cred& cred = Cred::root())
        {
            const Name n(path);
            return soconnect(*so, n.get(), n.size(), cred);
        }
        int send_to(const std::string& data, const char* path)
        {
            const Name n(path);
            MbufPtr m = machine.use().mbufs().copy_in(data.data(), data.size());
            MbufPtr control;
            return sosend(*so, n.get(), n.size(), m, control, 0, so->owner);
        }
        int send_right(const std::string& data, uint64_t token)
        {
            const sock_right right = {5, 1, token};
            MbufPtr m = machine.use().mbufs().copy_in(data.data(), data.size());
            MbufPtr control;
            control_append(machine.stack->mbufs(), control, SOL_SOCKET, SCM_RIGHTS, &right,
                           sizeof(right));
            return sosend(*so, nullptr, 0, m, control, 0, so->owner);
        }
        std::string path(bool peer)
        {
            sockaddr_storage name;
            socklen_t len = 0;
            const int error = peer ? sogetpeername(*so, name, len) : sogetsockname(*so, name, len);
            return error != 0 ? "error" : reinterpret_cast<sockaddr_un*>(&name)->sun_path;
        }
        void take(Socket* other)
        {
            close();
            so = other;
        }
    };

    void SetUp() override
    {
        a.use();
        dropped = 0;
        a.stack->local()->keeper = &keeper;
    }
    void TearDown() override
    {
        EXPECT_EQ(a.stack->sockets(), nullptr);
        EXPECT_EQ(a.stack->mbufs().stats().mbufs_in_use, 0u);
        EXPECT_EQ(a.stack->mbufs().stats().clusters_in_use, 0u);
    }
    // The server's end of client's connection.
    int accept(Local& listener, Local& end)
    {
        Socket* made = nullptr;
        sockaddr_storage peer;
        socklen_t len = 0;
        const int error = soaccept(*listener.so, &made, peer, len);
        if (error == 0)
            end.take(made);
        return error;
    }
    int control_type(Received& r)
    {
        cmsghdr h = {};
        if (!r.control)
            return 0;
        m_copydata(r.control.get(), 0, sizeof(h), &h);
        return h.cmsg_type;
    }

    // The front's part: token t names files[t]; a file without a program is closed with its last right.
    struct Keeper final : RightsKeeper {
        struct File {
            Local* socket = nullptr;
            unsigned rights = 0;
            bool open = false; // by a program
        };
        std::map<uint64_t, File> files;

        static uint64_t token_of(const uint8_t* right)
        {
            sock_right r;
            memcpy(&r, right, sizeof(r));
            return r.token;
        }
        void drop(const uint8_t* right) override
        {
            dropped += token_of(right);
            if (auto it = files.find(token_of(right)); it != files.end())
                it->second.rights--;
        }
        Socket* named(const uint8_t* right) override
        {
            auto it = files.find(token_of(right));
            return it != files.end() && it->second.socket != nullptr ? it->second.socket->so
                                                                     : nullptr;
        }
        bool is_held(const Socket& so, unsigned in_flight) override
        {
            for (const auto& [token, file] : files)
                if (file.socket != nullptr && file.socket->so == &so)
                    return file.open || in_flight < file.rights;
            return true;
        }
        // Closes what has no right left, until nothing changes. How many were closed.
        unsigned sweep()
        {
            unsigned closed = 0;
            for (bool more = true; more;) {
                more = false;
                for (auto& [token, file] : files)
                    if (!file.open && file.rights == 0 && file.socket != nullptr) {
                        std::exchange(file.socket, nullptr)->close();
                        closed++;
                        more = true;
                    }
            }
            return closed;
        }
    };
    void send_file(Local& through, uint64_t token)
    {
        keeper.files[token].rights++;
        ASSERT_EQ(through.send_right("r", token), 0);
    }

    Lab lab;
    Machine& a = lab.add();
    Keeper keeper;
    static inline uint64_t dropped = 0;
};

TEST_F(LocalTest, NamesOutliveTheirSockets)
{
    Local s(a, SOCK_STREAM), t(a, SOCK_STREAM);
    EXPECT_EQ(s.connect("/tmp/x"), ENOENT);
    ASSERT_EQ(s.bind("/tmp/x"), 0);
    EXPECT_EQ(s.bind("/tmp/y"), EINVAL);
    EXPECT_EQ(t.bind("/tmp/x"), EADDRINUSE);
    EXPECT_EQ(s.path(false), "/tmp/x");
    EXPECT_EQ(t.connect("/tmp/x"), ECONNREFUSED); // not listening
    Local d(a, SOCK_DGRAM);
    EXPECT_EQ(d.connect("/tmp/x"), EPROTOTYPE);
    s.close();
    EXPECT_EQ(t.bind("/tmp/x"), EADDRINUSE);
    EXPECT_EQ(t.connect("/tmp/x"), ECONNREFUSED);
    LocalName* name = a.stack->local()->find("/tmp/x");
    ASSERT_NE(name, nullptr);
    Cred other;
    other.uid = 7;
    EXPECT_EQ(a.stack->local()->unlink(*name, other), EPERM);
    EXPECT_EQ(a.stack->local()->unlink(*name, Cred::root()), 0);
    EXPECT_EQ(t.connect("/tmp/x"), ENOENT);
    EXPECT_EQ(t.bind("/tmp/x"), 0);
    sockaddr bad = {};
    bad.sa_family = AF_LOCAL;
    Local u(a, SOCK_STREAM);
    EXPECT_EQ(sobind(*u.so, &bad, 2, Cred::root()), EINVAL); // no path
    bad.sa_family = AF_INET;
    EXPECT_EQ(sobind(*u.so, &bad, 16, Cred::root()), EAFNOSUPPORT);
    Local v(a, SOCK_SEQPACKET);
    EXPECT_EQ(v.error, EPROTOTYPE);
}

TEST_F(LocalTest, StreamBothWaysAndToTheEnd)
{
    Local server(a, SOCK_STREAM), client(a, SOCK_STREAM), end(a, SOCK_STREAM);
    ASSERT_EQ(server.bind("/tmp/s"), 0);
    EXPECT_EQ(solisten(*client.so, 5, Cred::root()), EDESTADDRREQ);
    ASSERT_EQ(solisten(*server.so, 5, Cred::root()), 0);
    ASSERT_EQ(client.connect("/tmp/s"), 0);
    EXPECT_NE(sopoll(*server.so) & so_readable, 0u);
    std::string data;
    ASSERT_EQ(client.send("early "), 0);
    ASSERT_EQ(accept(server, end), 0);
    EXPECT_EQ(end.path(false), "/tmp/s");
    EXPECT_EQ(client.path(true), "/tmp/s");
    ASSERT_EQ(client.send("late"), 0);
    ASSERT_EQ(end.receive(data, 3, MSG_PEEK), 0);
    EXPECT_EQ(data, "ear");
    ASSERT_EQ(end.receive(data), 0);
    EXPECT_EQ(data, "early late");
    EXPECT_EQ(end.receive(data), EWOULDBLOCK);
    // Fills up, is told when there is room.
    size_t room = 0, sent = 0;
    while (sosend_room(*end.so, 4096, false, room) == 0) {
        ASSERT_EQ(end.send(std::string(room, 'z')), 0);
        sent += room;
    }
    EXPECT_EQ(sent, 16384u);
    EXPECT_EQ(sopoll(*end.so) & so_writable, 0u);
    const unsigned wakeups = end.wakeups;
    end.so->upcall_arg = &end;
    end.so->upcall = [](Socket&, void* arg, unsigned) { static_cast<Local*>(arg)->wakeups++; };
    ASSERT_EQ(client.receive(data, 10000), 0);
    EXPECT_EQ(data.size(), 10000u);
    EXPECT_GT(end.wakeups, wakeups);
    ASSERT_EQ(soshutdown(*end.so, SHUT_WR), 0);
    ASSERT_EQ(client.receive(data), 0);
    EXPECT_EQ(data.size(), 6384u);
    ASSERT_EQ(client.receive(data), 0);
    EXPECT_EQ(data, ""); // the end
    EXPECT_EQ(client.send("back"), 0);
    client.close();
    ASSERT_EQ(end.receive(data), 0);
    EXPECT_EQ(data, "back");
    ASSERT_EQ(end.receive(data), 0);
    EXPECT_EQ(data, "");
    EXPECT_EQ(end.send("x"), EPIPE);
}

TEST_F(LocalTest, ListenersQueueIsBounded)
{
    Local server(a, SOCK_STREAM);
    ASSERT_EQ(server.bind("/tmp/q"), 0);
    ASSERT_EQ(solisten(*server.so, 2, Cred::root()), 0);
    std::vector<std::unique_ptr<Local>> clients;
    int error = 0;
    while (error == 0 && clients.size() < 20) {
        clients.push_back(std::make_unique<Local>(a, SOCK_STREAM));
        error = clients.back()->connect("/tmp/q");
    }
    EXPECT_EQ(error, ECONNREFUSED);
    EXPECT_LT(clients.size(), 8u);
    server.close(); // those that wait hear of it
    std::string data;
    EXPECT_EQ(clients[0]->receive(data), 0);
    EXPECT_EQ(data, "");
    EXPECT_EQ(a.counter("local.refused"), 1u);
}

TEST_F(LocalTest, ConnwaitWaits)
{
    Local server(a, SOCK_STREAM), client(a, SOCK_STREAM), end(a, SOCK_STREAM);
    ASSERT_EQ(server.bind("/tmp/w"), 0);
    ASSERT_EQ(solisten(*server.so, 2, Cred::root()), 0);
    ASSERT_EQ(client.set(0, LOCAL_CONNWAIT, 1), 0);
    EXPECT_EQ(client.connect("/tmp/w"), EINPROGRESS);
    EXPECT_EQ(soconnect_result(*client.so), EWOULDBLOCK);
    ASSERT_EQ(accept(server, end), 0);
    EXPECT_EQ(soconnect_result(*client.so), 0);
    Local late(a, SOCK_STREAM);
    late.set(0, LOCAL_CONNWAIT, 1);
    EXPECT_EQ(late.connect("/tmp/w"), EINPROGRESS);
    server.close();
    EXPECT_NE(soconnect_result(*late.so), 0);
}

TEST_F(LocalTest, DatagramsKeepTheirBordersAndSenders)
{
    Local to(a, SOCK_DGRAM), from(a, SOCK_DGRAM), nobody(a, SOCK_DGRAM);
    std::string data;
    ASSERT_EQ(to.bind("/tmp/d"), 0);
    ASSERT_EQ(from.bind("/tmp/from"), 0);
    ASSERT_EQ(from.send_to("one", "/tmp/d"), 0);
    ASSERT_EQ(nobody.send_to("two!", "/tmp/d"), 0);
    ASSERT_EQ(to.receive(data), 0);
    EXPECT_EQ(data, "one");
    EXPECT_STREQ(reinterpret_cast<sockaddr_un&>(to.last.name).sun_path, "/tmp/from");
    ASSERT_EQ(to.receive(data, 2), 0);
    EXPECT_EQ(data, "tw");
    EXPECT_NE(to.last.flags & MSG_TRUNC, 0);
    EXPECT_EQ(to.last.name_len, 2u);
    EXPECT_EQ(nobody.send("x"), EDESTADDRREQ);
    ASSERT_EQ(nobody.connect("/tmp/d"), 0);
    int error = 0, count = 0;
    while ((error = nobody.send(std::string(1000, 'q'))) == 0)
        count++;
    EXPECT_EQ(error, ENOBUFS);
    EXPECT_GT(count, 20);
    EXPECT_EQ(a.counter("local.socket_full"), 1u);
    to.close();
    EXPECT_EQ(nobody.send("x"), ECONNRESET);
    EXPECT_EQ(nobody.send("x"), EDESTADDRREQ);
    EXPECT_EQ(nobody.send_to("x", "/tmp/d"), ECONNREFUSED);
}

TEST_F(LocalTest, PermissionIsOfTheName)
{
    Cred owner, other;
    owner.uid = 5;
    other.uid = 6;
    Local s(a, SOCK_DGRAM, owner), t(a, SOCK_DGRAM, other);
    ASSERT_EQ(s.bind("/tmp/p", owner), 0);
    a.stack->local()->find("/tmp/p")->mode = 0700;
    EXPECT_EQ(t.connect("/tmp/p", other), EACCES);
    EXPECT_EQ(t.connect("/tmp/p", owner), 0);
}

TEST_F(LocalTest, Credentials)
{
    Cred who;
    who.uid = 42;
    who.gid = 43;
    who.pid = 99;
    Local server(a, SOCK_STREAM), client(a, SOCK_STREAM, who), end(a, SOCK_STREAM);
    server.so->owner.pid = 11;
    ASSERT_EQ(server.bind("/tmp/c"), 0);
    ASSERT_EQ(server.set(0, LOCAL_CREDS, 1), 0);
    ASSERT_EQ(solisten(*server.so, 2, Cred::root()), 0);
    ASSERT_EQ(client.connect("/tmp/c", who), 0);
    ASSERT_EQ(accept(server, end), 0);
    unpcbid id = {};
    size_t size = sizeof(id);
    ASSERT_EQ(sogetopt(*end.so, 0, LOCAL_PEEREID, &id, size, Cred()), 0);
    EXPECT_EQ(id.unp_euid, 42u);
    EXPECT_EQ(id.unp_egid, 43u);
    EXPECT_EQ(id.unp_pid, 99);
    ASSERT_EQ(sogetopt(*client.so, 0, LOCAL_PEEREID, &id, size, Cred()), 0);
    EXPECT_EQ(id.unp_pid, 11);
    std::string data;
    const std::string hello = "hello";
    MbufPtr m = a.stack->mbufs().copy_in(hello.data(), hello.size());
    MbufPtr none;
    ASSERT_EQ(sosend(*client.so, nullptr, 0, m, none, 0, who), 0);
    ASSERT_EQ(end.receive(data), 0);
    EXPECT_EQ(control_type(end.last), SCM_CREDS);
    sockcred cred;
    m_copydata(end.last.control.get(), CMSG_LEN(0), sizeof(cred), &cred);
    EXPECT_EQ(cred.sc_euid, 42u);
    ASSERT_EQ(client.send("again"), 0);
    ASSERT_EQ(end.receive(data), 0);
    EXPECT_EQ(control_type(end.last), 0); // a stream tells it once
}

TEST_F(LocalTest, DescriptorsTravelWithTheirData)
{
    Local x(a, SOCK_STREAM), y(a, SOCK_STREAM);
    ASSERT_EQ(a.stack->local()->connect_pair(*x.so, *y.so), 0);
    std::string data;
    ASSERT_EQ(x.send("before"), 0);
    ASSERT_EQ(x.send_right("with", 1), 0);
    ASSERT_EQ(x.send(" after"), 0);
    ASSERT_EQ(y.receive(data), 0);
    EXPECT_EQ(data, "before"); // stops where the descriptor is
    EXPECT_EQ(control_type(y.last), 0);
    ASSERT_EQ(y.receive(data, 2, MSG_PEEK), 0);
    EXPECT_EQ(control_type(y.last), 0);
    ASSERT_EQ(y.receive(data, 2), 0);
    EXPECT_EQ(data, "wi");
    EXPECT_EQ(control_type(y.last), SCM_RIGHTS);
    ASSERT_EQ(y.receive(data), 0);
    EXPECT_EQ(data, "th after");
    EXPECT_EQ(y.so->rcv.bytes(), 0u);
    // Never received: given up.
    ASSERT_EQ(x.send_right("lost", 10), 0);
    ASSERT_EQ(x.send_right("lost", 100), 0);
    EXPECT_EQ(dropped, 0u);
    y.close();
    EXPECT_EQ(dropped, 110u);
    EXPECT_EQ(x.send_right("nobody", 1000), EPIPE);
    const int junk = 3;
    Local d(a, SOCK_DGRAM), e(a, SOCK_DGRAM);
    ASSERT_EQ(a.stack->local()->connect_pair(*d.so, *e.so), 0);
    MbufPtr m = a.stack->mbufs().copy_in("x", 1);
    MbufPtr control;
    control_append(a.stack->mbufs(), control, SOL_SOCKET, SCM_RIGHTS, &junk, sizeof(junk));
    EXPECT_EQ(sosend(*d.so, nullptr, 0, m, control, 0, Cred::root()), EINVAL);
    m = a.stack->mbufs().copy_in("x", 1);
    control.reset();
    control_append(a.stack->mbufs(), control, SOL_SOCKET, SCM_CREDS, &junk, sizeof(junk));
    EXPECT_EQ(sosend(*d.so, nullptr, 0, m, control, 0, Cred::root()), EINVAL);
    ASSERT_EQ(d.send_right("dg", 7), 0);
    ASSERT_EQ(e.receive(data), 0);
    EXPECT_EQ(control_type(e.last), SCM_RIGHTS);
    ASSERT_EQ(d.send_right("dg", 3000), 0);
    e.close();
    EXPECT_EQ(dropped, 3110u);
}

TEST_F(LocalTest, RingsAreCollected)
{
    LocalDomain& local = *a.stack->local();
    Local x(a, SOCK_STREAM), y(a, SOCK_STREAM), p(a, SOCK_DGRAM), q(a, SOCK_DGRAM);
    Local inet(a, SOCK_DGRAM);
    ASSERT_EQ(local.connect_pair(*x.so, *y.so), 0);
    ASSERT_EQ(local.connect_pair(*p.so, *q.so), 0);
    keeper.files[1] = {&y, 0, true};
    keeper.files[2] = {&q, 0, true};
    keeper.files[3] = {&inet, 0, false};
    send_file(x, 2); // y holds q, q holds y and something else
    send_file(p, 1);
    send_file(p, 3);
    local.collect_rings();
    EXPECT_EQ(dropped, 0u);
    keeper.files[1].open = false;
    local.collect_rings(); // q is open: y can still be received
    EXPECT_EQ(dropped, 0u);
    EXPECT_EQ(keeper.sweep(), 0u);
    keeper.files[2].open = false;
    keeper.files[2].rights++; // left with the server, but not sent yet
    local.collect_rings();
    EXPECT_EQ(dropped, 0u);
    keeper.files[2].rights--;
    local.collect_rings();
    EXPECT_EQ(dropped, 6u);
    EXPECT_EQ(a.counter("local.sockets_collected"), 3u);
    EXPECT_EQ(keeper.sweep(), 3u);
    EXPECT_EQ(x.send("nobody"), EPIPE);
}

TEST_F(LocalTest, RingsThroughListeners)
{
    LocalDomain& local = *a.stack->local();
    Local server(a, SOCK_STREAM), client(a, SOCK_STREAM), x(a, SOCK_STREAM), y(a, SOCK_STREAM);
    ASSERT_EQ(server.bind("/tmp/l"), 0);
    ASSERT_EQ(solisten(*server.so, 5, Cred::root()), 0);
    ASSERT_EQ(client.connect("/tmp/l"), 0);
    ASSERT_EQ(local.connect_pair(*x.so, *y.so), 0);
    keeper.files[1] = {&server, 0, true};
    keeper.files[2] = {&y, 0, false};
    send_file(client, 1); // the listener, to its own connection that nobody accepted
    send_file(client, 2);
    local.collect_rings();
    EXPECT_EQ(dropped, 0u); // it can be accepted
    keeper.files[1].open = false;
    local.collect_rings();
    EXPECT_EQ(dropped, 3u);
    EXPECT_EQ(keeper.sweep(), 2u);
    LocalName* name = local.find("/tmp/l");
    ASSERT_NE(name, nullptr);
    EXPECT_EQ(local.unlink(*name, Cred::root()), 0);
}

TEST_F(LocalTest, RandomLife)
{
    SeededRandom random(3);
    std::vector<std::unique_ptr<Local>> all;
    std::string data;
    for (int step = 0; step < 4000; ++step) {
        if (all.size() < 12) {
            const int type = random.below(3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
            all.push_back(std::make_unique<Local>(a, type));
        }
        const size_t i = random.below(static_cast<uint32_t>(all.size()));
        const size_t j = random.below(static_cast<uint32_t>(all.size()));
        Local& s = *all[i];
        const std::string path = "/tmp/" + std::to_string(random.below(6));
        switch (random.below(9)) {
        case 0:
            (void)s.bind(path.c_str());
            break;
        case 1:
            (void)solisten(*s.so, 3, Cred::root());
            break;
        case 2:
            (void)s.connect(path.c_str());
            break;
        case 3:
            (void)s.send(std::string(random.below(3000), 'a'));
            break;
        case 4:
            (void)s.send_right("r", 1);
            break;
        case 5:
            (void)s.receive(data, random.below(2000), random.below(3) == 0 ? MSG_PEEK : 0);
            break;
        case 6: {
            auto end = std::make_unique<Local>(a, SOCK_STREAM);
            if (accept(s, *end) == 0)
                all.push_back(std::move(end));
            break;
        }
        case 7:
            if (LocalName* name = a.stack->local()->find(path.c_str()))
                (void)a.stack->local()->unlink(*name, Cred::root());
            else
                (void)a.stack->local()->connect_pair(*s.so, *all[j]->so);
            break;
        default:
            if (random.below(3) == 0)
                all.erase(all.begin() + static_cast<long>(i));
            else
                (void)soshutdown(*s.so, static_cast<int>(random.below(3)));
        }
    }
}

} // namespace

} // namespace netmgr::host
