// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Errno, for code without exceptions. TRY passes an error up.
#pragma once

#include "base/errno.hpp"

#include <new>
#include <type_traits>
#include <utility>

namespace base {

/// What a failing function returns: `return Err(Errno::einval);`
template <class E = Errno>
struct Err {
    constexpr explicit Err(E e) : error(e) {}
    E error;
};
Err(Errno)->Err<Errno>;

template <class T, class E = Errno>
class [[nodiscard]] Result {
    static_assert(!std::is_reference_v<T>, "return a pointer instead");

public:
    constexpr Result(T value) : ok_(true), value_(std::move(value)) {}
    constexpr Result(Err<E> err) : ok_(false), error_(err.error) {}
    constexpr Result(Result&& other) : ok_(other.ok_)
    {
        if (ok_)
            new (&value_) T(std::move(other.value_));
        else
            error_ = other.error_;
    }
    Result& operator=(Result&&) = delete;
    constexpr ~Result()
    {
        if (ok_)
            value_.~T();
    }

    constexpr bool ok() const { return ok_; }
    constexpr E error() const { return error_; }
    constexpr T& value() & { return value_; }
    constexpr const T& value() const& { return value_; }
    constexpr T take() { return std::move(value_); }
    constexpr T value_or(T other) const { return ok_ ? value_ : other; }

private:
    bool ok_;
    union {
        T value_;
        E error_;
    };
};

template <class E>
class [[nodiscard]] Result<void, E> {
public:
    constexpr Result() : error_(), ok_(true) {}
    constexpr Result(Err<E> err) : error_(err.error), ok_(false) {}

    constexpr bool ok() const { return ok_; }
    constexpr E error() const { return error_; }
    constexpr void take() const {}

private:
    E error_;
    bool ok_;
};

} // namespace base

/// The value of `expr`, or return its error from this function.
#define TRY(expr)                                                                                  \
    ({                                                                                             \
        auto try_result_ = (expr);                                                                 \
        if (!try_result_.ok())                                                                     \
            return ::base::Err(try_result_.error());                                               \
        try_result_.take();                                                                        \
    })
