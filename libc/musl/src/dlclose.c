// SPDX-License-Identifier: Apache-2.0
// The dynamic linker with a dlclose() that unmaps. musl's own never does; its source is compiled here as it is, and what
// follows uses its lists: opens are counted, and what no open library needs any more ends, leaves the lists and is unmapped.
//
// Kept for ever: what was there at the program's start, libraries with thread-local variables (their slots in every thread's
// table cannot be taken back), RTLD_NODELETE, and a global library (RTLD_GLOBAL) while one that was loaded later may use its symbols.
#define dlopen __musl_dlopen
#define __ldso_atfork __musl_ldso_atfork
#include "ldso_dynlink.h"
#undef dlopen
#undef __ldso_atfork

hidden void __cxa_finish_range(uintptr_t start, size_t size);

// How often each library was opened by name. Guarded by count_lock, which is never held while code of a library runs.
struct open_count {
    struct open_count *next;
    struct dso *dso;
    size_t opens;
};
static struct open_count *counts;
static unsigned opening; // threads within dlopen(): what they load is not counted yet, so nothing is unloaded meanwhile
static int unload_wanted;
static pthread_mutex_t count_lock;

hidden void __ldso_atfork(int who)
{
    if (who < 0) pthread_mutex_lock(&count_lock);
    __musl_ldso_atfork(who);
    if (who >= 0) pthread_mutex_unlock(&count_lock);
}

static struct open_count *count_of(struct dso *p)
{
    struct open_count *c = counts;
    while (c && c->dso != p) c = c->next;
    return c;
}

static int keeps_itself(struct dso *p)
{
    size_t flags = 0;
    if (!p->runtime_loaded || p->tls_id || p->ctor_visitor || p->lazy) return 1;
    search_vec(p->dynv, &flags, DT_FLAGS_1);
    if (flags & DF_1_NODELETE) return 1;
    struct open_count *c = count_of(p);
    return c && c->opens;
}

static int is_global(struct dso *p)
{
    return p->syms_next || syms_tail == p;
}

static void mark_needed(struct dso *p)
{
    if (p->mark) return;
    p->mark = 1;
    for (size_t i = 0; p->deps && i < p->ndeps_direct; i++) mark_needed(p->deps[i]);
}

// Marks what stays. A global library's symbols may be bound in each one that was loaded after it.
static void mark_all_needed(void)
{
    for (struct dso *p = head; p; p = p->next)
        if (keeps_itself(p)) mark_needed(p);
    for (struct dso *p = tail; p; p = p->prev) {
        if (p->mark || !is_global(p)) continue;
        struct dso *later = p->next;
        while (later && !later->mark) later = later->next;
        if (later) mark_needed(p);
    }
}

static void unlink_from_lists(struct dso *p)
{
    p->prev->next = p->next;
    if (p->next) p->next->prev = p->prev;
    else tail = p->prev;
    for (struct dso *q = head; q; q = q->next)
        if (q->needed_by == p) q->needed_by = p->needed_by;
    if (is_global(p)) {
        struct dso *before = head;
        while (before->syms_next != p) before = before->syms_next;
        before->syms_next = p->syms_next;
        if (syms_tail == p) syms_tail = before;
        p->syms_next = 0;
    }
    for (struct open_count **c = &counts; *c; c = &(*c)->next) {
        if ((*c)->dso != p) continue;
        struct open_count *gone = *c;
        *c = gone->next;
        free(gone);
        break;
    }
}

// Takes the libraries that nobody needs out of all lists and returns them, linked by `next`. Both locks are held by the caller.
static struct dso *take_unneeded(void)
{
    struct dso *gone = 0, *next;
    mark_all_needed();
    for (struct dso *p = head; p; p = next) {
        next = p->next;
        if (p->mark) {
            p->mark = 0;
            continue;
        }
        unlink_from_lists(p);
        p->next = gone;
        gone = p;
    }
    return gone;
}

