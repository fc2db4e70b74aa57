/* SPDX-License-Identifier: Apache-2.0 */
/* <signal.h>: musl's, with QNX's struct sigevent and event macros in place of musl's. */
#pragma once
#define sigevent __musl_sigevent
#include_next <signal.h>
#undef sigevent
#undef sigev_notify_thread_id
#undef sigev_notify_function
#undef sigev_notify_attributes
#undef SIGEV_SIGNAL
#undef SIGEV_NONE
#undef SIGEV_THREAD
#undef SIGEV_THREAD_ID
#include <sys/siginfo.h>
