// SPDX-License-Identifier: Apache-2.0
// Lists of senders.
#include "netinet/source_filter.hpp"

#include <algorithm>
#include <new>

namespace netmgr {

uint32_t* SourceList::place(uint32_t source) const
{
    uint32_t* end = list_.get() + count_;
    uint32_t* at = std::lower_bound(list_.get(), end, source);
    return at != end && *at == source ? at : nullptr;
}

bool SourceList::add(uint32_t source)
{
    if (has(source))
        return true;
    if (list_ == nullptr)
        list_.reset(new (std::nothrow) uint32_t[max_sources]);
    if (list_ == nullptr || count_ == max_sources)
        return false;
    uint32_t* end = list_.get() + count_++;
    uint32_t* at = std::lower_bound(list_.get(), end, source);
    std::copy_backward(at, end, end + 1);
    *at = source;
    return true;
}

void SourceList::remove(uint32_t source)
{
    if (!has(source))
        return;
    uint32_t* at = place(source);
    std::copy(at + 1, list_.get() + count_--, at);
}

bool SourceList::set(std::span<const uint32_t> sources)
{
    if (sources.size() > max_sources)
        return false;
    if (list_ == nullptr && !sources.empty()) {
        list_.reset(new (std::nothrow) uint32_t[max_sources]);
        if (list_ == nullptr)
            return false;
    }
    count_ = 0;
    for (uint32_t source : sources)
        (void)add(source); // there is room
    return true;
}

bool SourceList::operator==(const SourceList& other) const
{
    return std::equal(all().begin(), all().end(), other.all().begin(), other.all().end());
}

} // namespace netmgr
