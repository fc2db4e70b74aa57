// SPDX-License-Identifier: Apache-2.0
// ps: the processes in POSIX's form.
#include <cinttypes>
#include <cstring>
#include <ctime>
#include <grp.h>
#include <pwd.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - show processes\n\n%C [-Aaefl] [-o column[=title][,column...]]... [-p pid,...]\n"
          "          [-g group,...] [-s session,...] [-u user,...]\n"
          " -A -e  all; without them, those of this user and session\n"
          " -a     all but leaders of sessions\n"
          " -f -l  more columns\n"
          " -g -p -s -u  these process groups, processes, sessions, users\n"
          " -o     columns: args comm etime flags gid group nice pgid pid ppid pri rgid\n"
          "        rgroup rss ruid ruser sid state stime threads time uid user vsz\n"
          "An empty title (pid=) leaves it out; sizes are KB.\n")

namespace {

using proc::Process;

std::string user_name(int32_t uid)
{
    const passwd* entry = getpwuid(static_cast<uid_t>(uid));
    return entry != nullptr ? entry->pw_name : uid == 0 ? "root" : std::to_string(uid);
}

std::string group_name(int32_t gid)
{
    const group* entry = getgrgid(static_cast<gid_t>(gid));
    return entry != nullptr ? entry->gr_name : gid == 0 ? "root" : std::to_string(gid);
}

/// POSIX: [[dd-]hh:]mm:ss; for CPU time [dd-]hh:mm:ss.
std::string duration(uint64_t ns, bool hours)
{
    const uint64_t s = ns / 1000000000, day = 86400;
    char text[48];
    int n = s >= day ? std::snprintf(text, sizeof text, "%" PRIu64 "-", s / day) : 0;
    if (hours || s >= 3600) {
        n += std::snprintf(text + n, sizeof text - static_cast<size_t>(n), "%02" PRIu64 ":",
                           s % day / 3600);
    }
    std::snprintf(text + n, sizeof text - static_cast<size_t>(n), "%02" PRIu64 ":%02" PRIu64,
                  s % 3600 / 60, s % 60);
    return text;
}

uint64_t now_ns()
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

std::string start_text(const Process& p)
{
    const auto seconds = static_cast<time_t>(p.info.start_time / 1000000000);
    char text[16];
    tm when;
    std::strftime(text, sizeof text,
                  now_ns() - p.info.start_time < 86400000000000 ? "%H:%M:%S" : "%b%d",
                  localtime_r(&seconds, &when));
    return text;
}

std::string command(const Process& p)
{
    return p.info.flags & _DEBUG_FLAG_ZOMBIE ? "<defunct>" : proc::base_name(p);
}

std::string arguments(const Process& p)
{
    std::string text;
    for (const std::string& word : proc::arguments(p.pid)) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text.empty() ? command(p) : text;
}

/// KB of all mappings, or of their pages that are there.
std::string kilobytes(const Process& p, bool resident)
{
    uint64_t bytes = 0;
    const int fd = proc::open_as(p.pid);
    for (const procfs_mapinfo& m : fd < 0 ? std::vector<procfs_mapinfo>() : proc::mappings(fd)) {
        bytes += resident ? m.resident : m.size;
    }
    if (fd >= 0) {
        close(fd);
    }
    return std::to_string(bytes / 1024);
}

struct Column {
    const char* name;
    const char* title;
    int width; // negative: to the left
    std::string (*value)(const Process&);
};

constexpr Column columns[] = {
    {"args", "COMMAND", -1, arguments},
    {"comm", "CMD", -16, command},
    {"etime", "ELAPSED", 11,
     [](const Process& p) { return duration(now_ns() - p.info.start_time, false); }},
    {"flags", "F", 8,
     [](const Process& p) {
         char text[16];
         std::snprintf(text, sizeof text, "%08x", p.info.flags);
         return std::string(text);
     }},
    {"gid", "GID", 6, [](const Process& p) { return std::to_string(p.info.egid); }},
    {"group", "GROUP", -8, [](const Process& p) { return group_name(p.info.egid); }},
    {"nice", "NI", 3, // QNX has priorities; 10 is the usual one
     [](const Process& p) { return std::to_string(10 - p.info.priority); }},
    {"pgid", "PGID", 8, [](const Process& p) { return std::to_string(p.info.pgrp); }},
    {"pid", "PID", 8, [](const Process& p) { return std::to_string(p.pid); }},
    {"ppid", "PPID", 8, [](const Process& p) { return std::to_string(p.info.parent); }},
    {"pri", "PRI", 4, [](const Process& p) { return std::to_string(p.info.priority); }},
    {"rgid", "RGID", 6, [](const Process& p) { return std::to_string(p.info.gid); }},
    {"rgroup", "RGROUP", -8, [](const Process& p) { return group_name(p.info.gid); }},
    {"rss", "RSS", 8, [](const Process& p) { return kilobytes(p, true); }},
    {"ruid", "RUID", 6, [](const Process& p) { return std::to_string(p.info.uid); }},
    {"ruser", "RUSER", -8, [](const Process& p) { return user_name(p.info.uid); }},
    {"sid", "SID", 8, [](const Process& p) { return std::to_string(p.info.sid); }},
    {"state", "STATE", -11, // the first thread's
     [](const Process& p) {
         return std::string(p.threads.empty() ? "ZOMBIE" : proc::state_name(p.threads[0].state));
     }},
    {"stime", "STIME", 8, start_text},
    {"threads", "THR", 4, [](const Process& p) { return std::to_string(p.info.num_threads); }},
    {"time", "TIME", 9,
     [](const Process& p) { return duration(p.info.utime + p.info.stime, true); }},
    {"uid", "UID", 6, [](const Process& p) { return std::to_string(p.info.euid); }},
    {"user", "USER", -8, [](const Process& p) { return user_name(p.info.euid); }},
    {"vsz", "VSZ", 8, [](const Process& p) { return kilobytes(p, false); }},
};

struct Shown {
    const Column* column;
    std::string title;
};

struct Options {
    std::vector<Shown> shown;
    std::vector<std::string> groups, pids, sessions, users;
    bool all = false, no_leaders = false;
};

std::vector<std::string> split(const std::string& text)
{
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == ',' || c == ' ') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

/// "pid,comm=Program": a title is all to the end of the argument. False: there is no such column.
bool take_columns(const std::string& text, std::vector<Shown>& shown)
{
    const size_t equals = text.find('=');
    const std::vector<std::string> names = split(text.substr(0, equals));
    for (const std::string& name : names) {
        const Column* found = nullptr;
        for (const Column& c : columns) {
            found = name == c.name ? &c : found;
        }
        if (found == nullptr) {
            util::say("unknown column %s", name.c_str());
            return false;
        }
        shown.push_back({found, found->title});
    }
    if (equals != std::string::npos) {
        shown.back().title = text.substr(equals + 1);
    }
    return true;
}

bool among(const std::vector<std::string>& list, int32_t number, const std::string& name = "")
{
    for (const std::string& word : list) {
        if (word == std::to_string(number) || (!name.empty() && word == name)) {
            return true;
        }
    }
    return false;
}

bool selected(const Options& o, const Process& p)
{
    const bool by_list =
        !o.groups.empty() || !o.pids.empty() || !o.sessions.empty() || !o.users.empty();
    if (o.all || among(o.pids, p.pid) || among(o.groups, p.info.pgrp) ||
        among(o.sessions, p.info.sid) || among(o.users, p.info.euid, user_name(p.info.euid))) {
        return true;
    }
    if (o.no_leaders) {
        return p.info.sid != p.pid;
    }
    return !by_list && static_cast<uid_t>(p.info.euid) == geteuid() && p.info.sid == getsid(0);
}

int take_options(int argc, char* argv[], Options& o)
{
    const auto append = [](std::vector<std::string>& list) {
        const std::vector<std::string> words = split(optarg);
        list.insert(list.end(), words.begin(), words.end());
    };
    for (int c; (c = getopt(argc, argv, "Aaefg:lo:p:s:u:")) != -1;) {
        switch (c) {
        case 'A':
        case 'e':
            o.all = true;
            break;
        case 'a':
            o.no_leaders = true;
            break;
        case 'f':
            take_columns("user,pid,ppid,stime,time,args", o.shown);
            break;
        case 'g':
            append(o.groups);
            break;
        case 'l':
            take_columns("flags,state,uid,pid,ppid,pri,nice,vsz,time,comm", o.shown);
            break;
        case 'o':
            if (!take_columns(optarg, o.shown)) {
                return EXIT_FAILURE;
            }
            break;
        case 'p':
            append(o.pids);
            break;
        case 's':
            append(o.sessions);
            break;
        case 'u':
            append(o.users);
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    return optind == argc ? -1 : util::say("unknown argument %s", argv[optind]);
}

void print(const Options& o, const Process* process)
{
    std::string line;
    for (const Shown& s : o.shown) {
        std::string text = process != nullptr ? s.column->value(*process) : s.title;
        const bool left = s.column->width < 0;
        const auto width = static_cast<size_t>(left ? -s.column->width : s.column->width);
        if (text.size() < width) {
            text.insert(left ? text.size() : 0, width - text.size(), ' ');
        }
        line += (line.empty() ? "" : " ") + text;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    std::puts(line.c_str());
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options options;
    if (const int status = take_options(argc, argv, options); status != -1) {
        return status;
    }
    if (options.shown.empty()) {
        take_columns("pid,time,comm", options.shown);
    }
    bool titled = false;
    for (const Shown& s : options.shown) {
        titled = titled || !s.title.empty();
    }
    if (titled) {
        print(options, nullptr);
    }
    bool any = false;
    for (const Process& p : proc::all()) {
        if (selected(options, p)) {
            print(options, &p);
            any = true;
        }
    }
    return util::finish(any ? EXIT_SUCCESS : EXIT_FAILURE);
}
