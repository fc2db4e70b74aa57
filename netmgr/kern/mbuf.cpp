// SPDX-License-Identifier: Apache-2.0
// Operations on mbuf chains (the documented m_* functions). New buffers come from the pool the chain came from.
#include <errno.h>
#include <sys/mbuf.h>

#include "kern/mbuf_pool.hpp"

using netmgr::MbufPool;

namespace {

MbufPool& pool_of(const mbuf* m)
{
    return *static_cast<MbufPool*>(m->m_hdr.mh_pool);
}

bool shared(const mbuf* m)
{
    return (m->m_flags & M_EXT) != 0 && __atomic_load_n(m->m_ext.ext_refs, __ATOMIC_ACQUIRE) > 1;
}

char* storage(mbuf* m)
{
    if ((m->m_flags & M_EXT) != 0)
        return m->m_ext.ext_buf;
    return (m->m_flags & M_PKTHDR) != 0 ? m->m_pktdat : m->m_dat;
}

int storage_size(const mbuf* m)
{
    if ((m->m_flags & M_EXT) != 0)
        return static_cast<int>(m->m_ext.ext_size);
    return (m->m_flags & M_PKTHDR) != 0 ? MHLEN : MLEN;
}

// The packet header moves; from becomes an ordinary mbuf of its chain.
void move_pkthdr(mbuf* to, mbuf* from)
{
    to->m_flags |= from->m_flags & ~M_EXT;
    to->m_pkthdr = from->m_pkthdr; // its tags too
    from->m_pkthdr.tags = nullptr;
    from->m_flags &= ~M_PKTHDR;
}

// Room for size bytes in one mbuf, with the header of model if it has one.
mbuf* new_contiguous(mbuf* model, int size)
{
    MbufPool& pool = pool_of(model);
    const bool header = (model->m_flags & M_PKTHDR) != 0;
    if (size > static_cast<int>(pool.cluster_size()))
        return nullptr;
    mbuf* m = header ? pool.get_hdr(model->m_type) : pool.get(model->m_type);
    if (m != nullptr && size > (header ? MHLEN : MLEN) && !pool.add_cluster(*m)) {
        pool.put(*m);
        return nullptr;
    }
    return m;
}

void share_or_copy(mbuf* to, const mbuf* from, int off, int len)
{
    if ((from->m_flags & M_EXT) != 0) {
        to->m_ext = from->m_ext;
        __atomic_add_fetch(to->m_ext.ext_refs, 1, __ATOMIC_ACQ_REL);
        to->m_flags |= M_EXT;
        to->m_data = from->m_data + off;
    } else {
        memcpy(to->m_data, from->m_data + off, static_cast<size_t>(len));
    }
    to->m_len = len;
}

void trim_front(mbuf* m, int len)
{
    while (m != nullptr && len > 0) {
        const int here = m->m_len < len ? m->m_len : len;
        m->m_len -= here;
        m->m_data += here;
        len -= here;
        m = m->m_next;
    }
}

void trim_end(mbuf* m, int keep)
{
    for (; m != nullptr; m = m->m_next) {
        if (m->m_len > keep)
            m->m_len = keep;
        keep -= m->m_len;
    }
}

} // namespace

