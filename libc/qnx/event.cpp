// SPDX-License-Identifier: Apache-2.0
// Pulses and events: MsgSendPulse(), MsgDeliverEvent(), MsgRegisterEvent(), and MsgKeyData().
#include "result.hpp"
#include <sys/neutrino.h>

int MsgSendPulse_r(int coid, int priority, int code, int value)
{
    return static_cast<int>(__kercall4(KER_MSG_SEND_PULSE, coid, priority, code, value));
}

int MsgSendPulse(int coid, int priority, int code, int value)
{
    return qnx::errno_of<int>(MsgSendPulse_r(coid, priority, code, value));
}

int MsgSendPulsePtr_r(int coid, int priority, int code, void* value)
{
    return static_cast<int>(__kercall4(KER_MSG_SEND_PULSE, coid, priority, code, qnx::arg(value)));
}

int MsgSendPulsePtr(int coid, int priority, int code, void* value)
{
    return qnx::errno_of<int>(MsgSendPulsePtr_r(coid, priority, code, value));
}

int MsgDeliverEvent_r(int rcvid, const struct sigevent* event)
{
    return static_cast<int>(__kercall2(KER_MSG_DELIVER_EVENT, rcvid, qnx::arg(event)));
}

int MsgDeliverEvent(int rcvid, const struct sigevent* event)
{
    return qnx::errno_of<int>(MsgDeliverEvent_r(rcvid, event));
}

int MsgVerifyEvent_r(int rcvid, const struct sigevent* event)
{
    return static_cast<int>(__kercall2(KER_MSG_VERIFY_EVENT, rcvid, qnx::arg(event)));
}

int MsgVerifyEvent(int rcvid, const struct sigevent* event)
{
    return qnx::errno_of(MsgVerifyEvent_r(rcvid, event));
}

int MsgRegisterEvent_r(struct sigevent* event, int coid)
{
    if (event != nullptr && SIGEV_GET_TYPE(event) == SIGEV_THREAD) {
        const int error = __nto_thread_events();
        if (error != 0)
            return -error;
    }
    return static_cast<int>(__kercall2(KER_MSG_REGISTER_EVENT, qnx::arg(event), coid));
}

int MsgRegisterEvent(struct sigevent* event, int coid)
{
    return qnx::errno_of<int>(MsgRegisterEvent_r(event, coid));
}

int MsgUnregisterEvent_r(const struct sigevent* event)
{
    return static_cast<int>(__kercall1(KER_MSG_UNREGISTER_EVENT, qnx::arg(event)));
}

int MsgUnregisterEvent(const struct sigevent* event)
{
    return qnx::errno_of<int>(MsgUnregisterEvent_r(event));
}

int MsgKeyData_r(int rcvid, int op, uint32_t key, uint32_t* newkey, const iov_t* iov, int parts)
{
    return static_cast<int>(
        __kercall6(KER_MSG_KEYDATA, rcvid, op, key, qnx::arg(newkey), qnx::arg(iov), parts));
}

int MsgKeyData(int rcvid, int op, uint32_t key, uint32_t* newkey, const iov_t* iov, int parts)
{
    return qnx::errno_of<int>(MsgKeyData_r(rcvid, op, key, newkey, iov, parts));
}
