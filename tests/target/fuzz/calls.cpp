// SPDX-License-Identifier: Apache-2.0
// The table of kernel calls, and the makers of messages.
#include "fuzz/calls.hpp"

#include <abi/kercall.h>
#include <abi/proc_msg.h>

#include <stddef.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>

namespace {

struct Spec {
    int number;
    const char* kinds; // of Values::argument
};
// Kinds only steer: every argument is sometimes anything.
constexpr Spec specs[] = {
    {KER_NOP, ""},
    {KER_THREAD_CREATE, "p"},
    {KER_THREAD_EXIT, "np"},
    {KER_THREAD_DETACH, "t"},
    {KER_THREAD_JOIN, "tp"},
    {KER_THREAD_CANCEL, "t"},
    {KER_THREAD_CTL, "tp"},
    {KER_THREAD_CTL, "np"},
    {KER_THREAD_TLS, "p"},
    {KER_THREAD_SELF, ""},
    {KER_THREAD_CLEARTID, "p"},
    {KER_SCHED_GET, "dtp"},
    {KER_SCHED_SET, "dttp"},
    {KER_SCHED_INFO, "dtp"},
    {KER_SCHED_YIELD, ""},
    {KER_CHANNEL_CREATE, "f"},
    {KER_CHANNEL_DESTROY, "h"},
    {KER_CONNECT_ATTACH, "tdhcf"},
    {KER_CONNECT_ATTACH, "tdhhf"},
    {KER_CONNECT_DETACH, "c"},
    {KER_CONNECT_FLAGS, "dcff"},
    {KER_CONNECT_SERVER_INFO, "dcp"},
    {KER_CONNECT_CLIENT_INFO, "cpl"},
    {KER_MSG_SEND, "cblblt"},
    {KER_MSG_SEND, "cblblt"},
    {KER_MSG_SEND, "cblblt"},
    {KER_MSG_RECEIVE, "hblp"},
    {KER_MSG_RECEIVE, "hblp"},
    {KER_MSG_RECEIVE, "hblp"},
    {KER_MSG_RECEIVE_PULSE, "hblp"},
    {KER_MSG_REPLY, "rnbl"},
    {KER_MSG_REPLY, "rnbl"},
    {KER_MSG_ERROR, "rn"},
    {KER_MSG_READ, "rbln"},
    {KER_MSG_WRITE, "rbln"},
    {KER_MSG_INFO, "rp"},
    {KER_MSG_SEND_PULSE, "cgnn"},
    {KER_MSG_DELIVER_EVENT, "rp"},
    {KER_MSG_REGISTER_EVENT, "pc"},
    {KER_MSG_UNREGISTER_EVENT, "p"},
    {KER_MSG_CURRENT, "r"},
    {KER_MSG_KEYDATA, "rtnpbl"},
    {KER_SYNC_TYPE_CREATE, "tpp"},
    {KER_SYNC_DESTROY, "p"},
    {KER_SYNC_CTL, "tpp"},
    {KER_SYNC_MUTEX_LOCK, "p"},
    {KER_SYNC_MUTEX_UNLOCK, "p"},
    {KER_SYNC_COND_WAIT, "pp"},
    {KER_SYNC_COND_SIGNAL, "pt"},
    {KER_SYNC_SEM_POST, "p"},
    {KER_SYNC_SEM_WAIT, "pt"},
    {KER_FUTEX_WAIT, "pnNk"},
    {KER_FUTEX_WAKE, "pn"},
    {KER_FUTEX_REQUEUE, "pnnp"},
    {KER_SIGNAL_KILL, "tdtgnn"},
    {KER_SIGNAL_ACTION, "gpp"},
    {KER_SIGNAL_PROCMASK, "tpp"},
    {KER_SIGNAL_SUSPEND, "p"},
    {KER_SIGNAL_WAITINFO, "pp"},
    {KER_SIGNAL_RETURN, ""},
    {KER_SIGNAL_PENDING, "p"},
    {KER_SIGNAL_ALTSTACK, "pp"},
    {KER_CLOCK_TIME, "kpp"},
    {KER_CLOCK_ADJUST, "kpp"},
    {KER_CLOCK_PERIOD, "kpp"},
    {KER_CLOCK_ID, "dt"},
    {KER_TIMER_CREATE, "kp"},
    {KER_TIMER_DESTROY, "x"},
    {KER_TIMER_SETTIME, "xfNp"},
    {KER_TIMER_INFO, "dxfp"},
    {KER_TIMER_ALARM, "kNp"},
    {KER_TIMER_TIMEOUT, "kfpNp"},
    {KER_INTERRUPT_ATTACH, "qpplf"},
    {KER_INTERRUPT_ATTACH_EVENT, "qpf"},
    {KER_INTERRUPT_DETACH, "t"},
    {KER_INTERRUPT_WAIT, "fp"},
    {KER_INTERRUPT_MASK, "qt"},
    {KER_INTERRUPT_UNMASK, "qt"},
    {KER_TRACE_EVENT, "tppp"},
    {KER_TRACE_EVENT, "npnp"},
};

constexpr uint16_t process_types[] = {
    PROC_SPAWN,        PROC_EXIT,    PROC_WAIT,   PROC_GETSETID, PROC_FORK,    PROC_DAEMON,
    PROC_EVENT_NOTIFY, PROC_UMASK,   PROC_RLIMIT, PROC_TIMES,    PROC_ABILITY, PROC_ABILITY_CREATE,
    PROC_REBOOT,       PROC_CHDIR,   PROC_GETCWD, PROC_CONFSTR,  MEM_MAP,      MEM_UNMAP,
    MEM_PROTECT,       MEM_OFFSET,   MEM_INFO,    MEM_SHM_CTL,   MEM_ADVISE,   PATH_ATTACH,
    PATH_DETACH,       PATH_SYMLINK, PATH_UNLINK, SYS_MSI_ALLOC, SYS_MSI_FREE, SYS_OBJECTS};
constexpr const char* paths[] = {"/",
                                 "/dev/null",
                                 "/dev/zero",
                                 "/dev/shmem/fuzz",
                                 "/proc",
                                 "/proc/1/as",
                                 "/proc/self/as",
                                 "/proc/boot",
                                 "/proc/boot/objects",
                                 "/proc/boot/libc.so",
                                 "/proc/mount",
                                 "/tmp/fuzz",
                                 "/tmp/../proc/boot/..",
                                 "/nothing/here",
                                 "//",
                                 "relative",
                                 "/dev",
                                 "/dev/ser1",
                                 ""};

struct Message {
    alignas(8) unsigned char bytes[2048];
    size_t size = 0;

