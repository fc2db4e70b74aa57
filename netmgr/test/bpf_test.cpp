// SPDX-License-Identifier: Apache-2.0
// /dev/bpf: filters, buffers, ioctls, captures and written frames.
#include <algorithm>

#include <net/bpf.h>
#include <sys/filio.h>

#include "net/bpf.hpp"
#include "net/bpf_filter.hpp"
#include "test/two_hosts.hpp"

namespace netmgr::host {

namespace {

struct Captured {
    bpf_hdr header;
    std::string bytes;
};

class Capture {
public:
    explicit Capture(Machine& m) : machine(m)
    {
        DeviceNode* node = m.use().devices().first();
        while (node != nullptr && strcmp(node->path, "/dev/bpf") != 0)
            node = node->next;
        EXPECT_EQ(device_open(*m.stack, *node, Cred::root(), &so), 0);
    }
    ~Capture()
    {
        machine.use();
        soclose(so);
    }

    int control(unsigned cmd, void* data, size_t more = 0)
    {
        machine.use();
        const size_t size = IOCPARM_LEN(cmd) + more;
        std::vector<uint64_t> memory((size + 64 + 7) / 8);
        auto* bytes = reinterpret_cast<uint8_t*>(memory.data());
        if (data != nullptr)
            memcpy(bytes, data, size);
        size_t reply = 0;
        const int error = soioctl(*so, cmd, {bytes, size + 64}, reply, Cred::root());
        if (error == 0 && data != nullptr)
            memcpy(data, bytes, std::min(reply, size));
        return error;
    }
    int set(unsigned cmd, unsigned value) { return control(cmd, &value); }
    unsigned get(unsigned cmd)
    {
        unsigned value = ~0u;
        EXPECT_EQ(control(cmd, &value), 0);
        return value;
    }
    int listen(const char* name = "en0")
    {
        ifreq r = {};
        strcpy(r.ifr_name, name);
        return control(BIOCSETIF, &r);
    }
    int filter(std::vector<bpf_insn> program)
    {
        std::vector<uint8_t> data(sizeof(bpf_program) + program.size() * sizeof(bpf_insn));
        bpf_program head = {static_cast<unsigned>(program.size()), nullptr};
        memcpy(data.data(), &head, sizeof(head));
        memcpy(data.data() + sizeof(head), program.data(), program.size() * sizeof(bpf_insn));
        return control(BIOCSETF, data.data(), data.size() - sizeof(head));
    }
    bpf_stat stats()
    {
        bpf_stat s = {};
        EXPECT_EQ(control(BIOCGSTATS, &s), 0);
        return s;
    }
    int read(std::vector<Captured>& packets, int flags = 0)
    {
        machine.use();
        Received got;
        const int error = soreceive(*so, get(BIOCGBLEN), flags, got);
        std::string all(static_cast<size_t>(m_length(got.data.get())), '\0');
        m_copydata(got.data.get(), 0, static_cast<int>(all.size()), all.data());
        for (size_t at = 0; at + sizeof(bpf_hdr) <= all.size();) {
            Captured c = {};
            memcpy(&c.header, all.data() + at, 26);
            c.bytes = all.substr(at + c.header.bh_hdrlen, c.header.bh_caplen);
            EXPECT_EQ(c.bytes.size(), c.header.bh_caplen);
            packets.push_back(c);
            at += BPF_WORDALIGN(size_t(c.header.bh_hdrlen) + c.header.bh_caplen);
        }
        return error;
    }
    int write(const std::string& frame)
    {
        machine.use();
        MbufPtr data = machine.stack->mbufs().copy_in(frame.data(), frame.size());
        MbufPtr none;
        return sosend(*so, nullptr, 0, data, none, 0, Cred::root());
    }

    Machine& machine;
    Socket* so = nullptr;
};

const std::vector<bpf_insn> only_udp = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 65535),       BPF_STMT(BPF_RET | BPF_K, 0),
};

} // namespace

