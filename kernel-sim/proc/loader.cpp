// SPDX-License-Identifier: Apache-2.0
// The loader thread: a new process' first thread, still in the kernel, brings in its program and then becomes it.
#include "proc/loader.hpp"

#include "base/bits.hpp"
#include "ipc/message.hpp"
#include "mm/address_space.hpp"
#include "mm/shared_object.hpp"
#include "object/thread.hpp"
#include "proc/events.hpp"
#include "proc/exit.hpp"
#include "proc/layout.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_server.hpp"
#include "sched/scheduler.hpp"

#include <abi/errno.h>
#include <new>

namespace proc {

namespace {

constexpr uint64_t head_size = 4096;
constexpr int max_scripts = 4;
constexpr uint32_t mode_type = 0170000, mode_file = 0100000;

/// A heap page that goes with its scope.
class PageBuffer {
public:
    PageBuffer() : data_(new (std::nothrow) uint8_t[head_size]) {}
    ~PageBuffer() { delete[] data_; }
    PageBuffer(const PageBuffer&) = delete;
    PageBuffer& operator=(const PageBuffer&) = delete;
    uint8_t* get() { return data_; }

private:
    uint8_t* data_;
};

struct OpenProgram {
    FileClient file;
    _io_stat_data stat{};
    mm::SharedObject* object = nullptr; // procnto's own file: mapped instead of read
};

// Every failure but these is reported to the spawner as it is.
int open_program(object::Process& process, std::string_view path, OpenProgram& program)
{
    int error = program.file.open(path, _IO_FLAG_RD, object::side_channel);
    error = error == EOK ? program.file.stat(program.stat) : error;
    if (error != EOK) {
        return error;
    }
    if ((program.stat.mode & mode_type) != mode_file ||
        !access_allowed(process, program.stat.uid, program.stat.gid, program.stat.mode, 1)) {
        return EACCES;
    }
    program.object = program.file.object();
    return EOK;
}

// Brings in [at, at + size) of the file at `to`, for files that cannot be mapped.
int read_into(FileClient& file, mm::AddressSpace& space, uint64_t at, uint64_t size, uint64_t to)
{
    PageBuffer buffer;
    if (buffer.get() == nullptr) {
        return ENOMEM;
    }
    for (uint64_t done = 0; done < size;) {
        const uint64_t part = base::min_of(size - done, head_size);
        const int64_t got = file.read(at + done, buffer.get(), part);
        if (got < 0) {
            return static_cast<int>(-got);
        }
        if (static_cast<uint64_t>(got) != part) {
            return ENOEXEC;
        }
        if (!space.copy_out(to + done, buffer.get(), part)) {
            return ENOMEM;
        }
        done += part;
        sched::preempt_point();
    }
    return EOK;
}

bool clear_range(mm::AddressSpace& space, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[256] = {};
    while (from < to) {
        const uint64_t part = base::min_of<uint64_t>(to - from, sizeof zeros);
        if (!space.copy_out(from, zeros, part)) {
            return false;
        }
        from += part;
    }
    return true;
}

int load_segment(OpenProgram& program, mm::AddressSpace& space, const ElfSegment& segment,
                 uint64_t bias)
{
    const uint64_t start = base::align_down(segment.vaddr, mm::page_size) + bias;
    const uint64_t end = base::align_up(segment.vaddr + segment.memory_size, mm::page_size) + bias;
    const uint64_t data_end = segment.vaddr + segment.file_size + bias;
    const uint64_t file_end =
        segment.file_size == 0 ? start : base::align_up(data_end, mm::page_size);
    const bool mapped = program.object != nullptr;
    mm::MapRequest request;
    request.flags = MEM_MAP_FIXED | MEM_MAP_PRIVATE | MEM_MAP_ANON;
    request.prot = mapped ? segment.prot : MEM_PROT_READ | MEM_PROT_WRITE;
    uint64_t address;
    int error = EOK;
    if (mapped && file_end > start) {
        mm::MapRequest file = request;
        file.addr = start;
        file.length = file_end - start;
        file.flags &= ~MEM_MAP_ANON;
        file.offset = base::align_down(segment.offset, mm::page_size);
        file.object = program.object;
        error = space.map(file, address);
    }
    const uint64_t rest = mapped ? file_end : start;
    if (error == EOK && end > rest) {
        request.addr = rest;
        request.length = end - rest;
        error = space.map(request, address);
    }
    if (error != EOK) {
        return error;
    }
    if (!mapped) {
        error =
            read_into(program.file, space, segment.offset, segment.file_size, segment.vaddr + bias);
        return error == EOK ? space.protect(start, end - start, segment.prot) : error;
    }
    // Behind the data of the last file page lies the next section: the program must find zeros.
    if (segment.memory_size > segment.file_size && (segment.prot & MEM_PROT_WRITE) != 0 &&
        !clear_range(space, data_end, base::min_of(file_end, end))) {
        return ENOMEM;
    }
    return EOK;
}

// Maps all segments; `bias` is what was added to the file's addresses.
int load_elf(OpenProgram& program, mm::AddressSpace& space, const ElfPlan& plan, uint64_t hint,
             uint64_t& bias)
{
    const uint64_t span = plan.high - plan.low;
    mm::MapRequest reserve; // no access: the gaps between segments stay that way
    reserve.flags =
        MEM_MAP_PRIVATE | MEM_MAP_ANON | (plan.position_independent ? 0 : MEM_MAP_FIXED);
    reserve.addr = plan.position_independent ? hint : plan.low;
    reserve.length = span;
    uint64_t start = 0;
    if (const int error = space.map(reserve, start); error != EOK) {
        return error == EINVAL ? ENOEXEC : error;
    }
    bias = start - plan.low;
    for (uint32_t i = 0; i < plan.segment_count; ++i) {
        if (const int error = load_segment(program, space, plan.segments[i], bias); error != EOK) {
            return error;
        }
    }
    return EOK;
}

int read_plan(OpenProgram& program, uint8_t* head, ElfPlan& plan)
{
    const auto size = static_cast<uint64_t>(program.stat.size);
    const int64_t got = program.file.read(0, head, base::min_of(size, head_size));
    if (got < 0) {
        return static_cast<int>(-got);
    }
    return parse_elf(head, static_cast<size_t>(got), size, plan);
}

bool no_memory(int error)
{
    return error == ENOMEM || error == EAGAIN;
}

int load_interpreter(object::Process& process, mm::AddressSpace& space, std::string_view path,
                     ProgramStart& start)
{
    OpenProgram interpreter;
    PageBuffer head;
    ElfPlan plan;
    if (head.get() == nullptr) {
        return ENOMEM;
    }
    if (const int error = open_program(process, path, interpreter); error != EOK) {
        return no_memory(error) ? error : ELIBACC;
    }
    const int broken = read_plan(interpreter, head.get(), plan);
    if (broken != EOK || plan.interpreter_length != 0) {
        return no_memory(broken) ? broken : ELIBBAD;
    }
    uint64_t bias = 0;
    if (const int error = load_elf(interpreter, space, plan, 0, bias); error != EOK) {
        return error;
    }
    start.interpreter_base = bias;
    start.entry = plan.entry + bias;
    return EOK;
}

// "#! interpreter [argument]": the interpreter becomes the program, the script its argument.
int rewrite_for_script(SpawnJob& job, const uint8_t* head, size_t size)
{
    std::string_view line(reinterpret_cast<const char*>(head) + 2, size - 2);
    const size_t end = line.find('\n');
    if (end == std::string_view::npos || end > 255) {
        return ENOEXEC;
    }
    line = take_front(line, end);
    const auto skip = [&line] {
        while (!line.empty() &&
               (line.front() == ' ' || line.front() == '\t' || line.front() == '\r')) {
            line.remove_prefix(1);
        }
    };
    skip();
    size_t length = line.find_first_of(" \t\r");
    const std::string_view interpreter =
        take_front(line, length == std::string_view::npos ? line.size() : length);
    line = drop_front(line, interpreter.size());
    skip();
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) {
        line.remove_suffix(1);
    }
    if (interpreter.empty() || interpreter.front() != '/') {
        return ENOEXEC;
    }
    // New argv: interpreter, argument (if any), script, then the old argv without its first string.
    const std::string_view old = job.arguments.view();
    const size_t first = job.argc == 0 ? 0 : std::string_view(old.data()).size() + 1;
    const std::string_view script = job.path.view();
    const size_t total = interpreter.size() + 1 + (line.empty() ? 0 : line.size() + 1) +
                         script.size() + 1 + old.size() - first;
    auto* text = new (std::nothrow) char[total];
    if (text == nullptr) {
        return ENOMEM;
    }
    size_t at = 0;
    const auto add = [&](std::string_view part, bool terminate) {
        std::memcpy(text + at, part.data(), part.size());
        at += part.size();
        if (terminate) {
            text[at++] = '\0';
        }
    };
    add(interpreter, true);
    if (!line.empty()) {
        add(line, true);
    }
    add(script, true);
    add(drop_front(old, first), false);
    OwnedText arguments{std::string_view(text, total)};
    OwnedText path(interpreter);
    delete[] text;
    if (!arguments || !path) {
        return ENOMEM;
    }
    job.argc = (job.argc == 0 ? 0 : job.argc - 1) + 2 + (line.empty() ? 0 : 1);
    job.arguments = std::move(arguments);
    job.path = std::move(path);
    return EOK;
}

// What the file's mode says about the ids; the saved ones are the effective ones from now on.
nto_cred program_cred(const object::Process& process, const _io_stat_data& stat)
{
    constexpr uint32_t set_uid = 04000, set_gid = 02000;
    nto_cred cred = process.cred;
    if ((stat.mode & set_uid) != 0) {
        cred.euid = static_cast<int32_t>(stat.uid);
    }
    if ((stat.mode & set_gid) != 0) {
        cred.egid = static_cast<int32_t>(stat.gid);
    }
    cred.suid = cred.euid;
    cred.sgid = cred.egid;
    return cred;
}

void remember(object::Process& process, SpawnJob& job, const ProgramStart& start)
{
    ProcessInfo& info = info_of(process);
    take_credentials(process, start.cred);
    object::set_name(process, job.path.c_str());
    info.executable = std::move(job.path);
    info.arguments = std::move(job.arguments);
    info.load_base = start.load_base;
    info.initial_stack = start.stack;
    info.life = Life::alive;
    info.job = nullptr;
}

} // namespace

