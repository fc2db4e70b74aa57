// SPDX-License-Identifier: Apache-2.0
// What libstdc++'s headers call where they would throw: without exceptions these end the program, saying why on stderr.
#include <bits/functexcept.h>
#include <cstdio>
#include <cstdlib>

namespace {
[[noreturn]] void fail(const char* kind, const char* what)
{
    fprintf(stderr, "%s: %s\n", kind, what);
    abort();
}
} // namespace

namespace std {
void __throw_bad_exception()
{
    fail("bad_exception", "");
}
void __throw_bad_alloc()
{
    fail("bad_alloc", "");
}
void __throw_bad_array_new_length()
{
    fail("bad_array_new_length", "");
}
void __throw_bad_cast()
{
    fail("bad_cast", "");
}
void __throw_bad_typeid()
{
    fail("bad_typeid", "");
}
void __throw_logic_error(const char* what)
{
    fail("logic_error", what);
}
void __throw_domain_error(const char* what)
{
    fail("domain_error", what);
}
void __throw_invalid_argument(const char* what)
{
    fail("invalid_argument", what);
}
void __throw_length_error(const char* what)
{
    fail("length_error", what);
}
void __throw_out_of_range(const char* what)
{
    fail("out_of_range", what);
}
void __throw_out_of_range_fmt(const char* what, ...)
{
    fail("out_of_range", what);
}
void __throw_runtime_error(const char* what)
{
    fail("runtime_error", what);
}
void __throw_range_error(const char* what)
{
    fail("range_error", what);
}
void __throw_overflow_error(const char* what)
{
    fail("overflow_error", what);
}
void __throw_underflow_error(const char* what)
{
    fail("underflow_error", what);
}
void __throw_bad_function_call()
{
    fail("bad_function_call", "");
}
[[noreturn]] void __glibcxx_assert_fail(const char* file, int line, const char* function,
                                        const char* condition) noexcept
{
    fprintf(stderr, "%s:%d: %s: assertion '%s' failed\n", file, line, function, condition);
    abort();
}
void terminate() noexcept
{
    abort();
}
} // namespace std