extern "C" {

struct mbuf* m_free(struct mbuf* m)
{
    mbuf* next = m->m_next;
    pool_of(m).put(*m);
    return next;
}

void m_freem(struct mbuf* m)
{
    while (m != nullptr)
        m = m_free(m);
}

int m_length(const struct mbuf* m)
{
    int len = 0;
    for (; m != nullptr; m = m->m_next)
        len += m->m_len;
    return len;
}

int m_leadingspace(const struct mbuf* m)
{
    return shared(m) ? 0 : static_cast<int>(m->m_data - storage(const_cast<mbuf*>(m)));
}

int m_trailingspace(const struct mbuf* m)
{
    if (shared(m))
        return 0;
    return static_cast<int>(storage(const_cast<mbuf*>(m)) + storage_size(m) -
                            (m->m_data + m->m_len));
}

void m_adj(struct mbuf* m, int req_len)
{
    if (m == nullptr || req_len == 0)
        return;
    const int total = m_length(m);
    const int cut =
        req_len < 0 ? (-req_len < total ? -req_len : total) : (req_len < total ? req_len : total);
    if (req_len > 0)
        trim_front(m, cut);
    else
        trim_end(m, total - cut);
    if ((m->m_flags & M_PKTHDR) != 0)
        m->m_pkthdr.len = total - cut;
}

struct mbuf* m_pullup(struct mbuf* m, int len)
{
    if (m->m_len >= len)
        return m;
    const int missing = len - m->m_len;
    mbuf* head = m;
    if (m_length(m) < len) {
        m_freem(m);
        return nullptr;
    }
    if (m_trailingspace(m) < missing) {
        head = new_contiguous(m, len);
        if (head == nullptr) {
            m_freem(m);
            return nullptr;
        }
        if ((m->m_flags & M_PKTHDR) != 0)
            move_pkthdr(head, m);
        head->m_nextpkt = m->m_nextpkt;
        m->m_nextpkt = nullptr;
        head->m_next = m;
    }
    while (head->m_len < len) {
        mbuf* from = head->m_next;
        const int here = from->m_len < len - head->m_len ? from->m_len : len - head->m_len;
        memcpy(head->m_data + head->m_len, from->m_data, static_cast<size_t>(here));
        head->m_len += here;
        from->m_data += here;
        from->m_len -= here;
        if (from->m_len == 0)
            head->m_next = m_free(from);
    }
    return head;
}

struct mbuf* m_prepend(struct mbuf* m, int len, int)
{
    if (m_leadingspace(m) >= len) {
        m->m_data -= len;
        m->m_len += len;
    } else {
        const bool header = (m->m_flags & M_PKTHDR) != 0;
        mbuf* head = new_contiguous(m, len);
        if (head == nullptr) {
            m_freem(m);
            return nullptr;
        }
        if (header)
            move_pkthdr(head, m);
        head->m_nextpkt = m->m_nextpkt;
        m->m_nextpkt = nullptr;
        head->m_next = m;
        head->m_len = len;
        head->m_data += (storage_size(head) - len) & ~7; // room for further headers in front
        m = head;
    }
    if ((m->m_flags & M_PKTHDR) != 0)
        m->m_pkthdr.len += len;
    return m;
}

void m_copydata(const struct mbuf* m, int off, int len, void* to)
{
    auto* bytes = static_cast<char*>(to);
    while (m != nullptr && off >= m->m_len) {
        off -= m->m_len;
        m = m->m_next;
    }
    for (; m != nullptr && len > 0; m = m->m_next) {
        const int here = m->m_len - off < len ? m->m_len - off : len;
        memcpy(bytes, m->m_data + off, static_cast<size_t>(here));
        bytes += here;
        len -= here;
        off = 0;
    }
}

int m_copyback(struct mbuf* m, int off, int len, const void* from)
{
    auto* bytes = static_cast<const char*>(from);
    if (m_length(m) < off + len)
        return ENOBUFS;
    while (off >= m->m_len && m->m_next != nullptr) {
        off -= m->m_len;
        m = m->m_next;
    }
    for (; m != nullptr && len > 0; m = m->m_next) {
        const int here = m->m_len - off < len ? m->m_len - off : len;
        memcpy(m->m_data + off, bytes, static_cast<size_t>(here));
        bytes += here;
        len -= here;
        off = 0;
    }
    return 0;
}

struct mbuf* m_copym(struct mbuf* m, int off, int len, int)
{
    MbufPool& pool = pool_of(m);
    const bool header = off == 0 && (m->m_flags & M_PKTHDR) != 0;
    const mbuf* source = m;
    mbuf* head = nullptr;
    mbuf** tail = &head;
    while (m != nullptr && off >= m->m_len && m->m_next != nullptr) {
        off -= m->m_len;
        m = m->m_next;
    }
    int copied = 0;
    for (; m != nullptr && len > 0; m = m->m_next) {
        const int here = m->m_len - off < len ? m->m_len - off : len;
        mbuf* n = header && head == nullptr ? pool.get_hdr(m->m_type) : pool.get(m->m_type);
        if (n == nullptr) {
            m_freem(head);
            return nullptr;
        }
        if (header && head == nullptr) {
            m_copy_pkthdr(n, source);
        }
        *tail = n;
        tail = &n->m_next;
        share_or_copy(n, m, off, here);
        copied += here;
        len -= here;
        off = 0;
    }
    if (head == nullptr) { // nothing to copy is not a failure
        head = header ? pool.get_hdr(source->m_type) : pool.get(source->m_type);
        if (head == nullptr)
            return nullptr;
    }
    if (header)
        head->m_pkthdr.len = copied;
    return head;
}

struct mbuf* m_dup(struct mbuf* m, int off, int len, int)
{
    const int total = m_length(m);
    if (off > total)
        return nullptr;
    if (len > total - off)
        len = total - off;
    netmgr::MbufPtr copy = pool_of(m).get_data(static_cast<size_t>(len));
    if (!copy)
        return nullptr;
    int at = off;
    for (mbuf* n = copy.get(); n != nullptr; n = n->m_next) {
        m_copydata(m, at, n->m_len, n->m_data);
        at += n->m_len;
    }
    if ((m->m_flags & M_PKTHDR) != 0) {
        m_copy_pkthdr(copy.get(), m);
        copy->m_pkthdr.len = len;
    }
    return copy.release();
}

struct mbuf* m_defrag(struct mbuf* m, int)
{
    const int total = m_length(m);
    mbuf* n = new_contiguous(m, total);
    if (n == nullptr)
        return nullptr;
    m_copydata(m, 0, total, n->m_data);
    n->m_len = total;
    if ((m->m_flags & M_PKTHDR) != 0)
        move_pkthdr(n, m);
    n->m_nextpkt = m->m_nextpkt;
    m_freem(m);
    return n;
}

struct mbuf* m_split(struct mbuf* m, int len, int how)
{
    const int total = m_length(m);
    if (len > total)
        return nullptr;
    mbuf* rest = m_copym(m, len, total - len, how);
    if (rest == nullptr)
        return nullptr;
    if ((m->m_flags & M_PKTHDR) != 0) {
        mbuf* head = pool_of(m).get_hdr(m->m_type);
        if (head == nullptr) {
            m_freem(rest);
            return nullptr;
        }
        m_copy_pkthdr(head, m);
        head->m_pkthdr.len = total - len;
        head->m_next = rest;
        rest = head;
    }
    m_adj(m, len - total);
    return rest;
}

void m_cat(struct mbuf* m, struct mbuf* n)
{
    while (m->m_next != nullptr)
        m = m->m_next;
    m->m_next = n;
}

uint64_t pool_phys(const void* addr, const struct mb_page* page)
{
    return page->pg_pa + static_cast<uint64_t>(static_cast<const char*>(addr) - page->pg_va);
}

uint64_t mbuf_phys(const struct mbuf* m)
{
    if ((m->m_flags & M_EXT) != 0)
        return pool_phys(m->m_data, m->m_ext.ext_page);
    return m->m_hdr.mh_paddr + static_cast<uint64_t>(m->m_data - reinterpret_cast<const char*>(m));
}

} // extern "C"
