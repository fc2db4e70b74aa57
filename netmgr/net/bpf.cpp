// SPDX-License-Identifier: Apache-2.0
// Capturing, reading and writing.
#include "net/bpf.hpp"

#include <errno.h>
#include <new>
#include <string.h>

#include "kern/stack.hpp"
#include "net/bpf_filter.hpp"

namespace netmgr {

Bpf::Bpf(BpfProtosw& protosw, Socket& so) : protosw_(protosw), so_(so)
{
    listener_.packet = packet;
    listener_.gone = interface_gone;
    listener_.arg = this;
}

Bpf::~Bpf()
{
    detach_interface();
    protosw_.stack.callouts().stop(wake_);
    protosw_.stack.callouts().stop(poll_timer_);
}

void Bpf::detach_interface()
{
    if (ifp_ == nullptr)
        return;
    tap_remove(*ifp_, listener_);
    if (promiscuous_)
        protosw_.stack.net().set_promiscuous(*ifp_, false);
    promiscuous_ = false;
    ifp_ = nullptr;
}

void Bpf::interface_gone(void* arg)
{
    auto& self = *static_cast<Bpf*>(arg);
    self.ifp_ = nullptr;
    self.promiscuous_ = false;
    soseterror(self.so_, ENXIO); // for the reader that waits now
}

void Bpf::wake(void* arg)
{
    sorwakeup(static_cast<Bpf*>(arg)->so_);
}

void Bpf::packet(void* arg, const TapPacket& p)
{
    auto& self = *static_cast<Bpf*>(arg);
    Guard guard(self.mutex_);
    if (!p.sent || self.see_sent_)
        self.capture_locked(p);
}

void Bpf::capture_locked(const TapPacket& p)
{
    stats_.bs_recv++;
    ++protosw_.seen;
    size_t keep = p.length;
    if (filter_length_ != 0) {
        const uint32_t wanted = filter_run({filter_.get(), filter_length_}, *p.chain, p.length);
        if (wanted == 0)
            return;
        keep = wanted < keep ? wanted : keep;
    }
    stats_.bs_capt++;
    ++protosw_.captured;
    // The network header behind the link header shall be aligned, as in memory so in the buffer.
    constexpr size_t fixed = offsetof(bpf_hdr, bh_hdrlen) + sizeof(uint16_t);
    bpf_hdr header = {};
    header.bh_hdrlen = static_cast<uint16_t>(BPF_WORDALIGN(fixed + link_header_) - link_header_);
    if (keep + header.bh_hdrlen > buffer_size_)
        keep = buffer_size_ - header.bh_hdrlen;
    header.bh_tstamp = time_stamp();
    header.bh_caplen = static_cast<uint32_t>(keep);
    header.bh_datalen = static_cast<uint32_t>(p.length);
    const CaptureBuffer::Put result = buffer_.put(header, *p.chain);
    if (result == CaptureBuffer::Put::lost) {
        stats_.bs_drop++;
        ++protosw_.dropped;
    }
    if (result == CaptureBuffer::Put::full || immediate_ || time_is_over_)
        protosw_.stack.callouts().start(wake_, 0, wake, this);
}

bpf_timeval Bpf::time_stamp()
{
    uint64_t us = protosw_.stack.platform().wall_ns() / 1000;
    if (protosw_.stack.options().strict_timestamps) {
        us -= us % 1000;
        if (us < protosw_.last_time_us)
            us = protosw_.last_time_us;
        protosw_.last_time_us = us;
    }
    return {static_cast<long>(us / 1000000), static_cast<long>(us % 1000000)};
}

void Bpf::buffer_read(mbuf*, void*, size_t, void* arg)
{
    auto& self = *static_cast<Bpf*>(arg);
    Guard guard(self.mutex_);
    self.buffer_.end_read();
}

// The held buffer goes to the reader as it lies; it is filled again when the reply is made.
int Bpf::receive(size_t room, int flags, Received& out)
{
    if (so_.error != 0)
        return so_.take_error();
    if (ifp_ == nullptr)
        return ENXIO;
    if (room != buffer_size_)
        return EINVAL;
    Guard guard(mutex_);
    const bool at_once = immediate_ || time_is_over_ || (flags & MSG_DONTWAIT) != 0;
    if (at_once)
        buffer_.rotate();
    if (buffer_.held() == 0) {
        if (!time_is_over_ || (flags & MSG_DONTWAIT) != 0)
            return EWOULDBLOCK;
        time_is_over_ = false;
        return 0; // the time is over and nothing came
    }
    mbuf* m = protosw_.stack.mbufs().get_hdr(MT_DATA);
    if (m == nullptr)
        return ENOBUFS;
    time_is_over_ = false;
    size_t bytes;
    const uint8_t* from = buffer_.begin_read(bytes);
    read_references_ = 1;
    m->m_ext = {};
    m->m_ext.ext_buf = m->m_data = reinterpret_cast<char*>(const_cast<uint8_t*>(from));
    m->m_ext.ext_refs = &read_references_;
    m->m_ext.ext_free = buffer_read;
    m->m_ext.ext_arg = this;
    m->m_ext.ext_size = bytes;
    m->m_flags |= M_EXT;
    m->m_len = m->m_pkthdr.len = static_cast<int>(bytes);
    out.data = MbufPtr(m);
    return 0;
}

bool Bpf::readable()
{
    if (ifp_ == nullptr || so_.error != 0)
        return true; // read() says ENXIO
    bool now;
    {
        Guard guard(mutex_);
        now = buffer_.held() != 0 || ((immediate_ || time_is_over_) && buffer_.stored() != 0);
    }
    // select() knows no BIOCSRTIMEOUT: it runs from here on.
    if (!now && so_.receive_timeout_ns != 0 && !time_is_over_ && !callout_pending(&poll_timer_))
        protosw_.stack.callouts().start(poll_timer_, so_.receive_timeout_ns, poll_timeout, this);
    return now;
}

void Bpf::poll_timeout(void* arg)
{
    auto& self = *static_cast<Bpf*>(arg);
    Guard guard(self.mutex_);
    self.time_is_over_ = true;
    if (self.buffer_.stored() != 0)
        self.protosw_.stack.callouts().start(self.wake_, 0, wake, &self);
}

void Bpf::timed_out()
{
    Guard guard(mutex_);
    time_is_over_ = true;
}

int Bpf::send(MbufPtr frame)
{
    if (ifp_ == nullptr)
        return ENXIO;
    ifnet& ifp = *ifp_;
    const size_t length = frame->m_pkthdr.len < 0 ? 0 : static_cast<size_t>(m_length(frame.get()));
    if (length == 0)
        return 0;
    if ((ifp.if_flags & IFF_UP) == 0)
        return ENETDOWN;
    if (length < link_header_ || length - link_header_ > ifp.if_mtu)
        return EMSGSIZE;
    frame->m_pkthdr.len = static_cast<int>(length);
    frame->m_pkthdr.rcvif = nullptr;
    if (!frame.pullup(link_header_))
        return ENOBUFS;
    ++protosw_.written;
    MbufPtr copy;
    if (feedback_)
        copy.reset(m_copym(frame.get(), 0, M_COPYALL, M_DONTWAIT));
    int error;
    if (ifp.if_dlt == DLT_EN10MB) {
        auto& header = *frame.as<wire::EtherHeader>();
        if (!header_complete_)
            header.source = ether_address(ifp);
        if (header.destination.is_broadcast())
            frame->m_flags |= M_BCAST;
        else if (header.destination.is_multicast())
            frame->m_flags |= M_MCAST;
        error = protosw_.stack.net().enqueue_output(ifp, std::move(frame));
    } else {
        uint32_t family = AF_INET;
        if (link_header_ == sizeof(family))
            memcpy(&family, frame->m_data, sizeof(family));
        m_adj(frame.get(), static_cast<int>(link_header_));
        sockaddr to = {};
        to.sa_len = sizeof(to);
        to.sa_family = static_cast<sa_family_t>(family);
        error = ifp.if_output(&ifp, frame.release(), &to, nullptr);
    }
    if (error == 0 && copy && ifp.if_input != nullptr) {
        copy->m_pkthdr.rcvif = &ifp;
        ifp.if_input(&ifp, copy.release());
    }
    return error;
}

BpfProtosw::BpfProtosw(Stack& owner) : DeviceProtosw(pr_own_buffer), stack(owner)
{
}

namespace {

Bpf& bpf_of(Socket& so)
{
    return *static_cast<Bpf*>(so.pcb);
}

} // namespace

int BpfProtosw::open(Socket& so, int, const Cred&)
{
    if (int error = soreserve(so, 65536, 65536))
        return error;
    so.pcb = new (std::nothrow) Bpf(*this, so);
    return so.pcb != nullptr ? 0 : ENOMEM;
}

void BpfProtosw::detach(Socket& so)
{
    delete &bpf_of(so);
    so.pcb = nullptr;
}

int BpfProtosw::send(Socket& so, const sockaddr*, MbufPtr data, MbufPtr, int, const Cred&)
{
    return bpf_of(so).send(std::move(data));
}

int BpfProtosw::receive(Socket& so, size_t room, int flags, Received& out)
{
    return bpf_of(so).receive(room, flags, out);
}

bool BpfProtosw::readable(Socket& so)
{
    return bpf_of(so).readable();
}

int BpfProtosw::receive_timed_out(Socket& so)
{
    bpf_of(so).timed_out();
    return 0;
}

int BpfProtosw::ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred&)
{
    return bpf_of(so).ioctl(cmd, data, reply);
}

int attach_bpf(Stack& stack)
{
    auto* bpf = new (std::nothrow) BpfProtosw(stack);
    if (bpf == nullptr)
        return ENOMEM;
    stack.net().bpf = bpf;
    SysctlTree& tree = stack.sysctl();
    SysctlNode* node = tree.add_node(tree.find("net"), ctl_auto, "bpf", "Packet capture");
    tree.add_int(node, ctl_auto, "maxbufsize", "Largest capture buffer in bytes",
                 &bpf->max_buffer_size, BPF_MINBUFSIZE, BPF_MAXBUFSIZE);
    if (int error = stack.devices().add(*bpf, "bpf", "/dev/bpf", -1))
        return error;
    return stack.devices().add(*bpf, "bpf", "/dev/bpf0", -1);
}

void detach_bpf(Stack& stack)
{
    BpfProtosw* bpf = stack.net().bpf;
    if (bpf == nullptr)
        return;
    stack.devices().remove_all(*bpf);
    delete bpf;
    stack.net().bpf = nullptr;
}

} // namespace netmgr
