// SPDX-License-Identifier: Apache-2.0
// The receiving side of the stress test: checks every byte and answers in every way there is, or dies.
#include "stress/worker.hpp"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <unistd.h>

namespace stress {

namespace {

class Server {
public:
    Server(Worker& worker, unsigned number) : worker_(worker), random_(worker.seed * 64 + number) {}
    bool set_up()
    {
        data_ = static_cast<uint8_t*>(malloc(max_payload));
        return data_ != nullptr;
    }
    void run()
    {
        for (;;)
            receive();
    }

private:
    static constexpr size_t first_piece = 512; // the rest is read afterwards

    void receive()
    {
        union {
            Head head;
            struct _pulse pulse;
        } message;
        iov_t parts[2];
        _msg_info info{};
        SETIOV(parts, &message, sizeof message);
        SETIOV(parts + 1, data_, first_piece);
        const int rcvid = MsgReceivev(worker_.chid, parts, 2, &info);
        if (rcvid == 0)
            pulse(message.pulse);
        else if (rcvid > 0)
            answer(rcvid, message.head, info);
        else if (errno != EINTR && !refused(errno))
            wrong("MsgReceive", errno);
    }

    void pulse(const struct _pulse& pulse)
    {
        switch (pulse.code) {
        case pulse_code:
            ++worker_.life->pulses.received;
            break;
        case timer_code:
            break;
        case _PULSE_CODE_DISCONNECT:
            if (ConnectDetach(pulse.scoid) == -1)
                wrong("ConnectDetach of a client", errno);
            break;
        case _PULSE_CODE_UNBLOCK:
            unblock(pulse.value.sival_int);
            break;
        default:
            wrong("pulse", pulse.code);
        }
        answer_held();
    }

    static_assert(sizeof(Head) == 24 && sizeof(struct _pulse) <= sizeof(Head));

    void answer(int rcvid, const Head& head, const _msg_info& info)
    {
        if (head.magic != Head::right || head.size > max_payload || head.expected > max_payload ||
            static_cast<size_t>(info.srcmsglen) != sizeof head + head.size ||
            static_cast<size_t>(info.dstmsglen) != head.expected) {
            wrong("head of a message", info.srcmsglen);
            MsgError(rcvid, EPROTO);
            return;
        }
        ++worker_.life->messages.received;
        if (random_.one_in(20000))
            _exit(1); // in the middle of serving; the client hears of it
        if (read_rest(rcvid, head, info) && !check(data_, head.seed, 0, head.size))
            wrong("bytes of a message", head.size);
        if (head.action != Action::hold || !hold(rcvid, head))
            reply(rcvid, head);
        answer_held();
    }

    // The part that did not fit, in pieces. False: the client has gone.
    bool read_rest(int rcvid, const Head& head, const _msg_info& info)
    {
        size_t have = static_cast<size_t>(info.msglen) - sizeof head;
        while (have < head.size) {
            const size_t piece = 1 + random_.below(static_cast<uint32_t>(head.size - have));
            const ssize_t got = MsgRead(rcvid, data_ + have, piece, sizeof head + have);
            if (got <= 0) {
                if (got == 0 || (errno != ESRCH && !refused(errno)))
                    wrong("MsgRead", got == 0 ? 0 : errno);
                return false;
            }
            have += static_cast<size_t>(got);
        }
        return true;
    }

    void reply(int rcvid, const Head& head)
    {
        if (head.action == Action::error) {
            check_reply(MsgError(rcvid, EDOM));
            return;
        }
        fill(data_, head.seed + 1, 0, head.expected);
        if (head.action != Action::write_then_reply) {
            iov_t parts[4];
            const unsigned count = cut(parts, 0, data_, head.expected, random_);
            check_reply(MsgReplyv(rcvid, status_of(head), parts, count));
            return;
        }
        for (size_t done = 0; done < head.expected;) {
            const size_t piece = 1 + random_.below(static_cast<uint32_t>(head.expected - done));
            const ssize_t wrote = MsgWrite(rcvid, data_ + done, piece, done);
            if (wrote != static_cast<ssize_t>(piece)) {
                if (wrote != -1 || (errno != ESRCH && !refused(errno)))
                    wrong("MsgWrite", wrote == -1 ? errno : wrote);
                break;
            }
            done += piece;
        }
        check_reply(MsgReply(rcvid, status_of(head), nullptr, 0));
    }

    void check_reply(int result)
    {
        if (result == -1 && errno != ESRCH && !refused(errno))
            wrong("MsgReply", errno);
    }

    // Somebody answers it later; false: there is no room.
    bool hold(int rcvid, const Head& head)
    {
        bool kept = false;
        pthread_mutex_lock(&worker_.lock);
        for (auto& held : worker_.held) {
            if (held.rcvid == 0) {
                held = {rcvid, head};
                kept = true;
                break;
            }
        }
        pthread_mutex_unlock(&worker_.lock);
        // Wakes one who will answer, should nobody else call; without a connection a timer's pulse does.
        if (kept && own_coid() != -1 && MsgSendPulse(coid_, -1, timer_code, 0) == -1 &&
            errno != EAGAIN)
            wrong("MsgSendPulse to ourselves", errno);
        return kept;
    }

    int own_coid()
    {
        if (coid_ == -1)
            coid_ = ConnectAttach(0, 0, worker_.chid, _NTO_SIDE_CHANNEL, 0);
        return coid_;
    }

    void answer_held()
    {
        for (auto& held : worker_.held) {
            pthread_mutex_lock(&worker_.lock);
            const auto mine = held;
            held.rcvid = 0;
            pthread_mutex_unlock(&worker_.lock);
            if (mine.rcvid != 0)
                reply(mine.rcvid, mine.head);
        }
    }

    // A client wants to leave: what is held is answered with the kernel's own error.
    void unblock(int rcvid)
    {
        pthread_mutex_lock(&worker_.lock);
        for (auto& held : worker_.held)
            if (held.rcvid == rcvid)
                held.rcvid = 0;
        pthread_mutex_unlock(&worker_.lock);
        if (MsgError(rcvid, -1) == -1 && errno != ESRCH && !refused(errno))
            wrong("MsgError", errno);
    }

    Worker& worker_;
    Random random_;
    uint8_t* data_ = nullptr;
    int coid_ = -1;
};

} // namespace

void* serve(void* argument)
{
    const auto* thread = static_cast<ThreadArgument*>(argument);
    Server server(*thread->worker, thread->number);
    if (server.set_up())
        server.run();
    return nullptr;
}

} // namespace stress