TEST(BpfFilter, RefusesWhatCouldGoWrong)
{
    const std::vector<std::vector<bpf_insn>> bad = {
        {},
        {BPF_STMT(BPF_LD | BPF_IMM, 1)},                                 // no end
        {BPF_STMT(BPF_JMP | BPF_JA, 0), BPF_STMT(BPF_LD | BPF_IMM, 0)},  // no end
        {BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 0)},   // outside
        {BPF_STMT(BPF_JMP | BPF_JA, ~0u), BPF_STMT(BPF_RET | BPF_K, 0)}, // backwards
        {BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 255), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_ST, BPF_MEMWORDS), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_STX, ~0u), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LD | BPF_MEM, 16), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LDX | BPF_MEM, 99), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LDX | BPF_ABS | BPF_W, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LD | BPF_MSH | BPF_B, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_ALU | 0xb0, 1), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_JMP | 0x50, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_MISC | 0x40, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(0x100 | BPF_RET, 0)},
        {BPF_STMT(BPF_RET | 0x18, 0)},
    };
    for (size_t i = 0; i < bad.size(); i++)
        EXPECT_FALSE(filter_is_valid(bad[i])) << "program " << i;
    EXPECT_FALSE(filter_is_valid(std::vector<bpf_insn>(513, BPF_STMT(BPF_RET | BPF_K, 0))));
    EXPECT_TRUE(filter_is_valid(std::vector<bpf_insn>(512, BPF_STMT(BPF_RET | BPF_K, 0))));
    EXPECT_TRUE(filter_is_valid(only_udp));
}

// Programs of random bytes that pass the check end, and touch nothing outside (the sanitizers look).
TEST(BpfFilter, RandomProgramsAreHarmless)
{
    SeededRandom random(7);
    uint8_t bytes[64];
    for (uint8_t& b : bytes)
        b = static_cast<uint8_t>(random.next());
    mbuf second = {};
    second.m_data = reinterpret_cast<char*>(bytes + 20);
    second.m_len = 44;
    mbuf first = {};
    first.m_data = reinterpret_cast<char*>(bytes);
    first.m_len = 20;
    first.m_next = &second;
    unsigned valid = 0;
    for (int i = 0; i < 200000; i++) {
        std::vector<bpf_insn> program(1 + random.below(6));
        for (bpf_insn& in : program)
            in = {static_cast<uint16_t>(random.below(256)), static_cast<uint8_t>(random.below(4)),
                  static_cast<uint8_t>(random.below(4)), random.below(80)};
        program.back().code = BPF_RET | BPF_A;
        if (!filter_is_valid(program))
            continue;
        valid++;
        filter_run(program, first, sizeof(bytes));
    }
    EXPECT_GT(valid, 1000u);
}

TEST(BpfFilter, Arithmetic)
{
    mbuf empty = {};
    auto run = [&](std::vector<bpf_insn> middle) {
        middle.insert(middle.begin(),
                      {BPF_STMT(BPF_LDX | BPF_IMM, 3), BPF_STMT(BPF_LD | BPF_IMM, 20)});
        middle.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
        EXPECT_TRUE(filter_is_valid(middle));
        return filter_run(middle, empty, 0);
    };
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)}), 23u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 21)}), ~0u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0)}), 60u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0)}), 6u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_MOD | BPF_X, 0)}), 2u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 1)}), 21u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0)}), 160u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 40)}), 0u);
    EXPECT_EQ(run({BPF_STMT(BPF_ALU | BPF_NEG, 0)}), static_cast<uint32_t>(-20));
    EXPECT_EQ(
        run({BPF_STMT(BPF_ST, 5), BPF_STMT(BPF_LD | BPF_IMM, 1), BPF_STMT(BPF_LD | BPF_MEM, 5)}),
        20u);
    EXPECT_EQ(run({BPF_STMT(BPF_MISC | BPF_TXA, 0)}), 3u);
    EXPECT_EQ(run({BPF_STMT(BPF_LDX | BPF_IMM, 0), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0)}), 0u);
    EXPECT_EQ(run({BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0)}), 0u) << "behind the packet's end";
}

class BpfTest : public TwoHosts {};

