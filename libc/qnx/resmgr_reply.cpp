// SPDX-License-Identifier: Apache-2.0
// What handlers use to get at the client's data and what turns their return value into a reply.
#include "resmgr.hpp"
#include "result.hpp"
#include <string.h>

bool qnx::resmgr_reply(resmgr_context_t* ctp, int result)
{
    if (result == _RESMGR_NOREPLY)
        return true;
    int sent;
    if (result == _RESMGR_DEFAULT) {
        sent = MsgError_r(ctp->rcvid, ENOSYS);
    } else if (result > 0) {
        sent = MsgError_r(ctp->rcvid, result);
    } else if (result == EOK) {
        sent = MsgReply_r(ctp->rcvid, ctp->status, nullptr, 0);
    } else {
        sent = MsgReplyv_r(ctp->rcvid, ctp->status, ctp->iov, static_cast<size_t>(-result));
        // A server's bad pointer must not leave its client blocked; the client's own bad buffer is the client's error.
        if (sent < 0 && sent != -ESRCH)
            MsgError_r(ctp->rcvid, sent == -EFAULT ? EIO : EFAULT);
    }
    return sent != -ESRCH;
}

ssize_t resmgr_msgread(resmgr_context_t* ctp, void* msg, size_t size, size_t offset)
{
    return MsgRead(ctp->rcvid, msg, size, offset + ctp->offset);
}

ssize_t resmgr_msgreadv(resmgr_context_t* ctp, iov_t* rmsg, size_t rparts, size_t offset)
{
    return MsgReadv(ctp->rcvid, rmsg, rparts, offset + ctp->offset);
}

ssize_t resmgr_msgget(resmgr_context_t* ctp, void* msg, size_t size, size_t offset)
{
    if (offset <= ctp->size && size <= ctp->size - offset) {
        memcpy(msg, reinterpret_cast<char*>(ctp->msg) + ctp->offset + offset, size);
        return static_cast<ssize_t>(size);
    }
    return resmgr_msgread(ctp, msg, size, offset);
}

ssize_t resmgr_msggetv(resmgr_context_t* ctp, iov_t* rmsg, size_t rparts, size_t offset)
{
    ssize_t total = 0;
    for (size_t part = 0; part < rparts; ++part) {
        ssize_t n = resmgr_msgget(ctp, rmsg[part].iov_base, rmsg[part].iov_len,
                                  offset + static_cast<size_t>(total));
        if (n < 0)
            return total > 0 ? total : n;
        total += n;
        if (static_cast<size_t>(n) < rmsg[part].iov_len)
            break;
    }
    return total;
}

ssize_t resmgr_msgwrite(resmgr_context_t* ctp, const void* msg, size_t size, size_t offset)
{
    return MsgWrite(ctp->rcvid, msg, size, offset);
}

ssize_t resmgr_msgwritev(resmgr_context_t* ctp, const iov_t* smsg, size_t sparts, size_t offset)
{
    return MsgWritev(ctp->rcvid, smsg, sparts, offset);
}

int resmgr_msgreply(resmgr_context_t* ctp, const void* reply, size_t size)
{
    return MsgReply(ctp->rcvid, ctp->status, reply, size);
}

int resmgr_msgreplyv(resmgr_context_t* ctp, const iov_t* reply, size_t parts)
{
    return MsgReplyv(ctp->rcvid, ctp->status, reply, parts);
}
