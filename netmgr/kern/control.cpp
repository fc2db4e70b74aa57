// SPDX-License-Identifier: Apache-2.0
// Building and reading control messages.
#include "kern/control.hpp"

#include <errno.h>
#include <string.h>

namespace netmgr {

void control_append(MbufPool& pool, MbufPtr& control, int level, int type, const void* data,
                    size_t size)
{
    const size_t space = CMSG_SPACE(size);
    if (space > static_cast<size_t>(MLEN))
        return;
    MbufPtr m(pool.get(MT_CONTROL));
    if (!m)
        return;
    cmsghdr header = {};
    header.cmsg_len = static_cast<socklen_t>(CMSG_LEN(size));
    header.cmsg_level = level;
    header.cmsg_type = type;
    memset(m->m_data, 0, space);
    memcpy(m->m_data, &header, sizeof(header));
    memcpy(m->m_data + CMSG_LEN(0), data, size);
    m->m_len = static_cast<int>(space);
    if (control)
        m_cat(control.get(), m.release());
    else
        control = std::move(m);
}

int control_walk(const mbuf* control,
                 int (*fn)(void* arg, const cmsghdr& header, const uint8_t* data, size_t size),
                 void* arg)
{
    if (control == nullptr)
        return 0;
    alignas(8) uint8_t bytes[control_max];
    const auto total = static_cast<size_t>(m_length(control));
    if (total > sizeof(bytes))
        return EINVAL;
    m_copydata(control, 0, static_cast<int>(total), bytes);
    return control_walk({bytes, total}, fn, arg);
}

int control_walk(std::span<const uint8_t> bytes,
                 int (*fn)(void* arg, const cmsghdr& header, const uint8_t* data, size_t size),
                 void* arg)
{
    for (size_t at = 0; at < bytes.size();) {
        cmsghdr header;
        const size_t left = bytes.size() - at;
        if (left < sizeof(header))
            return EINVAL;
        memcpy(&header, bytes.data() + at, sizeof(header));
        if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > left)
            return EINVAL;
        if (int error =
                fn(arg, header, bytes.data() + at + CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0)))
            return error;
        at += CMSG_ALIGN(header.cmsg_len);
    }
    return 0;
}

} // namespace netmgr