TEST_F(BpfTest, CapturesBothDirections)
{
    introduce();
    Capture c(a);
    ASSERT_EQ(c.listen(), 0);
    ASSERT_EQ(c.filter(only_udp), 0);
    ASSERT_EQ(c.set(BIOCIMMEDIATE, 1), 0);
    EXPECT_EQ(c.get(BIOCGDLT), unsigned(DLT_EN10MB));
    TestSocket here(a, SOCK_DGRAM);
    TestSocket there(b, SOCK_DGRAM);
    ASSERT_EQ(here.bind("10.0.0.1", 5000), 0);
    ASSERT_EQ(there.bind("10.0.0.2", 5001), 0);
    unsigned wakes = 0;
    c.so->upcall = [](Socket&, void* arg, unsigned) { ++*static_cast<unsigned*>(arg); };
    c.so->upcall_arg = &wakes;
    std::vector<Captured> got;
    EXPECT_EQ(c.read(got), EWOULDBLOCK);
    EXPECT_EQ(sopoll(*c.so) & so_readable, 0u);
    here.send_to("hello", "10.0.0.2", 5001);
    there.send_to(std::string(300, 'x'), "10.0.0.1", 5000);
    lab.run_for(10 * ms);
    EXPECT_GE(wakes, 1u);
    EXPECT_NE(sopoll(*c.so) & so_readable, 0u);
    EXPECT_GT(c.get(FIONREAD), 300u);
    ASSERT_EQ(c.read(got), 0);
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(got[0].bytes.size(), 14u + 28 + 5);
    EXPECT_EQ(got[0].bytes.substr(42), "hello");
    EXPECT_EQ(got[1].bytes.size(), 14u + 28 + 300);
    EXPECT_EQ((got[0].header.bh_hdrlen + 14) % BPF_ALIGNMENT, 0u);
    EXPECT_EQ(got[0].header.bh_tstamp.tv_sec,
              1'700'000'000 + static_cast<long>(lab.clock.now_ns / second));
    EXPECT_EQ(c.stats().bs_capt, 2u);
    EXPECT_EQ(c.stats().bs_drop, 0u);
    EXPECT_EQ(c.set(BIOCSSEESENT, 0), 0);
    here.send_to("again", "10.0.0.2", 5001);
    there.send_to("back", "10.0.0.1", 5000);
    lab.run_for(10 * ms);
    got.clear();
    ASSERT_EQ(c.read(got), 0);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes.substr(42, 4), "back");
    std::string data;
    while (here.receive(data) == 0) {
    }
    while (there.receive(data) == 0) {
    }
}

TEST_F(BpfTest, BufferIsBoundedAndRotates)
{
    introduce();
    Capture c(a);
    unsigned size = 2000;
    ASSERT_EQ(c.control(BIOCSBLEN, &size), 0);
    ASSERT_EQ(size, 2000u);
    ASSERT_EQ(c.listen(), 0);
    EXPECT_EQ(c.control(BIOCSBLEN, &size), EINVAL);
    const std::vector<bpf_insn> snap = {BPF_STMT(BPF_RET | BPF_K, 74)};
    ASSERT_EQ(c.filter(snap), 0);
    TestSocket here(a, SOCK_DGRAM);
    std::vector<Captured> got;
    for (int i = 0; i < 100; i++)
        here.send_to(std::string(200, 'y'), "10.0.0.2", 9);
    lab.run_for(10 * ms);
    // 26 + 74 bytes each, aligned to 104: 19 fit into each buffer; answers (ICMP) count too.
    const bpf_stat s = c.stats();
    EXPECT_GE(s.bs_recv, 100u);
    EXPECT_EQ(s.bs_recv, s.bs_capt);
    EXPECT_EQ(s.bs_capt - s.bs_drop, 38u);
    EXPECT_NE(sopoll(*c.so) & so_readable, 0u) << "a full buffer is readable without BIOCIMMEDIATE";
    ASSERT_EQ(c.read(got), 0);
    EXPECT_EQ(got.size(), 19u);
    EXPECT_EQ(got[0].header.bh_caplen, 74u);
    EXPECT_EQ(got[0].header.bh_datalen, 242u);
    EXPECT_EQ(c.read(got), EWOULDBLOCK);
    EXPECT_EQ(c.read(got, MSG_DONTWAIT), 0) << "a reader that does not wait gets what there is";
    EXPECT_EQ(got.size(), 38u);
    Received wrong;
    EXPECT_EQ(soreceive(*c.so, 1999, 0, wrong), EINVAL);
    here.send_to("z", "10.0.0.2", 9);
    EXPECT_EQ(c.control(BIOCFLUSH, nullptr), 0);
    EXPECT_EQ(c.get(FIONREAD), 0u);
    EXPECT_EQ(c.stats().bs_recv, 0u);
}

