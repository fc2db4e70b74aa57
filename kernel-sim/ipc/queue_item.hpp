// SPDX-License-Identifier: Apache-2.0
// What waits in a channel's queue: a sending thread or a pulse, in one priority order.
#pragma once

#include <abi/kercall.h>
#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace ipc {

struct QueueItem {
    enum class Kind : uint8_t { message, pulse };

    explicit QueueItem(Kind k) : kind(k) {}
    bool queued() const { return hook.is_linked(); }

    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
        hook;
    Kind kind;
    uint8_t priority = 0;
};

/// A pulse is its own storage: on the heap or in a channel's pool (given back when received), or embedded in the object it
/// tells about.
struct Pulse {
    enum class Storage : uint8_t { embedded, heap, pool };

    QueueItem item{QueueItem::Kind::pulse};
    Storage storage = Storage::embedded;
    bool inherit = false; // priority -1: the receiver runs at its process' own priority
    nto_pulse data{};
    Pulse* next_free = nullptr; // in the pool
};

} // namespace ipc
