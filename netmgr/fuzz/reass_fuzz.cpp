// SPDX-License-Identifier: Apache-2.0
// TCP's reassembly queue against a model: bytes come out once, in order, and are those of their sequence numbers.
#include "fuzz/world.hpp"

#include "netinet/tcp_reass.hpp"

using namespace netmgr;
using namespace netmgr::fuzz;

namespace {

uint8_t byte_at(uint32_t seq)
{
    return static_cast<uint8_t>(seq * 131 + (seq >> 8));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    World& w = world();
    Bytes in(data, size);
    SeqNum next(static_cast<uint32_t>(in.word()) << 16 | in.word());
    {
        TcpReass queue;
        while (!in.empty()) {
            const uint8_t what = in.byte();
            SackBlock range;
            if ((what & 3) == 0) {
                const SeqNum before = next;
                bool fin = false;
                MbufPtr got = queue.take(next, fin);
                const auto len = static_cast<uint32_t>(got ? m_length(got.get()) : 0);
                if (next - before != len)
                    abort();
                std::vector<uint8_t> out(len + 1);
                if (got)
                    m_copydata(got.get(), 0, static_cast<int>(len),
                               reinterpret_cast<char*>(out.data()));
                for (uint32_t i = 0; i < len; ++i)
                    if (out[i] != byte_at(before.value + i))
                        abort();
                continue;
            }
            const SeqNum seq = next + in.word() % 8192;
            const uint32_t len = in.word() % 2000;
            if (len == 0)
                continue;
            std::vector<char> bytes(len);
            for (uint32_t i = 0; i < len; ++i)
                bytes[i] = static_cast<char>(byte_at(seq.value + i));
            MbufPtr m = w.stack->mbufs().copy_in(bytes.data(), len, 64);
            if (queue.add(seq, len, (what & 4) != 0, std::move(m), range) ==
                    TcpReass::Added::kept &&
                (range.start > seq || range.end < seq + len))
                abort();
        }
    }
    w.finish();
    return 0;
}