TEST_F(BpfTest, TimeoutGivesWhatIsThere)
{
    introduce();
    Capture c(a);
    ASSERT_EQ(c.listen(), 0);
    timeval tv = {0, 500000};
    ASSERT_EQ(c.control(BIOCSRTIMEOUT, &tv), 0);
    timeval back = {};
    ASSERT_EQ(c.control(BIOCGRTIMEOUT, &back), 0);
    EXPECT_EQ(back.tv_usec, 500000);
    EXPECT_EQ(c.so->receive_timeout_ns, 500 * ms);
    std::vector<Captured> got;
    EXPECT_EQ(c.read(got), EWOULDBLOCK);
    EXPECT_EQ(c.so->proto.receive_timed_out(*c.so), 0);
    EXPECT_EQ(c.read(got), 0) << "nothing came: an empty read";
    EXPECT_TRUE(got.empty());
    TestSocket here(a, SOCK_DGRAM);
    here.send_to("z", "10.0.0.2", 9);
    EXPECT_EQ(c.read(got), EWOULDBLOCK);
    EXPECT_EQ(sopoll(*c.so) & so_readable, 0u); // the time of select() begins
    lab.run_for(600 * ms);
    EXPECT_NE(sopoll(*c.so) & so_readable, 0u);
    EXPECT_EQ(c.read(got), 0);
    EXPECT_GE(got.size(), 1u);
    tv = {0, 1000000};
    EXPECT_EQ(c.control(BIOCSRTIMEOUT, &tv), EINVAL);
}

TEST_F(BpfTest, WritesFrames)
{
    introduce();
    Capture c(a);
    Capture peer(b);
    EXPECT_EQ(c.write(std::string(60, 'a')), ENXIO);
    ASSERT_EQ(c.listen(), 0);
    ASSERT_EQ(peer.listen(), 0);
    const std::vector<bpf_insn> mine = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x88b5, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 65535),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    ASSERT_EQ(peer.filter(mine), 0);
    ASSERT_EQ(peer.set(BIOCIMMEDIATE, 1), 0);
    std::string frame = std::string(6, '\xff') + std::string(6, '\x11') + "\x88\xb5" + "data";
    EXPECT_EQ(c.write(frame), 0);
    EXPECT_EQ(c.set(BIOCSHDRCMPLT, 1), 0);
    EXPECT_EQ(c.get(BIOCGHDRCMPLT), 1u);
    EXPECT_EQ(c.write(frame), 0);
    EXPECT_EQ(c.write(frame.substr(0, 13)), EMSGSIZE);
    EXPECT_EQ(c.write(frame.substr(0, 14) + std::string(1500, 'b')), 0);
    EXPECT_EQ(c.write(frame.substr(0, 14) + std::string(1501, 'b')), EMSGSIZE);
    EXPECT_EQ(c.write(""), 0);
    lab.run_for(10 * ms);
    std::vector<Captured> got;
    ASSERT_EQ(peer.read(got), 0);
    ASSERT_EQ(got.size(), 3u);
    EXPECT_NE(got[0].bytes.substr(6, 6), std::string(6, '\x11')) << "the interface's own address";
    EXPECT_EQ(got[1].bytes.substr(6, 6), std::string(6, '\x11'));
    EXPECT_EQ(got[2].bytes.size(), 1514u);
    EXPECT_EQ(a.set_flags(0), 0);
    EXPECT_EQ(c.write(frame), ENETDOWN);
}

TEST_F(BpfTest, LoopbackHasTheNullLinkType)
{
    Capture c(a);
    ASSERT_EQ(c.listen("lo0"), 0);
    EXPECT_EQ(c.get(BIOCGDLT), unsigned(DLT_NULL));
    ASSERT_EQ(c.set(BIOCIMMEDIATE, 1), 0);
    TestSocket here(a, SOCK_DGRAM);
    here.send_to("lo", "10.0.0.1", 9);
    lab.run_for(ms);
    std::vector<Captured> got;
    ASSERT_EQ(c.read(got), 0);
    ASSERT_GE(got.size(), 1u);
    uint32_t family;
    memcpy(&family, got[0].bytes.data(), sizeof(family));
    EXPECT_EQ(family, unsigned(AF_INET));
    EXPECT_EQ(got[0].bytes.substr(4 + 28), "lo");
    EXPECT_EQ(c.write(got[0].bytes), 0); // comes in again
    lab.run_for(ms);
}

