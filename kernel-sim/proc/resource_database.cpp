// SPDX-License-Identifier: Apache-2.0
// Two lists: ranges that exist, and reservations inside them.
#include "proc/resource_database.hpp"

#include "base/bits.hpp"
#include "proc/ability.hpp"
#include "proc/process_info.hpp"

#include <abi/rsrc.h>
#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

constexpr uint32_t last_type = 5, most_of_a_process = 256, most_ranges = 1024;

struct Range : boost::intrusive::list_base_hook<> {
    uint64_t start = 0, end = 0; // inclusive
    uint32_t flags = 0;
    int pid = 0; // of a reservation
    char name[RSRC_NAME_MAX + 1]{};

    uint32_t type() const { return flags & ABI_RSRC_TYPE; }
    bool meets(uint64_t from, uint64_t to) const { return start <= to && from <= end; }
};
using RangeList = boost::intrusive::list<Range>;

RangeList& existing()
{
    alignas(RangeList) static unsigned char storage[sizeof(RangeList)];
    static auto* list = new (storage) RangeList;
    return *list;
}
RangeList& reserved()
{
    alignas(RangeList) static unsigned char storage[sizeof(RangeList)];
    static auto* list = new (storage) RangeList;
    return *list;
}

bool add(RangeList& list, uint64_t start, uint64_t end, uint32_t flags, int pid, const char* name)
{
    auto* range = new (std::nothrow) Range;
    if (range == nullptr) {
        return false;
    }
    range->start = start;
    range->end = end;
    range->flags = flags;
    range->pid = pid;
    std::memcpy(range->name, name, std::strlen(name) + 1);
    list.push_back(*range);
    return true;
}

void remove(RangeList& list, Range& range)
{
    list.erase_and_dispose(list.iterator_to(range), [](Range* r) { delete r; });
}

Range* overlapping(RangeList& list, uint32_t type, uint64_t start, uint64_t end)
{
    for (Range& range : list) {
        if (range.type() == type && range.meets(start, end)) {
            return &range;
        }
    }
    return nullptr;
}

Range* exactly(RangeList& list, const proc_rsrc& item, int pid)
{
    for (Range& range : list) {
        if (range.type() == (item.flags & ABI_RSRC_TYPE) && range.start == item.start &&
            range.end == item.end && range.pid == pid) {
            return &range;
        }
    }
    return nullptr;
}

// A reservation in the way of [start, end]: any, unless both may be shared.
const Range* in_the_way(const proc_rsrc& wanted, uint64_t start, uint64_t end)
{
    for (const Range& range : reserved()) {
        const bool shared = (range.flags & wanted.flags & ABI_RSRC_SHARE) != 0;
        if (range.type() == (wanted.flags & ABI_RSRC_TYPE) && range.meets(start, end) && !shared) {
            return &range;
        }
    }
    return nullptr;
}

// A place for the request in [low, high]: its start; false = none.
bool place(const proc_rsrc& wanted, uint64_t low, uint64_t high, uint64_t align, uint64_t& start)
{
    const bool down = (wanted.flags & ABI_RSRC_TOPDOWN) != 0;
    const uint64_t extent = wanted.length - 1;
    if (high < low || high - low < extent) {
        return false;
    }
    start = down ? base::align_down(high - extent, align) : base::align_up(low, align);
    while (start >= low && start <= high && high - start >= extent) {
        const Range* other = in_the_way(wanted, start, start + extent);
        if (other == nullptr) {
            return true;
        }
        if (down ? other->start < extent + 1 : other->end == ~uint64_t{0}) {
            return false;
        }
        start = down ? base::align_down(other->start - 1 - extent, align)
                     : base::align_up(other->end + 1, align);
    }
    return false;
}

