// SPDX-License-Identifier: Apache-2.0
// The documented C functions that name no stack: they work on current_stack.
#include <stdlib.h>

#include <sys/callout.h>
#include <sys/mbuf.h>

#include "kern/stack.hpp"

namespace netmgr {
Stack* current_stack = nullptr;
}

using netmgr::current_stack;

namespace {
enum MallocFlags {
    nw_zero = 0x04
}; // M_ZERO of <sys/malloc.h>, which cannot be included beside <stdlib.h>'s malloc
}

extern "C" {

struct mbuf* m_get(int, int type)
{
    return current_stack->mbufs().get(type);
}

struct mbuf* m_get_wtp(int how, int type, struct nw_work_thread*)
{
    return m_get(how, type);
}

struct mbuf* m_gethdr(int, int type)
{
    return current_stack->mbufs().get_hdr(type);
}

struct mbuf* m_gethdr_wtp(int how, int type, struct nw_work_thread*)
{
    return m_gethdr(how, type);
}

struct mbuf* m_getcl(int, int type, int flags)
{
    return current_stack->mbufs().get_cluster(type, flags);
}

struct mbuf* m_getcl_wtp(int how, int type, int flags, struct nw_work_thread*)
{
    return m_getcl(how, type, flags);
}

void m_clget(struct mbuf* m, int)
{
    (void)static_cast<netmgr::MbufPool*>(m->m_hdr.mh_pool)
        ->add_cluster(*m); // the caller looks at M_EXT
}

struct mbuf* m_devget(char* buf, int len, int off, struct ifnet* ifp)
{
    netmgr::MbufPtr m =
        current_stack->mbufs().copy_in(buf, static_cast<size_t>(len), static_cast<size_t>(off));
    if (m)
        m->m_pkthdr.rcvif = ifp;
    return m.release();
}

void callout_init(struct callout* c)
{
    *c = CALLOUT_INITIALIZER;
}

void callout_msec(struct callout* c, int msec, void (*fn)(void*), void* arg)
{
    const uint64_t delay = msec > 0 ? static_cast<uint64_t>(msec) : 0;
    current_stack->callouts().start(*c, delay * netmgr::ns_per_ms, fn, arg);
}

void callout_reset(struct callout* c, int ticks, void (*fn)(void*), void* arg)
{
    callout_msec(c, ticks, fn, arg);
}

void callout_stop(struct callout* c)
{
    if (c->c_wheel != nullptr)
        static_cast<netmgr::CalloutWheel*>(c->c_wheel)->stop(*c);
}

void* nw_malloc(size_t size, int, int flags)
{
    return (flags & nw_zero) != 0 ? calloc(1, size) : malloc(size);
}

void nw_free(void* addr, int)
{
    free(addr);
}

} // extern "C"
