// SPDX-License-Identifier: Apache-2.0
// Pages to objects and back; pages stay until the pool ends.
#include "kern/object_pool.hpp"

namespace netmgr {

ObjectPool::ObjectPool(PoolList& list, Platform& platform, const char* name, size_t object_size)
    : list_(list), platform_(platform), name_(name), object_size_((object_size + 15) & ~size_t(15)),
      page_size_(list.page_size), next_(list.first)
{
    list.first = this;
}

ObjectPool::~ObjectPool()
{
    while (Page* page = pages_) {
        pages_ = page->next;
        platform_.page_free(page->memory);
        delete page;
    }
    ObjectPool** at = &list_.first;
    while (*at != this)
        at = &(*at)->next_;
    *at = next_;
}

bool ObjectPool::refill_locked()
{
    auto* page = new (std::nothrow) Page{};
    if (page == nullptr)
        return false;
    if (!platform_.page_alloc(page_size_, page->memory)) {
        delete page;
        return false;
    }
    page->next = pages_;
    pages_ = page;
    use_.pages++;
    for (size_t at = 0; at + object_size_ <= page_size_; at += object_size_) {
        auto* object = reinterpret_cast<FreeObject*>(page->memory.pg_va + at);
        object->next = free_;
        free_ = object;
        use_.objects++;
    }
    return true;
}

void* ObjectPool::get()
{
    Guard guard(mutex_);
    if (free_ == nullptr && !refill_locked())
        return nullptr;
    FreeObject* object = free_;
    free_ = object->next;
    use_.in_use++;
    return object;
}

void ObjectPool::put(void* object)
{
    Guard guard(mutex_);
    auto* freed = static_cast<FreeObject*>(object);
    freed->next = free_;
    free_ = freed;
    use_.in_use--;
}

PoolUse ObjectPool::use()
{
    Guard guard(mutex_);
    return use_;
}

} // namespace netmgr
