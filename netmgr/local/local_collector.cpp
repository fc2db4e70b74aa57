// SPDX-License-Identifier: Apache-2.0
// Local sockets that only descriptors in flight still name, and those only lie in such sockets: nobody can ever receive them.
//
// A mark and sweep as NetBSD's unp_gc(): (1) count for each local socket how many rights in receive buffers name it; (2) who is
// named by anything else is a root; (3) what lies in a root's buffers is reached, and so on; (4) the rest gives its rights up.
// A connection that nobody has accepted belongs to its listener.
#include "kern/control.hpp"
#include "local/local.hpp"

namespace netmgr {

namespace {

LocalPcb* pcb_of(Socket& so)
{
    return so.proto.domain == AF_LOCAL ? static_cast<LocalPcb*>(so.pcb) : nullptr;
}

struct Marker {
    LocalDomain& domain;
    LocalPcb* work = nullptr;

    void reach(LocalPcb& pcb)
    {
        if (pcb.reached)
            return;
        pcb.reached = true;
        pcb.next_work = work;
        work = &pcb;
    }
    void scan(Socket& so)
    {
        domain.for_each_right(
            so,
            [](void* arg, const uint8_t* right) {
                auto& self = *static_cast<Marker*>(arg);
                if (Socket* named = self.domain.keeper->named(right))
                    self.reach(*pcb_of(*named));
            },
            this);
    }
    void run()
    {
        while (work != nullptr) {
            Socket& so = work->so;
            work = work->next_work;
            scan(so);
            for (Socket* waiting = so.queue; waiting != nullptr; waiting = waiting->queue_next)
                scan(*waiting);
        }
    }
};

} // namespace

void LocalDomain::for_each_right(Socket& so, RightFn fn, void* arg)
{
    for (mbuf* record = so.rcv.first_record(); record != nullptr; record = record->m_nextpkt)
        for_each_right(record, fn, arg);
}

void LocalDomain::count_in_flight()
{
    for (Socket* so = stack.sockets(); so != nullptr; so = so->next)
        if (LocalPcb* pcb = pcb_of(*so)) {
            pcb->in_flight = 0;
            pcb->reached = false;
        }
    for (Socket* so = stack.sockets(); so != nullptr; so = so->next)
        if (pcb_of(*so) != nullptr)
            for_each_right(
                *so,
                [](void* arg, const uint8_t* right) {
                    if (Socket* named = static_cast<LocalDomain*>(arg)->keeper->named(right))
                        pcb_of(*named)->in_flight++;
                },
                this);
}

void LocalDomain::give_up_buffer(Socket& so)
{
    for (mbuf* record = so.rcv.first_record(); record != nullptr; record = record->m_nextpkt)
        drop_rights(record);
    so.rcv.flush();
}

void LocalDomain::collect_rings()
{
    if (keeper == nullptr)
        return;
    count_in_flight();
    Marker marker{*this};
    for (Socket* so = stack.sockets(); so != nullptr; so = so->next) {
        LocalPcb* pcb = pcb_of(*so);
        if (pcb != nullptr && so->head == nullptr && keeper->is_held(*so, pcb->in_flight))
            marker.reach(*pcb);
    }
    marker.run();
    for (Socket* so = stack.sockets(); so != nullptr; so = so->next) {
        const LocalPcb* pcb = pcb_of(*so);
        if (pcb == nullptr || pcb->reached || so->head != nullptr)
            continue;
        ++sockets_collected;
        give_up_buffer(*so);
        for (Socket* waiting = so->queue; waiting != nullptr; waiting = waiting->queue_next)
            give_up_buffer(*waiting);
    }
}

} // namespace netmgr
