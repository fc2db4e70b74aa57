// SPDX-License-Identifier: Apache-2.0
// Checked copies between the kernel and user memory of any process, through the direct map (no CR3 switch).
#pragma once

#include <cstdint>

namespace object {
struct Process;
}

namespace mm {

/// False = some byte is not user memory with that right (EFAULT); part of the data may have been moved.
[[nodiscard]] bool copy_from_user(object::Process& process, void* to, uint64_t from,
                                  uint64_t length);
[[nodiscard]] bool copy_to_user(object::Process& process, uint64_t to, const void* from,
                                uint64_t length);
/// A NUL-terminated string of at most size-1 bytes into `to`; false = EFAULT or too long.
[[nodiscard]] bool copy_string_from_user(object::Process& process, char* to, uint64_t from,
                                         uint64_t size);
/// Checks without copying: is every byte there with that right (pages are brought in)?
[[nodiscard]] bool user_readable(object::Process& process, uint64_t from, uint64_t length);
[[nodiscard]] bool user_writable(object::Process& process, uint64_t to, uint64_t length);
/// The kernel's view of an aligned user word that is writable, and its physical address as the key of a wait;
/// nullptr = EFAULT. The pointer is good only until the big lock is dropped.
uint32_t* user_word(object::Process& process, uint64_t address, uint64_t* paddr);

template <class T>
[[nodiscard]] bool get_user(object::Process& process, T& to, uint64_t from)
{
    return copy_from_user(process, &to, from, sizeof(T));
}

template <class T>
[[nodiscard]] bool put_user(object::Process& process, uint64_t to, const T& from)
{
    return copy_to_user(process, to, &from, sizeof(T));
}

} // namespace mm