void take_credentials(object::Process& process, const nto_cred& cred)
{
    if (cred.euid != process.cred.euid || cred.egid != process.cred.egid) {
        ipc::mark_insecure(process); // set-id: servers knew somebody else by these connections
    }
    process.cred = cred;
}

void duplicate_fds(object::Process& process, const SpawnJob& job)
{
    for (uint32_t i = 0; i < job.inherited_count; ++i) {
        const SpawnJob::ParentFd& fd = job.inherited[i];
        if (send_dup(fd.child_coid, job.parent_pid, fd.scoid, fd.coid) != EOK) {
            (void)ipc::detach(process, fd.child_coid);
        }
    }
}

int load_program(object::Process& process, mm::AddressSpace& space, SpawnJob& job,
                 ProgramStart& start)
{
    PageBuffer head;
    OpenProgram program;
    ElfPlan plan;
    if (head.get() == nullptr) {
        return ENOMEM;
    }
    for (int scripts = 0;; ++scripts) {
        if (const int error = open_program(process, job.path.view(), program); error != EOK) {
            return error;
        }
        const int error = read_plan(program, head.get(), plan);
        if (error == EOK) {
            break;
        }
        const bool script = program.stat.size >= 4 && head.get()[0] == '#' && head.get()[1] == '!';
        if (error != ENOEXEC || !script) {
            return error;
        }
        if (scripts == max_scripts) {
            return ELOOP;
        }
        const auto size = base::min_of(static_cast<uint64_t>(program.stat.size), head_size);
        if (const int failed = rewrite_for_script(job, head.get(), size); failed != EOK) {
            return failed;
        }
    }
    uint64_t bias = 0;
    const Layout layout = choose_layout();
    space.set_top(layout.mmap_top);
    start.stack_top = layout.stack_top;
    if (const int error = load_elf(program, space, plan, layout.program, bias); error != EOK) {
        return error;
    }
    start.cred = program_cred(process, program.stat);
    start.load_base = plan.low + bias;
    start.program_entry = start.entry = plan.entry + bias;
    start.headers = plan.headers_vaddr == 0 ? 0 : plan.headers_vaddr + bias;
    start.header_count = plan.header_count;
    start.stack_size = plan.stack_size;
    if (plan.interpreter_length != 0) {
        auto* name = reinterpret_cast<char*>(head.get());
        if (program.file.read(plan.interpreter_offset, name, plan.interpreter_length) !=
                static_cast<int64_t>(plan.interpreter_length) ||
            name[plan.interpreter_length - 1] != '\0') {
            return ENOEXEC;
        }
        if (const int error = load_interpreter(process, space, std::string_view(name), start);
            error != EOK) {
            return error;
        }
    }
    return build_stack(process, space, job, start);
}

void report_spawn(object::Process& child, SpawnJob* job, int error)
{
    if (job->result != nullptr) {
        *job->result = error;
        wake_script_runner();
    } else if (error == EOK) {
        (void)ipc::reply(job->rcvid, child.pid, nullptr, 0);
    } else {
        (void)ipc::error(job->rcvid, error);
    }
    delete job;
}

void loader_thread(void* argument)
{
    auto* job = static_cast<SpawnJob*>(argument);
    object::Process& process = object::current().process;
    const uint32_t flags = job->request.flags;
    duplicate_fds(process, *job);
    ProgramStart start;
    int error = load_program(process, *process.space, *job, start);
    if (error == EOK && process.exiting) {
        error = EINTR; // killed while it was being made
    }
    if (error != EOK) {
        process.info->silent = true;
        process.info->job = nullptr;
        report_spawn(process, job, error);
        object::terminate(process, 0);
        object::exit_thread();
    }
    remember(process, *job, start);
    report_spawn(process, job, EOK);
    post_events(PROC_EVENT_PROCESS_CREATE, process.pid);
    if ((flags & PROC_SPAWN_HOLD) != 0) {
        hold_process(process);
    }
    object::enter_user(start.entry, start.stack, 0);
}

} // namespace proc
