// SPDX-License-Identifier: Apache-2.0
// The descriptor table.
#include "resmgr/socket_file.hpp"

#include <new>

namespace netmgr {

SocketFile* FdTable::find(int scoid, int coid) const
{
    for (const Fd* fd = buckets_[bucket(scoid, coid)]; fd != nullptr; fd = fd->next)
        if (fd->scoid == scoid && fd->coid == coid)
            return fd->file;
    return nullptr;
}

bool FdTable::add(int scoid, int coid, SocketFile* file)
{
    Fd*& head = buckets_[bucket(scoid, coid)];
    Fd* fd = new (std::nothrow) Fd{scoid, coid, file, head};
    if (fd == nullptr)
        return false;
    head = fd;
    file->fds++;
    size_++;
    return true;
}

SocketFile* FdTable::unlink(Fd** at)
{
    Fd* gone = *at;
    SocketFile* file = gone->file;
    *at = gone->next;
    delete gone;
    file->fds--;
    size_--;
    return file;
}

SocketFile* FdTable::remove(int scoid, int coid)
{
    for (Fd** at = &buckets_[bucket(scoid, coid)]; *at != nullptr; at = &(*at)->next)
        if ((*at)->scoid == scoid && (*at)->coid == coid)
            return unlink(at);
    return nullptr;
}

SocketFile* FdTable::remove_any(int scoid, int& coid)
{
    for (Fd*& head : buckets_) {
        for (Fd** at = &head; *at != nullptr; at = &(*at)->next) {
            if ((*at)->scoid == scoid) {
                coid = (*at)->coid;
                return unlink(at);
            }
        }
    }
    return nullptr;
}

} // namespace netmgr
