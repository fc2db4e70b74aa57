// SPDX-License-Identifier: Apache-2.0
// An iov array that starts on the stack: header parts and then the caller's.
#pragma once
#include <stdlib.h>
#include <sys/neutrino.h>

class Parts {
public:
    // False from room() when memory ran out.
    Parts(unsigned headers, unsigned users) : parts_(local_)
    {
        if (headers + users > local_count)
            parts_ = static_cast<iov_t*>(malloc((headers + users) * sizeof(iov_t)));
    }
    ~Parts()
    {
        if (parts_ != local_)
            free(parts_);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    bool room() const { return parts_ != nullptr; }
    void add(const void* base, size_t length)
    {
        SETIOV(&parts_[count_], base, length);
        count_++;
    }
    const iov_t* data() const { return parts_; }
    unsigned count() const { return count_; }

private:
    static constexpr unsigned local_count = 16;
    iov_t local_[local_count];
    iov_t* parts_;
    unsigned count_ = 0;
};
