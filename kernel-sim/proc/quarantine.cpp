// SPDX-License-Identifier: Apache-2.0
// DMA pages of dead processes, released by a kernel timer.
#include "proc/quarantine.hpp"

#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "sched/scheduler.hpp"
#include "sched/timeout_state.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint64_t waiting_ns = 200'000'000;
uint64_t waiting;

struct Quarantine : sched::KernelTimer {
    uint64_t* pages = nullptr;
    uint64_t count = 0;
};

void release(sched::KernelTimer& timer)
{
    auto* quarantine = static_cast<Quarantine*>(&timer);
    for (uint64_t i = 0; i < quarantine->count; ++i) {
        mm::free_page(quarantine->pages[i]);
    }
    waiting -= quarantine->count;
    delete[] quarantine->pages;
    delete quarantine;
}

} // namespace

void quarantine_dma(mm::AddressSpace& space)
{
    const uint64_t room = space.dma_pages();
    if (room == 0) {
        return;
    }
    auto* quarantine = new (std::nothrow) Quarantine;
    if (quarantine == nullptr) {
        return; // freed at once: without memory there is no better way
    }
    quarantine->pages = new (std::nothrow) uint64_t[room];
    if (quarantine->pages == nullptr) {
        delete quarantine;
        return;
    }
    quarantine->count = space.take_dma_pages(quarantine->pages, room);
    quarantine->expired = release;
    waiting += quarantine->count;
    sched::start_timer(*quarantine, sched::now_ns() + waiting_ns);
}

uint64_t quarantined_pages()
{
    return waiting;
}

} // namespace proc
