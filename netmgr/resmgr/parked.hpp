// SPDX-License-Identifier: Apache-2.0
// Requests whose answer has to wait: the client stays REPLY-blocked, we keep what is needed to try again. Stack context only.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "kern/callout_wheel.hpp"
#include "kern/socket.hpp"
#include "resmgr/request.hpp"
#include "resmgr/socket_file.hpp"

namespace netmgr {

class Server;

// A send, decoded. Data is fetched from the client piece by piece, so it can go on where it stopped.
struct SendState {
    size_t data_offset = 0; // in the client's message
    size_t size = 0;        // of data
    size_t done = 0;
    int flags = 0;
    sockaddr_storage name = {};
    size_t name_len = 0;
    size_t control_offset = 0;
    size_t control_len = 0;
};

struct ReceiveState {
    size_t size = 0; // data wanted
    size_t done = 0; // MSG_WAITALL: already with the client
    int flags = 0;
    bool message_form = false; // reply with struct sock_msg_reply
    size_t name_room = 0;
    size_t control_room = 0;
};

enum class ParkedKind { send, receive, connect, accept, close };

struct Parked {
    Parked* next = nullptr; // on the same file
    Parked* all_next = nullptr;
    Parked** all_link = nullptr;
    Server* server = nullptr;
    SocketFile* file = nullptr;
    ParkedKind kind;
    Request request;
    int coid; // the client's descriptor of the file; an accept() is sent over another connection
    SendState send;
    ReceiveState receive;
    callout timer = {};   // SO_RCVTIMEO, SO_SNDTIMEO
    bool waiting = false; // for a place: not tried before it has one

    Parked(ParkedKind k, const Request& r, int descriptor)
        : kind(k), request(r.rcvid(), r.total(), r.room(), r.scoid(), r.coid()), coid(descriptor)
    {
    }
    bool is_input() const { return kind == ParkedKind::receive || kind == ParkedKind::accept; }
};

// Armed by _IO_NOTIFY: select(), poll(), ionotify().
struct Watcher {
    Watcher* next;
    int rcvid;
    int scoid;
    int coid;
    uint32_t conditions; // _NOTIFY_COND_*
    uint8_t event[32];
};

// threads_min/incr/max of -p tcpip: io-pkt has a pool of small stacks of that number, we keep parked requests instead. Nothing is
// scarce here but memory, so the default maximum is only logged; one that was asked for is kept to.
struct ParkedLimits {
    unsigned minimum = 15;
    unsigned increment = 25;
    unsigned maximum = 200;
    bool enforced = false; // threads_max= stood on the command line
};

// Places for blocked operations, as sysctl shows them.
struct Places {
    uint64_t minimum = 0;
    uint64_t increment = 0;
    uint64_t maximum = 0;
    uint64_t places = 0;
    uint64_t used = 0;
    uint64_t waiting = 0;
    uint64_t exhausted = 0;
};

} // namespace netmgr
