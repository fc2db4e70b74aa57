// SPDX-License-Identifier: Apache-2.0
// Runs the parsed startup script: internal commands here, external ones by spawn.
#include "proc/script_runner.hpp"

#include "arch/console.hpp"
#include "arch/machine.hpp"
#include "ipc/message.hpp"
#include "object/thread.hpp"
#include "proc/exit.hpp"
#include "proc/file_client.hpp"
#include "proc/image_files.hpp"
#include "proc/script.hpp"
#include "proc/server.hpp"
#include "proc/spawn.hpp"
#include "sched/scheduler.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint64_t poll_ns = 100'000'000;
constexpr uint32_t max_env = 64;
constexpr int script_priority = 10;
constexpr uint32_t mode_type = 0170000, mode_file = 0100000;

/// NAME=value strings; a later one replaces an earlier one of the same name.
class Environment {
public:
    bool set(std::string_view assignment)
    {
        const std::string_view name = take_front(assignment, assignment.find('=') + 1);
        OwnedText text(assignment);
        if (!text || name.empty()) {
            return false;
        }
        for (uint32_t i = 0; i < count_; ++i) {
            if (take_front(entries_[i].view(), name.size()) == name) {
                entries_[i] = std::move(text);
                return true;
            }
        }
        if (count_ == max_env) {
            return false;
        }
        entries_[count_++] = std::move(text);
        return true;
    }
    std::string_view get(std::string_view name) const
    {
        for (uint32_t i = 0; i < count_; ++i) {
            const std::string_view entry = entries_[i].view();
            if (entry.size() > name.size() && entry[name.size()] == '=' &&
                take_front(entry, name.size()) == name) {
                return drop_front(entry, name.size() + 1);
            }
        }
        return {};
    }
    bool copy_from(const Environment& other)
    {
        for (uint32_t i = 0; i < other.count_; ++i) {
            if (!set(other.entries_[i].view())) {
                return false;
            }
        }
        return true;
    }
    uint32_t count() const { return count_; }
    /// All strings back to back.
    OwnedText flatten() const
    {
        size_t total = 0;
        for (uint32_t i = 0; i < count_; ++i) {
            total += entries_[i].view().size() + 1;
        }
        auto* text = new (std::nothrow) char[total + 1];
        if (text == nullptr) {
            return OwnedText();
        }
        size_t at = 0;
        for (uint32_t i = 0; i < count_; ++i) {
            std::memcpy(text + at, entries_[i].c_str(), entries_[i].view().size() + 1);
            at += entries_[i].view().size() + 1;
        }
        OwnedText all{std::string_view(text, total)};
        delete[] text;
        return all;
    }

private:
    OwnedText entries_[max_env];
    uint32_t count_ = 0;
};

/// Everything the script has set so far; on the heap.
struct ScriptState {
    Environment environment;
};

void complain(std::string_view command, const char* what, int error)
{
    char name[128];
    const std::string_view shown = take_front(command, sizeof name - 1);
    std::memcpy(name, shown.data(), shown.size());
    name[shown.size()] = '\0';
    kernel::print("procnto: startup script: %s: %s (errno %d)\n", name, what, error);
}

// The full path of a command: as it is with a slash, else the first file of that name in PATH.
bool find_command(std::string_view command, std::string_view search, PathText& path)
{
    _io_stat_data stat{};
    if (command.find('/') != std::string_view::npos) {
        return path.assign(command.front() == '/' ? "" : "/") && path.append(command);
    }
    while (!search.empty()) {
        const size_t colon = search.find(':');
        const std::string_view folder =
            take_front(search, colon == std::string_view::npos ? search.size() : colon);
        search = drop_front(search, folder.size() + 1);
        if (!folder.empty() && path.assign(folder) && path.append("/") && path.append(command) &&
            stat_path(path.view(), stat) == EOK && (stat.mode & mode_type) == mode_file) {
            return true;
        }
    }
    return false;
}