    template <class T>
    void add(const T& part)
    {
        memcpy(bytes + size, &part, sizeof part);
        size += sizeof part;
    }
    void text(const char* s)
    {
        const size_t length = strlen(s) + 1;
        memcpy(bytes + size, s, length);
        size += length;
    }
};

/// Any message to an open file but one: a file left for another process (_IO_PASS) stays until somebody takes it.
uint16_t io_type(Random& random)
{
    for (;;) {
        const auto type = static_cast<uint16_t>(_IO_BASE + random.below(30));
        if (type != _IO_PASS)
            return type;
    }
}

/// Type, and words behind it: whatever the handler reads there.
void noise(Message& m, Random& random, Values& values, uint16_t type)
{
    const uint32_t words = random.below(40);
    m.add(type);
    m.add(static_cast<uint16_t>(random.one_in(4) ? random.next() : random.below(14)));
    m.add(static_cast<uint32_t>(random.one_in(3) ? values.word() : random.below(16)));
    for (uint32_t i = 0; i < words; ++i)
        m.add(values.word());
    if (random.one_in(3))
        m.text(random.pick(paths));
}

/// A file of the image, with fields that are off now and then. What it starts is a child of the fuzzer's and ends by itself.
void spawn(Message& m, Random& random, Values& values)
{
    proc_spawn s{};
    const char* path = random.pick(paths);
    s.type = PROC_SPAWN;
    // Not EXEC, which ends the caller in each second case.
    s.flags = random.one_in(3) ? static_cast<uint32_t>(random.next()) & ~PROC_SPAWN_EXEC : 0;
    s.pgroup = static_cast<int32_t>(random.below(3));
    s.policy = static_cast<int32_t>(random.below(5));
    s.priority = static_cast<int32_t>(random.below(70));
    s.runmask = static_cast<uint32_t>(values.word());
    s.nfds = random.one_in(3) ? static_cast<uint32_t>(values.word()) : 1 + random.below(4);
    s.argc = random.one_in(8) ? static_cast<uint32_t>(values.word()) : 1;
    s.envc = random.one_in(8) ? static_cast<uint32_t>(values.word()) : 0;
    s.path_len = static_cast<uint32_t>(strlen(path) + 1 + random.one_in(10));
    s.strings_len = random.one_in(8) ? static_cast<uint32_t>(values.word()) : 5;
    m.add(s);
    for (uint32_t i = 0; i < 4 && i < s.nfds; ++i)
        m.add(static_cast<int32_t>(random.one_in(4) ? values.word() : i));
    m.text(path);
    m.text("fuzz");
}

void map(Message& m, Random& random, Values& values)
{
    mem_map map{};
    map.type = MEM_MAP;
    map.prot = random.one_in(4) ? static_cast<uint32_t>(values.word()) : random.below(16) << 8;
    map.flags = random.one_in(4) ? static_cast<uint32_t>(values.word())
                                 : (1 + random.below(2)) | (random.below(2) ? MEM_MAP_ANON : 0) |
                                       (random.one_in(4) ? MEM_MAP_FIXED : 0) |
                                       (random.one_in(6) ? MEM_MAP_PHYS : 0);
    map.fd = random.one_in(2) ? -1 : static_cast<int32_t>(random.below(6));
    map.addr = random.one_in(2) ? 0 : values.word();
    map.len = random.one_in(4) ? values.word() : 4096ull * (1 + random.below(40));
    map.offset = static_cast<int64_t>(random.one_in(2) ? 0 : values.word());
    map.align = random.one_in(2) ? 0 : values.word();
    m.add(map);
}

void attach_path(Message& m, Random& random, Values& values)
{
    const char* path = random.pick(paths);
    path_attach attach{};
    attach.type = PATH_ATTACH;
    attach.flags = random.one_in(3) ? static_cast<uint32_t>(values.word()) : 0;
    attach.file_type = random.below(14);
    attach.chid = static_cast<int32_t>(random.below(4));
    attach.handle = static_cast<uint32_t>(values.word());
    attach.path_len = static_cast<uint32_t>(random.one_in(4) ? values.word() : strlen(path) + 1);
    m.add(attach);
    m.text(path);
}

void link_path(Message& m, Random& random, Values& values)
{
    const char* target = random.pick(paths);
    const char* link = random.pick(paths);
    path_symlink symlink{};
    symlink.type = PATH_SYMLINK;
    symlink.target_len =
        static_cast<uint32_t>(random.one_in(6) ? values.word() : strlen(target) + 1);
    symlink.link_len = static_cast<uint32_t>(random.one_in(6) ? values.word() : strlen(link) + 1);
    m.add(symlink);
    m.text(target);
    m.text(link);
}

void connect(Message& m, Random& random, Values& values)
{
    const char* path = random.pick(paths);
    _io_connect c{};
    c.type = static_cast<uint16_t>(_IO_CONNECT | (random.one_in(8) ? _IO_COMBINE_FLAG : 0));
    c.subtype =
        random.one_in(3) ? uint16_t{_IO_CONNECT_RESOLVE} : static_cast<uint16_t>(random.below(11));
    c.file_type = random.below(16);
    c.entry_max = static_cast<uint16_t>(random.below(10));
    c.reply_max = static_cast<uint16_t>(random.below(3000));
    c.handle = random.one_in(4) ? static_cast<uint32_t>(values.word()) : random.below(12);
    c.ioflag = random.one_in(4) ? static_cast<uint32_t>(values.word()) : random.below(4);
    c.mode = static_cast<uint32_t>(values.word());
    c.sflag = static_cast<uint16_t>(random.below(3));
    c.path_len = static_cast<uint16_t>(random.one_in(4) ? values.word() : strlen(path) + 1);
    c.eflag = static_cast<uint8_t>(random.below(8));
    c.extra_type = static_cast<uint8_t>(random.below(14));
    c.extra_len = static_cast<uint16_t>(random.one_in(2) ? 0 : values.word());
    memcpy(m.bytes, &c, _IO_CONNECT_HDR);
    m.size = _IO_CONNECT_HDR;
    m.text(path);
    m.size = _IO_PATH_ALIGN(m.size);
    if (random.one_in(2))
        noise(m, random, values, io_type(random));
}

void fill(Message& m, Random& random, Values& values)
{
    switch (random.below(10)) {
    case 0:
        return spawn(m, random, values);
    case 1:
        return map(m, random, values);
    case 2:
        return attach_path(m, random, values);
    case 3:
        return link_path(m, random, values);
    case 4:
    case 5:
        return connect(m, random, values);
    case 6:
        return noise(m, random, values, io_type(random));
    case 7:
        return noise(m, random, values, static_cast<uint16_t>(values.word()));
    default:
        return noise(m, random, values, random.pick(process_types));
    }
}

} // namespace

