// SPDX-License-Identifier: Apache-2.0
// A path in a buffer of PATH_MAX bytes, and the small string helpers the process manager needs.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace proc {

inline constexpr size_t path_max = 1024; // with the NUL

/// string_view::substr without the throwing range check.
inline std::string_view drop_front(std::string_view text, size_t count)
{
    return count >= text.size() ? std::string_view()
                                : std::string_view(text.data() + count, text.size() - count);
}
inline std::string_view take_front(std::string_view text, size_t count)
{
    return std::string_view(text.data(), count < text.size() ? count : text.size());
}

/// An owned NUL-terminated string on the heap; false when there is none (or there was no memory for it).
class OwnedText {
public:
    OwnedText() = default;
    explicit OwnedText(std::string_view text) : text_(new (std::nothrow) char[text.size() + 1])
    {
        if (text_ != nullptr) {
            if (!text.empty()) {
                std::memcpy(text_, text.data(), text.size());
            }
            text_[text.size()] = '\0';
            length_ = text.size();
        }
    }
    OwnedText(OwnedText&& other) noexcept
        : text_(std::exchange(other.text_, nullptr)), length_(std::exchange(other.length_, 0))
    {
    }
    OwnedText& operator=(OwnedText&& other) noexcept
    {
        std::swap(text_, other.text_);
        std::swap(length_, other.length_);
        return *this;
    }
    OwnedText(const OwnedText&) = delete;
    OwnedText& operator=(const OwnedText&) = delete;
    ~OwnedText() { delete[] text_; }

    void reset()
    {
        delete[] std::exchange(text_, nullptr);
        length_ = 0;
    }
    explicit operator bool() const { return text_ != nullptr; }
    std::string_view view() const
    {
        return text_ != nullptr ? std::string_view(text_, length_) : std::string_view();
    }
    const char* c_str() const { return text_ != nullptr ? text_ : ""; }
    char* data() { return text_; }

private:
    char* text_ = nullptr;
    size_t length_ = 0;
};

class PathText {
public:
    std::string_view view() const { return {text_, length_}; }
    const char* c_str() const { return text_; }
    size_t length() const { return length_; }
    void clear()
    {
        length_ = 0;
        text_[0] = '\0';
    }
    /// False: does not fit; nothing was added.
    bool append(std::string_view more)
    {
        if (more.size() >= path_max - length_) {
            return false;
        }
        if (!more.empty()) {
            std::memcpy(text_ + length_, more.data(), more.size());
        }
        length_ += more.size();
        text_[length_] = '\0';
        return true;
    }
    bool assign(std::string_view text)
    {
        clear();
        return append(text);
    }
    /// Adds "/" + component, or removes the last one for "..".
    bool append_component(std::string_view component)
    {
        if (component.empty() || component == ".") {
            return true;
        }
        if (component == "..") {
            while (length_ > 0 && text_[--length_] != '/') {
            }
            text_[length_] = '\0';
            return true;
        }
        const size_t before = length_;
        if (!append("/") || !append(component)) {
            length_ = before;
            text_[length_] = '\0';
            return false;
        }
        return true;
    }

private:
    char text_[path_max] = {};
    size_t length_ = 0;
};

/// Walks the components of a path; slashes in a row count as one.
class Components {
public:
    explicit Components(std::string_view path) : rest_(path) {}
    bool next(std::string_view& component)
    {
        while (!rest_.empty() && rest_.front() == '/') {
            rest_.remove_prefix(1);
        }
        const size_t slash = rest_.find('/');
        component = take_front(rest_, slash == std::string_view::npos ? rest_.size() : slash);
        rest_ = drop_front(rest_, component.size());
        return !component.empty();
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

} // namespace proc
