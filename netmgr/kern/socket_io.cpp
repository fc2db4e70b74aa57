// SPDX-License-Identifier: Apache-2.0
// Sending and receiving on sockets.
#include <errno.h>
#include <string.h>

#include "kern/protosw.hpp"
#include "kern/socket.hpp"
#include "kern/stack.hpp"

namespace netmgr {

namespace {

int check_send_state(Socket& so, bool has_name)
{
    if ((so.state & ss_cant_send) != 0)
        return EPIPE;
    if (so.error != 0)
        return so.take_error();
    if ((so.state & ss_connected) == 0) {
        if (has_name && so.proto.connects_by_send(so))
            return 0;
        if ((so.proto.flags & pr_connrequired) != 0)
            return (so.state & ss_connecting) != 0 ? EWOULDBLOCK : ENOTCONN;
        if (!has_name)
            return EDESTADDRREQ;
    }
    return 0;
}

// Nothing to read: why, or "wait".
int empty_result(Socket& so, size_t room)
{
    if (so.error != 0)
        return so.take_error();
    if ((so.state & ss_cant_receive) != 0 || room == 0)
        return 0;
    if ((so.proto.flags & pr_connrequired) != 0 && (so.state & (ss_connected | ss_connecting)) == 0)
        return ENOTCONN;
    return EWOULDBLOCK;
}

// Splits a record (taken or copied) into name, control and data.
void split_record(MbufPtr record, Received& out)
{
    mbuf* m = record.release();
    if (m != nullptr && m->m_type == MT_SONAME) {
        out.name_len = static_cast<socklen_t>(m->m_len) < sizeof(out.name)
                           ? static_cast<socklen_t>(m->m_len)
                           : sizeof(out.name);
        memcpy(&out.name, m->m_data, out.name_len);
        m = m_free(m);
    }
    mbuf* control = nullptr;
    mbuf** tail = &control;
    while (m != nullptr && m->m_type == MT_CONTROL) {
        *tail = m;
        tail = &m->m_next;
        m = m->m_next;
        *tail = nullptr;
    }
    out.control = MbufPtr(control);
    out.data = MbufPtr(m);
}

int receive_record(Socket& so, size_t room, int flags, Received& out)
{
    MbufPtr record;
    if ((flags & MSG_PEEK) != 0) {
        mbuf* copy = m_copym(so.rcv.first_record(), 0, M_COPYALL, M_DONTWAIT);
        if (copy == nullptr)
            return ENOBUFS;
        record.reset(copy);
    } else {
        record = so.rcv.take_record();
    }
    split_record(std::move(record), out);
    if ((flags & MSG_PEEK) != 0 && (so.proto.flags & pr_rights) != 0)
        out.control.reset(); // descriptors are taken once
    out.full_size = static_cast<size_t>(m_length(out.data.get()));
    if (out.full_size > room) {
        m_adj(out.data.get(), -static_cast<int>(out.full_size - room));
        out.flags |= MSG_TRUNC;
    }
    return 0;
}

// SO_RCVLOWAT, and MSG_WAITALL as far as the buffer can hold it.
bool must_wait_for_more(const Socket& so, size_t room, int flags)
{
    const size_t have = so.rcv.data_bytes();
    if ((so.state & ss_cant_receive) != 0 || so.error != 0 || so.oob_mark != 0)
        return false;
    // Half the buffer, then: a sender waits for more than a little room (silly windows).
    const size_t least = (flags & MSG_WAITALL) != 0 ? so.rcv.hiwat / 2 : so.rcv.lowat;
    return have < (room < least ? room : least);
}

// Local streams: descriptors come with the data they were sent with, and are never read twice.
int receive_mixed(Socket& so, size_t room, int flags, Received& out)
{
    if ((flags & MSG_PEEK) != 0) {
        const mbuf* data = so.rcv.first_record();
        while (data != nullptr && data->m_type == MT_CONTROL)
            data = data->m_next;
        if (data == nullptr)
            return 0;
        const auto size = static_cast<size_t>(m_length(data));
        out.data = MbufPtr(m_copym(const_cast<mbuf*>(data), 0,
                                   static_cast<int>(room < size ? room : size), M_DONTWAIT));
        return out.data ? 0 : ENOBUFS;
    }
    out.data = so.rcv.take_mixed(room, out.control);
    so.proto.rcvd(so);
    return 0;
}

int receive_stream(Socket& so, size_t room, int flags, Received& out)
{
    if ((so.proto.flags & pr_rights) != 0)
        return receive_mixed(so, room, flags, out);
    if (so.oob_mark != 0 && room > so.oob_mark)
        room = so.oob_mark; // a read ends at the urgent mark
    if ((flags & MSG_PEEK) != 0) {
        const size_t size = room < so.rcv.data_bytes() ? room : so.rcv.data_bytes();
        out.data = so.rcv.copy_stream(0, size);
        return out.data ? 0 : ENOBUFS;
    }
    out.data = so.rcv.take_stream(room);
    if (!out.data)
        return ENOBUFS;
    so.state &= ~static_cast<uint32_t>(ss_at_mark);
    if (so.oob_mark != 0) {
        so.oob_mark -= static_cast<size_t>(m_length(out.data.get()));
        if (so.oob_mark == 0)
            so.state |= ss_at_mark;
    }
    if ((so.proto.flags & pr_wantrcvd) != 0)
        so.proto.rcvd(so);
    return 0;
}

} // namespace

int sosend_room(Socket& so, size_t size, bool has_name, size_t& room)
{
    room = 0;
    if (int error = check_send_state(so, has_name))
        return error;
    if ((so.proto.flags & pr_atomic) != 0) {
        if (size > so.snd.hiwat)
            return EMSGSIZE;
        if (size > so.snd.space())
            return EWOULDBLOCK;
        room = size;
        return 0;
    }
    const size_t space = so.proto.send_space(so);
    if (space < size && space < so.snd.lowat)
        return EWOULDBLOCK;
    room = space < size ? space : size;
    return 0;
}

int sosend(Socket& so, const sockaddr* name, size_t name_len, MbufPtr& data, MbufPtr& control,
           int flags, const Cred& cred)
{
    sockaddr_storage ss = {};
    if (name != nullptr) {
        if (name_len < 2 || name_len > sizeof(ss))
            return EINVAL;
        memcpy(&ss, name, name_len);
        ss.ss_len = static_cast<uint8_t>(name_len);
    }
    if (!data)
        data.reset(so.stack.mbufs().get_hdr(MT_DATA));
    if (!data)
        return ENOBUFS;
    const auto size = static_cast<size_t>(m_length(data.get()));
    size_t room = 0;
    if (int error = sosend_room(so, size, name != nullptr, room))
        return error;
    if (room < size)
        return EWOULDBLOCK;
    if ((flags & MSG_OOB) != 0 && (so.proto.flags & pr_atomic) != 0)
        return EOPNOTSUPP;
    const auto* to = name != nullptr ? reinterpret_cast<const sockaddr*>(&ss) : nullptr;
    return so.proto.send(so, to, std::move(data), std::move(control), flags, cred);
}

int soreceive(Socket& so, size_t room, int flags, Received& out)
{
    out = Received();
    if ((so.proto.flags & pr_own_buffer) != 0)
        return so.proto.receive(so, room, flags, out);
    if ((flags & MSG_OOB) != 0)
        return so.proto.rcvoob(so, out.data, flags);
    if ((so.state & ss_listening) != 0)
        return ENOTCONN;
    if (so.rcv.empty())
        return empty_result(so, room);
    if ((so.proto.flags & pr_atomic) != 0)
        return receive_record(so, room, flags, out);
    if (so.error != 0 && so.rcv.data_bytes() == 0)
        return so.take_error();
    if (must_wait_for_more(so, room, flags))
        return EWOULDBLOCK;
    if (room == 0)
        return 0;
    return receive_stream(so, room, flags, out);
}

} // namespace netmgr