// The destructors of libraries that are gone from the lists, in the order of fini_head: last constructed first.
static struct dso *take_finishers(struct dso *gone)
{
    struct dso *first = 0, **end = &first;
    for (struct dso **at = &fini_head; *at;) {
        struct dso *p = gone;
        while (p && p != *at) p = p->next;
        if (!p) {
            at = &(*at)->fini_next;
            continue;
        }
        *at = p->fini_next;
        *end = p;
        end = &p->fini_next;
        *end = 0;
    }
    return first;
}

static void finish(struct dso *p)
{
    size_t dyn[DYN_CNT];
    decode_vec(p->dynv, dyn, DYN_CNT);
    if (dyn[0] & (1 << DT_FINI_ARRAY)) {
        size_t n = dyn[DT_FINI_ARRAYSZ] / sizeof(size_t);
        size_t *fn = (size_t *)laddr(p, dyn[DT_FINI_ARRAY]) + n;
        while (n--) ((void (*)(void)) * --fn)();
    }
    if ((dyn[0] & (1 << DT_FINI)) && dyn[DT_FINI]) fpaddr(p, dyn[DT_FINI])();
}

static void discard(struct dso *p)
{
    while (p->td_index) {
        void *next = p->td_index->next;
        free(p->td_index);
        p->td_index = next;
    }
    if (p->rpath != p->rpath_orig) free(p->rpath);
    free(p->deps);
    unmap_library(p);
    free(p);
}

static struct dso *take_gone(struct dso **finishers)
{
    struct dso *gone = 0;
    pthread_rwlock_wrlock(&lock);
    pthread_mutex_lock(&init_fini_lock);
    if (!shutting_down) {
        debug.state = RT_DELETE;
        _dl_debug_state();
        gone = take_unneeded();
        *finishers = take_finishers(gone);
        if (gone) gencnt++;
        debug.state = RT_CONSISTENT;
        _dl_debug_state();
    }
    pthread_mutex_unlock(&init_fini_lock);
    pthread_rwlock_unlock(&lock);
    return gone;
}

// Called with count_lock held, returns without it: destructors may open and close libraries themselves.
static void unload_and_unlock(void)
{
    struct dso *gone = 0, *finishers = 0, *next;
    if (unload_wanted && !opening) {
        unload_wanted = 0;
        gone = take_gone(&finishers);
    }
    pthread_mutex_unlock(&count_lock);
    for (struct dso *p = gone; p; p = p->next) __cxa_finish_range((uintptr_t)p->map, p->map_len);
    for (struct dso *p = finishers; p; p = p->fini_next) finish(p);
    for (struct dso *p = gone; p; p = next) {
        next = p->next;
        discard(p);
    }
}

void *dlopen(const char *file, int mode)
{
    if (!file) return __musl_dlopen(file, mode);
    struct open_count *fresh = calloc(1, sizeof *fresh);
    if (!fresh) {
        error("Error loading shared library %s: %m", file);
        return 0;
    }
    pthread_mutex_lock(&count_lock);
    opening++;
    pthread_mutex_unlock(&count_lock);

    struct dso *p = __musl_dlopen(file, mode & ~RTLD_NODELETE);

    pthread_mutex_lock(&count_lock);
    opening--;
    struct open_count *c = p ? count_of(p) : 0;
    if (p && !c) {
        c = fresh;
        fresh = 0;
        *c = (struct open_count){.next = counts, .dso = p};
        counts = c;
    }
    if (c) c->opens += mode & RTLD_NODELETE ? 2 : 1;
    unload_and_unlock();
    free(fresh);
    return p;
}

int dlclose(void *handle)
{
    pthread_mutex_lock(&count_lock);
    pthread_rwlock_rdlock(&lock);
    int invalid = __dl_invalid_handle(handle);
    pthread_rwlock_unlock(&lock);
    struct open_count *c = invalid ? 0 : count_of(handle);
    if (c && c->opens) {
        c->opens--;
        unload_wanted |= !c->opens;
    }
    unload_and_unlock();
    return invalid;
}
