// SPDX-License-Identifier: Apache-2.0
// Inside of the dispatch layer: the handle, the context's hidden part, and what the resource-manager layer hooks into it.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <sys/dispatch.h>

namespace qnx {

constexpr size_t min_message_size = 4096; // a connect message with a full path and an extra fits
constexpr unsigned min_parts = 16;

struct MessageHandler {
    MessageHandler* next;
    int low, high;
    bool pulse;
    int (*func)(message_context_t*, int, unsigned, void*);
    void* handle;
};

struct SelectHandler {
    SelectHandler* next;
    int fd;
    unsigned flags;
    uint32_t serial; // in the pulse's value, so that a late pulse of an old attachment is seen
    int (*func)(select_context_t*, int, unsigned, void*);
    void* handle;
};

class MutexGuard {
public:
    explicit MutexGuard(pthread_mutex_t& mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
    ~MutexGuard() { pthread_mutex_unlock(&mutex_); }
    MutexGuard(const MutexGuard&) = delete;
    MutexGuard& operator=(const MutexGuard&) = delete;

private:
    pthread_mutex_t& mutex_;
};

} // namespace qnx

struct _dispatch {
    pthread_mutex_t lock;
    int chid;        // -1 until something is attached
    bool own_chid;   // made by us, destroyed by us
    bool resmgr;     // resmgr_attach() was used: I/O messages are ours
    int self_coid;   // to our own channel, -1 until needed
    int wakeup_code; // pulse code of dispatch_unblock() and select_attach(), -1 until needed
    size_t message_size;
    unsigned parts;
    bool has_timeout;
    uint64_t timeout_ns;
    uint32_t select_serial;
    qnx::MessageHandler* messages;
    qnx::SelectHandler* selects;
    int (*other_func)(resmgr_context_t*, void*);
};

namespace qnx {

// Makes the channel if there is none. Returns EOK or an errno value.
int need_channel(dispatch_t* dpp, unsigned extra_flags);
int need_self_connection(dispatch_t* dpp); // and a pulse code
int free_pulse_code_locked(dispatch_t* dpp);

// The resource-manager layer's share of dispatch_handler().
bool resmgr_takes(uint16_t type);
void resmgr_message(resmgr_context_t* ctp);
void resmgr_disconnect(resmgr_context_t* ctp, int scoid);
void resmgr_unblock(resmgr_context_t* ctp, int rcvid);
void select_pulse(dispatch_context_t* ctp, uint32_t serial);

} // namespace qnx
