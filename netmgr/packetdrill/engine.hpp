// SPDX-License-Identifier: Apache-2.0
// One stack in virtual time for packetdrill: sockets by number, packets without link header. Neutral of any system's socket constants.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace packetdrill {

struct Address {
    uint32_t ip = 0; // IPv4, host order
    uint16_t port = 0;
    bool six = false; // IPv6: in bytes
    uint8_t bytes[16] = {};
};

// Socket options and flags, translated on both sides.
enum class Option {
    reuse_address,
    keepalive,
    broadcast,
    oob_inline,
    reuse_port,
    send_buffer,
    receive_buffer,
    send_low_water,
    receive_low_water,
    type,
    error,
    accepting,
    no_delay,
    max_segment,
    cork,
    keep_idle,
    keep_interval,
    keep_count,
    user_timeout,
    keep_init,
    quick_ack,
    fast_open,
    defer_accept,
    fin_wait_2_time,
    unsent_low_water,
    syn_count,
    window_clamp,
    debug,
    tos,
    ttl,
    traffic_class,
    hop_limit,
    only_six,
};
enum MessageFlag : unsigned { msg_oob = 1, msg_peek = 2, msg_dont_wait = 4, msg_wait_all = 8 };
enum PollEvent : unsigned {
    poll_in = 1,
    poll_out = 2,
    poll_error = 4,
    poll_hang_up = 8,
    poll_peer_closed = 16,
    poll_priority = 32
};

struct ConnectionInfo { // what Linux's struct tcp_info wants to know; times in microseconds
    unsigned state;     // BSD's number
    unsigned rto, srtt, rtt_var, min_rtt;
    unsigned mss, receive_mss, cwnd, ssthresh; // bytes
    unsigned unacked, sacked, lost, retransmitted, retransmits, advertised_mss, path_mtu;
    bool timestamps, sack, scale, ecn, recovery, timed_out;
    unsigned send_scale, receive_scale;
    uint64_t total_retransmits, bytes_acked, bytes_received;
    uint64_t segments_in, segments_out, data_segments_in, data_segments_out;
    unsigned send_window;
    unsigned unsent_bytes, unacked_bytes;
};

class Engine {
public:
    // Settings: "net.inet.tcp.x=1 net.inet..." separated by spaces, commas or newlines.
    static std::unique_ptr<Engine> create(const std::string& local_ip, const std::string& settings);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // All: a value >= 0, or a negative errno. They block as sockets do, while other threads move the time.
    int socket(bool stream, bool nonblocking, bool six = false);
    int bind(int fd, const Address& name);
    int listen(int fd, int backlog);
    int accept(int fd, Address& peer, bool nonblocking);
    int connect(int fd, const Address& name);
    long send(int fd, const void* data, size_t size, unsigned flags, const Address* to);
    long receive(int fd, void* data, size_t size, unsigned flags, Address* from);
    int shutdown(int fd, int how);
    int close(int fd);
    int set_option(int fd, Option option, long value);
    int get_option(int fd, Option option, long& value);
    int set_linger(int fd, bool on, int seconds);
    int get_linger(int fd, bool& on, int& seconds);
    int set_timeout(int fd, bool send, uint64_t us);
    int set_congestion_control(int fd, const char* name);
    int get_congestion_control(int fd, char* name, size_t size);
    int name(int fd, bool peer, Address& out);
    int set_nonblocking(int fd, bool on);
    int nonblocking(int fd);
    int info(int fd, ConnectionInfo& out);
    int at_mark(int fd);
    int readable_bytes(int fd);
    int pollable(int fd); // PollEvent bits
    bool is_socket(int fd);
    // Blocks until something may have changed, at most us (-1: for ever). False: time is over.
    bool wait_for_change(long long us);
    // Names of FreeBSD and Linux are taken too (names.cpp). Negative: an errno.
    int set_variable(const char* name, const char* value);
    int get_variable(const char* name, std::string& value);
    // "name: value" a line, of all numbers and texts; or of those that may be set.
    std::string list_variables(bool writable);
    // "local:port foreign:port STATE" a line, of every TCP connection, also half-open ones.
    std::string list_connections();
    // Ends connections without a word: those in a state of list_connections(), or all ("*"). How many.
    int drop_connections(const std::string& state);

    // --- packets and time
    int inject(const void* packet, size_t size);
    // The next packet that goes out; size 0 when none did in a long time.
    int next_packet(void* to, size_t& size, long long& time_us);
    void sleep(uint64_t us);
    long long now_us(); // moves on a little

    std::recursive_mutex& mutex();

private:
    Engine();
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace packetdrill
