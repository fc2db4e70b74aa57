// SPDX-License-Identifier: Apache-2.0
// resmgr-test's part on the dispatch layer: messages, pulses, descriptors, timeouts on one blocking point.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/dispatch.h>
#include <unistd.h>

#include "resmgr_test.hpp"

namespace {

constexpr int first_type = 0x5000, last_type = 0x50ff;

struct Seen {
    int messages, pulses, selects;
    int last_code, last_value;
    unsigned select_flags;
};
Seen seen;

int on_message(message_context_t* ctp, int code, unsigned, void* handle)
{
    auto* counts = static_cast<Seen*>(handle);
    counts->messages++;
    counts->last_code = code;
    MsgReply(ctp->rcvid, code - first_type, nullptr, 0);
    return 0;
}

int on_pulse(message_context_t* ctp, int code, unsigned, void* handle)
{
    auto* counts = static_cast<Seen*>(handle);
    counts->pulses++;
    counts->last_code = code;
    counts->last_value = ctp->msg->pulse.value.sival_int;
    return 0;
}

int on_ready(select_context_t*, int fd, unsigned flags, void*)
{
    char c;
    seen.selects++;
    seen.select_flags = flags;
    return read(fd, &c, 1) == 1 ? 0 : -1;
}

// One message of a type of ours, one of nobody's, then a pulse.
void* client(void* argument)
{
    int coid = *static_cast<int*>(argument);
    uint16_t type[8] = {first_type + 7};
    long ours = MsgSend(coid, type, sizeof type, nullptr, 0);
    type[0] = 0x6000;
    long foreign = MsgSend(coid, type, sizeof type, nullptr, 0);
    bool refused = foreign == -1 && errno == ENOSYS;
    MsgSendPulse(coid, -1, 5, 4711);
    return reinterpret_cast<void*>(static_cast<long>(ours == 7 && refused));
}

bool step(dispatch_context_t** ctp)
{
    dispatch_context_t* got = dispatch_block(*ctp);
    if (got == nullptr)
        return false;
    *ctp = got;
    return dispatch_handler(*ctp) == 0;
}

} // namespace

void test_dispatch(void (*check)(bool good, const char* what))
{
    dispatch_t* dpp = dispatch_create();
    check(message_attach(dpp, nullptr, first_type, last_type, on_message, &seen) == 0,
          "message_attach");
    check(message_attach(dpp, nullptr, last_type, last_type + 1, on_message, &seen) == -1 &&
              errno == EINVAL,
          "overlapping types are refused");
    check(pulse_attach(dpp, 0, 5, on_pulse, &seen) == 5, "pulse_attach with a code");
    int code = pulse_attach(dpp, MSG_FLAG_ALLOC_PULSE, 0, on_pulse, &seen);
    check(code >= _PULSE_CODE_MINAVAIL && code != 5, "pulse_attach chooses a code");
    int coid = message_connect(dpp, MSG_FLAG_SIDE_CHANNEL);
    check(coid >= _NTO_SIDE_CHANNEL, "message_connect");
    dispatch_context_t* ctp = dispatch_context_alloc(dpp);
    pthread_t thread;
    pthread_create(&thread, nullptr, client, &coid);
    for (int i = 0; i < 3; ++i)
        step(&ctp);
    void* good = nullptr;
    pthread_join(thread, &good);
    check(good != nullptr && seen.messages == 1,
          "a message reaches its function, a foreign one is ENOSYS");
    check(seen.pulses == 1 && seen.last_code == 5 && seen.last_value == 4711,
          "a pulse reaches its function");

    struct timespec soon = {0, 50000000};
    dispatch_timeout(dpp, &soon);
    check(!step(&ctp) && errno == ETIMEDOUT, "dispatch_timeout");
    dispatch_timeout(dpp, nullptr);
    dispatch_unblock(ctp);
    check(step(&ctp) && seen.pulses == 1, "dispatch_unblock");

    int fd = open(test_path, O_RDWR | O_NONBLOCK);
    check(select_attach(dpp, nullptr, fd, SELECT_FLAG_READ | SELECT_FLAG_REARM, on_ready,
                        nullptr) == 0,
          "select_attach");
    write(fd, "s", 1);
    check(step(&ctp) && seen.selects == 1 && seen.select_flags == SELECT_FLAG_READ,
          "a descriptor's data reaches its function");
    write(fd, "t", 1);
    check(step(&ctp) && seen.selects == 2, "and again after it is armed anew");
    check(select_detach(dpp, fd) == 0, "select_detach");
    close(fd);
    dispatch_context_free(ctp);
    ConnectDetach(coid);
    check(dispatch_destroy(dpp) == 0, "dispatch_destroy");
}
