// SPDX-License-Identifier: Apache-2.0
// Checking and running filter programs.
#include "net/bpf_filter.hpp"

namespace netmgr {

namespace {

bool valid_load(const bpf_insn& i)
{
    switch (BPF_MODE(i.code)) {
    case BPF_ABS:
    case BPF_IND:
        return BPF_SIZE(i.code) != 0x18 && BPF_CLASS(i.code) == BPF_LD;
    case BPF_IMM:
    case BPF_LEN:
        return BPF_SIZE(i.code) == BPF_W;
    case BPF_MEM:
        return BPF_SIZE(i.code) == BPF_W && i.k < BPF_MEMWORDS;
    case BPF_MSH:
        return BPF_SIZE(i.code) == BPF_B && BPF_CLASS(i.code) == BPF_LDX;
    default:
        return false;
    }
}

bool valid_operation(const bpf_insn& i)
{
    switch (BPF_OP(i.code)) {
    case BPF_ADD:
    case BPF_SUB:
    case BPF_MUL:
    case BPF_OR:
    case BPF_AND:
    case BPF_XOR:
    case BPF_LSH:
    case BPF_RSH:
    case BPF_NEG:
        return true;
    case BPF_DIV:
    case BPF_MOD:
        return BPF_SRC(i.code) == BPF_X || i.k != 0;
    default:
        return false;
    }
}

// left: instructions behind this one.
bool valid_jump(const bpf_insn& i, size_t left)
{
    switch (BPF_OP(i.code)) {
    case BPF_JA:
        return i.k < left;
    case BPF_JEQ:
    case BPF_JGT:
    case BPF_JGE:
    case BPF_JSET:
        return i.jt < left && i.jf < left;
    default:
        return false;
    }
}

bool valid_instruction(const bpf_insn& i, size_t left)
{
    if ((i.code & ~0xffu) != 0)
        return false;
    switch (BPF_CLASS(i.code)) {
    case BPF_LD:
    case BPF_LDX:
        return valid_load(i);
    case BPF_ST:
    case BPF_STX:
        return (i.code & 0xf8) == 0 && i.k < BPF_MEMWORDS;
    case BPF_ALU:
        return valid_operation(i);
    case BPF_JMP:
        return valid_jump(i, left);
    case BPF_RET:
        return (i.code & 0xe0) == 0 && BPF_RVAL(i.code) != 0x18;
    default:
        return BPF_MISCOP(i.code) == BPF_TAX || BPF_MISCOP(i.code) == BPF_TXA;
    }
}

class Machine {
public:
    Machine(const mbuf& packet, size_t length) : packet_(packet), length_(length) {}

    // False: the program ends, result_ is its answer.
    bool step(const bpf_insn*& pc);
    uint32_t result() const { return result_; }

private:
    bool fetch(uint64_t at, unsigned size, uint32_t& value) const;
    bool load(const bpf_insn& i);
    bool operate(const bpf_insn& i);
    bool condition(const bpf_insn& i) const;
    uint32_t operand(const bpf_insn& i) const { return BPF_SRC(i.code) == BPF_X ? x_ : i.k; }
    bool end(uint32_t result)
    {
        result_ = result;
        return false;
    }

