// SPDX-License-Identifier: Apache-2.0
// The table of open contexts: a fixed hash with chains under one lock, held for a few instructions at a time.
#include "ocb_table.hpp"
#include "dispatch.hpp"
#include <stdlib.h>

namespace qnx::ocb_table {
namespace {

struct Entry {
    Entry* next;
    int scoid, coid, pid, chid;
    Binding* binding;
};

constexpr unsigned bucket_count = 512;
Entry* buckets[bucket_count];
pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

Entry** bucket_of(int scoid, int coid)
{
    unsigned hash =
        static_cast<unsigned>(scoid) * 2654435761u + static_cast<unsigned>(coid) * 40503u;
    return &buckets[(hash >> 7) % bucket_count];
}

Entry** link_of(int scoid, int coid)
{
    for (Entry** link = bucket_of(scoid, coid); *link != nullptr; link = &(*link)->next) {
        if ((*link)->scoid == scoid && (*link)->coid == coid)
            return link;
    }
    return nullptr;
}

Binding* take(Entry** link)
{
    Entry* entry = *link;
    *link = entry->next;
    Binding* binding = entry->binding;
    binding->connections--;
    binding->busy++;
    free(entry);
    return binding;
}

} // namespace

int insert(const resmgr_context_t* ctp, Binding* binding, Binding** old)
{
    auto* entry = static_cast<Entry*>(malloc(sizeof(Entry)));
    if (entry == nullptr)
        return ENOMEM;
    MutexGuard guard(table_lock);
    Entry** stale = link_of(ctp->info.scoid, ctp->info.coid);
    *old = stale != nullptr ? take(stale) : nullptr;
    Entry** head = bucket_of(ctp->info.scoid, ctp->info.coid);
    *entry = {*head, ctp->info.scoid, ctp->info.coid, ctp->info.pid, ctp->info.chid, binding};
    *head = entry;
    binding->connections++;
    return EOK;
}

Binding* find(int scoid, int coid)
{
    MutexGuard guard(table_lock);
    Entry** link = link_of(scoid, coid);
    if (link == nullptr)
        return nullptr;
    (*link)->binding->busy++;
    return (*link)->binding;
}

Binding* find_by_pid(int chid, int pid, int coid)
{
    MutexGuard guard(table_lock);
    for (Entry* bucket : buckets) {
        for (Entry* entry = bucket; entry != nullptr; entry = entry->next) {
            if (entry->pid == pid && entry->coid == coid && entry->chid == chid) {
                entry->binding->busy++;
                return entry->binding;
            }
        }
    }
    return nullptr;
}

Binding* remove(int scoid, int coid)
{
    MutexGuard guard(table_lock);
    Entry** link = link_of(scoid, coid);
    return link == nullptr ? nullptr : take(link);
}

bool remove_exact(int scoid, int coid, Binding* binding)
{
    MutexGuard guard(table_lock);
    Entry** link = link_of(scoid, coid);
    if (link == nullptr || (*link)->binding != binding)
        return false;
    take(link);
    return true;
}

Binding* remove_any(int scoid, int* coid)
{
    MutexGuard guard(table_lock);
    for (Entry*& bucket : buckets) {
        for (Entry** link = &bucket; *link != nullptr; link = &(*link)->next) {
            if ((*link)->scoid != scoid)
                continue;
            *coid = (*link)->coid;
            return take(link);
        }
    }
    return nullptr;
}

Binding* remove_by_id(int id, int* scoid, int* coid)
{
    MutexGuard guard(table_lock);
    for (Entry*& bucket : buckets) {
        for (Entry** link = &bucket; *link != nullptr; link = &(*link)->next) {
            if ((*link)->binding->id != id)
                continue;
            *scoid = (*link)->scoid;
            *coid = (*link)->coid;
            return take(link);
        }
    }
    return nullptr;
}

bool release(Binding* binding)
{
    MutexGuard guard(table_lock);
    binding->busy--;
    return binding->busy == 0 && binding->connections == 0;
}

} // namespace qnx::ocb_table
