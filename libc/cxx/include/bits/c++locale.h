// SPDX-License-Identifier: Apache-2.0
// std::to_string() and friends need one conversion helper: the C library's vsnprintf, there is only the "C" locale.
#pragma once
#include <clocale>
#include <cstdarg>
#include <cstdio>
#define _GLIBCXX_NUM_CATEGORIES 0
namespace std _GLIBCXX_VISIBILITY(default) {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
typedef int* __c_locale;
inline int __convert_from_v(const __c_locale&, char* out, const int size, const char* format, ...)
{
    va_list ap;
    va_start(ap, format);
    const int n = vsnprintf(out, static_cast<size_t>(size), format, ap);
    va_end(ap);
    return n;
}
_GLIBCXX_END_NAMESPACE_VERSION
}
