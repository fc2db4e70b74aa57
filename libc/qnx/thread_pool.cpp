// SPDX-License-Identifier: Apache-2.0
// Thread pool: between lo_water and hi_water threads wait in block_func, at most `maximum` exist.
#include "dispatch.hpp"
#include "result.hpp"
#include <stdlib.h>

struct _thread_pool {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    thread_pool_attr_t attr;
    unsigned flags;
    unsigned created, waiting, starting;
    bool exiting;
};

namespace {

void* worker(void* argument);

// With the lock held: one more thread, counted before it runs.
bool start_one(thread_pool_t* pool)
{
    if (pool->created >= pool->attr.maximum)
        return false;
    pool->created++;
    pool->starting++;
    pthread_attr_t attr;
    pthread_attr_t* chosen = pool->attr.attr;
    if (chosen == nullptr) {
        pthread_attr_init(&attr);
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        chosen = &attr;
    }
    pthread_t thread;
    if (pthread_create(&thread, chosen, worker, pool) == 0)
        return true;
    pool->created--;
    pool->starting--;
    return false;
}

void refill(thread_pool_t* pool)
{
    if (pool->exiting || pool->waiting + pool->starting >= pool->attr.lo_water)
        return;
    unsigned wanted = pool->attr.increment == 0 ? 1 : pool->attr.increment;
    while (wanted-- > 0 && start_one(pool)) {
    }
}

// permanent: the thread that called thread_pool_start(), whose return would end main(); it never leaves as surplus.
void run(thread_pool_t* pool, bool permanent)
{
    THREAD_POOL_PARAM_T* ctp = pool->attr.context_alloc(pool->attr.handle);
    const auto context_free = pool->attr.context_free;
    pthread_mutex_lock(&pool->lock);
    pool->starting--;
    while (ctp != nullptr && !pool->exiting) {
        pool->waiting++;
        pthread_mutex_unlock(&pool->lock);
        THREAD_POOL_PARAM_T* received = pool->attr.block_func(ctp);
        pthread_mutex_lock(&pool->lock);
        pool->waiting--;
        if (received == nullptr)
            continue; // interrupted: ctp is still good
        ctp = received;
        refill(pool);
        if (pool->exiting)
            break;
        pthread_mutex_unlock(&pool->lock);
        pool->attr.handler_func(ctp);
        pthread_mutex_lock(&pool->lock);
        if (!permanent && pool->waiting >= pool->attr.hi_water)
            break;
    }
    pool->created--;
    pthread_cond_broadcast(&pool->ended);
    pthread_mutex_unlock(&pool->lock); // thread_pool_destroy() may free the pool now
    if (ctp != nullptr)
        context_free(ctp);
}

void* worker(void* argument)
{
    run(static_cast<thread_pool_t*>(argument), false);
    return nullptr;
}

bool valid(const thread_pool_attr_t* attr)
{
    return attr != nullptr && attr->block_func != nullptr && attr->handler_func != nullptr &&
           attr->context_alloc != nullptr && attr->context_free != nullptr && attr->maximum > 0 &&
           attr->lo_water <= attr->maximum;
}

} // namespace

thread_pool_t* thread_pool_create(thread_pool_attr_t* attr, unsigned flags)
{
    if (!valid(attr)) {
        errno = EINVAL;
        return nullptr;
    }
    auto* pool = static_cast<thread_pool_t*>(calloc(1, sizeof(thread_pool_t)));
    if (pool == nullptr)
        return nullptr;
    pthread_mutex_init(&pool->lock, nullptr);
    pthread_cond_init(&pool->ended, nullptr);
    pool->attr = *attr;
    pool->flags = flags;
    if (pool->attr.lo_water == 0)
        pool->attr.lo_water = 1;
    if (pool->attr.hi_water < pool->attr.lo_water)
        pool->attr.hi_water = pool->attr.lo_water;
    return pool;
}

int thread_pool_start(void* opaque)
{
    auto* pool = static_cast<thread_pool_t*>(opaque);
    bool use_self = (pool->flags & POOL_FLAG_USE_SELF) != 0;
    pthread_mutex_lock(&pool->lock);
    if (use_self) {
        pool->created++;
        pool->starting++;
    }
    while (pool->starting < pool->attr.lo_water && start_one(pool)) {
    }
    bool none = pool->created == 0;
    pthread_mutex_unlock(&pool->lock);
    if (none)
        return qnx::errno_of(-EAGAIN);
    if (use_self) {
        run(pool, true);
    } else if ((pool->flags & POOL_FLAG_EXIT_SELF) != 0) {
        pthread_exit(nullptr);
    }
    return EOK;
}

int thread_pool_destroy(thread_pool_t* pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->exiting = true;
    while (pool->created > 0) {
        // One wake-up a waiting thread; the context only carries the handle here.
        if (pool->attr.unblock_func != nullptr) {
            THREAD_POOL_PARAM_T* ctp = pool->attr.context_alloc(pool->attr.handle);
            if (ctp != nullptr) {
                pool->attr.unblock_func(ctp);
                pool->attr.context_free(ctp);
            }
        }
        pthread_cond_wait(&pool->ended, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&pool->ended);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    return EOK;
}

int thread_pool_limits(thread_pool_t* pool, int lo_water, int hi_water, int maximum, int increment,
                       unsigned)
{
    pthread_mutex_lock(&pool->lock);
    if (lo_water >= 0)
        pool->attr.lo_water = static_cast<unsigned short>(lo_water);
    if (hi_water >= 0)
        pool->attr.hi_water = static_cast<unsigned short>(hi_water);
    if (maximum >= 0)
        pool->attr.maximum = static_cast<unsigned short>(maximum);
    if (increment >= 0)
        pool->attr.increment = static_cast<unsigned short>(increment);
    refill(pool);
    pthread_mutex_unlock(&pool->lock);
    return 0;
}

int thread_pool_control(thread_pool_t* pool, thread_pool_attr_t* attr, unsigned, unsigned,
                        unsigned flags)
{
    return thread_pool_limits(
        pool, (flags & THREAD_POOL_CONTROL_LOWATER) != 0 ? attr->lo_water : -1,
        (flags & THREAD_POOL_CONTROL_HIWATER) != 0 ? attr->hi_water : -1,
        (flags & THREAD_POOL_CONTROL_MAXIMUM) != 0 ? attr->maximum : -1,
        (flags & THREAD_POOL_CONTROL_INCREMENT) != 0 ? attr->increment : -1, 0);
}
