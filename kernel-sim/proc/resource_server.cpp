// SPDX-License-Identifier: Apache-2.0
// Opens, closes and duplicates procnto's own files, and passes their I/O messages to the resource behind.
#include "proc/resource_server.hpp"

#include "arch/console.hpp"
#include "arch/machine.hpp"
#include "ipc/message.hpp"
#include "proc/file_locks.hpp"
#include "proc/io_messages.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "sched/scheduler.hpp"

#include <abi/proc_msg.h>
#include <algorithm>
#include <new>

namespace proc {

namespace {

/// Which open file a connection means. One per (scoid, coid).
struct Binding : boost::intrusive::set_base_hook<> {
    int scoid = 0, coid = 0;
    Ocb* ocb = nullptr;
    uint64_t key() const
    {
        return uint64_t{static_cast<uint32_t>(scoid)} << 32 | static_cast<uint32_t>(coid);
    }
};
struct BindingKey {
    using type = uint64_t;
    uint64_t operator()(const Binding& binding) const { return binding.key(); }
};
using BindingSet = boost::intrusive::set<Binding, boost::intrusive::key_of_value<BindingKey>>;

BindingSet& bindings()
{
    alignas(BindingSet) static unsigned char storage[sizeof(BindingSet)];
    static BindingSet* set = new (storage) BindingSet;
    return *set;
}

constexpr uint32_t max_managers = 16;
struct ManagerSlot {
    Manager* manager;
    const char* path;
};
ManagerSlot managers[max_managers]; // index = handle - 1
uint32_t manager_count;
uint32_t ocbs;
constexpr uint32_t max_passed_files = 1024;  // on their way at a time
constexpr uint32_t max_passed_by_user = 256; // of them by one user other than root
struct PassedFile {
    uint64_t token; // 0 = free
    uint32_t uid;
};
PassedFile passed_files[max_passed_files];

uint64_t binding_key(int scoid, int coid)
{
    return uint64_t{static_cast<uint32_t>(scoid)} << 32 | static_cast<uint32_t>(coid);
}

void drop_ocb(Ocb& ocb)
{
    unlock_ocb(ocb);
    ocb.resource->release();
    delete ocb.listing;
    delete[] ocb.path;
    delete &ocb;
    --ocbs;
}

void unbind(Binding& binding)
{
    Ocb* ocb = binding.ocb;
    unlock_connection(binding.scoid, binding.coid, *ocb);
    bindings().erase(bindings().iterator_to(binding));
    delete &binding;
    if (--ocb->bindings == 0) {
        drop_ocb(*ocb);
    }
}

bool bind(int scoid, int coid, Ocb& ocb)
{
    auto* binding = new (std::nothrow) Binding;
    if (binding == nullptr) {
        return false;
    }
    if (auto old = bindings().find(binding_key(scoid, coid)); old != bindings().end()) {
        unbind(*old); // the coid was detached without _IO_CLOSE and used again
    }
    binding->scoid = scoid;
    binding->coid = coid;
    binding->ocb = &ocb;
    ++ocb.bindings;
    bindings().insert(*binding);
    return true;
}

// Takes the connect message apart. `rest`: where the second message of a combine begins.
bool parse_connect(const Request& request, Connect& connect, uint32_t& rest)
{
    if (request.in_size <= _IO_CONNECT_HDR) {
        return false;
    }
    const auto* header = reinterpret_cast<const _io_connect*>(request.in);
    const uint64_t path_end = uint64_t{_IO_CONNECT_HDR} + header->path_len;
    if (header->path_len == 0 || header->path_len > path_max || path_end > request.in_size ||
        std::memchr(header->path, 0, header->path_len) != header->path + header->path_len - 1) {
        return false;
    }
    const uint64_t extra = (path_end + 7) & ~uint64_t{7};
    uint64_t end = path_end;
    connect.extra = nullptr;
    connect.extra_size = header->extra_len;
    if (header->extra_len != 0) {
        end = extra + header->extra_len;
        if (end > request.in_size) {
            return false;
        }
        connect.extra = request.in + extra;
    }
    connect.header = header;
    connect.path = std::string_view(header->path, header->path_len - 1u);
    while (!connect.path.empty() && connect.path.front() == '/') {
        connect.path.remove_prefix(1);
    }
    connect.client = request.client;
    rest = static_cast<uint32_t>((end + 7) & ~uint64_t{7});
    return true;
}

int check_access(const Connect& connect, const Resource& resource)
{
    constexpr uint32_t o_directory = 04000000;
    _io_stat_data stat{};
    resource.stat(stat);
    const bool directory = resource.is_directory();
    if (!directory && ((connect.header->ioflag & o_directory) != 0 ||
                       (connect.header->eflag & _IO_CONNECT_EFLAG_DIR) != 0)) {
        return ENOTDIR;
    }
    if (directory && connect.wants_write()) {
        return EISDIR;
    }
    const uint32_t wanted =
        ((connect.header->ioflag & _IO_FLAG_RD) != 0 ? 4u : 0u) | (connect.wants_write() ? 2u : 0u);
    if (!access_allowed(*connect.client, stat.uid, stat.gid, stat.mode, wanted) &&
        !resource.open_to(*connect.client)) {
        return EACCES;
    }
    return EOK;
}

// A reply that sends the client to another path: link text instead of what it asked for.
int answer_link(Request& request, std::string_view text, uint64_t consumed, int64_t status)
{
    _io_connect_link_reply reply{};
    reply.file_type = _FTYPE_SYMLINK;
    reply.path_len = static_cast<uint16_t>(text.size() + 1);
    reply.consumed = static_cast<uint16_t>(consumed);
    request.out_size = 0;
    if (!request.put(&reply, sizeof reply) || !request.put(text.data(), text.size()) ||
        !request.put("", 1)) {
        return ENAMETOOLONG;
    }
    return request.answer_status(status);
}

// The manager's place and the name below it, as one path that begins with '/'. Null: no memory.
char* whole_path(const Connect& connect)
{
    const std::string_view base = managers[connect.header->handle - 1].path;
    const bool slash = !connect.path.empty() && !base.ends_with('/');
    char* text = new (std::nothrow) char[base.size() + slash + connect.path.size() + 1];
    if (text != nullptr) {
        char* end = std::copy(base.begin(), base.end(), text);
        if (slash) {
            *end++ = '/';
        }
        *std::copy(connect.path.begin(), connect.path.end(), end) = '\0';
    }
    return text;
}

// Opens without binding; the caller binds, or serves one message and drops it.
int open_ocb(const Connect& connect, Manager& manager, bool for_io, Ocb*& out)
{
    Resource* resource = nullptr;
    if (const int error = manager.open(connect, resource); error != EOK) {
        return error;
    }
    const int denied = for_io ? check_access(connect, *resource) : EOK;
    out = denied == EOK ? new (std::nothrow) Ocb : nullptr;
    if (out == nullptr) {
        resource->release();
        return denied == EOK ? ENOMEM : denied;
    }
    out->resource = resource;
    out->ioflag = connect.header->ioflag;
    ++ocbs;
    return EOK;
}

int connect_open(Request& request, const Connect& connect, Manager& manager, uint32_t rest)
{
    const uint16_t subtype = connect.header->subtype;
    const bool keep = subtype != _IO_CONNECT_COMBINE_CLOSE;
    Ocb* ocb = nullptr;
    if (const int error = open_ocb(connect, manager, keep, ocb); error != EOK) {
        return error;
    }
    if (const std::string_view text = ocb->resource->link_text(); !text.empty() && keep) {
        const int result =
            answer_link(request, text, connect.header->path_len - 1u, _IO_CONNECT_RET_LINK);
        drop_ocb(*ocb);
        return result;
    }
    int result = EOK;
    if (keep && (ocb->path = whole_path(connect)) == nullptr) {
        result = ENOMEM;
    } else if (subtype == _IO_CONNECT_OPEN) {
        if (connect.truncates() && ocb->may_write() && !ocb->resource->is_directory()) {
            (void)ocb->resource->truncate(0);
        }
        request.answer_status(0);
    } else {
        result = rest + sizeof(uint16_t) > request.in_size
                     ? EINVAL
                     : serve_io(request, *ocb,
                                IoMessage{request.in + rest, request.in_size - rest, rest});
    }
    if (!keep || result != EOK) {
        drop_ocb(*ocb);
    } else if (!bind(request.info.scoid, request.info.coid, *ocb)) {
        drop_ocb(*ocb);
        return ENOMEM;
    }
    return result;
}

int connect_readlink(Request& request, const Connect& connect, Manager& manager)
{
    Resource* resource = nullptr;
    if (const int error = manager.open(connect, resource); error != EOK) {
        return error;
    }
    const std::string_view text = resource->link_text();
    const int result =
        text.empty() ? EINVAL : answer_link(request, text, connect.header->path_len - 1u, 0);
    resource->release();
    return result;
}

int serve_connect(Request& request)
{
    Connect connect;
    uint32_t rest = 0;
    if (!parse_connect(request, connect, rest)) {
        return EINVAL;
    }
    if (connect.header->subtype == _IO_CONNECT_RESOLVE) {
        return resolve_path(request, connect);
    }
    const uint32_t handle = connect.header->handle;
    if (handle == 0 || handle > manager_count) {
        return ENOENT;
    }
    Manager& manager = *managers[handle - 1].manager;
    switch (connect.header->subtype) {
    case _IO_CONNECT_OPEN:
    case _IO_CONNECT_COMBINE:
    case _IO_CONNECT_COMBINE_CLOSE:
        return connect_open(request, connect, manager, rest);
    case _IO_CONNECT_UNLINK:
        return manager.unlink(connect);
    case _IO_CONNECT_MKNOD:
        return manager.make_node(connect);
    case _IO_CONNECT_READLINK:
        return connect_readlink(request, connect, manager);
    case _IO_CONNECT_RENAME:
    case _IO_CONNECT_LINK:
        return EROFS;
    default:
        return ENOSYS;
    }
}

// The new connection's file becomes that of the old one. The old one must be the caller's own, or its parent's while the
// caller is being made by spawn: otherwise anybody could take over a file by guessing two small numbers.
int serve_dup(Request& request)
{
    const auto* message = request.message<_io_dup>();
    if (message == nullptr) {
        return EINVAL;
    }
    object::Process* owner = ipc::client_process(object::kernel_process(), message->scoid);
    const ProcessInfo* info = request.client->info;
    const bool own = owner == request.client;
    const bool inherited =
        info != nullptr && info->life == Life::loading && owner == request.client->parent;
    if (owner == nullptr ||
        (!own && !inherited && !has_ability(*request.client, Ability::connection))) {
        return EBADF;
    }
    Ocb* ocb = find_ocb(message->scoid, message->coid);
    if (ocb == nullptr) {
        return EBADF;
    }
    return bind(request.info.scoid, request.info.coid, *ocb) ? request.answer_status(0) : ENOMEM;
}

// A place for a file of the user's to be left in; nullptr = there is none for that user.
PassedFile* place_for_passed(uint32_t uid)
{
    PassedFile* place = nullptr;
    uint32_t count = 0;
    for (PassedFile& file : passed_files) {
        count += file.token != 0 && file.uid == uid ? 1 : 0;
        place = file.token == 0 && place == nullptr ? &file : place;
    }
    return uid == 0 || count < max_passed_by_user ? place : nullptr;
}

void forget_passed(uint64_t token)
{
    for (PassedFile& file : passed_files) {
        if (file.token == token) {
            file = {};
        }
    }
}

// An open file on its way to another process is a binding whose key is the token: no client has such a scoid.
int serve_pass(Request& request)
{
    const auto* message = request.message<_io_pass>();
    if (message == nullptr) {
        return EINVAL;
    }
    if (message->action == _IO_PASS_LEAVE) {
        Ocb* ocb = find_ocb(request.info.scoid, request.info.coid);
        if (ocb == nullptr) {
            return EBADF;
        }
        const auto uid = static_cast<uint32_t>(request.client->cred.euid);
        PassedFile* place = place_for_passed(uid);
        if (place == nullptr) {
            return EMFILE;
        }
        const uint64_t token = arch::random_seed() | uint64_t{_IO_PASS_MARK} << 32;
        if (!bind(static_cast<int>(token >> 32), static_cast<int>(token), *ocb)) {
            return ENOMEM;
        }
        *place = {token, uid};
        return request.answer(token);
    }
    auto at = bindings().find(message->token);
    if ((message->token >> 32 & _IO_PASS_MARK) == 0 || at == bindings().end()) {
        return ENOENT;
    }
    if (message->action == _IO_PASS_TAKE &&
        !bind(request.info.scoid, request.info.coid, *at->ocb)) {
        return ENOMEM;
    }
    forget_passed(message->token);
    unbind(*at);
    return request.answer_status(0);
}

int serve_close(Request& request)
{
    auto at = bindings().find(binding_key(request.info.scoid, request.info.coid));
    if (at == bindings().end()) {
        return EBADF;
    }
    unbind(*at);
    return request.answer_status(0);
}

} // namespace

void add_manager(const char* path, Manager& manager, uint32_t flags, uint32_t file_type)
{
    ASSERT(manager_count < max_managers);
    managers[manager_count++] = {&manager, path};
    PathEntry entry;
    entry.pid = object::kernel_process().pid;
    entry.chid = 1;
    entry.handle = manager_count;
    entry.file_type = file_type;
    entry.flags = flags | PATH_FLAG_SELF;
    uint32_t id = 0;
    if (path_tree().attach(path, entry, id) != EOK) {
        PANIC("cannot attach %s", path);
    }
}

bool access_allowed(const object::Process& process, uint32_t uid, uint32_t gid, uint32_t mode,
                    uint32_t wanted)
{
    const nto_cred& cred = process.cred;
    if (cred.euid == 0) {
        return (wanted & 1u) == 0 || (mode & 0111u) != 0;
    }
    bool member = static_cast<uint32_t>(cred.egid) == gid;
    for (uint32_t i = 0; i < cred.ngroups && i < 16; ++i) {
        member = member || static_cast<uint32_t>(cred.grouplist[i]) == gid;
    }
    const uint32_t shift = static_cast<uint32_t>(cred.euid) == uid ? 6 : member ? 3 : 0;
    return ((mode >> shift) & wanted) == wanted;
}

Ocb* find_ocb(int scoid, int coid)
{
    auto at = bindings().find(binding_key(scoid, coid));
    return at == bindings().end() ? nullptr : at->ocb;
}

void forget_client(int scoid)
{
    auto at = bindings().lower_bound(binding_key(scoid, 0));
    while (at != bindings().end() && at->scoid == scoid) {
        Binding& binding = *at++;
        unbind(binding);
    }
}

uint32_t ocb_count()
{
    return ocbs;
}

int64_t now_seconds()
{
    return static_cast<int64_t>(sched::wall_ns() / 1000000000);
}

void stat_common(_io_stat_data& out, uint64_t ino, uint32_t mode, uint64_t size)
{
    out = _io_stat_data{};
    out.ino = ino;
    out.mode = mode;
    out.size = static_cast<int64_t>(size);
    out.dev = 1;
    out.nlink = (mode & 0170000u) == 0040000u ? 2 : 1;
    out.blksize = 4096;
    out.blocks512 = static_cast<uint32_t>((size + 511) / 512);
}

int handle_io(Request& request)
{
    const uint16_t type = request.type();
    switch (type) {
    case _IO_CONNECT:
    case _IO_CONNECT | _IO_COMBINE_FLAG:
        return serve_connect(request);
    case _IO_DUP:
        return serve_dup(request);
    case _IO_CLOSE:
        return serve_close(request);
    case _IO_PASS:
        return serve_pass(request);
    default:
        break;
    }
    Ocb* ocb = find_ocb(request.info.scoid, request.info.coid);
    if (ocb == nullptr) {
        return type > _IO_MAX ? ENOSYS : EBADF;
    }
    return serve_io(request, *ocb, IoMessage{request.in, request.in_size, 0});
}

} // namespace proc
