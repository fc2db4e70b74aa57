// SPDX-License-Identifier: Apache-2.0
// Messages go from the sender's memory into the queue and from there into the receiver's; those who wait are served by priority.
#include "queue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace mqueues {

Queue::Queue(std::string with_name, int64_t maxmsg, int64_t msgsize)
    : name(std::move(with_name)), maxmsg_(static_cast<size_t>(maxmsg)),
      msgsize_(static_cast<size_t>(msgsize))
{
    IOFUNC_NOTIFY_INIT(notify);
}

void Queue::line_up(std::vector<Waiter>& line, const Waiter& waiter)
{
    auto at = line.begin();
    while (at != line.end() && at->priority >= waiter.priority) {
        ++at;
    }
    line.insert(at, waiter);
}

int Queue::take(const Waiter& sender)
{
    abi_mqueue_priority head{};
    if (MsgRead(sender.rcvid, &head, sizeof head, sender.offset) !=
        static_cast<ssize_t>(sizeof head)) {
        return EINVAL;
    }
    if (head.priority >= ABI_MQUEUE_PRIORITIES) {
        return EINVAL;
    }
    Message message{head.priority, sender.bytes,
                    std::unique_ptr<char[]>(new (std::nothrow) char[sender.bytes + 1])};
    if (!message.data) {
        return ENOMEM;
    }
    const ssize_t got =
        MsgRead(sender.rcvid, message.data.get(), sender.bytes, sender.offset + sizeof head);
    if (got != static_cast<ssize_t>(sender.bytes)) {
        return got < 0 ? errno : EFAULT;
    }
    auto at = messages_.begin();
    while (at != messages_.end() && at->priority >= message.priority) {
        ++at;
    }
    messages_.insert(at, std::move(message));
    return EOK;
}

void Queue::give(const Waiter& receiver)
{
    Message& first = messages_.front();
    abi_mqueue_priority head{first.priority, 0};
    iov_t parts[2];
    SETIOV(&parts[0], &head, sizeof head);
    SETIOV(&parts[1], first.data.get(), first.size);
    if (MsgReplyv(receiver.rcvid, static_cast<long>(first.size), parts, 2) == -1) {
        MsgError(receiver.rcvid, errno); // the message stays for another
        return;
    }
    messages_.erase(messages_.begin());
}

// Until nobody can go on: receivers take messages, senders the room that they leave.
void Queue::serve()
{
    for (bool moved = true; moved;) {
        moved = false;
        while (!receivers_.empty() && !messages_.empty()) {
            const Waiter receiver = receivers_.front();
            receivers_.erase(receivers_.begin());
            give(receiver);
            moved = true;
        }
        while (!senders_.empty() && messages_.size() < maxmsg_) {
            const Waiter sender = senders_.front();
            senders_.erase(senders_.begin());
            const bool was_empty = messages_.empty();
            if (const int error = take(sender); error != EOK) {
                MsgError(sender.rcvid, error);
            } else {
                MsgReply(sender.rcvid, 0, nullptr, 0);
                tell_arrival(was_empty);
            }
            moved = true;
        }
    }
    attr.nbytes = static_cast<int64_t>(messages_.size());
    const int now = conditions();
    if ((now & static_cast<int>(_NOTIFY_COND_INPUT)) != 0) {
        iofunc_notify_trigger(notify, static_cast<int>(messages_.size()), IOFUNC_NOTIFY_INPUT);
    }
    if ((now & static_cast<int>(_NOTIFY_COND_OUTPUT)) != 0) {
        iofunc_notify_trigger(notify, static_cast<int>(maxmsg_ - messages_.size()),
                              IOFUNC_NOTIFY_OUTPUT);
    }
}

// mq_notify(): once, and only when nobody waits for the message anyway.
void Queue::tell_arrival(bool was_empty)
{
    if (was_empty && receivers_.empty() && notice_ocb_ != nullptr) {
        MsgDeliverEvent(notice_rcvid_, &notice_);
        notice_ocb_ = nullptr;
    }
}

int Queue::send(const resmgr_context_t* ctp, void* ocb, size_t bytes, bool nonblock)
{
    if (bytes < sizeof(abi_mqueue_priority)) {
        return EINVAL;
    }
    const size_t size = bytes - sizeof(abi_mqueue_priority);
    if (size > msgsize_) {
        return EMSGSIZE;
    }
    const Waiter sender{ctp->rcvid, ctp->info.priority, ocb, size,
                        ctp->offset + sizeof(struct _io_write)};
    if (messages_.size() < maxmsg_) {
        const bool was_empty = messages_.empty();
        if (const int error = take(sender); error != EOK) {
            return error;
        }
        MsgReply(ctp->rcvid, 0, nullptr, 0);
        tell_arrival(was_empty);
        serve();
        return _RESMGR_NOREPLY;
    }
    if (nonblock) {
        return EAGAIN;
    }
    line_up(senders_, sender);
    return _RESMGR_NOREPLY;
}

int Queue::receive(const resmgr_context_t* ctp, void* ocb, size_t room, bool nonblock)
{
    if (room < msgsize_) {
        return EMSGSIZE;
    }
    if (messages_.empty() && nonblock) {
        return EAGAIN;
    }
    line_up(receivers_, Waiter{ctp->rcvid, ctp->info.priority, ocb, room, 0});
    serve();
    return _RESMGR_NOREPLY;
}

bool Queue::cancel(const void* ocb, int rcvid, int error)
{
    bool any = false;
    const auto gone = [&](const Waiter& waiter) {
        if (waiter.ocb != ocb || (rcvid != 0 && waiter.rcvid != rcvid)) {
            return false;
        }
        MsgError(waiter.rcvid, error);
        any = true;
        return true;
    };
    senders_.erase(std::remove_if(senders_.begin(), senders_.end(), gone), senders_.end());
    receivers_.erase(std::remove_if(receivers_.begin(), receivers_.end(), gone), receivers_.end());
    return any;
}

int Queue::ask_notice(const resmgr_context_t* ctp, void* ocb, const abi_mqueue_notify& request)
{
    if (request.wanted == 0) {
        forget_notice(ocb);
        return EOK;
    }
    if (notice_ocb_ != nullptr) {
        return EBUSY;
    }
    static_assert(sizeof notice_ <= sizeof request.event);
    std::memcpy(&notice_, request.event, sizeof notice_);
    notice_rcvid_ = ctp->rcvid;
    notice_ocb_ = ocb;
    return EOK;
}

void Queue::forget_notice(const void* ocb)
{
    if (notice_ocb_ == ocb) {
        notice_ocb_ = nullptr;
    }
}

abi_mqueue_status Queue::status() const
{
    return {static_cast<int64_t>(maxmsg_), static_cast<int64_t>(msgsize_),
            static_cast<int64_t>(messages_.size()), static_cast<int64_t>(senders_.size()),
            static_cast<int64_t>(receivers_.size())};
}

int Queue::conditions() const
{
    return static_cast<int>((messages_.empty() ? 0u : _NOTIFY_COND_INPUT) |
                            (messages_.size() < maxmsg_ ? _NOTIFY_COND_OUTPUT : 0u));
}

} // namespace mqueues
