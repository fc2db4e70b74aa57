// SPDX-License-Identifier: Apache-2.0
// The startup script of the boot image.
#pragma once

namespace proc {

/// Runs the whole script on the calling thread (a kernel thread of pid 1); background commands go on after it.
void run_startup_script();

} // namespace proc
