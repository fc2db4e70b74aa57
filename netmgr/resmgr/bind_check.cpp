// SPDX-License-Identifier: Apache-2.0
// The queue of names to ask about, and the thread that asks.
#include "resmgr/bind_check.hpp"

#include <errno.h>

#include "resmgr/local_names.hpp"

namespace netmgr {

void BindChecker::Queue::put(BindCheck* check)
{
    check->next = nullptr;
    *end = check;
    end = &check->next;
}

BindCheck* BindChecker::Queue::get()
{
    BindCheck* check = first;
    if (check != nullptr) {
        first = check->next;
        if (first == nullptr)
            end = &first;
    }
    return check;
}

void BindChecker::set_pulse(int coid, int priority, int code)
{
    coid_ = coid;
    priority_ = priority;
    code_ = code;
}

int BindChecker::start(BindCheck* check)
{
    pthread_mutex_lock(&mutex_);
    int err = count_ < most ? 0 : EAGAIN;
    if (err == 0 && !runs_) {
        pthread_t thread;
        err = pthread_create(&thread, nullptr, run, this);
        runs_ = err == 0;
    }
    if (err == 0) {
        count_++;
        asked_.put(check);
        pthread_cond_signal(&waiting_);
    }
    pthread_mutex_unlock(&mutex_);
    return err;
}

BindCheck* BindChecker::take()
{
    pthread_mutex_lock(&mutex_);
    BindCheck* check = done_.get();
    count_ -= check != nullptr;
    pthread_mutex_unlock(&mutex_);
    return check;
}

bool BindChecker::abandon(int rcvid)
{
    pthread_mutex_lock(&mutex_);
    BindCheck* found = current_ != nullptr && current_->rcvid == rcvid ? current_ : nullptr;
    for (BindCheck* c = asked_.first; c != nullptr && found == nullptr; c = c->next)
        found = c->rcvid == rcvid ? c : nullptr;
    for (BindCheck* c = done_.first; c != nullptr && found == nullptr; c = c->next)
        found = c->rcvid == rcvid ? c : nullptr;
    const bool ours = found != nullptr && !found->abandoned;
    if (ours)
        found->abandoned = true;
    pthread_mutex_unlock(&mutex_);
    return ours;
}

void* BindChecker::run(void* arg)
{
    pthread_setname_np(pthread_self(), "io-pkt names");
    static_cast<BindChecker*>(arg)->loop();
    return nullptr;
}

void BindChecker::loop()
{
    pthread_mutex_lock(&mutex_);
    for (;;) {
        current_ = asked_.get();
        if (current_ == nullptr) {
            pthread_cond_wait(&waiting_, &mutex_);
            continue;
        }
        BindCheck& check = *current_;
        if (!check.abandoned) {
            pthread_mutex_unlock(&mutex_);
            const int result = check_new_name(check.path, check.cred);
            pthread_mutex_lock(&mutex_);
            check.result = result;
        }
        current_ = nullptr;
        done_.put(&check);
        MsgSendPulse_r(coid_, priority_, code_, 0);
    }
}

} // namespace netmgr
