// SPDX-License-Identifier: Apache-2.0
// What the QNX layer forgets in a child of fork(): channels and side-channel connections were the parent's.
#include "notify_client.hpp"

extern "C" __attribute__((visibility("hidden"))) void __nto_after_fork()
{
    qnx::forget_waiters();
}
