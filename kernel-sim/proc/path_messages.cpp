// SPDX-License-Identifier: Apache-2.0
// PATH_* messages and path resolution.
#include "proc/events.hpp"
#include "proc/io_messages.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

// A NUL-terminated string of `length` bytes (with the NUL) at `at` in the message.
bool take_string(const Request& request, uint64_t at, uint64_t length, std::string_view& text)
{
    if (length == 0 || at > request.in_size || length > request.in_size - at ||
        request.in[at + length - 1] != 0) {
        return false;
    }
    text = std::string_view(reinterpret_cast<const char*>(request.in + at), length - 1);
    return text.find('\0') == std::string_view::npos;
}

// A name of the client's as everybody knows it. False: too long.
bool add_root(const Request& request, std::string_view name, PathText& whole)
{
    return whole.append(request.client->info->root.view()) && whole.append(name);
}

int attach(Request& request)
{
    const auto* message = request.message<path_attach>();
    std::string_view path;
    if (message == nullptr || (message->path_len != 0 && !take_string(request, sizeof(path_attach),
                                                                      message->path_len, path))) {
        return EINVAL;
    }
    if (path.empty() && message->file_type != _FTYPE_MOUNT) {
        return EINVAL;
    }
    object::Process& client = *request.client;
    if (!able(client, Ability::pathspace)) {
        return EPERM;
    }
    if (client.channels.get(message->chid) == nullptr) {
        return ESRCH;
    }
    PathEntry entry;
    entry.pid = client.pid;
    entry.chid = message->chid;
    entry.handle = message->handle;
    entry.file_type = message->file_type;
    entry.flags = message->flags;
    uint32_t id = 0;
    PathText whole;
    if (!path.empty() && !add_root(request, path, whole)) {
        return ENAMETOOLONG;
    }
    if (const int error = path_tree().attach(whole.view(), entry, id); error != EOK) {
        return error;
    }
    post_events(PROC_EVENT_PATHSPACE, path_hash(whole.view()));
    return request.answer(id);
}

int symlink(Request& request)
{
    const auto* message = request.message<path_symlink>();
    std::string_view target, link;
    if (message == nullptr ||
        !take_string(request, sizeof(path_symlink), message->target_len, target) ||
        !take_string(request, sizeof(path_symlink) + uint64_t{message->target_len},
                     message->link_len, link)) {
        return EINVAL;
    }
    if (!able(*request.client, Ability::pathspace)) {
        return EPERM;
    }
    PathText whole;
    if (link.empty() || link.front() != '/' || !add_root(request, link, whole)) {
        return link.empty() || link.front() != '/' ? EINVAL : ENAMETOOLONG;
    }
    const int error = path_tree().symlink(target, whole.view(), false);
    if (error == EOK) {
        post_events(PROC_EVENT_PATHSPACE, path_hash(whole.view()));
    }
    return error;
}

int unlink(Request& request)
{
    const auto* message = request.message<proc_simple>();
    std::string_view path;
    if (message == nullptr || message->a < 0 ||
        !take_string(request, sizeof(proc_simple), static_cast<uint64_t>(message->a), path)) {
        return EINVAL;
    }
    if (!able(*request.client, Ability::pathspace)) {
        return EPERM;
    }
    PathText whole;
    return add_root(request, path, whole) ? path_tree().unlink(whole.view()) : ENAMETOOLONG;
}

} // namespace

int handle_path(Request& request)
{
    switch (request.type()) {
    case PATH_ATTACH:
        return attach(request);
    case PATH_DETACH: {
        const auto* message = request.message<proc_simple>();
        if (message == nullptr) {
            return EINVAL;
        }
        const int error =
            path_tree().detach(static_cast<uint32_t>(message->a), request.client->pid);
        if (error == EOK) {
            post_events(PROC_EVENT_PATHSPACE, 0);
        }
        return error;
    }
    case PATH_SYMLINK:
        return symlink(request);
    default:
        return unlink(request);
    }
}

int resolve_path(Request& request, const Connect& connect)
{
    PathQuery query;
    query.file_type = connect.header->file_type;
    query.pid = request.client->pid;
    query.root = request.client->info->root.view();
    query.follow_last = (connect.header->sflag & _IO_RESOLVE_NOFOLLOW) == 0;
    PathResolution found;
    const std::string_view path(connect.header->path, connect.header->path_len - 1u);
    if (const int error = path_tree().resolve(path, query, found); error != EOK) {
        return error;
    }
    if (found.final_link) { // one of our own links: the root manager knows them
        found.candidates[0] = {
            object::kernel_process().pid, 1, root_handle(), _FTYPE_LINK, PATH_FLAG_DIR, 1};
        found.count = 1;
    }
    _io_connect_resolve_reply reply{};
    reply.nentries = static_cast<uint16_t>(found.count);
    reply.path_len = static_cast<uint16_t>(found.path.length() + 1);
    reply.root_len = static_cast<uint32_t>(query.root.size());
    request.put(&reply, sizeof reply);
    for (uint32_t i = 0; i < found.count; ++i) {
        const PathCandidate& candidate = found.candidates[i];
        _io_connect_entry entry{};
        entry.pid = candidate.pid;
        entry.chid = candidate.chid;
        entry.handle = candidate.handle;
        entry.file_type = candidate.file_type;
        entry.prefix_len = candidate.prefix_length;
        entry.flags = static_cast<uint16_t>(candidate.flags);
        request.put(&entry, sizeof entry);
    }
    request.put(found.path.c_str(), found.path.length() + 1);
    return request.answer_status(0);
}

} // namespace proc
