// SPDX-License-Identifier: Apache-2.0
// Records in and out of a socket's buffer.
#include "kern/sockbuf.hpp"

namespace netmgr {

namespace {

bool is_data(const mbuf* m)
{
    return m->m_type != MT_SONAME && m->m_type != MT_CONTROL;
}

mbuf* last_of(mbuf* m)
{
    while (m->m_next != nullptr)
        m = m->m_next;
    return m;
}

} // namespace

size_t Sockbuf::chain_size(const mbuf* m, bool data_only)
{
    size_t size = 0;
    for (; m != nullptr; m = m->m_next)
        if (!data_only || is_data(m))
            size += static_cast<size_t>(m->m_len);
    return size;
}

size_t Sockbuf::first_record_data() const
{
    return records_ != nullptr ? chain_size(records_, true) : 0;
}

void Sockbuf::link_record(mbuf* m)
{
    m->m_nextpkt = nullptr;
    if (last_record_ != nullptr)
        last_record_->m_nextpkt = m;
    else
        records_ = m;
    last_record_ = m;
    last_mbuf_ = last_of(m);
    bytes_ += chain_size(m, false);
    data_bytes_ += chain_size(m, true);
}

bool Sockbuf::append_record(MbufPtr data)
{
    if (chain_size(data.get(), false) > space())
        return false;
    link_record(data.release());
    return true;
}

bool Sockbuf::append_address(const sockaddr* name, MbufPtr data, MbufPtr control)
{
    const size_t size =
        name->sa_len + chain_size(data.get(), false) + chain_size(control.get(), false);
    if (size > space())
        return false;
    MbufPtr record(pool_.get(MT_SONAME));
    if (!record || name->sa_len > MLEN)
        return false;
    memcpy(record->m_data, name, name->sa_len);
    record->m_len = name->sa_len;
    if (control)
        m_cat(record.get(), control.release());
    if (data)
        m_cat(record.get(), data.release());
    link_record(record.release());
    return true;
}

bool Sockbuf::merge_into_last(const mbuf& m)
{
    const bool small = m.m_len <= MLEN || m.m_len < last_mbuf_->m_len / 4;
    if (!small || m.m_type != last_mbuf_->m_type || m_trailingspace(last_mbuf_) < m.m_len)
        return false;
    memcpy(last_mbuf_->m_data + last_mbuf_->m_len, m.m_data, static_cast<size_t>(m.m_len));
    last_mbuf_->m_len += m.m_len;
    return true;
}

void Sockbuf::append_stream(MbufPtr data)
{
    mbuf* next = nullptr;
    for (mbuf* m = data.release(); m != nullptr; m = next) {
        next = m->m_next;
        m->m_next = nullptr;
        const auto len = static_cast<size_t>(m->m_len);
        if (len == 0 || (records_ != nullptr && merge_into_last(*m))) {
            m_free(m);
        } else if (records_ == nullptr) {
            link_record(m);
            continue;
        } else {
            last_mbuf_->m_next = m;
            last_mbuf_ = m;
        }
        bytes_ += len;
        data_bytes_ += len;
    }
}

MbufPtr Sockbuf::take_stream(size_t room)
{
    mbuf* head = nullptr;
    mbuf** tail = &head;
    mark_ = nullptr;
    while (records_ != nullptr && room > 0) {
        mbuf* m = records_;
        const auto len = static_cast<size_t>(m->m_len);
        if (len > room) {
            mbuf* part = m_copym(m, 0, static_cast<int>(room), M_DONTWAIT);
            if (part == nullptr)
                break;
            part->m_flags &= ~M_PKTHDR;
            *tail = part;
            drop(room);
            break;
        }
        records_ = m->m_next;
        if (records_ == nullptr)
            last_record_ = last_mbuf_ = nullptr;
        else
            last_record_ = records_;
        m->m_next = nullptr;
        bytes_ -= len;
        data_bytes_ -= len;
        room -= len;
        *tail = m;
        tail = &m->m_next;
    }
    return MbufPtr(head);
}

MbufPtr Sockbuf::take_mixed(size_t room, MbufPtr& control)
{
    mbuf* const next_record = records_->m_nextpkt;
    mbuf* head = nullptr;
    mbuf* control_head = nullptr;
    mbuf** tail = &head;
    mbuf** control_tail = &control_head;
    records_->m_nextpkt = nullptr;
    while (records_ != nullptr && (records_->m_type == MT_CONTROL || room > 0)) {
        mbuf* m = records_;
        const auto len = static_cast<size_t>(m->m_len);
        const bool data = is_data(m);
        if (data && len > room) {
            mbuf* part = m_copym(m, 0, static_cast<int>(room), M_DONTWAIT);
            if (part == nullptr)
                break;
            part->m_flags &= ~M_PKTHDR;
            *tail = part;
            m->m_data += room;
            m->m_len -= static_cast<int>(room);
            bytes_ -= room;
            data_bytes_ -= room;
            break;
        }
        records_ = m->m_next;
        m->m_next = nullptr;
        bytes_ -= len;
        data_bytes_ -= data ? len : 0;
        room -= data ? len : 0;
        *(data ? tail : control_tail) = m;
        (data ? tail : control_tail) = &m->m_next;
    }
    if (records_ != nullptr)
        records_->m_nextpkt = next_record;
    else
        records_ = next_record;
    if (next_record == nullptr)
        last_record_ = records_;
    if (records_ == nullptr)
        last_mbuf_ = nullptr;
    control = MbufPtr(control_head);
    return MbufPtr(head);
}

MbufPtr Sockbuf::copy_stream(size_t offset, size_t size)
{
    if (records_ == nullptr || offset + size > data_bytes_)
        return MbufPtr();
    if (mark_ == nullptr || offset < mark_offset_) {
        mark_ = records_;
        mark_offset_ = 0;
    }
    while (offset - mark_offset_ >= static_cast<size_t>(mark_->m_len) && mark_->m_next != nullptr) {
        mark_offset_ += static_cast<size_t>(mark_->m_len);
        mark_ = mark_->m_next;
    }
    return MbufPtr(m_copym(mark_, static_cast<int>(offset - mark_offset_), static_cast<int>(size),
                           M_DONTWAIT));
}

void Sockbuf::drop(size_t size)
{
    while (records_ != nullptr && size > 0) {
        mbuf* m = records_;
        const auto here =
            static_cast<size_t>(m->m_len) < size ? static_cast<size_t>(m->m_len) : size;
        m->m_data += here;
        m->m_len -= static_cast<int>(here);
        bytes_ -= here;
        data_bytes_ -= here;
        mark_offset_ -= mark_offset_ < here ? mark_offset_ : here;
        size -= here;
        if (m->m_len != 0)
            return;
        if (mark_ == m)
            mark_ = nullptr;
        records_ = m_free(m);
        last_record_ = records_;
        if (records_ == nullptr)
            last_mbuf_ = nullptr;
    }
}

MbufPtr Sockbuf::take_record()
{
    mbuf* m = records_;
    if (m == nullptr)
        return MbufPtr();
    records_ = m->m_nextpkt;
    if (records_ == nullptr)
        last_record_ = last_mbuf_ = nullptr;
    m->m_nextpkt = nullptr;
    bytes_ -= chain_size(m, false);
    data_bytes_ -= chain_size(m, true);
    mark_ = nullptr;
    return MbufPtr(m);
}

void Sockbuf::flush()
{
    while (take_record()) {
    }
}

} // namespace netmgr
