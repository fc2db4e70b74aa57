// SPDX-License-Identifier: Apache-2.0
// MsgKeyData(): proof that a client passed data from one server to another unchanged.
#pragma once

#include "base/result.hpp"
#include "ipc/buffer.hpp"

namespace ipc {

/// A hash over the client behind `rcvid` and `data`, secret to this boot, xor `key`: what CALCULATE gave, put in as the key of VERIFY,
/// yields the first key again (0 by custom) when nothing was changed. ESRCH, EFAULT.
base::Result<uint32_t> key_data(object::Process& server, int rcvid, uint32_t key,
                                const Buffer& data);

} // namespace ipc