    const mbuf& packet_;
    const size_t length_;
    uint32_t a_ = 0;
    uint32_t x_ = 0;
    uint32_t memory_[BPF_MEMWORDS] = {};
    uint32_t result_ = 0;
};

// size bytes in network order.
bool Machine::fetch(uint64_t at, unsigned size, uint32_t& value) const
{
    if (at + size > length_)
        return false;
    uint8_t bytes[4];
    const uint8_t* from = bytes;
    if (at + size <= static_cast<uint64_t>(packet_.m_len))
        from = reinterpret_cast<const uint8_t*>(packet_.m_data) + at;
    else
        m_copydata(&packet_, static_cast<int>(at), static_cast<int>(size), bytes);
    value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | from[i];
    return true;
}

bool Machine::load(const bpf_insn& i)
{
    uint32_t& to = BPF_CLASS(i.code) == BPF_LD ? a_ : x_;
    const unsigned size = BPF_SIZE(i.code) == BPF_W ? 4 : BPF_SIZE(i.code) == BPF_H ? 2 : 1;
    switch (BPF_MODE(i.code)) {
    case BPF_IMM:
        to = i.k;
        return true;
    case BPF_LEN:
        to = static_cast<uint32_t>(length_);
        return true;
    case BPF_MEM:
        to = memory_[i.k];
        return true;
    case BPF_MSH: // the length of an IP header
        if (!fetch(i.k, 1, x_))
            return end(0);
        x_ = (x_ & 0xf) * 4;
        return true;
    case BPF_ABS:
        return fetch(i.k, size, to) || end(0);
    default:
        return fetch(uint64_t(x_) + i.k, size, to) || end(0);
    }
}

bool Machine::operate(const bpf_insn& i)
{
    const uint32_t v = operand(i);
    switch (BPF_OP(i.code)) {
    case BPF_ADD:
        a_ += v;
        break;
    case BPF_SUB:
        a_ -= v;
        break;
    case BPF_MUL:
        a_ *= v;
        break;
    case BPF_DIV:
        if (v == 0)
            return end(0);
        a_ /= v;
        break;
    case BPF_MOD:
        if (v == 0)
            return end(0);
        a_ %= v;
        break;
    case BPF_OR:
        a_ |= v;
        break;
    case BPF_AND:
        a_ &= v;
        break;
    case BPF_XOR:
        a_ ^= v;
        break;
    case BPF_LSH:
        a_ = v < 32 ? a_ << v : 0;
        break;
    case BPF_RSH:
        a_ = v < 32 ? a_ >> v : 0;
        break;
    default:
        a_ = 0 - a_;
        break;
    }
    return true;
}

bool Machine::condition(const bpf_insn& i) const
{
    const uint32_t v = operand(i);
    switch (BPF_OP(i.code)) {
    case BPF_JEQ:
        return a_ == v;
    case BPF_JGT:
        return a_ > v;
    case BPF_JGE:
        return a_ >= v;
    default:
        return (a_ & v) != 0;
    }
}

bool Machine::step(const bpf_insn*& pc)
{
    const bpf_insn& i = *pc++;
    switch (BPF_CLASS(i.code)) {
    case BPF_LD:
    case BPF_LDX:
        return load(i);
    case BPF_ST:
        memory_[i.k] = a_;
        return true;
    case BPF_STX:
        memory_[i.k] = x_;
        return true;
    case BPF_ALU:
        return operate(i);
    case BPF_JMP:
        pc += BPF_OP(i.code) == BPF_JA ? i.k : condition(i) ? i.jt : i.jf;
        return true;
    case BPF_RET:
        return end(BPF_RVAL(i.code) == BPF_A ? a_ : BPF_RVAL(i.code) == BPF_X ? x_ : i.k);
    default:
        (BPF_MISCOP(i.code) == BPF_TAX ? x_ : a_) = BPF_MISCOP(i.code) == BPF_TAX ? a_ : x_;
        return true;
    }
}

} // namespace

bool filter_is_valid(std::span<const bpf_insn> program)
{
    if (program.empty() || program.size() > BPF_MAXINSNS ||
        BPF_CLASS(program.back().code) != BPF_RET)
        return false;
    for (size_t i = 0; i < program.size(); i++)
        if (!valid_instruction(program[i], program.size() - i - 1))
            return false;
    return true;
}

uint32_t filter_run(std::span<const bpf_insn> program, const mbuf& packet, size_t length)
{
    Machine machine(packet, length);
    const bpf_insn* pc = program.data();
    while (machine.step(pc)) {
    }
    return machine.result();
}

} // namespace netmgr
