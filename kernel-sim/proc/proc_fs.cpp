// SPDX-License-Identifier: Apache-2.0
// /proc: one directory for each process, with the files debuggers and pidin use.
#include "mm/address_space.hpp"
#include "object/process.hpp"
#include "proc/memory_text.hpp"
#include "proc/mount_tree.hpp"
#include "proc/process_info.hpp"
#include "proc/process_view.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>
#include <new>

namespace proc {

namespace {

constexpr uint32_t mode_directory = 0040000, mode_file = 0100000;
enum class FileKind : uint32_t {
    directory,
    as,
    ctl,
    cmdline,
    exefile,
    pmap,
    mappings,
    vmstat,
    count
};
constexpr std::string_view file_names[] = {"",        "as",   "ctl",      "cmdline",
                                           "exefile", "pmap", "mappings", "vmstat"};

uint64_t inode_of(int pid, FileKind kind)
{
    return 0x400000000 + (static_cast<uint64_t>(pid) << 4) + static_cast<uint64_t>(kind);
}

// Decimal digits of a pid; false when it does not fit.
std::string_view pid_text(int pid, char (&buffer)[12])
{
    char* at = buffer + sizeof buffer;
    auto rest = static_cast<uint32_t>(pid);
    do {
        *--at = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    return std::string_view(at, static_cast<size_t>(buffer + sizeof buffer - at));
}

bool parse_pid(std::string_view text, int& pid)
{
    int64_t value = 0;
    if (text.empty() || text.size() > 10) {
        return false;
    }
    for (const char digit : text) {
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    pid = static_cast<int>(value);
    return value > 0 && value <= INT32_MAX;
}

/// May `client` do to the process what its own user may, and others with this ability (its ranges are user ids)?
bool may_touch(object::Process& client, const object::Process& target, Ability ability)
{
    return client.cred.euid == target.cred.ruid ||
           able(client, ability, static_cast<uint32_t>(target.cred.ruid));
}

/// A file of a process. It names the process by pid: the process may be gone at the next message.
class ProcessFile final : public Resource {
public:
    ProcessFile(int pid, FileKind kind) : pid_(pid), kind_(kind) {}

    void stat(_io_stat_data& out) const override
    {
        const object::Process* process = object::find_process(pid_);
        const bool directory = kind_ == FileKind::directory;
        const bool memory = kind_ == FileKind::as || kind_ == FileKind::ctl;
        stat_common(out, inode_of(pid_, kind_),
                    directory ? mode_directory | 0555u : mode_file | (memory ? 0644u : 0444u), 0);
        if (process == nullptr || process->info == nullptr) {
            return;
        }
        out.uid = static_cast<uint32_t>(process->cred.ruid);
        out.gid = static_cast<uint32_t>(process->cred.rgid);
        out.size = static_cast<int64_t>(text(*process).size());
        out.mtime = out.ctime = out.atime =
            static_cast<int64_t>(process->info->start_wall_ns / 1000000000);
    }
    bool is_directory() const override { return kind_ == FileKind::directory; }
    bool open_to(const object::Process& client) const override
    {
        const object::Process* process = object::find_process(pid_);
        return (kind_ == FileKind::as || kind_ == FileKind::ctl) && process != nullptr &&
               has_ability(client, Ability::xprocess_debug,
                           static_cast<uint32_t>(process->cred.ruid));
    }
    int list(Listing& listing) override
    {
        bool room = listing.add(".", inode_of(pid_, FileKind::directory)) && listing.add("..", 1);
        for (uint32_t i = 1; i < static_cast<uint32_t>(FileKind::count); ++i) {
            room = room && listing.add(file_names[i], inode_of(pid_, static_cast<FileKind>(i)));
        }
        return room ? EOK : ENOMEM;
    }
    int64_t read(Request& request, uint64_t offset, uint8_t* to, uint64_t size) override;
    int64_t write(Request& request, uint64_t offset, const uint8_t* from, uint64_t size) override;
    int devctl(Request& request, const _io_devctl& message) override
    {
        object::Process* process = object::find_process(pid_);
        if (kind_ != FileKind::as && kind_ != FileKind::ctl) {
            return ENOTTY;
        }
        if (process == nullptr || process->info == nullptr) {
            return ESRCH;
        }
        return may_touch(*request.client, *process, Ability::xprocess_query)
                   ? process_devctl(request, *process, message)
                   : EPERM;
    }

private:
    std::string_view text(const object::Process& process) const
    {
        const ProcessInfo& info = *process.info;
        switch (kind_) {
        case FileKind::cmdline:
            return info.arguments.view();
        case FileKind::exefile:
            return info.executable ? info.executable.view() : std::string_view(process.name);
        default:
            return {};
        }
    }

    int pid_;
    FileKind kind_;
};

int64_t ProcessFile::read(Request& request, uint64_t offset, uint8_t* to, uint64_t size)
{
    object::Process* process = object::find_process(pid_);
    if (process == nullptr || process->info == nullptr) {
        return -ESRCH;
    }
    if (kind_ == FileKind::pmap || kind_ == FileKind::mappings || kind_ == FileKind::vmstat) {
        if (!may_touch(*request.client, *process, Ability::xprocess_query)) {
            return -EPERM;
        }
        TextWindow window(offset, to, size);
        if (process->space != nullptr) {
            (kind_ == FileKind::pmap     ? write_pmap
             : kind_ == FileKind::vmstat ? write_vmstat
                                         : write_page_mappings)(*process, window);
        }
        return static_cast<int64_t>(window.taken());
    }
    if (kind_ != FileKind::as) {
        const std::string_view rest = drop_front(text(*process), offset);
        const uint64_t part = size < rest.size() ? size : rest.size();
        std::memcpy(to, rest.data(), part);
        return static_cast<int64_t>(part);
    }
    if (!may_touch(*request.client, *process, Ability::xprocess_mem_read)) {
        return -EPERM;
    }
    return process->space != nullptr && process->space->copy_in(to, offset, size)
               ? static_cast<int64_t>(size)
               : -EFAULT;
}

int64_t ProcessFile::write(Request& request, uint64_t offset, const uint8_t* from, uint64_t size)
{
    object::Process* process = object::find_process(pid_);
    if (kind_ != FileKind::as || process == nullptr || process->space == nullptr) {
        return -EROFS;
    }
    if (!may_touch(*request.client, *process, Ability::xprocess_debug)) {
        return -EPERM;
    }
    return process->space->write_forced(offset, from, size) ? static_cast<int64_t>(size) : -EFAULT;
}

class ProcRoot final : public Resource {
public:
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, 0x400000000, mode_directory | 0555u, 0);
    }
    bool is_directory() const override { return true; }
    int list(Listing& listing) override
    {
        bool room = listing.add(".", 0x400000000) && listing.add("..", 1);
        for (const object::Process* p = object::next_process(nullptr); p != nullptr;
             p = object::next_process(p)) {
            char buffer[12];
            room = room &&
                   listing.add(pid_text(p->pid, buffer), inode_of(p->pid, FileKind::directory));
        }
        room = room && listing.add("self", 0x400000001);
        if (const PathNode* node = path_tree().lookup("/proc");
            node != nullptr) { // /proc/boot and what servers attach
            for (const PathNode& child : node->children) {
                room = room && listing.add(child.name.view(), child.id);
            }
        }
        return listing.add("boot", 2) && room ? EOK : ENOMEM;
    }
};

class ProcManager final : public Manager {
public:
    int open(const Connect& connect, Resource*& out) override
    {
        std::string_view first, second, third;
        Components walk(connect.path);
        (void)walk.next(first);
        if (first == "mount") {
            return open_mount_tree(walk.rest(), out);
        }
        (void)walk.next(second);
        if (walk.next(third)) {
            return ENOENT;
        }
        if (first.empty()) {
            out = new (std::nothrow) ProcRoot;
            return out == nullptr ? ENOMEM : EOK;
        }
        int pid = connect.client->pid;
        if (first != "self" && !parse_pid(first, pid)) {
            return ENOENT; // perhaps a file of the image: the next candidate
        }
        const object::Process* process = object::find_process(pid);
        if (process == nullptr || process->info == nullptr) {
            return ENOENT;
        }
        for (uint32_t i = 0; i < static_cast<uint32_t>(FileKind::count); ++i) {
            if (second == file_names[i]) {
                out = new (std::nothrow) ProcessFile(pid, static_cast<FileKind>(i));
                return out == nullptr ? ENOMEM : EOK;
            }
        }
        return ENOENT;
    }
};

ProcManager manager;

} // namespace

void add_proc_manager()
{
    add_manager("/proc", manager, PATH_FLAG_DIR, _FTYPE_ANY);
}

} // namespace proc
