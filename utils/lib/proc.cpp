// SPDX-License-Identifier: Apache-2.0
// Reads /proc/<pid>/as, cmdline and exefile.
#include "proc.hpp"

#include <abi/proc_msg.h>
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <devctl.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/neutrino.h>
#include <sys/states.h>
#include <sys/syspage.h>
#include <unistd.h>

namespace proc {

std::vector<pid_t> pids()
{
    std::vector<pid_t> list;
    DIR* dir = opendir("/proc");
    while (const dirent* entry = dir ? readdir(dir) : nullptr) {
        char* end = nullptr;
        const long pid = std::strtol(entry->d_name, &end, 10);
        if (pid > 0 && *end == '\0') {
            list.push_back(static_cast<pid_t>(pid));
        }
    }
    if (dir) {
        closedir(dir);
    }
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
}

int open_as(pid_t pid)
{
    char path[48];
    std::snprintf(path, sizeof path, "/proc/%d/as", static_cast<int>(pid));
    return open(path, O_RDONLY);
}

static std::string read_file(pid_t pid, const char* file)
{
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), file);
    const int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return "";
    }
    std::string text;
    char buffer[1024];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<size_t>(n));
    }
    close(fd);
    return text;
}

bool read(pid_t pid, Process& process, bool threads)
{
    const int fd = open_as(pid);
    if (fd < 0) {
        return false;
    }
    process.pid = pid;
    bool good = devctl(fd, DCMD_PROC_INFO, &process.info, sizeof process.info, nullptr) == 0;
    process.path = read_file(pid, "exefile");
    process.path.resize(std::strlen(process.path.c_str()));
    while (!process.path.empty() && process.path.back() == '\n') {
        process.path.pop_back();
    }
    process.threads.clear();
    procfs_status status{};
    for (int tid = 1; good && threads; tid = status.tid + 1) {
        std::memset(&status, 0, sizeof status);
        status.tid = tid;
        if (devctl(fd, DCMD_PROC_TIDSTATUS, &status, sizeof status, nullptr) != 0 ||
            status.tid < tid) {
            break;
        }
        process.threads.push_back(status);
    }
    close(fd);
    return good;
}

std::vector<Process> all(bool threads)
{
    std::vector<Process> list;
    for (const pid_t pid : pids()) {
        Process p;
        if (read(pid, p, threads)) {
            list.push_back(p);
        }
    }
    return list;
}

std::vector<std::string> arguments(pid_t pid)
{
    const std::string text = read_file(pid, "cmdline");
    std::vector<std::string> list;
    for (size_t at = 0; at < text.size(); at += list.back().size() + 1) {
        list.emplace_back(text.c_str() + at);
    }
    return list;
}

std::vector<procfs_mapinfo> mappings(int as_fd)
{
    int count = 0;
    if (devctl(as_fd, DCMD_PROC_MAPINFO, nullptr, 0, &count) != 0 || count <= 0) {
        return {};
    }
    std::vector<procfs_mapinfo> maps(static_cast<size_t>(count) + 8);
    if (devctl(as_fd, DCMD_PROC_MAPINFO, maps.data(), maps.size() * sizeof maps[0], &count) != 0) {
        return {};
    }
    maps.resize(std::min(maps.size(), static_cast<size_t>(std::max(count, 0))));
    return maps;
}

void kernel_memory(uint64_t& code, uint64_t& data)
{
    const char* strings =
        reinterpret_cast<const char*>(_syspage_ptr) + _syspage_ptr->strings.entry_off;
    const asinfo_entry* area = SYSPAGE_ENTRY(asinfo);
    for (unsigned i = 0; i < SYSPAGE_ENTRY_SIZE(asinfo) / sizeof *area; ++i) {
        if (area[i].owner == AS_STARTUP && std::strcmp(strings + area[i].name, "kernel") == 0) {
            code += area[i].end - area[i].start;
        }
    }
    const struct proc_simple ask = {MEM_INFO, 0, 0, 0, 0, 0, 0};
    struct mem_info now = {};
    if (MsgSend(SYSMGR_COID, &ask, sizeof ask, &now, sizeof now) != -1) {
        data += now.kernel;
    }
}

std::string base_name(const Process& process)
{
    const size_t slash = process.path.rfind('/');
    return slash == std::string::npos ? process.path : process.path.substr(slash + 1);
}

std::string display_name(const Process& process)
{
    constexpr size_t column = 18;
    if (process.path.empty()) {
        return process.info.flags & _DEBUG_FLAG_ZOMBIE ? "(Zombie)" : "";
    }
    if (process.pid == 1) {
        return base_name(process).substr(0, column);
    }
    const std::string path = process.path[0] == '/' ? process.path.substr(1) : process.path;
    return path.size() <= column ? path : base_name(process).substr(0, column);
}

bool is_name_of(const Process& process, const char* name)
{
    return process.path == name || base_name(process) == name;
}

bool selected(const Select& which, const Process& process)
{
    const std::string pid = std::to_string(process.pid);
    return which.empty() || std::any_of(which.begin(), which.end(), [&](const std::string& w) {
               return w == pid || is_name_of(process, w.c_str());
           });
}

const char* state_name(unsigned state)
{
    static constexpr const char* names[] = {
        "DEAD",    "RUNNING",    "READY",    "STOPPED",    "SEND",        "RECEIVE",   "REPLY",
        "STACK",   "WAITTHREAD", "WAITPAGE", "SIGSUSPEND", "SIGWAITINFO", "NANOSLEEP", "MUTEX",
        "CONDVAR", "JOIN",       "INTR",     "SEM",        "WAITCTX",     "NET_SEND",  "NET_REPLY",
    };
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

char policy_letter(unsigned policy)
{
    return policy == 1 ? 'f' : policy == 2 ? 'r' : policy == 4 ? 's' : 'o';
}

std::string blocked_on(const procfs_status& t)
{
    char text[64] = "";
    switch (t.state) {
    case STATE_RECEIVE:
        std::snprintf(text, sizeof text, "%d", t.blocked.channel.chid);
        break;
    case STATE_SEND:
    case STATE_REPLY:
        std::snprintf(text, sizeof text, "%d", t.blocked.connect.pid);
        break;
    case STATE_JOIN:
        std::snprintf(text, sizeof text, "%d", t.blocked.join.tid);
        break;
    case STATE_MUTEX:
        if (t.blocked.sync.id > 0) {
            std::snprintf(text, sizeof text, "%d-%02d #%u", t.blocked.sync.pid, t.blocked.sync.id,
                          t.blocked.sync.count);
        } else {
            std::snprintf(text, sizeof text, "0x%" PRIx64, t.blocked.sync.sync);
        }
        break;
    case STATE_CONDVAR:
    case STATE_SEM:
        std::snprintf(text, sizeof text, "0x%" PRIx64, t.blocked.sync.sync);
        break;
    case STATE_WAITPAGE:
        std::snprintf(text, sizeof text, "0x%" PRIx64, t.blocked.waitpage.vaddr);
        break;
    case STATE_STACK:
        std::snprintf(text, sizeof text, "%" PRIu64, t.blocked.stack.size);
        break;
    default:
        break;
    }
    return text;
}

} // namespace proc
