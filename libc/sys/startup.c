// SPDX-License-Identifier: Apache-2.0
// What a process finds out at its start: the system page's address. Takes the place of musl's stack-protector file, whose
// initialiser is called at the right moment: the auxiliary vector is known and no constructor has run.
#include <string.h>
#include <sys/auxv.h>
#include <sys/syspage.h>
#include "libc.h"
#include "pthread_impl.h"
#include "sys.h"

struct syspage_entry *_syspage_ptr;
uintptr_t __stack_chk_guard;

hidden void __init_ssp(void *entropy)
{
    if (entropy) memcpy(&__stack_chk_guard, entropy, sizeof(uintptr_t));
    else __stack_chk_guard = (uintptr_t)&__stack_chk_guard * 1103515245;
    ((char *)&__stack_chk_guard)[1] = 0; /* a string overflow cannot reproduce it */
    __pthread_self()->canary = __stack_chk_guard;

    for (size_t *aux = libc.auxv; aux && aux[0]; aux += 2)
        if (aux[0] == NTO_AT_SYSPAGE) _syspage_ptr = (struct syspage_entry *)aux[1];
}

void __stack_chk_fail(void)
{
    a_crash();
}
hidden void __stack_chk_fail_local(void);
weak_alias(__stack_chk_fail, __stack_chk_fail_local);
