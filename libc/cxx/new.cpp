// SPDX-License-Identifier: Apache-2.0
// operator new and delete over malloc(). Without exceptions a failing plain new ends the program; new (std::nothrow) gives null.
#include <cstdlib>
#include <new>

namespace std {
const nothrow_t nothrow{};
}

void* operator new(size_t size)
{
    void* p = malloc(size ? size : 1);
    if (!p)
        abort();
    return p;
}
void* operator new[](size_t size)
{
    return operator new(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept
{
    return malloc(size ? size : 1);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept
{
    return malloc(size ? size : 1);
}
void* operator new(size_t size, std::align_val_t align)
{
    void* p = aligned_alloc(static_cast<size_t>(align), size ? size : 1);
    if (!p)
        abort();
    return p;
}
void* operator new[](size_t size, std::align_val_t align)
{
    return operator new(size, align);
}
void operator delete(void* p) noexcept
{
    free(p);
}
void operator delete[](void* p) noexcept
{
    free(p);
}
void operator delete(void* p, size_t) noexcept
{
    free(p);
}
void operator delete[](void* p, size_t) noexcept
{
    free(p);
}
void operator delete(void* p, const std::nothrow_t&) noexcept
{
    free(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept
{
    free(p);
}
void operator delete(void* p, std::align_val_t) noexcept
{
    free(p);
}
void operator delete[](void* p, std::align_val_t) noexcept
{
    free(p);
}
void operator delete(void* p, size_t, std::align_val_t) noexcept
{
    free(p);
}
void operator delete[](void* p, size_t, std::align_val_t) noexcept
{
    free(p);
}
