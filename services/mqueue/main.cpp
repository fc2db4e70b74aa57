// SPDX-License-Identifier: Apache-2.0
// mqueue: the server behind mq_open() and its kin. Queues are names in /dev/mqueue.
#include "queue.hpp"

#include <abi/usage.h>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <devctl.h>
#include <fcntl.h>
#include <new>
#include <sys/dispatch.h>
#include <sys/procmgr.h>

QNX_USAGE("%C - POSIX message queues\n\n%C &\nServes mq_open() at /dev/mqueue.\n")

namespace {

using mqueues::Queue;

constexpr int64_t default_maxmsg = 1024, default_msgsize = 4096;
constexpr int64_t most_messages = 65536, largest_message = 1 << 20, largest_queue = 16 << 20;
constexpr size_t most_queues = 1024;

resmgr_connect_funcs_t connect_funcs;
resmgr_io_funcs_t io_funcs;
iofunc_attr_t root_attr;
std::vector<Queue*> queues; // those with a name

bool is_root(const iofunc_ocb_t* ocb)
{
    return ocb->attr == &root_attr;
}

Queue& queue_of(iofunc_ocb_t* ocb)
{
    return *reinterpret_cast<Queue*>(ocb->attr); // attr is a Queue's first member
}

Queue* find(const char* name)
{
    for (Queue* queue : queues) {
        if (queue->name == name) {
            return queue;
        }
    }
    return nullptr;
}

// Without a name and not open any more.
void release(Queue* queue)
{
    if (queue->name.empty() && queue->attr.count == 0) {
        delete queue;
    }
}

// What the client asked for beside the name, behind the path.
bool wishes_of(const resmgr_context_t* ctp, const io_open_t* msg, abi_mqueue_open& wishes)
{
    const size_t at = _IO_PATH_ALIGN(_IO_CONNECT_HDR + size_t{msg->connect.path_len});
    if (msg->connect.extra_type != _IO_CONNECT_EXTRA_MQUEUE ||
        msg->connect.extra_len != sizeof wishes || at + sizeof wishes > ctp->size) {
        return false;
    }
    std::memcpy(&wishes, reinterpret_cast<const char*>(msg) + at, sizeof wishes);
    return true;
}

int create(resmgr_context_t* ctp, const io_open_t* msg, struct _client_info* who, Queue*& made)
{
    abi_mqueue_open wishes{};
    if (!wishes_of(ctp, msg, wishes)) {
        return ENOSYS; // a plain open() makes no queues
    }
    const int64_t maxmsg = wishes.maxmsg == 0 ? default_maxmsg : wishes.maxmsg;
    const int64_t msgsize = wishes.maxmsg == 0 ? default_msgsize : wishes.msgsize;
    if (maxmsg < 0 || maxmsg > most_messages || msgsize <= 0 || msgsize > largest_message ||
        maxmsg * msgsize > largest_queue) {
        return EINVAL;
    }
    if (std::strlen(msg->connect.path) > NAME_MAX) {
        return ENAMETOOLONG;
    }
    if (queues.size() >= most_queues) {
        return ENOSPC;
    }
    made = new (std::nothrow) Queue(msg->connect.path, maxmsg, msgsize);
    if (made == nullptr) {
        return ENOMEM;
    }
    static uint64_t next_inode = 2;
    iofunc_attr_init(&made->attr, S_IFNAM | (wishes.mode & 0777u), nullptr, who);
    made->attr.inode = next_inode++;
    queues.push_back(made);
    return EOK;
}

int on_open(resmgr_context_t* ctp, io_open_t* msg, iofunc_attr_t* attr, void* extra)
{
    if (msg->connect.path[0] == '\0') {
        return iofunc_open_default(ctp, msg, attr, extra);
    }
    struct _client_info who {};
    if (const int error = iofunc_client_info(ctp, 0, &who); error != EOK) {
        return error;
    }
    Queue* queue = find(msg->connect.path);
    const bool creates = (msg->connect.ioflag & O_CREAT) != 0;
    const bool fresh = queue == nullptr;
    if (fresh) {
        if (!creates) {
            return ENOENT;
        }
        if (std::strchr(msg->connect.path, '/') != nullptr) {
            return ENOENT; // no folders here
        }
        if (const int error = create(ctp, msg, &who, queue); error != EOK) {
            return error;
        }
    } else if (const int error = iofunc_open(ctp, msg, &queue->attr, nullptr, &who); error != EOK) {
        return error;
    }
    const int error = iofunc_ocb_attach(ctp, msg, nullptr, &queue->attr, &io_funcs);
    if (error != EOK && fresh) {
        queues.pop_back();
        delete queue;
    }
    return error;
}

int on_unlink(resmgr_context_t* ctp, io_unlink_t* msg, iofunc_attr_t*, void*)
{
    Queue* queue = find(msg->connect.path);
    if (queue == nullptr) {
        return ENOENT;
    }
    struct _client_info who {};
    if (const int error = iofunc_client_info(ctp, 0, &who); error != EOK) {
        return error;
    }
    if (who.cred.euid != 0 && who.cred.euid != queue->attr.uid) {
        return EACCES; // mq_unlink() knows no EPERM
    }
    for (auto at = queues.begin(); at != queues.end(); ++at) {
        if (*at == queue) {
            queues.erase(at);
            break;
        }
    }
    queue->name.clear();
    queue->attr.nlink = 0;
    release(queue);
    return EOK;
}

int read_names(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    static char buffer[8192];
    const size_t room = msg->i.nbytes < sizeof buffer ? msg->i.nbytes : sizeof buffer;
    size_t used = 0;
    auto at = static_cast<size_t>(ocb->offset);
    for (; at < queues.size(); ++at) {
        const std::string& name = queues[at]->name;
        const size_t record = (_IO_DIRENT_HDR + name.size() + 1 + 7) & ~size_t{7};
        if (used + record > room) {
            break;
        }
        struct _io_dirent head {};
        head.d_ino = queues[at]->attr.inode;
        head.d_offset = static_cast<int64_t>(at + 1);
        head.d_reclen = static_cast<int16_t>(record);
        head.d_namelen = static_cast<int16_t>(name.size());
        std::memset(buffer + used, 0, record);
        std::memcpy(buffer + used, &head, _IO_DIRENT_HDR);
        std::memcpy(buffer + used + _IO_DIRENT_HDR, name.c_str(), name.size());
        used += record;
    }
    if (used == 0 && at < queues.size()) {
        return EINVAL;
    }
    ocb->offset = static_cast<int64_t>(at);
    MsgReply(ctp->rcvid, static_cast<long>(used), buffer, used);
    return _RESMGR_NOREPLY;
}

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_read_verify(ctp, msg, ocb, &nonblock); error != EOK) {
        return error;
    }
    if (is_root(ocb)) {
        return read_names(ctp, msg, ocb);
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_MQUEUE) {
        return ENOSYS;
    }
    return queue_of(ocb).receive(ctp, ocb, msg->i.nbytes, nonblock != 0);
}

