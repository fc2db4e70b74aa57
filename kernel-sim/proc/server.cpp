// SPDX-License-Identifier: Apache-2.0
// Worker threads of the process manager: receive, dispatch, reply.
#include "proc/server.hpp"

#include "arch/console.hpp"
#include "ipc/message.hpp"
#include "mm/heap.hpp"
#include "object/thread.hpp"
#include "proc/exit.hpp"
#include "proc/resource_database.hpp"
#include "proc/resource_server.hpp"

#include <abi/proc_msg.h>
#include <abi/rsrc.h>
#include <sys/iomsg.h>

namespace proc {

namespace {

constexpr int worker_count = 6;
constexpr int worker_priority = 10; // floats with the clients' priorities
constexpr uint32_t chf_unblock = 2, chf_disconnect = 8;
constexpr int8_t pulse_unblock = -32, pulse_disconnect = -33;

int channel_id;

/// What each worker is at, so that others can say for whom it works.
struct Worker {
    const object::Thread* thread = nullptr;
    int client_tid = 0;
    int rcvid = 0;
    bool unblock_later = false;
};
Worker workers[worker_count];

int dispatch(Request& request)
{
    const uint16_t type = request.type();
    if (type >= _IO_BASE) {
        return handle_io(request);
    }
    switch (type) {
    case PROC_RSRC:
        return handle_resources(request);
    case PROC_SPAWN:
        return handle_spawn(request);
    case PROC_FORK:
        return handle_fork(request);
    case PROC_DUMP:
        return handle_dump(request);
    case PROC_EXIT:
        return handle_exit(request);
    case PROC_WAIT:
        return handle_wait(request);
    case PROC_GETSETID:
        return handle_ids(request);
    case PROC_DAEMON:
        return handle_daemon(request);
    case PROC_EVENT_NOTIFY:
        return handle_event_notify(request);
    case PROC_UMASK:
    case PROC_RLIMIT:
    case PROC_TIMES:
    case PROC_CHDIR:
    case PROC_CHROOT:
    case PROC_GETCWD:
        return handle_process_simple(request);
    case PROC_GUARDIAN:
    case PROC_SESSION:
        return handle_session(request);
    case PROC_ABILITY:
    case PROC_ABILITY_CREATE:
    case PROC_ABILITY_CHECK:
        return handle_ability(request);
    case PROC_REBOOT:
    case PROC_CONFSTR:
    case SYS_MSI_ALLOC:
    case SYS_MSI_FREE:
    case SYS_OBJECTS:
    case SYS_FAIL_ALLOC:
        return handle_system(request);
    case MEM_MAP:
    case MEM_UNMAP:
    case MEM_PROTECT:
    case MEM_OFFSET:
    case MEM_INFO:
    case MEM_SHM_CTL:
    case MEM_ADVISE:
    case MEM_BIND:
    case MEM_HANDLE:
    case MEM_TYPED_INFO:
    case MEM_LOCK:
        return handle_memory(request);
    case PATH_ATTACH:
    case PATH_DETACH:
    case PATH_SYMLINK:
    case PATH_UNLINK:
        return handle_path(request);
    default:
        return ENOSYS;
    }
}

// A request goes on, in pieces, with what belongs to its client: the client stays until its worker is done.
void unblock_client(int rcvid)
{
    for (Worker& slot : workers) {
        if (slot.rcvid == rcvid) {
            slot.unblock_later = true;
            return;
        }
    }
    unblock(rcvid);
}

void serve_pulse(const nto_pulse& pulse)
{
    if (pulse.code == pulse_disconnect) {
        forget_client(pulse.scoid);
        (void)ipc::detach(object::kernel_process(), pulse.scoid);
    } else if (pulse.code == pulse_unblock) {
        unblock_client(pulse.value.i);
    }
}

void serve(Request& request)
{
    request.client = ipc::client_process(object::kernel_process(), request.info.scoid);
    if (request.client == nullptr) {
        (void)ipc::error(request.rcvid, ESRCH);
        return;
    }
    const int result = dispatch(request);
    if (result == EOK) {
        (void)ipc::reply(request.rcvid, request.status, request.out, request.out_size);
    } else if (result != reply_later) {
        (void)ipc::error(request.rcvid, result);
    }
}

void worker(void* slot)
{
    auto& self = *static_cast<Worker*>(slot);
    self.thread = &object::current();
    auto* in = static_cast<uint8_t*>(mm::heap_alloc(Request::in_capacity));
    auto* out = static_cast<uint8_t*>(mm::heap_alloc(Request::out_capacity));
    if (in == nullptr || out == nullptr) {
        PANIC("no memory for the process manager");
    }
    for (;;) {
        Request request;
        request.in = in;
        request.out = out;
        auto received = ipc::receive(
            channel_id, ipc::Buffer(static_cast<void*>(in), Request::in_capacity), &request.info);
        if (!received.ok()) {
            continue;
        }
        request.rcvid = received.take();
        if (request.rcvid == 0) {
            serve_pulse(*reinterpret_cast<const nto_pulse*>(in));
            continue;
        }
        request.in_size = static_cast<uint32_t>(request.info.msglen);
        self.client_tid = request.info.tid;
        self.rcvid = request.rcvid;
        self.unblock_later = false;
        serve(request);
        self.client_tid = 0;
        self.rcvid = 0;
        if (self.unblock_later) {
            unblock(request.rcvid); // for answers that come later
        }
    }
}

} // namespace

bool Request::read(void* to, uint64_t size, uint64_t offset)
{
    auto done = ipc::read(object::kernel_process(), rcvid, ipc::Buffer(to, size), offset);
    return done.ok() && done.take() == size;
}

uint64_t Request::write(const void* from, uint64_t size, uint64_t offset)
{
    auto done = ipc::write(object::kernel_process(), rcvid, ipc::Buffer(from, size), offset);
    return done.ok() ? done.take() : 0;
}

void start_server()
{
    auto channel = ipc::create_channel(object::kernel_process(), chf_unblock | chf_disconnect);
    ASSERT(channel.ok() && channel.value() == 1);
    channel_id = channel.take();
    for (Worker& slot : workers) {
        if (object::create_kernel_thread(object::kernel_process(), worker, &slot, worker_priority,
                                         "procmgr") == nullptr) {
            PANIC("no memory for the process manager");
        }
    }
}

int served_tid()
{
    for (const Worker& slot : workers) {
        if (slot.thread == &object::current()) {
            return slot.client_tid;
        }
    }
    return 0;
}

PathTree& path_tree()
{
    alignas(PathTree) static unsigned char storage[sizeof(PathTree)];
    static PathTree* tree = new (storage) PathTree;
    return *tree;
}

} // namespace proc
