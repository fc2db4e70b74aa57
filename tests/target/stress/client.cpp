// SPDX-License-Identifier: Apache-2.0
// The sending side of the stress test: messages, pulses and signals to whoever lives.
#include "stress/worker.hpp"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <time.h>

namespace stress {

namespace {

class Client {
public:
    Client(Worker& worker, unsigned number) : worker_(worker), random_(worker.seed * 64 + number) {}
    bool set_up()
    {
        out_ = static_cast<uint8_t*>(malloc(max_payload));
        in_ = static_cast<uint8_t*>(malloc(max_payload));
        return out_ != nullptr && in_ != nullptr;
    }
    void run()
    {
        while (!shared->stop) {
            step();
            ++worker_.life->steps;
        }
        for (Peer& peer : peers_)
            if (peer.coid != -1)
                ConnectDetach(peer.coid);
        free(out_);
        free(in_);
    }

private:
    struct Peer {
        uint32_t life = ~0u;
        int coid = -1;
    };

    void step()
    {
        Peer& peer = peers_[random_.below(slots)];
        if (!connect(peer)) {
            sched_yield();
            return;
        }
        Life& target = shared->lives[peer.life];
        switch (random_.below(10)) {
        case 0:
        case 1:
            return pulse(peer, target);
        case 2:
            return signal(target);
        default:
            return message(peer, target);
        }
    }

    // Whoever lives in the peer's slot now; false: nobody, or no connection to be had.
    bool connect(Peer& peer)
    {
        const uint32_t life = shared->current[&peer - peers_];
        if (peer.life == life)
            return peer.coid != -1;
        if (shared->lives[life].state != State::serving)
            return false;
        if (peer.coid != -1 && ConnectDetach(peer.coid) == -1)
            wrong("ConnectDetach", errno);
        peer.life = life;
        peer.coid = ConnectAttach(0, shared->lives[life].pid, shared->lives[life].chid,
                                  _NTO_SIDE_CHANNEL, 0);
        if (peer.coid != -1)
            return true;
        if (!refused(errno))
            gone("ConnectAttach");
        peer.life = ~0u;
        return false;
    }

    // The other one may have died, a signal may have come.
    void gone(const char* what)
    {
        if (errno == ESRCH || errno == EBADF || errno == EINTR || errno == ETIMEDOUT)
            ++shared->ended_early;
        else if (!refused(errno))
            wrong(what, errno);
    }

    uint32_t any_size()
    {
        const uint32_t kind = random_.below(10);
        return random_.below(kind < 7 ? 256 : kind < 9 ? 8192 : max_payload);
    }

    void message(Peer& peer, Life& target)
    {
        Head head{Head::right,
                  static_cast<Action>(random_.below(static_cast<uint32_t>(Action::count))),
                  random_.next(), any_size(), any_size()};
        fill(out_, head.seed, 0, head.size);
        memset(in_, 0, head.expected);
        iov_t send[6], receive[6];
        SETIOV(send, &head, sizeof head);
        const unsigned send_parts = cut(send, 1, out_, head.size, random_);
        const unsigned receive_parts = cut(receive, 0, in_, head.expected, random_);
        if (random_.one_in(16)) {
            const uint64_t limit = 1000000ull * (1 + random_.below(20));
            TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &limit,
                         nullptr);
        }
        ++target.messages.meant;
        const long status = MsgSendv(peer.coid, send, send_parts, receive, receive_parts);
        if (status == -1 && errno == EDOM && head.action == Action::error)
            ++target.messages.sent;
        else if (status == -1)
            gone("MsgSend");
        else
            answered(head, target, status);
    }

    void answered(const Head& head, Life& target, long status)
    {
        ++target.messages.sent;
        shared->bytes += head.size + head.expected;
        if (head.action == Action::error || status != status_of(head))
            wrong("status of a reply", status);
        else if (!check(in_, head.seed + 1, 0, head.expected))
            wrong("bytes of a reply", head.expected);
    }

    void pulse(Peer& peer, Life& target)
    {
        ++target.pulses.meant;
        if (MsgSendPulse(peer.coid, random_.one_in(4) ? 12 : -1, pulse_code, random_.below(1000)) ==
            0)
            ++target.pulses.sent;
        else if (errno == EAGAIN)
            ++shared->refused;
        else
            gone("MsgSendPulse");
    }

    void signal(Life& target)
    {
        ++target.signals.meant;
        if (sigqueue(target.pid, SIGRTMIN, sigval{.sival_int = 1}) == 0)
            ++target.signals.sent;
        else if (errno == EAGAIN) // the queue of a process is limited
            ++shared->refused;
        else
            gone("sigqueue");
    }

    Worker& worker_;
    Random random_;
    Peer peers_[slots];
    uint8_t *out_ = nullptr, *in_ = nullptr;
};

} // namespace

void* send(void* argument)
{
    const auto* thread = static_cast<ThreadArgument*>(argument);
    Client client(*thread->worker, thread->number);
    if (client.set_up())
        client.run();
    ++thread->worker->life->idle_clients;
    return nullptr;
}

} // namespace stress