TEST_F(BpfTest, PromiscuousWhileOpen)
{
    ifnet& ifp = a.port->interface();
    {
        Capture c(a), d(a);
        EXPECT_EQ(c.control(BIOCPROMISC, nullptr), EINVAL);
        ASSERT_EQ(c.listen(), 0);
        ASSERT_EQ(d.listen(), 0);
        EXPECT_EQ(c.control(BIOCPROMISC, nullptr), 0);
        EXPECT_EQ(c.control(BIOCPROMISC, nullptr), 0);
        EXPECT_EQ(d.control(BIOCPROMISC, nullptr), 0);
        EXPECT_NE(ifp.if_flags & IFF_PROMISC, 0u);
        EXPECT_EQ(ifp.if_pcount, 2);
    }
    EXPECT_EQ(ifp.if_flags & IFF_PROMISC, 0u);
    EXPECT_EQ(ifp.if_bpf, nullptr);
}

TEST_F(BpfTest, InterfaceGoes)
{
    EtherBus& bus = lab.add_bus();
    a.add_port(bus, "en1", 0x77);
    Capture c(a);
    ASSERT_EQ(c.listen("en1"), 0);
    EXPECT_EQ(c.control(BIOCPROMISC, nullptr), 0);
    a.use();
    a.more_ports.clear();
    std::vector<Captured> got;
    EXPECT_EQ(c.read(got), ENXIO);
    EXPECT_EQ(c.read(got), ENXIO);
    EXPECT_NE(sopoll(*c.so) & so_readable, 0u);
    EXPECT_EQ(c.write("x"), ENXIO);
    EXPECT_EQ(c.listen("en1"), ENXIO);
    EXPECT_EQ(c.listen("en0"), 0);
    EXPECT_EQ(c.read(got), EWOULDBLOCK);
}

TEST_F(BpfTest, ControlsSayWhatIsWrong)
{
    Capture c(a);
    ifreq r = {};
    unsigned v = 1;
    EXPECT_EQ(c.control(BIOCGETIF, &r), EINVAL);
    EXPECT_EQ(c.control(BIOCGDLT, &v), EINVAL);
    EXPECT_EQ(c.listen("nosuch0"), ENXIO);
    memset(r.ifr_name, 'x', sizeof(r.ifr_name));
    EXPECT_EQ(c.control(BIOCSETIF, &r), ENXIO);
    EXPECT_EQ(c.filter({BPF_STMT(BPF_LD | BPF_IMM, 0)}), EINVAL);
    bpf_program longer = {600, nullptr};
    EXPECT_EQ(c.control(BIOCSETF, &longer), EINVAL);
    longer.bf_len = 400; // more than was sent
    EXPECT_EQ(c.control(BIOCSETF, &longer), EINVAL);
    unsigned size = 100'000'000;
    EXPECT_EQ(c.control(BIOCSBLEN, &size), 0);
    EXPECT_EQ(size, unsigned(BPF_MAXBUFSIZE));
    bpf_version version = {};
    EXPECT_EQ(c.control(BIOCVERSION, &version), 0);
    EXPECT_EQ(version.bv_major, BPF_MAJOR_VERSION);
    ASSERT_EQ(c.listen(), 0);
    EXPECT_EQ(c.set(BIOCSDLT, DLT_NULL), EINVAL);
    EXPECT_EQ(c.set(BIOCSDLT, DLT_EN10MB), 0);
    EXPECT_EQ(c.control(__IOC_R('B', 99, unsigned), &v), ENOTTY);
    EXPECT_EQ(c.control(BIOCGETIF, &r), 0);
    EXPECT_STREQ(r.ifr_name, "en0");
    EXPECT_EQ(c.set(BIOCSFEEDBACK, 1), 0);
    EXPECT_EQ(c.get(BIOCGFEEDBACK), 1u);
    EXPECT_EQ(c.get(BIOCGSEESENT), 1u);
}

} // namespace netmgr::host