int reserve(Request& request, proc_rsrc item)
{
    const uint64_t align =
        (item.flags & ABI_RSRC_ALIGN) != 0 ? base::max_of(item.align, uint64_t{1}) : 1;
    if (item.length == 0 || (align & (align - 1)) != 0 ||
        ((item.flags & ABI_RSRC_RANGE) != 0 && item.end < item.start)) {
        return EINVAL;
    }
    uint32_t own = 0;
    for (const Range& range : reserved()) {
        own += range.pid == request.client->pid ? 1 : 0;
    }
    if (own >= most_of_a_process) {
        return EAGAIN;
    }
    for (const Range& range : existing()) {
        const bool named =
            (item.flags & ABI_RSRC_NAME) == 0 || std::strcmp(range.name, item.name) == 0;
        const bool limited = (item.flags & ABI_RSRC_RANGE) != 0;
        uint64_t start = 0;
        if (range.type() != (item.flags & ABI_RSRC_TYPE) || !named ||
            !place(item, limited ? base::max_of(range.start, item.start) : range.start,
                   limited ? base::min_of(range.end, item.end) : range.end, align, start)) {
            continue;
        }
        item.start = start;
        item.end = start + item.length - 1;
        return add(reserved(), item.start, item.end, item.flags, request.client->pid, item.name)
                   ? request.answer(item)
                   : ENOMEM;
    }
    return EAGAIN;
}

int create(Request& request, const proc_rsrc& item)
{
    const uint32_t type = item.flags & ABI_RSRC_TYPE;
    if (item.end < item.start) {
        return EINVAL;
    }
    if (overlapping(existing(), type, item.start, item.end) != nullptr) {
        return EEXIST;
    }
    if (existing().size() >= most_ranges) {
        return EAGAIN;
    }
    const bool named = (item.flags & ABI_RSRC_NAME) != 0;
    return add(existing(), item.start, item.end, item.flags, 0, named ? item.name : "")
               ? request.answer_status(0)
               : ENOMEM;
}

int destroy(Request& request, const proc_rsrc& item)
{
    Range* range = exactly(existing(), item, 0);
    if (range == nullptr) {
        return EINVAL;
    }
    if ((range->flags & ABI_RSRC_NOREMOVE) != 0 ||
        overlapping(reserved(), range->type(), range->start, range->end) != nullptr) {
        return EBUSY;
    }
    remove(existing(), *range);
    return request.answer_status(0);
}

int detach(Request& request, const proc_rsrc& item)
{
    Range* range = exactly(reserved(), item, request.client->pid);
    if (range == nullptr) {
        return EINVAL;
    }
    remove(reserved(), *range);
    return request.answer_status(0);
}

int query(Request& request, proc_rsrc item)
{
    const uint64_t index = item.align;
    uint64_t count = 0;
    RangeList* const lists[] = {&existing(), &reserved()};
    for (RangeList* list : lists) {
        for (const Range& range : *list) {
            if (range.type() != (item.flags & ABI_RSRC_TYPE) || count++ != index) {
                continue;
            }
            item.start = range.start;
            item.end = range.end;
            item.flags = range.flags | (list == &reserved() ? ABI_RSRC_USED : 0u);
        }
    }
    return request.answer(item, static_cast<int64_t>(count));
}

} // namespace

void seed_resources()
{
    constexpr uint32_t irq = 1, port = 2, memory = 3, dma = 4;
    const uint64_t top = uint64_t{1} << 40;
    (void)add(existing(), 0, 255, irq, 0, "");
    (void)add(existing(), 0, 0xffff, port, 0, "");
    (void)add(existing(), 0, 7, dma, 0, "");
    (void)add(existing(), 0, top - 1, memory, 0, "");
}

int handle_resources(Request& request)
{
    const auto* message = request.message<proc_rsrc>();
    if (message == nullptr || message->name[RSRC_NAME_MAX] != '\0' ||
        (message->flags & ABI_RSRC_TYPE) == 0 || (message->flags & ABI_RSRC_TYPE) > last_type) {
        return EINVAL;
    }
    const proc_rsrc item = *message;
    if (item.subtype != RSRC_QUERY && !able(*request.client, Ability::rsrcdbmgr)) {
        return EPERM;
    }
    switch (item.subtype) {
    case RSRC_CREATE:
        return create(request, item);
    case RSRC_DESTROY:
        return destroy(request, item);
    case RSRC_ATTACH:
        return reserve(request, item);
    case RSRC_DETACH:
        return detach(request, item);
    case RSRC_QUERY:
        return query(request, item);
    default:
        return EINVAL;
    }
}

void forget_resources(const object::Process& process)
{
    reserved().remove_and_dispose_if([&](const Range& r) { return r.pid == process.pid; },
                                     [](Range* r) { delete r; });
}

} // namespace proc
