// SPDX-License-Identifier: Apache-2.0
// The client side of open, stat and read, as libc does it, for the loader and the startup script.
#include "proc/file_client.hpp"

#include "ipc/message.hpp"
#include "object/thread.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"

#include <new>

namespace proc {

namespace {

constexpr int max_links = 32;

/// Everything a connect needs, on the heap: kernel stacks are small.
struct Attempt {
    PathText path; // asked for; replaced when a server answers with a link
    PathResolution found;
    union {
        _io_connect connect;
        uint8_t message[_IO_CONNECT_HDR + path_max + 64];
    };
    union {
        _io_connect_link_reply link;
        _io_stat_data stat;
        uint8_t reply[sizeof(_io_connect_link_reply) + path_max];
    };
    Attempt() : message{}, reply{} {}
};

template <typename T>
int as_error(const base::Result<T>& result)
{
    return result.ok() ? EOK : base::to_int(result.error());
}

/// These answers mean "not mine": the next candidate may have it.
bool try_next(int error)
{
    return error == ENOENT || error == ENOSYS || error == ENXIO || error == ESRCH || error == EBADF;
}

// Builds the message for one candidate; returns its size.
uint64_t fill_connect(Attempt& attempt, const PathCandidate& candidate, uint32_t ioflag,
                      uint16_t subtype)
{
    std::string_view rest = drop_front(attempt.found.path.view(), candidate.prefix_length);
    while (!rest.empty() && rest.front() == '/') {
        rest.remove_prefix(1);
    }
    std::memset(attempt.message, 0, sizeof attempt.message);
    _io_connect& connect = attempt.connect;
    connect.type = _IO_CONNECT;
    connect.subtype = subtype;
    connect.file_type = _FTYPE_ANY;
    connect.reply_max = sizeof attempt.reply;
    connect.handle = candidate.handle;
    connect.ioflag = ioflag;
    connect.path_len = static_cast<uint16_t>(rest.size() + 1);
    std::memcpy(attempt.message + _IO_CONNECT_HDR, rest.data(), rest.size());
    uint64_t size = _IO_CONNECT_HDR + rest.size() + 1;
    if (subtype == _IO_CONNECT_COMBINE_CLOSE) {
        size = (size + 7) & ~uint64_t{7};
        _io_stat stat{};
        stat.type = _IO_STAT;
        std::memcpy(attempt.message + size, &stat, sizeof stat);
        size += sizeof stat;
    }
    return size;
}

std::string_view root_of(const object::Process& process)
{
    return process.info != nullptr ? process.info->root.view() : std::string_view();
}

// The path to go on with after a server's link reply.
int follow(Attempt& attempt, const PathCandidate& candidate, uint64_t reply_room)
{
    const uint64_t length = attempt.link.path_len;
    if (length == 0 || length > path_max || sizeof(_io_connect_link_reply) + length > reply_room) {
        return EIO;
    }
    const auto* text =
        reinterpret_cast<const char*>(attempt.reply + sizeof(_io_connect_link_reply));
    const std::string_view target(text, length - 1);
    PathText next;
    if (target.empty() || target.front() != '/') {
        const size_t upto = candidate.prefix_length + size_t{attempt.link.consumed} + 1;
        std::string_view base = take_front(attempt.found.path.view(), upto);
        const size_t slash = base.rfind('/');
        base = take_front(base, slash == std::string_view::npos ? 0 : slash + 1);
        if (!next.append(drop_front(base, root_of(object::current().process).size()))) {
            return ENAMETOOLONG;
        }
    }
    if (!next.append(target)) {
        return ENAMETOOLONG;
    }
    attempt.path = next;
    return EOK;
}

// Asks the candidates of a path in turn. On EOK, coid is open (or, for COMBINE_CLOSE, detached again) and the reply is there.
int connect(Attempt& attempt, std::string_view path, uint32_t ioflag, uint16_t subtype,
            uint32_t index, int& coid)
{
    object::Process& self = object::current().process;
    if (!attempt.path.assign(path)) {
        return ENAMETOOLONG;
    }
    for (int links = 0; links < max_links; ++links) {
        PathQuery query;
        query.pid = self.pid == 1 ? 0 : self.pid;
        query.root = root_of(self);
        if (const int error = path_tree().resolve(attempt.path.view(), query, attempt.found);
            error != EOK) {
            return error;
        }
        int last = ENOENT;
        bool again = false;
        for (uint32_t i = 0; i < attempt.found.count && !again; ++i) {
            const PathCandidate candidate = attempt.found.candidates[i];
            auto attached = ipc::attach(self, candidate.pid, candidate.chid, index, 0);
            if (!attached.ok()) {
                last = as_error(attached);
                continue;
            }
            coid = attached.take();
            const uint64_t size = fill_connect(attempt, candidate, ioflag, subtype);
            auto sent =
                ipc::send(coid, ipc::Buffer(static_cast<const void*>(attempt.message), size),
                          ipc::Buffer(static_cast<void*>(attempt.reply), sizeof attempt.reply));
            const int64_t status = sent.ok() ? sent.value() : -1;
            if (status == 0 && subtype == _IO_CONNECT_OPEN) {
                return EOK;
            }
            (void)ipc::detach(self, coid);
            if (status == 0) {
                return EOK;
            }
            if (status == _IO_CONNECT_RET_LINK) {
                if (const int error = follow(attempt, candidate, sizeof attempt.reply);
                    error != EOK) {
                    return error;
                }
                again = true;
                continue;
            }
            last = sent.ok() ? EIO : as_error(sent);
            if (!try_next(last)) {
                return last;
            }
        }
        if (!again) {
            return last;
        }
    }
    return ELOOP;
}

} // namespace

int FileClient::open(std::string_view path, uint32_t ioflag, uint32_t index)
{
    close();
    auto* attempt = new (std::nothrow) Attempt;
    if (attempt == nullptr) {
        return ENOMEM;
    }
    int coid = -1;
    const int error = connect(*attempt, path, ioflag, _IO_CONNECT_OPEN, index, coid);
    delete attempt;
    if (error == EOK) {
        coid_ = coid;
    }
    return error;
}

int FileClient::stat(_io_stat_data& out)
{
    _io_stat message{};
    message.type = _IO_STAT;
    const void* const sent_message = &message;
    void* const reply = &out;
    auto sent =
        ipc::send(coid_, ipc::Buffer(sent_message, sizeof message), ipc::Buffer(reply, sizeof out));
    return as_error(sent);
}

int64_t FileClient::read(uint64_t offset, void* to, uint64_t size)
{
    uint64_t done = 0;
    while (done < size) {
        struct {
            _io_read header;
            _xtype_offset at;
        } message{};
        message.header.type = _IO_READ;
        message.header.nbytes = size - done;
        message.header.xtype = _IO_XTYPE_OFFSET;
        message.at.offset = static_cast<int64_t>(offset + done);
        const void* const sent_message = &message;
        void* const room = static_cast<char*>(to) + done;
        auto sent = ipc::send(coid_, ipc::Buffer(sent_message, sizeof message),
                              ipc::Buffer(room, size - done));
        if (!sent.ok()) {
            return -as_error(sent);
        }
        const int64_t got = sent.take();
        if (got <= 0 || static_cast<uint64_t>(got) > size - done) {
            break;
        }
        done += static_cast<uint64_t>(got);
    }
    return static_cast<int64_t>(done);
}

mm::SharedObject* FileClient::object() const
{
    auto info = ipc::server_info(object::current().process, coid_);
    if (!info.ok() || info.value().coid != coid_ ||
        info.value().pid != object::kernel_process().pid) {
        return nullptr;
    }
    Ocb* ocb = find_ocb(info.value().scoid, coid_);
    return ocb == nullptr ? nullptr : ocb->resource->object();
}

void FileClient::close()
{
    if (coid_ >= 0) {
        close_connection(coid_);
        coid_ = -1;
    }
}

void close_connection(int coid)
{
    _io_close message{};
    message.type = _IO_CLOSE;
    const void* const sent_message = &message;
    (void)ipc::send(coid, ipc::Buffer(sent_message, sizeof message), ipc::Buffer());
    (void)ipc::detach(object::current().process, coid);
}

int stat_path(std::string_view path, _io_stat_data& out)
{
    auto* attempt = new (std::nothrow) Attempt;
    if (attempt == nullptr) {
        return ENOMEM;
    }
    int coid = -1;
    const int error =
        connect(*attempt, path, 0, _IO_CONNECT_COMBINE_CLOSE, object::side_channel, coid);
    if (error == EOK) {
        out = attempt->stat;
    }
    delete attempt;
    return error;
}

int send_dup(int coid, int owner_pid, int owner_scoid, int owner_coid)
{
    _io_dup message{};
    message.type = _IO_DUP;
    message.pid = owner_pid;
    message.chid = 0;
    message.scoid = owner_scoid;
    message.coid = owner_coid;
    const void* const sent_message = &message;
    return as_error(ipc::send(coid, ipc::Buffer(sent_message, sizeof message), ipc::Buffer()));
}

} // namespace proc
