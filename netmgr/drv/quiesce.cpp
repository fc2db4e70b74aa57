// SPDX-License-Identifier: Apache-2.0
// Threads that may touch mbufs besides the workers (nw_pthread_create), and quiesce_all(): everybody but the caller waits in
// quiesce_block().
//
//   (1) quiesce_all: generation up, a pulse to each worker but the caller, each thread's quiesce_callout
//   (2) they arrive in quiesce_block(), the last one wakes the caller
//   (3) unquiesce_all: generation done, all wake
#include "drv/quiesce.hpp"

#include <errno.h>
#include <new>
#include <nw_thread.h>
#include <string.h>

#include "drv/runtime.hpp"
#include "drv/sleep.hpp"
#include "drv/watchdog.hpp"

namespace netmgr {

namespace {

struct NwThread {
    nw_work_thread wtp = {};
    MbufCache cache;
    NwThread* next = nullptr;
    pthread_t thread = {};
    void* (*fn)(void*) = nullptr;
    int (*init_fn)(void*) = nullptr;
    void* arg = nullptr;
    void* init_arg = nullptr;
    int init_result = 0;
    bool initialised = false;
    bool finished = false;
};

struct World {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
    NwThread* threads = nullptr;
    unsigned blocked = 0;
    bool stopped = false;
};
World world;

NwThread** find_locked(pthread_t thread)
{
    for (NwThread** at = &world.threads; *at != nullptr; at = &(*at)->next)
        if (pthread_equal((*at)->thread, thread))
            return at;
    return nullptr;
}

void* nw_thread_main(void* arg)
{
    auto& self = *static_cast<NwThread*>(arg);
    Runtime::set_current(&self.wtp);
    self.wtp.mbuf_cache = &self.cache;
    runtime.stack().mbufs().adopt(self.cache);
    int result = self.init_fn != nullptr ? self.init_fn(self.init_arg) : 0;
    pthread_mutex_lock(&world.mutex);
    self.init_result = result;
    self.initialised = true;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.mutex);
    void* value = result == 0 ? self.fn(self.arg) : nullptr;
    runtime.stack().mbufs().drop(self.cache);
    pthread_mutex_lock(&world.mutex);
    self.finished = true;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.mutex);
    return value;
}

// The calling thread ends without coming back to nw_thread_main().
void leave_thread()
{
    pthread_mutex_lock(&world.mutex);
    NwThread** at = find_locked(pthread_self());
    if (at != nullptr && !(*at)->finished) {
        runtime.stack().mbufs().drop((*at)->cache);
        (*at)->finished = true;
        pthread_cond_broadcast(&world.changed);
    }
    pthread_mutex_unlock(&world.mutex);
}

void forget(pthread_t thread)
{
    pthread_mutex_lock(&world.mutex);
    NwThread** at = find_locked(thread);
    NwThread* gone = at != nullptr ? *at : nullptr;
    if (gone != nullptr)
        *at = gone->next;
    pthread_mutex_unlock(&world.mutex);
    delete gone;
}

} // namespace

} // namespace netmgr

using namespace netmgr;

// Returns init_fn's error when there is one; the thread is gone then.
extern "C" int nw_pthread_create(pthread_t* tid, pthread_attr_t* attr, void* (*fn)(void*),
                                 void* arg, int flags, int (*init_fn)(void*), void* init_arg)
{
    auto* t = new (std::nothrow) NwThread;
    if (t == nullptr)
        return ENOMEM;
    t->wtp.tidx = tidx_driver;
    t->wtp.flags = flags;
    t->wtp.iopkt = &runtime.self();
    t->fn = fn;
    t->arg = arg;
    t->init_fn = init_fn;
    t->init_arg = init_arg;
    pthread_mutex_lock(&world.mutex);
    int err = pthread_create(&t->thread, attr, nw_thread_main, t);
    if (err != 0) {
        pthread_mutex_unlock(&world.mutex);
        delete t;
        return err;
    }
    while (!t->initialised)
        pthread_cond_wait(&world.changed, &world.mutex);
    t->next = world.threads;
    world.threads = t;
    *tid = t->thread;
    err = t->init_result;
    pthread_mutex_unlock(&world.mutex);
    if (err != 0)
        nw_pthread_reap(*tid);
    return err;
}

// Waits for the thread's end (the driver has told it to) and frees what belongs to it.
extern "C" int nw_pthread_reap(pthread_t tid)
{
    int err = pthread_join(tid, nullptr);
    if (err == 0)
        forget(tid);
    return err;
}

extern "C" void quiesce_block(int die)
{
    pthread_mutex_lock(&world.mutex);
    if (world.stopped) {
        world.blocked++;
        pthread_cond_broadcast(&world.changed);
        while (world.stopped)
            pthread_cond_wait(&world.changed, &world.mutex);
        world.blocked--;
        pthread_cond_broadcast(&world.changed);
    }
    pthread_mutex_unlock(&world.mutex);
    if (die) {
        leave_thread();
        pthread_exit(nullptr);
    }
}

// Stack context, on a worker or the main thread.
extern "C" int quiesce_all(void)
{
    nw_work_thread* self = Runtime::current();
    unsigned expected = runtime.free_workers(OutsideCall::count());
    if (self != nullptr && self->tidx >= 0 && expected > 0)
        expected--;
    pthread_mutex_lock(&world.mutex);
    if (world.stopped) {
        pthread_mutex_unlock(&world.mutex);
        return EALREADY;
    }
    world.stopped = true;
    for (unsigned i = 0; i < expected; i++)
        MsgSendPulse(runtime.coid(), runtime.rx_priority(), pulse_worker_quiesce, 0);
    for (NwThread* t = world.threads; t != nullptr; t = t->next) {
        if (&t->wtp == self || t->finished || t->wtp.quiesce_callout == nullptr)
            continue;
        t->wtp.quiesce_callout(t->wtp.quiesce_arg);
        expected++;
    }
    while (world.blocked < expected)
        pthread_cond_wait(&world.changed, &world.mutex);
    pthread_mutex_unlock(&world.mutex);
    watch_quiesce(true);
    return 0;
}

extern "C" void unquiesce_all(void)
{
    watch_quiesce(false);
    pthread_mutex_lock(&world.mutex);
    world.stopped = false;
    pthread_cond_broadcast(&world.changed);
    while (world.blocked != 0)
        pthread_cond_wait(&world.changed, &world.mutex);
    pthread_mutex_unlock(&world.mutex);
}
