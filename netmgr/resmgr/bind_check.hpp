// SPDX-License-Identifier: Apache-2.0
// A thread that asks a path's servers whether a local socket may get a name there, while io-pkt goes on.
//
// (1) worker: start(check)   (2) "io-pkt names": check_new_name()   (3) pulse_names   (4) worker: take(), bind and answer
//
// The path may lead to io-pkt itself, or to a server that takes its time: no thread that receives messages may wait for it.
#pragma once
#include <pthread.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/un.h>

#include "kern/cred.hpp"

namespace netmgr {

// One client's bind() on its way, with the message as it was when it came.
struct BindCheck {
    BindCheck* next = nullptr;
    int rcvid = -1;
    _msg_info info = {};
    char message[sizeof(_io_devctl) + sizeof(sockaddr_un)] = {};
    char path[sizeof(sockaddr_un::sun_path)] = {};
    Cred cred = {};
    int result = 0;         // 0 or the errno to answer
    bool abandoned = false; // the client was answered already
};

class BindChecker {
public:
    void set_pulse(int coid, int priority, int code);
    // Takes check; the thread is made with the first one. 0, or an errno and check stays the caller's.
    int start(BindCheck* check);
    // The next finished one, or null.
    BindCheck* take();
    // The client does not wait any more: true when it is one of these, and nobody else answers it now.
    bool abandon(int rcvid);

private:
    struct Queue {
        BindCheck* first = nullptr;
        BindCheck** end = &first;
        void put(BindCheck* check);
        BindCheck* get();
    };
    static constexpr unsigned most = 64;

    static void* run(void* arg);
    void loop();

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER; // innermost
    pthread_cond_t waiting_ = PTHREAD_COND_INITIALIZER;
    Queue asked_;
    Queue done_;
    BindCheck* current_ = nullptr;
    unsigned count_ = 0;
    bool runs_ = false;
    int coid_ = -1;
    int priority_ = 0;
    int code_ = 0;
};

} // namespace netmgr
