// SPDX-License-Identifier: Apache-2.0
// One message queue: messages by priority, who waits for one or for room, and who wants to be told.
#pragma once
#include <abi/mqueue.h>
#include <memory>
#include <string>
#include <vector>

#include <sys/iofunc.h>
#include <sys/neutrino.h>

namespace mqueues {

class Queue {
public:
    Queue(std::string name, int64_t maxmsg, int64_t msgsize);

    // What the I/O handlers return: an errno, or _RESMGR_NOREPLY after an answer and when the client waits.
    int send(const resmgr_context_t* ctp, void* ocb, size_t bytes, bool nonblock);
    int receive(const resmgr_context_t* ctp, void* ocb, size_t room, bool nonblock);
    // Requests of the open end (rcvid 0: all of them); true: there was one.
    bool cancel(const void* ocb, int rcvid, int error);
    // mq_notify(): EOK, or EBUSY.
    int ask_notice(const resmgr_context_t* ctp, void* ocb, const abi_mqueue_notify& request);
    void forget_notice(const void* ocb);

    abi_mqueue_status status() const;
    int conditions() const; // _NOTIFY_COND_* that hold

    iofunc_attr_t attr{}; // first: iofunc calls come with a pointer to it
    iofunc_notify_t notify[3];
    std::string name; // empty: unlinked

private:
    struct Message {
        uint32_t priority;
        size_t size;
        std::unique_ptr<char[]> data;
    };
    struct Waiter {
        int rcvid, priority;
        void* ocb;
        size_t bytes;  // of the message, or of the buffer
        size_t offset; // where a sender's message begins
    };

    static void line_up(std::vector<Waiter>& line, const Waiter& waiter);
    // One message from a sender's memory: EOK, or what to tell it.
    int take(const Waiter& sender);
    void give(const Waiter& receiver);
    void serve();
    void tell_arrival(bool was_empty);

    size_t maxmsg_, msgsize_;
    std::vector<Message> messages_; // highest priority first, then oldest
    std::vector<Waiter> senders_, receivers_;
    int notice_rcvid_ = 0; // who is to be told of the next message in an empty queue
    void* notice_ocb_ = nullptr;
    sigevent notice_{};
};

} // namespace mqueues
