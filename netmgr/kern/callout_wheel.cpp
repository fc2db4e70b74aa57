// SPDX-License-Identifier: Apache-2.0
// Pairing heap: start and stop touch a few pointers, taking the first melds its children in pairs.
#include "kern/callout_wheel.hpp"

namespace netmgr {

callout* CalloutWheel::meld(callout* a, callout* b)
{
    if (a == nullptr)
        return b;
    if (b == nullptr)
        return a;
    if (b->c_deadline < a->c_deadline) {
        callout* t = a;
        a = b;
        b = t;
    }
    b->c_prev = a;
    b->c_sibling = a->c_child;
    if (a->c_child != nullptr)
        a->c_child->c_prev = b;
    a->c_child = b;
    return a;
}

// A list of siblings becomes one heap: pairs left to right, then the pairs right to left.
callout* CalloutWheel::meld_pairs(callout* first)
{
    callout* pairs = nullptr; // linked through c_sibling
    while (first != nullptr) {
        callout* a = first;
        callout* b = a->c_sibling;
        first = b != nullptr ? b->c_sibling : nullptr;
        a->c_sibling = a->c_prev = nullptr;
        if (b != nullptr)
            b->c_sibling = b->c_prev = nullptr;
        callout* pair = meld(a, b);
        pair->c_sibling = pairs;
        pairs = pair;
    }
    callout* root = nullptr;
    while (pairs != nullptr) {
        callout* next = pairs->c_sibling;
        pairs->c_sibling = nullptr;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

void CalloutWheel::unlink_locked(callout& c)
{
    callout* children = meld_pairs(c.c_child);
    if (&c == root_) {
        root_ = children;
    } else {
        if (c.c_prev->c_child == &c)
            c.c_prev->c_child = c.c_sibling;
        else
            c.c_prev->c_sibling = c.c_sibling;
        if (c.c_sibling != nullptr)
            c.c_sibling->c_prev = c.c_prev;
        root_ = meld(root_, children);
    }
    c.c_child = c.c_sibling = c.c_prev = nullptr;
    c.c_flags &= ~CALLOUT_PENDING;
}

void CalloutWheel::start(callout& c, uint64_t delay_ns, void (*fn)(void*), void* arg)
{
    bool earlier;
    {
        Guard guard(mutex_);
        if (callout_pending(&c))
            unlink_locked(c);
        // Never due at once: a timer that starts itself again must not keep run_due() going for ever.
        c.c_deadline = platform_.now_ns() + (delay_ns != 0 ? delay_ns : 1);
        c.c_func = fn;
        c.c_arg = arg;
        c.c_wheel = this;
        c.c_flags = CALLOUT_PENDING;
        c.c_child = c.c_sibling = c.c_prev = nullptr;
        root_ = meld(root_, &c);
        earlier = root_ == &c;
    }
    if (earlier)
        platform_.wake_stack();
}

void CalloutWheel::stop(callout& c)
{
    Guard guard(mutex_);
    if (callout_pending(&c))
        unlink_locked(c);
    c.c_flags &= ~CALLOUT_FIRED;
}

void CalloutWheel::run_due(uint64_t now_ns)
{
    for (;;) {
        callout* c;
        {
            Guard guard(mutex_);
            c = root_;
            if (c == nullptr || c->c_deadline > now_ns)
                return;
            unlink_locked(*c);
            c->c_flags |= CALLOUT_FIRED;
        }
        c->c_func(c->c_arg);
    }
}

uint64_t CalloutWheel::next_deadline()
{
    Guard guard(mutex_);
    return root_ != nullptr ? root_->c_deadline : no_deadline;
}

} // namespace netmgr
