// SPDX-License-Identifier: Apache-2.0
// The real-time signals: 41 to 56; above them QNX keeps eight for itself.
#include <signal.h>

int __libc_current_sigrtmin(void)
{
    return 41;
}

int __libc_current_sigrtmax(void)
{
    return 56;
}
