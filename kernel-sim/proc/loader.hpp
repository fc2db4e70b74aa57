// SPDX-License-Identifier: Apache-2.0
// Loading a program into an address space, and the stack it starts with.
#pragma once

#include "proc/elf_file.hpp"
#include "proc/file_client.hpp"
#include "proc/spawn.hpp"

namespace proc {

/// What user mode begins with.
struct ProgramStart {
    uint64_t entry = 0, stack = 0;
    // for the auxiliary vector
    uint64_t program_entry = 0, headers = 0, interpreter_base = 0;
    uint16_t header_count = 0;
    uint64_t stack_size = 0, stack_top = 0;
    uint64_t load_base = 0;
    nto_cred cred{}; // the program's: set-user-ID and set-group-ID files change the effective ids
};

/// A new program's ids; those of a set-id program make the connections kept insecure.
void take_credentials(object::Process& process, const nto_cred& cred);
/// Opens the program (following #! lines), loads it and its interpreter, and builds the stack. May block.
/// ENOENT, ENOEXEC, EACCES, ELIBACC, E2BIG, ENOMEM, ELOOP ...
int load_program(object::Process& process, mm::AddressSpace& space, SpawnJob& job,
                 ProgramStart& start);

/// argv, envp and auxv as the System V ABI lays them out (stack.cpp); sets start.stack.
int build_stack(object::Process& process, mm::AddressSpace& space, const SpawnJob& job,
                ProgramStart& start);

} // namespace proc
