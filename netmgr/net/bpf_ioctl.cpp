// SPDX-License-Identifier: Apache-2.0
// The ioctls of bpf(4).
#include <errno.h>
#include <new>
#include <string.h>

#include <net/bpf.h>
#include <sys/filio.h>

#include "kern/stack.hpp"
#include "net/bpf.hpp"
#include "net/bpf_filter.hpp"

namespace netmgr {

namespace {

template <typename T>
int put(std::span<uint8_t> data, size_t& reply, const T& value)
{
    memcpy(data.data(), &value, sizeof(value));
    reply = sizeof(value);
    return 0;
}

uint32_t word_of(std::span<const uint8_t> data)
{
    uint32_t value = 0;
    memcpy(&value, data.data(), sizeof(value));
    return value;
}

} // namespace

// Buffers and counts begin anew.
void Bpf::reset()
{
    Guard guard(mutex_);
    buffer_.clear();
    stats_ = {};
    time_is_over_ = false;
}

int Bpf::set_interface(const char* name)
{
    char text[IFNAMSIZ];
    memcpy(text, name, sizeof(text));
    if (memchr(text, '\0', sizeof(text)) == nullptr)
        return ENXIO;
    ifnet* ifp = protosw_.stack.net().find_interface(text);
    if (ifp == nullptr || ifp->if_dlt_hdrlen == 0)
        return ENXIO;
    {
        Guard guard(mutex_);
        if (!buffer_.allocated() && !buffer_.allocate(buffer_size_))
            return ENOBUFS;
    }
    if (ifp != ifp_) {
        detach_interface();
        so_.error = 0;
        link_header_ = ifp->if_dlt_hdrlen;
        ifp_ = ifp;
        tap_add(*ifp, listener_);
    }
    reset();
    return 0;
}

int Bpf::set_filter(std::span<const uint8_t> data)
{
    bpf_program program;
    memcpy(&program, data.data(), sizeof(program));
    data = data.subspan(sizeof(program));
    std::unique_ptr<bpf_insn[]> filter;
    const size_t length = program.bf_len;
    if (length > BPF_MAXINSNS || length * sizeof(bpf_insn) > data.size())
        return EINVAL;
    if (length != 0) {
        filter.reset(new (std::nothrow) bpf_insn[length]);
        if (!filter)
            return ENOMEM;
        memcpy(filter.get(), data.data(), length * sizeof(bpf_insn));
        if (!filter_is_valid({filter.get(), length}))
            return EINVAL;
    }
    {
        Guard guard(mutex_);
        filter_ = std::move(filter);
        filter_length_ = length;
    }
    reset();
    return 0;
}

int Bpf::set_promiscuous()
{
    if (ifp_ == nullptr)
        return EINVAL;
    if (promiscuous_)
        return 0;
    const int error = protosw_.stack.net().set_promiscuous(*ifp_, true);
    promiscuous_ = error == 0;
    return error;
}

int Bpf::set_buffer_size(uint32_t& size)
{
    if (buffer_.allocated())
        return EINVAL;
    const auto most = static_cast<uint32_t>(protosw_.max_buffer_size);
    size = size > most ? most : size < BPF_MINBUFSIZE ? BPF_MINBUFSIZE : size;
    buffer_size_ = size;
    return 0;
}

int Bpf::set_timeout(std::span<const uint8_t> data)
{
    timeval tv;
    memcpy(&tv, data.data(), sizeof(tv));
    if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1000000 || tv.tv_sec > 1000000)
        return EINVAL;
    so_.receive_timeout_ns =
        static_cast<uint64_t>(tv.tv_sec) * ns_per_s + static_cast<uint64_t>(tv.tv_usec) * 1000;
    return 0;
}

int Bpf::list_link_types(std::span<uint8_t> data, size_t& reply)
{
    if (ifp_ == nullptr)
        return EINVAL;
    bpf_dltlist list;
    memcpy(&list, data.data(), sizeof(list));
    const size_t room = (data.size() - sizeof(list)) / sizeof(uint32_t);
    const bool wants_list = list.bfl_list != nullptr;
    if (wants_list && (list.bfl_len == 0 || room == 0))
        return ENOMEM;
    const uint32_t type = ifp_->if_dlt;
    list.bfl_len = 1;
    put(data, reply, list);
    if (wants_list) {
        memcpy(data.data() + reply, &type, sizeof(type));
        reply += sizeof(type);
    }
    return 0;
}

int Bpf::get(unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    Guard guard(mutex_);
    switch (cmd) {
    case BIOCGBLEN:
        return put(data, reply, buffer_size_);
    case FIONREAD:
        return put(data, reply, static_cast<uint32_t>(buffer_.held() + buffer_.stored()));
    case BIOCGDLT:
        return ifp_ != nullptr ? put(data, reply, uint32_t{ifp_->if_dlt}) : EINVAL;
    case BIOCGETIF: {
        if (ifp_ == nullptr)
            return EINVAL;
        ifreq r = {};
        memcpy(r.ifr_name, ifp_->if_xname, IFNAMSIZ);
        return put(data, reply, r);
    }
    case BIOCGRTIMEOUT: {
        timeval tv = {};
        tv.tv_sec = static_cast<time_t>(so_.receive_timeout_ns / ns_per_s);
        tv.tv_usec = static_cast<suseconds_t>(so_.receive_timeout_ns % ns_per_s / 1000);
        return put(data, reply, tv);
    }
    case BIOCGSTATS:
        return put(data, reply, stats_);
    case BIOCVERSION:
        return put(data, reply, bpf_version{BPF_MAJOR_VERSION, BPF_MINOR_VERSION});
    case BIOCGHDRCMPLT:
        return put(data, reply, uint32_t{header_complete_});
    case BIOCGSEESENT:
        return put(data, reply, uint32_t{see_sent_});
    case BIOCGFEEDBACK:
        return put(data, reply, uint32_t{feedback_});
    default:
        return ENOTTY;
    }
}

int Bpf::set(unsigned cmd, uint32_t value)
{
    Guard guard(mutex_);
    switch (cmd) {
    case BIOCIMMEDIATE:
        immediate_ = value != 0;
        return 0;
    case BIOCSHDRCMPLT:
        header_complete_ = value != 0;
        return 0;
    case BIOCSSEESENT:
        see_sent_ = value != 0;
        return 0;
    case BIOCSFEEDBACK:
        feedback_ = value != 0;
        return 0;
    case BIOCSDLT:
        return ifp_ != nullptr && value == ifp_->if_dlt ? 0 : EINVAL; // there is one for each
    default:
        return ENOTTY;
    }
}

// data holds at least the structure that cmd names.
int Bpf::ioctl(unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    switch (cmd) {
    case BIOCSETIF:
        return set_interface(reinterpret_cast<const char*>(data.data()));
    case BIOCSETF:
        return set_filter(data);
    case BIOCFLUSH:
        reset();
        return 0;
    case BIOCPROMISC:
        return set_promiscuous();
    case BIOCSBLEN: {
        uint32_t size = word_of(data);
        const int error = set_buffer_size(size);
        return error != 0 ? error : put(data, reply, size);
    }
    case BIOCSRTIMEOUT:
        return set_timeout(data);
    case BIOCGDLTLIST:
        return list_link_types(data, reply);
    case BIOCIMMEDIATE:
    case BIOCSHDRCMPLT:
    case BIOCSSEESENT:
    case BIOCSFEEDBACK:
    case BIOCSDLT:
        return set(cmd, word_of(data));
    default:
        return get(cmd, data, reply);
    }
}

} // namespace netmgr
