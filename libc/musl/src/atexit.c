// SPDX-License-Identifier: Apache-2.0
// atexit() and __cxa_atexit(): one list, run backwards at exit(); what belongs to a library runs when the library is unloaded.
#include <stdint.h>
#include <stdlib.h>
#include "fork_impl.h"
#include "libc.h"
#include "lock.h"

#define malloc __libc_malloc

enum { entries_without_malloc = 32 };

struct exit_call {
    struct exit_call *next;
    void (*function)(void *);
    void *argument;
    void *dso;
};

static struct exit_call first_entries[entries_without_malloc]; // C promises 32 calls whatever the memory
static unsigned first_used;
static struct exit_call *newest, *unused;
static volatile int list_lock[1];
volatile int *const __atexit_lockptr = list_lock;

/* Removes the newest call that belongs to the range and gives it back; size 0: any. */
static int take_newest(uintptr_t start, size_t size, struct exit_call *out)
{
    LOCK(list_lock);
    struct exit_call **at = &newest;
    while (*at && size) {
        struct exit_call *c = *at;
        if ((uintptr_t)c->dso - start < size || (uintptr_t)c->function - start < size || (!c->dso && (uintptr_t)c->argument - start < size)) break;
        at = &c->next;
    }
    struct exit_call *found = *at;
    if (found) {
        *out = *found;
        *at = found->next;
        found->next = unused;
        unused = found;
    }
    UNLOCK(list_lock);
    return found != 0;
}

void __funcs_on_exit(void)
{
    struct exit_call call;
    while (take_newest(0, 0, &call)) call.function(call.argument);
}

/* Runs what a library registered; the library is about to be unmapped. */
hidden void __cxa_finish_range(uintptr_t start, size_t size)
{
    struct exit_call call;
    while (take_newest(start, size, &call)) call.function(call.argument);
}

void __cxa_finalize(void *dso)
{
    if (dso) __cxa_finish_range((uintptr_t)dso, 1);
}

int __cxa_atexit(void (*function)(void *), void *argument, void *dso)
{
    LOCK(list_lock);
    struct exit_call *c = unused;
    if (c) unused = c->next;
    else c = first_used < entries_without_malloc ? &first_entries[first_used++] : malloc(sizeof *c);
    if (c) {
        *c = (struct exit_call){newest, function, argument, dso};
        newest = c;
    }
    UNLOCK(list_lock);
    return c ? 0 : -1;
}

static void call_plain(void *function)
{
    ((void (*)(void))(uintptr_t)function)();
}

int atexit(void (*function)(void))
{
    return __cxa_atexit(call_plain, (void *)(uintptr_t)function, 0);
}
