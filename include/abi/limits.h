/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the kernel that programs are told by sysconf(). */
#pragma once
#define ABI_SIGQUEUE_MAX 256 /* signals queued for one process or thread */
#define ABI_THREADS_MAX 1000 /* threads of a process */
#define ABI_TIMERS_MAX 1024 /* timers of a process */
#define ABI_SPORADIC_REPL_MAX 10 /* replenishments of a sporadic thread under way */
