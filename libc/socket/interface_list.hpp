// SPDX-License-Identifier: Apache-2.0
// SIOCGIFCONF's variable-length list, fetched whole and walked.
#pragma once
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>

class InterfaceList {
public:
    explicit InterfaceList(int fd)
    {
        for (size_t room = 4096; room <= 1024 * 1024; room *= 4) {
            free(buffer_);
            buffer_ = static_cast<char*>(malloc(room));
            if (buffer_ == nullptr)
                return;
            struct ifconf conf = {};
            conf.ifc_len = static_cast<int>(room);
            conf.ifc_buf = buffer_;
            ok_ = ioctl(fd, static_cast<int>(SIOCGIFCONF), &conf) == 0;
            if (!ok_)
                return;
            used_ = static_cast<size_t>(conf.ifc_len);
            if (used_ + sizeof(struct ifreq) <= room)
                return; // else there may be more
        }
    }
    ~InterfaceList() { free(buffer_); }
    InterfaceList(const InterfaceList&) = delete;
    InterfaceList& operator=(const InterfaceList&) = delete;

    bool ok() const { return ok_; }
    // The entry at `at` (start with 0); nullptr at the end. Moves `at` to the next.
    const struct ifreq* next(size_t& at) const
    {
        if (at + IFNAMSIZ + sizeof(struct sockaddr) > used_)
            return nullptr;
        auto* entry = reinterpret_cast<const struct ifreq*>(buffer_ + at);
        at += IFREQ_ENTRY_LEN(entry->ifr_addr.sa_len);
        return at <= used_ ? entry : nullptr;
    }

private:
    char* buffer_ = nullptr;
    size_t used_ = 0;
    bool ok_ = false;
};
