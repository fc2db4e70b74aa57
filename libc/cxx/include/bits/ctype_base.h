// SPDX-License-Identifier: Apache-2.0
// The character classes libstdc++'s headers name; nothing here uses std::ctype.
#pragma once
namespace std _GLIBCXX_VISIBILITY(default) {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
struct ctype_base {
    typedef const int* __to_type;
    typedef unsigned short mask;
    static const mask upper = 1, lower = 2, alpha = 4, digit = 8, xdigit = 16, space = 32, print = 64, graph = 128, cntrl = 256,
                      punct = 512, alnum = 4 | 8, blank = 1024;
};
_GLIBCXX_END_NAMESPACE_VERSION
}
