// SPDX-License-Identifier: Apache-2.0
// /dev/bpf: captures of an interface's frames, filtered, and frames written to it.
//
//   worker or stack: bpf_mtap -> packet() [Net::taps, mutex] filter, buffer_ -> wake_ (a callout)
//   stack context:   wake_ -> sorwakeup -> the waiting read is tried again -> receive()
#pragma once
#include <memory>
#include <span>
#include <stdint.h>

#include "kern/device.hpp"
#include "kern/lock.hpp"
#include "net/bpf_buffer.hpp"
#include "net/net.hpp"
#include "net/tap.hpp"

namespace netmgr {

class BpfProtosw;

class Bpf {
public:
    Bpf(BpfProtosw& protosw, Socket& so);
    ~Bpf();
    Bpf(const Bpf&) = delete;
    Bpf& operator=(const Bpf&) = delete;

    int receive(size_t room, int flags, Received& out);
    int send(MbufPtr frame);
    bool readable();
    void timed_out();
    int ioctl(unsigned cmd, std::span<uint8_t> data, size_t& reply);

private:
    static void packet(void* arg, const TapPacket& p);
    static void interface_gone(void* arg);
    static void wake(void* arg);
    static void poll_timeout(void* arg);
    static void buffer_read(mbuf*, void*, size_t, void* arg);

    void capture_locked(const TapPacket& p);
    bpf_timeval time_stamp();
    void detach_interface();
    int set_interface(const char* name);
    int set_filter(std::span<const uint8_t> data);
    int set_promiscuous();
    int set_buffer_size(uint32_t& size);
    int set_timeout(std::span<const uint8_t> data);
    int list_link_types(std::span<uint8_t> data, size_t& reply);
    int get(unsigned cmd, std::span<uint8_t> data, size_t& reply);
    int set(unsigned cmd, uint32_t value);
    void reset();

    BpfProtosw& protosw_;
    Socket& so_;
    TapListener listener_;
    callout wake_ = CALLOUT_INITIALIZER;
    callout poll_timer_ = CALLOUT_INITIALIZER;

    // Stack context; read by packet() only where marked.
    ifnet* ifp_ = nullptr;
    bool promiscuous_ = false;
    bool header_complete_ = false;
    bool feedback_ = false;
    bool time_is_over_ = false; // of a waiting read, or of select()
    uint32_t buffer_size_ = BPF_DFLTBUFSIZE;
    uint32_t link_header_ = 0;     // packet()
    uint32_t read_references_ = 0; // of the mbuf that carries the held buffer to the reader

    Mutex mutex_; // guards what packet() shares:
    CaptureBuffer buffer_;
    std::unique_ptr<bpf_insn[]> filter_;
    size_t filter_length_ = 0;
    bool immediate_ = false;
    bool see_sent_ = true;
    bpf_stat stats_ = {};
};

class BpfProtosw final : public DeviceProtosw {
public:
    explicit BpfProtosw(Stack& owner);

    int open(Socket& so, int unit, const Cred& cred) override;
    void detach(Socket& so) override;
    int send(Socket& so, const sockaddr*, MbufPtr data, MbufPtr, int, const Cred&) override;
    int receive(Socket& so, size_t room, int flags, Received& out) override;
    bool readable(Socket& so) override;
    int receive_timed_out(Socket& so) override;
    int ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply,
              const Cred&) override;

    Stack& stack;
    int32_t max_buffer_size = BPF_MAXBUFSIZE; // net.bpf.maxbufsize
    uint64_t last_time_us = 0;                // strict_ts; under Net::taps
    Counter seen{stack.counters(), "bpf.recv"};
    Counter captured{stack.counters(), "bpf.capt"};
    Counter dropped{stack.counters(), "bpf.drop"};
    Counter written{stack.counters(), "bpf.written"};
};

int attach_bpf(Stack& stack);
void detach_bpf(Stack& stack);
constexpr Component bpf_component = {"bpf", attach_bpf, detach_bpf};

} // namespace netmgr
