// SPDX-License-Identifier: Apache-2.0
// The part of a thread that takes part in message passing: what it sends, and what it receives into.
#pragma once

#include "base/errno.hpp"
#include "ipc/queue_item.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace ipc {

class Buffer;
class Channel;
class ServerConnection;

struct MessageState {
    // as a client: valid while SEND or REPLY
    QueueItem item{QueueItem::Kind::message}; // in the channel's queue while SEND
    Channel* channel = nullptr;
    ServerConnection* connection = nullptr;
    const Buffer* send = nullptr; // both live on the blocked thread's kernel stack
    const Buffer* reply = nullptr;
    int coid = 0;
    uint32_t sequence = 0; // goes into the rcvid, so that an old one does not fit
    int64_t status = 0;    // what MsgReply gave
    uint64_t moved = 0;    // bytes of the message received so far
    bool unblock_requested = false;
    bool paused = false; // MsgPause
    base::Errno unblock_reason = base::Errno::eok;
    Pulse unblock_pulse; // embedded, so that it cannot fail

    // as a server: valid while RECEIVE
    const Buffer* receive = nullptr;
    nto_msg_info* info = nullptr; // kernel memory of the receiver
    bool pulses_only = false;
    int32_t rcvid = 0; // result

    Channel* serving = nullptr; // channel of the last receive, for the boost at send
};

} // namespace ipc
