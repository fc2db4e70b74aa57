// SPDX-License-Identifier: Apache-2.0
// The receiving side: MsgReceive*(), MsgReply*(), MsgRead*(), MsgWrite*(), and what goes with a rcvid.
#include "result.hpp"
#include <limits.h>
#include <sys/neutrino.h>

namespace {

long one(size_t bytes)
{
    return bytes > static_cast<size_t>(SSIZE_MAX) ? -static_cast<long>(SSIZE_MAX)
                                                  : -static_cast<long>(bytes);
}

// Receiving is a cancellation point.
inline long receive(long call, int chid, long buffer, long parts, long info)
{
    return qnx::point_call(call, chid, buffer, parts, info, 0, 0);
}

inline int receive_bytes(int chid, void* msg, size_t bytes, struct _msg_info* info)
{
    return static_cast<int>(
        receive(KER_MSG_RECEIVE, chid, qnx::arg(msg), one(bytes), qnx::arg(info)));
}

inline int reply_bytes(int rcvid, long status, const void* msg, size_t bytes)
{
    return static_cast<int>(__kercall4(KER_MSG_REPLY, rcvid, status, qnx::arg(msg), one(bytes)));
}

} // namespace

int MsgReceive_r(int chid, void* msg, size_t bytes, struct _msg_info* info)
{
    return receive_bytes(chid, msg, bytes, info);
}

int MsgReceive(int chid, void* msg, size_t bytes, struct _msg_info* info)
{
    return qnx::errno_of<int>(receive_bytes(chid, msg, bytes, info));
}

int MsgReceivev_r(int chid, const iov_t* riov, size_t rparts, struct _msg_info* info)
{
    return static_cast<int>(
        receive(KER_MSG_RECEIVE, chid, qnx::arg(riov), qnx::parts_of(rparts), qnx::arg(info)));
}

int MsgReceivev(int chid, const iov_t* riov, size_t rparts, struct _msg_info* info)
{
    return qnx::errno_of<int>(MsgReceivev_r(chid, riov, rparts, info));
}

int MsgReceivePulse_r(int chid, void* pulse, size_t bytes, struct _msg_info* info)
{
    return static_cast<int>(
        receive(KER_MSG_RECEIVE_PULSE, chid, qnx::arg(pulse), one(bytes), qnx::arg(info)));
}

int MsgReceivePulse(int chid, void* pulse, size_t bytes, struct _msg_info* info)
{
    return qnx::errno_of<int>(MsgReceivePulse_r(chid, pulse, bytes, info));
}

int MsgReceivePulsev_r(int chid, const iov_t* piov, size_t parts, struct _msg_info* info)
{
    return static_cast<int>(
        receive(KER_MSG_RECEIVE_PULSE, chid, qnx::arg(piov), qnx::parts_of(parts), qnx::arg(info)));
}

int MsgReceivePulsev(int chid, const iov_t* piov, size_t parts, struct _msg_info* info)
{
    return qnx::errno_of<int>(MsgReceivePulsev_r(chid, piov, parts, info));
}

int MsgReply_r(int rcvid, long status, const void* msg, size_t bytes)
{
    return reply_bytes(rcvid, status, msg, bytes);
}

int MsgReply(int rcvid, long status, const void* msg, size_t bytes)
{
    return qnx::errno_of<int>(reply_bytes(rcvid, status, msg, bytes));
}

int MsgReplyv_r(int rcvid, long status, const iov_t* riov, size_t rparts)
{
    return static_cast<int>(
        __kercall4(KER_MSG_REPLY, rcvid, status, qnx::arg(riov), qnx::parts_of(rparts)));
}

int MsgReplyv(int rcvid, long status, const iov_t* riov, size_t rparts)
{
    return qnx::errno_of<int>(MsgReplyv_r(rcvid, status, riov, rparts));
}

int MsgError_r(int rcvid, int err)
{
    return static_cast<int>(__kercall2(KER_MSG_ERROR, rcvid, err));
}

int MsgError(int rcvid, int err)
{
    return qnx::errno_of<int>(MsgError_r(rcvid, err));
}

ssize_t MsgRead_r(int rcvid, void* msg, size_t bytes, size_t offset)
{
    return static_cast<ssize_t>(
        __kercall4(KER_MSG_READ, rcvid, qnx::arg(msg), one(bytes), static_cast<long>(offset)));
}

ssize_t MsgRead(int rcvid, void* msg, size_t bytes, size_t offset)
{
    return qnx::errno_of<ssize_t>(MsgRead_r(rcvid, msg, bytes, offset));
}

ssize_t MsgReadv_r(int rcvid, const iov_t* riov, size_t rparts, size_t offset)
{
    return static_cast<ssize_t>(__kercall4(KER_MSG_READ, rcvid, qnx::arg(riov),
                                           qnx::parts_of(rparts), static_cast<long>(offset)));
}

ssize_t MsgReadv(int rcvid, const iov_t* riov, size_t rparts, size_t offset)
{
    return qnx::errno_of<ssize_t>(MsgReadv_r(rcvid, riov, rparts, offset));
}

ssize_t MsgWrite_r(int rcvid, const void* msg, size_t bytes, size_t offset)
{
    return static_cast<ssize_t>(
        __kercall4(KER_MSG_WRITE, rcvid, qnx::arg(msg), one(bytes), static_cast<long>(offset)));
}

ssize_t MsgWrite(int rcvid, const void* msg, size_t bytes, size_t offset)
{
    return qnx::errno_of<ssize_t>(MsgWrite_r(rcvid, msg, bytes, offset));
}

ssize_t MsgWritev_r(int rcvid, const iov_t* iov, size_t parts, size_t offset)
{
    return static_cast<ssize_t>(__kercall4(KER_MSG_WRITE, rcvid, qnx::arg(iov),
                                           qnx::parts_of(parts), static_cast<long>(offset)));
}

ssize_t MsgWritev(int rcvid, const iov_t* iov, size_t parts, size_t offset)
{
    return qnx::errno_of<ssize_t>(MsgWritev_r(rcvid, iov, parts, offset));
}

int MsgInfo_r(int rcvid, struct _msg_info* info)
{
    return static_cast<int>(__kercall2(KER_MSG_INFO, rcvid, qnx::arg(info)));
}

int MsgInfo(int rcvid, struct _msg_info* info)
{
    return qnx::errno_of<int>(MsgInfo_r(rcvid, info));
}

ssize_t MsgReadiov_r(int rcvid, const iov_t* iov, size_t parts, size_t offset, int flags)
{
    return static_cast<ssize_t>(__kercall5(KER_MSG_READIOV, rcvid, qnx::arg(iov),
                                           qnx::parts_of(parts), static_cast<long>(offset), flags));
}

ssize_t MsgReadiov(int rcvid, const iov_t* iov, size_t parts, size_t offset, int flags)
{
    return qnx::errno_of<ssize_t>(MsgReadiov_r(rcvid, iov, parts, offset, flags));
}

int MsgPause_r(int rcvid, unsigned cookie)
{
    return static_cast<int>(__kercall2(KER_MSG_PAUSE, rcvid, cookie));
}

int MsgPause(int rcvid, unsigned cookie)
{
    return qnx::errno_of(MsgPause_r(rcvid, cookie));
}

int MsgCurrent_r(int rcvid)
{
    return static_cast<int>(__kercall1(KER_MSG_CURRENT, rcvid));
}

int MsgCurrent(int rcvid)
{
    return qnx::errno_of<int>(MsgCurrent_r(rcvid));
}
