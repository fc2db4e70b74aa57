// SPDX-License-Identifier: Apache-2.0
// Owner of one mbuf chain: moved down or up the stack, freed when nobody took it.
#pragma once
#include <utility>

#include <sys/mbuf.h>

namespace netmgr {

class MbufPtr {
public:
    MbufPtr() = default;
    explicit MbufPtr(mbuf* m) : m_(m) {}
    MbufPtr(MbufPtr&& other) noexcept : m_(other.release()) {}
    MbufPtr(const MbufPtr&) = delete;
    MbufPtr& operator=(MbufPtr&& other) noexcept
    {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    MbufPtr& operator=(const MbufPtr&) = delete;
    ~MbufPtr() { m_freem(m_); }

    mbuf* get() const { return m_; }
    mbuf* operator->() const { return m_; }
    mbuf& operator*() const { return *m_; }
    explicit operator bool() const { return m_ != nullptr; }

    [[nodiscard]] mbuf* release() { return std::exchange(m_, nullptr); }
    void reset(mbuf* m = nullptr) { m_freem(std::exchange(m_, m)); }

    // First size bytes contiguous, or empty (and freed) when the packet is shorter or memory is out.
    [[nodiscard]] bool pullup(size_t size)
    {
        if (m_ != nullptr && static_cast<size_t>(m_->m_len) < size)
            m_ = m_pullup(m_, static_cast<int>(size));
        return m_ != nullptr;
    }
    [[nodiscard]] bool prepend(size_t size)
    {
        m_ = m_prepend(m_, static_cast<int>(size), M_DONTWAIT);
        return m_ != nullptr;
    }
    template <typename T>
    T* as(size_t offset = 0) const
    {
        return reinterpret_cast<T*>(m_->m_data + offset);
    }
    size_t packet_len() const { return static_cast<size_t>(m_->m_pkthdr.len); }

private:
    mbuf* m_ = nullptr;
};

} // namespace netmgr
