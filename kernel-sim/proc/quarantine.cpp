// SPDX-License-Identifier: Apache-2.0
// DMA pages of dead processes, released by a kernel timer.
#include "proc/quarantine.hpp"

#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/page_rights.hpp"
#include "mm/shared_object.hpp"
#include "sched/scheduler.hpp"
#include "sched/timeout_state.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint64_t waiting_ns = 200'000'000;
uint64_t waiting;

struct Quarantine : sched::KernelTimer {
    mm::SharedObject** objects = nullptr; // each with a reference
    uint32_t count = 0;
    uint64_t pages = 0;
};

// Memory whose physical address a driver was told to give to its device.
bool is_dma(const mm::Region& region)
{
    return mm::is_contiguous(region) || (region.object != nullptr && region.object->typed());
}

// An object can be mapped in several places, or its mapping be split.
bool holds(const Quarantine& quarantine, const mm::SharedObject* object)
{
    for (uint32_t i = 0; i < quarantine.count; ++i) {
        if (quarantine.objects[i] == object) {
            return true;
        }
    }
    return false;
}

void release(sched::KernelTimer& timer)
{
    auto* quarantine = static_cast<Quarantine*>(&timer);
    for (uint32_t i = 0; i < quarantine->count; ++i) {
        quarantine->objects[i]->release();
    }
    waiting -= quarantine->pages;
    delete[] quarantine->objects;
    delete quarantine;
}

} // namespace

void quarantine_dma(mm::AddressSpace& space)
{
    uint32_t count = 0;
    for (const mm::Region& region : space.regions()) {
        count += is_dma(region) ? 1 : 0;
    }
    auto* quarantine = count == 0 ? nullptr : new (std::nothrow) Quarantine;
    if (quarantine == nullptr) {
        return; // nothing to keep; or freed at once: without memory there is no better way
    }
    quarantine->objects = new (std::nothrow) mm::SharedObject*[count];
    if (quarantine->objects == nullptr) {
        delete quarantine;
        return;
    }
    for (const mm::Region& region : space.regions()) {
        if (is_dma(region) && !holds(*quarantine, region.object)) {
            region.object->retain();
            quarantine->objects[quarantine->count++] = region.object;
            quarantine->pages += base::div_up(region.object->size(), mm::page_size);
        }
    }
    quarantine->expired = release;
    waiting += quarantine->pages;
    sched::start_timer(*quarantine, sched::now_ns() + waiting_ns);
}

uint64_t quarantined_pages()
{
    return waiting;
}

} // namespace proc
