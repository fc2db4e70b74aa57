// SPDX-License-Identifier: Apache-2.0
// The part of a thread that takes part in message passing: what it sends, and what it receives into.
#pragma once

#include "base/errno.hpp"
#include "ipc/buffer.hpp"
#include "ipc/queue_item.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace ipc {

class Channel;
class ServerConnection;

/// A call whose thread left its kernel stack when it blocked (call/short_path.cpp).
enum class ShortCall : uint8_t { none, send, receive };

struct MessageState {
    explicit MessageState(object::Process& process) : own{Buffer(process), Buffer(process)} {}

    // as a client: valid while SEND or REPLY
    QueueItem item{QueueItem::Kind::message}; // in the channel's queue while SEND
    Channel* channel = nullptr;
    ServerConnection* connection = nullptr;
    const Buffer* send =
        nullptr; // both live on the blocked thread's kernel stack, or are own[0], own[1]
    const Buffer* reply = nullptr;
    int coid = 0;
    int sent_as = 0;    // the rcvid; a sequence in it makes an old one not fit
    int64_t status = 0; // what MsgReply gave
    uint64_t moved = 0; // bytes of the message received so far
    bool unblock_requested = false;
    bool paused = false; // MsgPause
    base::Errno unblock_reason = base::Errno::eok;
    Pulse unblock_pulse; // embedded, so that it cannot fail

    // as a server: valid while RECEIVE
    const Buffer* receive = nullptr;
    nto_msg_info* info = nullptr; // kernel memory of the receiver
    bool pulses_only = false;
    ShortCall short_call = ShortCall::none;
    int32_t rcvid = 0; // result

    // of a short call
    Buffer own[2];           // what it sends and where the answer goes; or where it receives
    uint64_t info_at = 0;    // user memory for the message's info; 0 = not wanted
    nto_msg_info info_store; // meanwhile

    Channel* serving = nullptr; // channel of the last receive, for the boost at send
};

} // namespace ipc
