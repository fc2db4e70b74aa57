// SPDX-License-Identifier: Apache-2.0
// Descriptors in flight (SCM_RIGHTS): an open socket on its way to another process stands in the table under its token.
#include <abi/sockright.h>
#include <errno.h>
#include <sys/iomsg.h>
#include <unistd.h>

#include "kern/control.hpp"
#include "kern/protosw.hpp"
#include "resmgr/local_names.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

constexpr unsigned max_passed_files = 1024;

int scoid_of(uint64_t token)
{
    return static_cast<int>(token >> 32);
}

int coid_of(uint64_t token)
{
    return static_cast<int>(token);
}

// Only descriptors in flight name it.
bool is_only_passed(const SocketFile& file)
{
    return file.passed > 0 && file.fds == file.passed;
}

} // namespace

int Server::leave_file(Request& request)
{
    SocketFile* file = fds_.find(request.scoid(), request.coid());
    uint64_t token = 0;
    if (file == nullptr)
        return EBADF;
    if (passed_files_ >= max_passed_files)
        return EMFILE;
    stack_->platform().random_bytes(&token, sizeof token);
    token |= uint64_t{_IO_PASS_MARK} << 32;
    if (!fds_.add(scoid_of(token), coid_of(token), file))
        return ENOMEM;
    passed_files_++;
    file->passed++;
    request.reply(0, &token, sizeof token);
    return 0;
}

int Server::handle_pass(Request& request)
{
    _io_pass pass;
    if (!request.get(pass))
        return EINVAL;
    if (pass.action == _IO_PASS_LEAVE)
        return leave_file(request);
    SocketFile* file = take_passed(pass.token);
    if (file == nullptr)
        return ENOENT;
    const bool taken =
        pass.action == _IO_PASS_TAKE && fds_.add(request.scoid(), request.coid(), file);
    if (!taken)
        release(file, scoid_of(pass.token), coid_of(pass.token));
    if (!taken && pass.action == _IO_PASS_TAKE)
        return ENOMEM;
    request.reply(0);
    return 0;
}

SocketFile* Server::take_passed(uint64_t token)
{
    SocketFile* file = scoid_of(token) < 0 ? fds_.remove(scoid_of(token), coid_of(token)) : nullptr;
    if (file != nullptr) {
        passed_files_--;
        file->passed--;
    }
    return file;
}

SocketFile* Server::find_passed(const uint8_t* bytes) const
{
    sock_right right;
    memcpy(&right, bytes, sizeof right);
    if (right.pid != getpid() || scoid_of(right.token) >= 0)
        return nullptr;
    return fds_.find(scoid_of(right.token), coid_of(right.token));
}

// A descriptor that nobody will take. Called in the middle of protocol code, perhaps while a socket is closed: one of our own files
// is only remembered. A message to ourselves would wait for the stack context that we hold.
void Server::drop(const uint8_t* bytes)
{
    sock_right right;
    memcpy(&right, bytes, sizeof right);
    if (right.pid != getpid())
        return give_up_right(right);
    SocketFile* file = take_passed(right.token);
    if (file == nullptr)
        return;
    if (file->fds != 0)
        return suspect_ring(*file);
    file->unwanted = true;
    if (!file->dirty)
        remember(*file);
}

Socket* Server::named(const uint8_t* right)
{
    const SocketFile* file = find_passed(right);
    return file != nullptr && file->so->proto.domain == AF_LOCAL ? file->so : nullptr;
}

// A right that is in no buffer is in the hands of a client, who may still send or take it. A client that sends one right twice
// can make its own socket look unheld, if no process has that open.
bool Server::is_held(const Socket& so, unsigned in_flight)
{
    if (so.upcall != upcall)
        return true;
    const auto& file = *static_cast<const SocketFile*>(so.upcall_arg);
    return !is_only_passed(file) || in_flight < file.passed;
}

// A descriptor of a file is gone. The one that cuts a ring off is always of a local socket that holds a part of the ring itself.
void Server::suspect_ring(const SocketFile& file)
{
    if (is_only_passed(file) && file.so->proto.domain == AF_LOCAL &&
        (!file.so->rcv.empty() || file.so->queue != nullptr))
        __atomic_store_n(&rings_suspected_, true, __ATOMIC_RELEASE);
}

// Before control data is sent: the sender's other threads may have closed what it names already.
bool Server::closes_ring(const mbuf* control) const
{
    struct Look {
        const Server& server;
        bool found;
    } look = {*this, false};
    (void)control_walk(
        control,
        [](void* arg, const cmsghdr&, const uint8_t* data, size_t left) {
            auto& each = *static_cast<Look*>(arg);
            for (; left >= sizeof(sock_right);
                 left -= sizeof(sock_right), data += sizeof(sock_right)) {
                const SocketFile* file = each.server.find_passed(data);
                each.found = each.found || (file != nullptr && is_only_passed(*file));
            }
            return 0;
        },
        &look);
    return look.found;
}

} // namespace netmgr
