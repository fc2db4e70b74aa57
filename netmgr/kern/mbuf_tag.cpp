// SPDX-License-Identifier: Apache-2.0
// Packet tags: notes that travel with a packet's first mbuf. Small ones come from the pool and a thread's cache (mtag_cache=).
#include <errno.h>
#include <stdlib.h>
#include <sys/mbuf.h>

#include "kern/mbuf_pool.hpp"
#include "kern/stack.hpp"

namespace netmgr {

m_tag* MbufPool::get_tag()
{
    MbufCache* mine = cache();
    m_tag* tag = mine != nullptr ? mine->tags : nullptr;
    if (tag != nullptr) {
        mine->tags = tag->m_tag_link;
        mine->tag_count--;
        mine->tags_held.add(-1);
        mine->tag_hits.add(1);
        return tag;
    }
    if (mine != nullptr)
        mine->tag_misses.add(1);
    tag = static_cast<m_tag*>(tags_.get());
    if (tag != nullptr)
        tag->m_tag_pool = this;
    return tag;
}

void MbufPool::put_tag(m_tag& tag)
{
    MbufCache* mine = cache();
    if (mine == nullptr || mine->tag_count >= limits_.mtag_cache) {
        tags_.put(&tag);
        return;
    }
    tag.m_tag_link = mine->tags;
    mine->tags = &tag;
    mine->tag_count++;
    mine->tags_held.add(1);
    mine->tag_puts.add(1);
}

} // namespace netmgr

using netmgr::current_stack;
using netmgr::MbufPool;

extern "C" {

struct m_tag* m_tag_get(int type, int len, int)
{
    if (len < 0 || len > M_TAG_MAX)
        return nullptr;
    m_tag* tag = nullptr;
    if (len <= M_TAG_SMALL && current_stack != nullptr) {
        tag = current_stack->mbufs().get_tag();
    } else {
        tag = static_cast<m_tag*>(malloc(sizeof(m_tag) + static_cast<size_t>(len)));
        if (tag != nullptr)
            tag->m_tag_pool = nullptr;
    }
    if (tag == nullptr)
        return nullptr;
    tag->m_tag_link = nullptr;
    tag->m_tag_id = static_cast<uint16_t>(type);
    tag->m_tag_len = static_cast<uint16_t>(len);
    return tag;
}

void m_tag_free(struct m_tag* tag)
{
    if (tag->m_tag_pool != nullptr)
        static_cast<MbufPool*>(tag->m_tag_pool)->put_tag(*tag);
    else
        free(tag);
}

void m_tag_prepend(struct mbuf* m, struct m_tag* tag)
{
    tag->m_tag_link = m->m_pkthdr.tags;
    m->m_pkthdr.tags = tag;
}

void m_tag_unlink(struct mbuf* m, struct m_tag* tag)
{
    for (m_tag** at = &m->m_pkthdr.tags; *at != nullptr; at = &(*at)->m_tag_link) {
        if (*at == tag) {
            *at = tag->m_tag_link;
            return;
        }
    }
}

void m_tag_delete(struct mbuf* m, struct m_tag* tag)
{
    m_tag_unlink(m, tag);
    m_tag_free(tag);
}

void m_tag_delete_chain(struct mbuf* m, struct m_tag* tag)
{
    m_tag** at = &m->m_pkthdr.tags;
    while (tag != nullptr && *at != nullptr && *at != tag)
        at = &(*at)->m_tag_link;
    while (m_tag* gone = *at) {
        *at = gone->m_tag_link;
        m_tag_free(gone);
    }
}

struct m_tag* m_tag_find(struct mbuf* m, int type, struct m_tag* after)
{
    m_tag* tag = after != nullptr ? after->m_tag_link : m->m_pkthdr.tags;
    while (tag != nullptr && tag->m_tag_id != type)
        tag = tag->m_tag_link;
    return tag;
}

struct m_tag* m_tag_copy(struct m_tag* tag)
{
    m_tag* copy = m_tag_get(tag->m_tag_id, tag->m_tag_len, M_DONTWAIT);
    if (copy != nullptr)
        memcpy(copy + 1, tag + 1, tag->m_tag_len);
    return copy;
}

int m_tag_copy_chain(struct mbuf* to, struct mbuf* from)
{
    m_tag_delete_chain(to, nullptr);
    m_tag** end = &to->m_pkthdr.tags;
    for (m_tag* tag = from->m_pkthdr.tags; tag != nullptr; tag = tag->m_tag_link) {
        *end = m_tag_copy(tag);
        if (*end == nullptr) {
            m_tag_delete_chain(to, nullptr);
            return 0;
        }
        end = &(*end)->m_tag_link;
    }
    return 1;
}

void m_copy_pkthdr(struct mbuf* to, const struct mbuf* from)
{
    to->m_pkthdr = from->m_pkthdr;
    to->m_pkthdr.tags = nullptr;
    to->m_flags |= from->m_flags & M_COPYFLAGS;
    if (from->m_pkthdr.tags != nullptr)
        m_tag_copy_chain(to, const_cast<mbuf*>(from));
}

} // extern "C"