Call random_kernel_call(Random& random, Values& values)
{
    if (random.one_in(200)) {
        Call any{static_cast<long>(random.below(KER_CALL_MAX + 20)), {}};
        for (long& argument : any.arg)
            argument = static_cast<long>(values.word());
        return any;
    }
    const Spec& spec = random.pick(specs);
    Call call{spec.number, {}};
    for (size_t i = 0; i < 6; ++i)
        call.arg[i] = i < strlen(spec.kinds) ? values.argument(spec.kinds[i]) : 0;
    return call;
}

Call random_message(Random& random, Values& values, const Arena& arena)
{
    Message m;
    fill(m, random, values);
    if (random.one_in(8))
        m.size = random.below(static_cast<uint32_t>(m.size) + 1);
    // At the very end now and then: a handler that reads too far meets the hole behind it.
    unsigned char* at = arena.data + (random.one_in(4) ? Arena::size - m.size : 0);
    memcpy(at, m.bytes, m.size);
    const long to = random.one_in(6) ? values.argument('c') : SYSMGR_COID;
    return {KER_MSG_SEND,
            {to, reinterpret_cast<long>(at), -static_cast<long>(m.size), values.argument('p'),
             -static_cast<long>(random.below(4096)), 0}};
}

bool ends_caller(const Call& call, const Arena& arena)
{
    const auto offset = static_cast<uint64_t>(call.arg[1]) - reinterpret_cast<uint64_t>(arena.data);
    if (call.number == KER_MSG_SEND && offset < Arena::size - 1) {
        uint16_t type;
        memcpy(&type, arena.data + offset, sizeof type);
        return type == PROC_EXIT;
    }
    return call.number == KER_THREAD_EXIT || call.number == KER_SIGNAL_RETURN ||
           call.number == KER_SIGNAL_KILL || call.number == KER_THREAD_CREATE;
}

bool may_block(const Call& call)
{
    switch (call.number) {
    case KER_THREAD_JOIN:
    case KER_MSG_SEND:
    case KER_MSG_RECEIVE:
    case KER_MSG_RECEIVE_PULSE:
    case KER_SYNC_MUTEX_LOCK:
    case KER_SYNC_COND_WAIT:
    case KER_SYNC_SEM_WAIT:
    case KER_FUTEX_WAIT:
    case KER_SIGNAL_SUSPEND:
    case KER_SIGNAL_WAITINFO:
    case KER_INTERRUPT_WAIT:
        return true;
    default:
        return call.number >= KER_TRACE_EVENT;
    }
}