SpawnJob* make_job(const ScriptState& state, const ScriptCommand& command, int& error)
{
    auto* job = new (std::nothrow) SpawnJob;
    auto* environment = new (std::nothrow) Environment;
    const auto give_up = [&](int why) {
        error = why;
        delete job;
        delete environment;
        return static_cast<SpawnJob*>(nullptr);
    };
    if (job == nullptr || environment == nullptr || !environment->copy_from(state.environment)) {
        return give_up(ENOMEM);
    }
    std::string_view text;
    for (uint32_t i = 0; i < command.envc; ++i) {
        if (!command.string(1u + command.argc + i, text) || !environment->set(text)) {
            return give_up(EINVAL);
        }
    }
    std::string_view name;
    PathText path;
    if (!command.string(0, name) || name.empty()) {
        return give_up(EINVAL);
    }
    if (!find_command(name, environment->get("PATH"), path)) {
        return give_up(ENOENT);
    }
    // argv: the strings after the path, as they lie in the script.
    const char* arguments = command.strings + name.size() + 1;
    const char* end = arguments;
    for (uint32_t i = 0; i < command.argc; ++i) {
        if (!command.string(1 + i, text)) {
            return give_up(EINVAL);
        }
        end = text.data() + text.size() + 1;
    }
    job->path = OwnedText(path.view());
    job->arguments = OwnedText(std::string_view(arguments, static_cast<size_t>(end - arguments)));
    job->environment = environment->flatten();
    job->argc = command.argc;
    job->envc = environment->count();
    delete environment;
    environment = nullptr;
    if (!job->path || !job->arguments || !job->environment) {
        return give_up(ENOMEM);
    }
    proc_spawn& wanted = job->request;
    if ((command.flags & SCRIPT_FLAG_SESSION) != 0) {
        wanted.flags |= PROC_SPAWN_SETSID;
    }
    if ((command.flags & SCRIPT_FLAG_SCHED_SET) != 0) {
        wanted.flags |= PROC_SPAWN_EXPLICIT_SCHED;
        wanted.policy = command.policy;
        wanted.priority = command.priority;
    }
    if ((command.flags & SCRIPT_FLAG_CPU_SET) != 0 && command.cpu < 32) {
        wanted.flags |= PROC_SPAWN_RUNMASK;
        wanted.runmask = 1u << command.cpu;
    }
    return job;
}

void run_external(ScriptState& state, const ScriptCommand& command)
{
    std::string_view name;
    (void)command.string(0, name);
    int error = EOK;
    SpawnJob* job = make_job(state, command, error);
    if (job == nullptr) {
        complain(name, "cannot start", error);
        return;
    }
    if ((command.flags & SCRIPT_FLAG_PARTITION) != 0) {
        complain(name, "runs outside of any partition", ENOTSUP);
    }
    constexpr int pending = -1;
    int result = pending;
    job->result = &result;
    int pid = 0;
    error = launch(object::kernel_process(), job,
                   {script_priority, static_cast<uint8_t>(object::Policy::rr), 0}, pid);
    while (error == EOK && result == pending) {
        wait_for_script_event();
    }
    error = error == EOK ? result : error;
    if (error != EOK) {
        complain(name, "cannot start", error);
        return;
    }
    while ((command.flags & SCRIPT_FLAG_BACKGROUND) == 0 && !script_child_done(pid)) {
        wait_for_script_event();
    }
}

bool wait_for_path(std::string_view path, uint32_t limit_ms)
{
    _io_stat_data stat{};
    const uint64_t end = sched::now_ns() + uint64_t{limit_ms} * 1'000'000;
    while (stat_path(path, stat) != EOK) {
        if (sched::now_ns() >= end) {
            return false;
        }
        sched::sleep_ns(poll_ns);
    }
    return true;
}

