// SPDX-License-Identifier: Apache-2.0
// The part of libstdc++ guest programs may use, inside the guest: prints TAP lines.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {
int number;
int failed;

void check(bool ok, const char* name)
{
    printf("%s %d - %s\n", ok ? "ok" : "not ok", ++number, name);
    if (!ok)
        ++failed;
}

struct Base {
    virtual ~Base() = default;
    virtual int value() const = 0;
};
struct Derived final : Base {
    explicit Derived(int& count) : count_(count) {}
    ~Derived() override { ++count_; }
    int value() const override { return 42; }
    int& count_;
};
struct Global {
    Global() : made(7) {}
    int made;
} global;
} // namespace

int main()
{
    puts("1..8");
    std::vector<int> v{5, 3, 1, 4, 2};
    std::sort(v.begin(), v.end());
    for (int i = 6; i <= 1000; i++)
        v.push_back(i);
    check(std::accumulate(v.begin(), v.end(), 0) == 500500 && v[4] == 5, "vector and algorithms");

    std::string s = "a rather long string that does not fit the small buffer";
    s += '/' + std::to_string(12345);
    check(s.size() == 61 && s.ends_with("/12345"), "string");

    std::string_view view = s;
    check(view.substr(2, 6) == "rather" && view.find("small") == 43, "string_view");

    int destroyed = 0;
    {
        std::unique_ptr<Base> p = std::make_unique<Derived>(destroyed);
        check(p->value() == 42, "virtual call through unique_ptr");
    }
    check(destroyed == 1, "virtual destructor");

    std::array<int, 3> a{1, 2, 3};
    std::span<const int> span = a;
    std::optional<int> none, some = 3;
    check(span.size() == 3 && span[2] == 3 && !none && *some == 3, "array, span, optional");

    std::function<int(int)> f = [&](int x) { return x + a[0]; };
    std::atomic<int> n{1};
    n.fetch_add(4);
    check(f(4) == 5 && n == 5, "function and atomic");

    check(global.made == 7, "global constructor");
    printf("# cxx-test: %s\n", failed ? "FAILED" : "passed");
    return failed != 0;
}
