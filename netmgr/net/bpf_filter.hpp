// SPDX-License-Identifier: Apache-2.0
// The filter machine of bpf(4): programs are checked once, then run over packets without further checks of their own form.
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>

#include <net/bpf.h>
#include <sys/mbuf.h>

namespace netmgr {

// Known instructions only; jumps forward and inside; memory words below BPF_MEMWORDS; no division by a constant 0; ends in RET.
bool filter_is_valid(std::span<const bpf_insn> program);

// Bytes of the packet to keep, 0 = none. The program was found valid. Loads outside the packet and divisions by 0 end it with 0.
uint32_t filter_run(std::span<const bpf_insn> program, const mbuf& packet, size_t length);

} // namespace netmgr