// Opens path and makes it fd 0, 1 and 2 of pid 1: what later commands inherit.
int redirect(std::string_view path)
{
    object::Process& self = object::kernel_process();
    FileClient file;
    if (const int error = file.open(path, _IO_FLAG_RD | _IO_FLAG_WR, 3); error != EOK) {
        return error;
    }
    for (int fd = 0; fd < 3; ++fd) {
        auto from = ipc::server_info(self, file.coid());
        if (self.fds.get(fd) != nullptr) {
            close_connection(fd);
        }
        auto cloned = ipc::clone_connection(self, file.coid(), self, fd);
        if (!from.ok() || !cloned.ok() ||
            send_dup(fd, self.pid, from.value().scoid, file.coid()) != EOK) {
            return EIO;
        }
    }
    return EOK;
}

void reopen(const ScriptCommand& command)
{
    std::string_view path;
    if (!command.string(0, path)) {
        return;
    }
    if (!wait_for_path(path, command.value_ms)) {
        complain(path, "reopen: not there in time", ETIMEDOUT);
        return;
    }
    if (const int error = redirect(path); error != EOK) {
        complain(path, "reopen", error);
    }
}

void run_command(ScriptState& state, const ScriptCommand& command)
{
    std::string_view first, second;
    const bool has_first = command.string(0, first);
    switch (command.type) {
    case SCRIPT_EXTERNAL:
        run_external(state, command);
        break;
    case SCRIPT_WAITFOR:
        if (has_first && !wait_for_path(first, command.value_ms)) {
            complain(first, "waitfor: not there in time", ETIMEDOUT);
        }
        break;
    case SCRIPT_REOPEN:
        reopen(command);
        break;
    case SCRIPT_DISPLAY_MSG:
        if (has_first) {
            arch::console_write(first.data(), first.size());
            arch::console_write("\n", 1);
        }
        break;
    case SCRIPT_PROCMGR_SYMLINK:
        if (has_first && command.string(1, second)) {
            if (const int error = path_tree().symlink(first, second, false); error != EOK) {
                complain(second, "procmgr_symlink", error);
            }
        }
        break;
    case SCRIPT_EXTSCHED_APS:
        if (has_first) {
            complain(first, "sched_aps: there is no adaptive partitioning", ENOTSUP);
        }
        break;
    case SCRIPT_SETENV:
        if (has_first && !state.environment.set(first)) {
            complain(first, "environment", ENOMEM);
        }
        break;
    default:
        kernel::print("procnto: startup script: command %u is not known here\n", command.type);
        break;
    }
}

// procnto's own environment (PATH, LD_LIBRARY_PATH ...) is where the script's begins.
void take_boot_environment(ScriptState& state)
{
    const arch::BootArguments boot = arch::boot_arguments();
    const char* text = boot.strings;
    for (uint32_t i = 0; text != nullptr && i < uint32_t{boot.argc} + boot.envc; ++i) {
        const std::string_view entry(text);
        if (i >= boot.argc) {
            (void)state.environment.set(entry);
        }
        text += entry.size() + 1;
    }
    if (state.environment.get("PATH").empty()) {
        (void)state.environment.set("PATH=/proc/boot:/bin:/usr/bin:/sbin:/usr/sbin");
    }
    if (state.environment.get("LD_LIBRARY_PATH").empty()) {
        (void)state.environment.set("LD_LIBRARY_PATH=/proc/boot:/lib:/usr/lib:/lib/dll");
    }
}

} // namespace

void run_startup_script()
{
    auto* state = new (std::nothrow) ScriptState;
    ImageEntry script;
    if (state == nullptr) {
        return;
    }
    take_boot_environment(*state);
    if (const int error = redirect("/dev/text"); error != EOK) {
        complain("/dev/text", "open", error);
    }
    const uint32_t ino = boot_image().header().script_ino;
    if (ino == 0 || !boot_image().by_ino(ino, script) || script.kind != ImageEntry::Kind::file) {
        kernel::print("procnto: the image has no startup script\n");
        delete state;
        return;
    }
    ScriptReader reader(boot_image().data(script), script.size);
    ScriptCommand command;
    while (reader.next(command)) {
        run_command(*state, command);
    }
    delete state;
}

} // namespace proc