int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_write_verify(ctp, msg, ocb, &nonblock); error != EOK) {
        return error;
    }
    if (is_root(ocb) || (msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_MQUEUE) {
        return ENOSYS;
    }
    return queue_of(ocb).send(ctp, ocb, msg->i.nbytes, nonblock != 0);
}

int on_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb)
{
    const int status = iofunc_devctl_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT || is_root(ocb)) {
        return status;
    }
    const auto command = static_cast<uint32_t>(msg->i.dcmd);
    if (command == ABI_DCMD_MQUEUE_STATUS) {
        const abi_mqueue_status about = queue_of(ocb).status();
        msg->o = {};
        msg->o.nbytes = sizeof about;
        std::memcpy(_DEVCTL_DATA(*msg), &about, sizeof about);
        return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + sizeof about);
    }
    if (command == ABI_DCMD_MQUEUE_NOTIFY) {
        abi_mqueue_notify request{};
        if (ctp->size < sizeof msg->i + sizeof request) {
            return EINVAL;
        }
        std::memcpy(&request, _DEVCTL_DATA(*msg), sizeof request);
        return queue_of(ocb).ask_notice(ctp, ocb, request);
    }
    return ENOTTY;
}

int on_notify(resmgr_context_t* ctp, io_notify_t* msg, iofunc_ocb_t* ocb)
{
    if (is_root(ocb)) {
        return ENOSYS;
    }
    Queue& queue = queue_of(ocb);
    return iofunc_notify(ctp, msg, queue.notify, queue.conditions(), nullptr, nullptr);
}

int on_lseek(resmgr_context_t* ctp, io_lseek_t* msg, iofunc_ocb_t* ocb)
{
    return is_root(ocb) ? iofunc_lseek_default(ctp, msg, ocb) : ESPIPE;
}

int on_unblock(resmgr_context_t* ctp, void* msg, iofunc_ocb_t* ocb)
{
    if (!is_root(ocb) && queue_of(ocb).cancel(ocb, ctp->rcvid, -1)) {
        return _RESMGR_NOREPLY;
    }
    return iofunc_unblock_default(ctp, msg, ocb);
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    if (is_root(ocb)) {
        return iofunc_close_ocb_default(ctp, reserved, ocb);
    }
    Queue& queue = queue_of(ocb);
    queue.cancel(ocb, 0, EBADF);
    queue.forget_notice(ocb);
    iofunc_notify_remove(ctp, queue.notify);
    const int status = iofunc_close_ocb_default(ctp, reserved, ocb);
    release(&queue);
    return status;
}

void fill_tables()
{
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    connect_funcs.open = on_open;
    connect_funcs.unlink = on_unlink;
    io_funcs.read = on_read;
    io_funcs.write = on_write;
    io_funcs.devctl = on_devctl;
    io_funcs.notify = on_notify;
    io_funcs.lseek = on_lseek;
    io_funcs.unblock = on_unblock;
    io_funcs.close_ocb = on_close;
    // A queue may be freed while its descriptor closes, and one thread serves: no lock on the attribute.
    io_funcs.lock_ocb = nullptr;
    io_funcs.unlock_ocb = nullptr;
    iofunc_attr_init(&root_attr, S_IFDIR | S_ISVTX | 0777, nullptr, nullptr);
}

int fail(const char* what)
{
    std::fprintf(stderr, "mqueue: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

} // namespace

int main()
{
    dispatch_t* dispatch = dispatch_create();
    if (dispatch == nullptr) {
        return fail("dispatch_create");
    }
    fill_tables();
    resmgr_attr_t attr{};
    attr.nparts_max = 2;
    attr.msg_max_size = 4096;
    if (resmgr_attach(dispatch, &attr, ABI_MQUEUE_PATH, _FTYPE_ANY, _RESMGR_FLAG_DIR,
                      &connect_funcs, &io_funcs, &root_attr) == -1) {
        return fail(ABI_MQUEUE_PATH);
    }
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (dispatch_context_t* context = dispatch_context_alloc(dispatch); context != nullptr;) {
        dispatch_context_t* got = dispatch_block(context);
        if (got == nullptr) {
            return fail("dispatch_block");
        }
        context = got;
        dispatch_handler(context);
    }
    return fail("dispatch_context_alloc");
}
