// SPDX-License-Identifier: Apache-2.0
// The Msg*() calls. A negative part count tells the kernel "one buffer of so many bytes".
#include "result.hpp"
#include <limits.h>
#include <sys/neutrino.h>

namespace {

constexpr long send_uncancellable = 1; // the nc forms

inline long send(int coid, const void* smsg, long sparts, void* rmsg, long rparts, long flags)
{
    if (flags == send_uncancellable)
        return __kercall6(KER_MSG_SEND, coid, qnx::arg(smsg), sparts, qnx::arg(rmsg), rparts,
                          flags);
    return qnx::point_call(KER_MSG_SEND, coid, qnx::arg(smsg), sparts, qnx::arg(rmsg), rparts,
                           flags);
}

bool too_long(size_t bytes)
{
    return bytes > static_cast<size_t>(SSIZE_MAX);
}

long one(size_t bytes)
{
    return -static_cast<long>(bytes);
}

void* writable(const iov_t* iov)
{
    return const_cast<iov_t*>(iov);
}

inline long send_bytes(int coid, const void* smsg, size_t sbytes, void* rmsg, size_t rbytes)
{
    if (too_long(sbytes | rbytes))
        return -EOVERFLOW;
    return send(coid, smsg, one(sbytes), rmsg, one(rbytes), 0);
}

} // namespace

long MsgSend_r(int coid, const void* smsg, size_t sbytes, void* rmsg, size_t rbytes)
{
    return send_bytes(coid, smsg, sbytes, rmsg, rbytes);
}

long MsgSendv_r(int coid, const iov_t* siov, size_t sparts, const iov_t* riov, size_t rparts)
{
    return send(coid, siov, qnx::parts_of(sparts), writable(riov), qnx::parts_of(rparts), 0);
}

long MsgSendsv_r(int coid, const void* smsg, size_t sbytes, const iov_t* riov, size_t rparts)
{
    if (too_long(sbytes))
        return -EOVERFLOW;
    return send(coid, smsg, one(sbytes), writable(riov), qnx::parts_of(rparts), 0);
}

long MsgSendvs_r(int coid, const iov_t* siov, size_t sparts, void* rmsg, size_t rbytes)
{
    if (too_long(rbytes))
        return -EOVERFLOW;
    return send(coid, siov, qnx::parts_of(sparts), rmsg, one(rbytes), 0);
}

long MsgSend(int coid, const void* smsg, size_t sbytes, void* rmsg, size_t rbytes)
{
    return qnx::errno_of<long>(send_bytes(coid, smsg, sbytes, rmsg, rbytes));
}

long MsgSendv(int coid, const iov_t* siov, size_t sparts, const iov_t* riov, size_t rparts)
{
    return qnx::errno_of<long>(MsgSendv_r(coid, siov, sparts, riov, rparts));
}

long MsgSendsv(int coid, const void* smsg, size_t sbytes, const iov_t* riov, size_t rparts)
{
    return qnx::errno_of<long>(MsgSendsv_r(coid, smsg, sbytes, riov, rparts));
}

long MsgSendvs(int coid, const iov_t* siov, size_t sparts, void* rmsg, size_t rbytes)
{
    return qnx::errno_of<long>(MsgSendvs_r(coid, siov, sparts, rmsg, rbytes));
}

long MsgSendnc_r(int coid, const void* smsg, size_t sbytes, void* rmsg, size_t rbytes)
{
    if (too_long(sbytes) || too_long(rbytes))
        return -EOVERFLOW;
    return send(coid, smsg, one(sbytes), rmsg, one(rbytes), send_uncancellable);
}

long MsgSendvnc_r(int coid, const iov_t* siov, size_t sparts, const iov_t* riov, size_t rparts)
{
    return send(coid, siov, qnx::parts_of(sparts), writable(riov), qnx::parts_of(rparts),
                send_uncancellable);
}

long MsgSendsvnc_r(int coid, const void* smsg, size_t sbytes, const iov_t* riov, size_t rparts)
{
    if (too_long(sbytes))
        return -EOVERFLOW;
    return send(coid, smsg, one(sbytes), writable(riov), qnx::parts_of(rparts), send_uncancellable);
}

long MsgSendvsnc_r(int coid, const iov_t* siov, size_t sparts, void* rmsg, size_t rbytes)
{
    if (too_long(rbytes))
        return -EOVERFLOW;
    return send(coid, siov, qnx::parts_of(sparts), rmsg, one(rbytes), send_uncancellable);
}

long MsgSendnc(int coid, const void* smsg, size_t sbytes, void* rmsg, size_t rbytes)
{
    return qnx::errno_of<long>(MsgSendnc_r(coid, smsg, sbytes, rmsg, rbytes));
}

long MsgSendvnc(int coid, const iov_t* siov, size_t sparts, const iov_t* riov, size_t rparts)
{
    return qnx::errno_of<long>(MsgSendvnc_r(coid, siov, sparts, riov, rparts));
}

long MsgSendsvnc(int coid, const void* smsg, size_t sbytes, const iov_t* riov, size_t rparts)
{
    return qnx::errno_of<long>(MsgSendsvnc_r(coid, smsg, sbytes, riov, rparts));
}

long MsgSendvsnc(int coid, const iov_t* siov, size_t sparts, void* rmsg, size_t rbytes)
{
    return qnx::errno_of<long>(MsgSendvsnc_r(coid, siov, sparts, rmsg, rbytes));
}
