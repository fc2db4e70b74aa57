// SPDX-License-Identifier: Apache-2.0
// Named counters. Everything that is dropped is counted under a name; nothing else is said about it.
#pragma once
#include <atomic>
#include <stdint.h>
#include <string.h>

namespace netmgr {

class Counter;

// All counters of one stack, newest first.
class CounterRegistry {
public:
    const Counter* first() const { return first_; }
    const Counter* find(const char* name) const;
    uint64_t value(const char* name) const; // 0 when there is none of that name

private:
    friend class Counter;
    Counter* first_ = nullptr;
};

// Registers itself for the registry's whole life.
class Counter {
public:
    Counter(CounterRegistry& registry, const char* name) : name_(name), next_(registry.first_)
    {
        registry.first_ = this;
    }
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    void operator++() { value_.fetch_add(1, std::memory_order_relaxed); }
    void operator+=(uint64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
    uint64_t value() const { return value_.load(std::memory_order_relaxed); }
    const char* name() const { return name_; }
    const Counter* next() const { return next_; }

private:
    std::atomic<uint64_t> value_{0};
    const char* name_;
    Counter* next_;
};

inline const Counter* CounterRegistry::find(const char* name) const
{
    for (const Counter* c = first_; c != nullptr; c = c->next())
        if (strcmp(c->name(), name) == 0)
            return c;
    return nullptr;
}

inline uint64_t CounterRegistry::value(const char* name) const
{
    const Counter* c = find(name);
    return c != nullptr ? c->value() : 0;
}

} // namespace netmgr
