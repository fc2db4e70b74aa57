// SPDX-License-Identifier: Apache-2.0
// Sockets as the resource-manager front uses them. Nothing here blocks: EWOULDBLOCK means "park the request, retry at the upcall".
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "kern/cred.hpp"
#include "kern/mbuf_ptr.hpp"
#include "kern/sockbuf.hpp"

namespace netmgr {

class Stack;
class Protosw;

enum SocketState : uint32_t {
    ss_connecting = 0x01,
    ss_connected = 0x02,
    ss_disconnecting = 0x04,
    ss_cant_send = 0x08,
    ss_cant_receive = 0x10,
    ss_listening = 0x20,
    ss_at_mark = 0x40,
    ss_detached = 0x80, // no front any more; the protocol frees it (TCP after close)
};

enum SocketEvents : unsigned {
    so_readable = 1,
    so_writable = 2,
    so_exception = 4,
    so_all_events = 7
};

struct Socket {
    Socket(Stack& stack, Protosw& protosw, int protocol_number);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    Stack& stack;
    Protosw& proto;
    int protocol;
    uint32_t id;
    uint32_t options = 0;     // SO_DEBUG .. SO_TIMESTAMP bits
    uint32_t state = 0;       // SocketState
    int error = 0;            // so_error: reported once
    bool nonblocking = false; // FIONBIO
    linger linger_option = {};
    uint64_t send_timeout_ns = 0; // SO_SNDTIMEO; the front keeps the time. 0 = for ever
    uint64_t receive_timeout_ns = 0;
    int tx_priority = -1; // SO_TXPRIO; -1: never set
    int vlan_priority = -1;
    size_t oob_mark = 0;     // bytes in front of the urgent mark; ss_at_mark when it is reached
    uint32_t overflowed = 0; // records lost for want of room (SO_OVERFLOWED)
    uint32_t bound_if = 0;   // SO_BINDTODEVICE: interface index
    uint32_t fib = 0;        // SO_FIB: forwarding table
    Cred owner;
    void* pcb = nullptr; // of the protocol

    Sockbuf rcv;
    Sockbuf snd;

    // Listening: connections waiting for accept, oldest first. A waiting socket points at its listener.
    Socket* head = nullptr;
    Socket* queue = nullptr;
    Socket* queue_next = nullptr;
    uint32_t queue_length = 0;
    uint32_t queue_limit = 0;

    // Called in the stack context when readiness may have changed; must not close the socket.
    void (*upcall)(Socket& so, void* arg, unsigned events) = nullptr;
    void* upcall_arg = nullptr;

    Socket* next = nullptr; // all sockets of the stack
    Socket** prev_next = nullptr;

    int take_error() { return std::exchange(error, 0); }
};

// What a receive gave: data at most the room asked for, the sender's address, control messages (cmsghdr), MSG_* flags.
struct Received {
    MbufPtr data;
    MbufPtr control;
    sockaddr_storage name = {};
    socklen_t name_len = 0;
    int flags = 0;
    size_t full_size = 0; // of the datagram, when MSG_TRUNC
};

// 0 or an errno, all of them. Names come from outside: length checked here.
int socreate(Stack& stack, int domain, int type, int protocol, const Cred& cred, Socket** out);
// Before the soclose() of a socket that may block: EWOULDBLOCK while SO_LINGER makes it wait, at most l_linger seconds.
int solinger(Socket& so);
int soclose(Socket* so);  // so is gone for the caller, whatever is returned
void soabort(Socket* so); // the same without a polite end
int sobind(Socket& so, const sockaddr* name, size_t len, const Cred& cred);
int solisten(Socket& so, int backlog, const Cred& cred);
int soaccept(Socket& so, Socket** out, sockaddr_storage& peer, socklen_t& peer_len);
int soconnect(Socket& so, const sockaddr* name, size_t len,
              const Cred& cred);  // EINPROGRESS: wait for so_writable, then soconnect_result
int soconnect_result(Socket& so); // 0 connected, EWOULDBLOCK not yet, or why not
int soshutdown(Socket& so, int how);
int sogetsockname(Socket& so, sockaddr_storage& name, socklen_t& len);
int sogetpeername(Socket& so, sockaddr_storage& name, socklen_t& len);

// Before copying the client's data: how many bytes a send of size would take now (datagrams: all or EWOULDBLOCK/EMSGSIZE).
int sosend_room(Socket& so, size_t size, bool has_name, size_t& room);
// data is taken unless EWOULDBLOCK comes back. name and control may be null. data may be an empty packet header.
int sosend(Socket& so, const sockaddr* name, size_t name_len, MbufPtr& data, MbufPtr& control,
           int flags, const Cred& cred);
int soreceive(Socket& so, size_t room, int flags, Received& out);

int sosetopt(Socket& so, int level, int name, const void* value, size_t size, const Cred& cred);
// size: room on entry, length of the value on return.
int sogetopt(Socket& so, int level, int name, void* value, size_t& size, const Cred& cred);
// cmd's structure at the start of data (IOCPARM_LEN(cmd) bytes), room for lists behind it (SIOCGIFCONF, SIOCGIFMEDIA,
// SIOCIFGCLONERS) or driver data. reply: bytes of data to give back.
int soioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred& cred);
unsigned sopoll(Socket& so, unsigned events = so_all_events); // SocketEvents that hold now

// For protocols.
void sorwakeup(Socket& so);
void sowwakeup(Socket& so);
void soisconnecting(Socket& so);
void soisconnected(Socket& so);
void soisdisconnecting(Socket& so);
void soisdisconnected(Socket& so);
void sohasoutofband(Socket& so);
void socantsendmore(Socket& so);
void socantrcvmore(Socket& so);
int soreserve(Socket& so, size_t send_space, size_t receive_space);
void sofree(Socket* so); // a detached socket whose protocol is through
// A new connection for listener head; nullptr when its queue is full. Announced to accept by soisconnected.
Socket* sonewconn(Socket& head);
void soseterror(Socket& so, int error);

} // namespace netmgr
