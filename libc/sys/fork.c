// SPDX-License-Identifier: Apache-2.0
// fork() below musl's: one message, answered twice. musl's fork() (locks, pthread_atfork handlers) is above it.
#include <unistd.h>
#include "sys.h"

hidden void __nto_after_fork(void);

hidden long sys_fork(void)
{
    long r = proc_simple(PROC_FORK, 0, 0, 0, 0, 0, 0);
    if (r == 0) {
        forget_pid();
        __nto_after_fork();
    }
    return r;
}

/* As QNX's: a fork(), so the child may do what it likes. */
pid_t vfork(void)
{
    return fork();
}
