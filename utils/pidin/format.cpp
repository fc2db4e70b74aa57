// SPDX-License-Identifier: Apache-2.0
// pidin's column formats: one line for each thread, or for each process when no column is about threads.
#include <cinttypes>
#include <cstdio>
#include <unistd.h>

#include "report.hpp"

namespace pidin {

namespace {

struct Column {
    char code;
    const char* title; // as wide as the column, two spaces for the numbers' right alignment
    bool of_thread;
};

constexpr Column columns[] = {
    {'a', "     pid", false},
    {'b', "tid", true},
    {'N', "name              ", false},
    {'p', "prio", true},
    {'J', "STATE      ", true},
    {'B', "Blocked", true},
    {'A', "Arguments", false},
    {'c', "    code", false},
    {'d', "    data", false},
    {'e', "    ppid", false},
    {'f', "flags   ", false},
    {'h', "thread name         ", true},
    {'I', "     pid tid", true},
    {'i', "runmask ", true},
    {'l', "cpu", true},
    {'m', "   stack", true},
    {'n', "name                        ", false},
    {'P', "    pgrp", false},
    {'S', "sig ignore      ", false},
    {'s', "sig queued      ", false},
    {'T', "threads", false},
    {'g', "  gid  egid  sgid", false},
    {'u', "  uid  euid  suid", false},
    {'z', "     sid", false},
};

const Column* find(char code)
{
    for (const Column& c : columns) {
        if (c.code == code) {
            return &c;
        }
    }
    return nullptr;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (const std::string& w : words) {
        out += (out.empty() ? "" : " ") + w;
    }
    return out;
}

// Resident bytes of what can be executed, or of the rest that can be written.
std::string memory_column(pid_t pid, bool code)
{
    constexpr uint32_t prot_write = 0x200, prot_exec = 0x400;
    char text[16];
    uint64_t bytes = 0;
    const int fd = proc::open_as(pid);
    for (const procfs_mapinfo& map : fd < 0 ? std::vector<procfs_mapinfo>() : proc::mappings(fd)) {
        const bool executable = map.flags & prot_exec;
        const bool counts = code ? executable : !executable && (map.flags & prot_write);
        bytes += counts ? map.resident : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    std::snprintf(text, sizeof text, "%7" PRIu64 "K", bytes / 1024);
    return text;
}

/// As in "%60N": a number before the letter is the column's width.
size_t take_width(const std::string& format, size_t& at)
{
    size_t width = 0;
    while (at + 1 < format.size() && format[at] >= '0' && format[at] <= '9') {
        width = width * 10 + static_cast<size_t>(format[at++] - '0');
    }
    return width;
}

std::string fitted(std::string text, size_t width)
{
    if (width != 0) {
        text.resize(width, ' ');
    }
    return text;
}

std::string value(char code, const proc::Process& p, const procfs_status& t)
{
    char text[128] = "";
    switch (code) {
    case 'a':
        std::snprintf(text, sizeof text, "%8d", p.pid);
        break;
    case 'b':
        std::snprintf(text, sizeof text, "%3d", t.tid);
        break;
    case 'N':
        std::snprintf(text, sizeof text, "%-18s", proc::display_name(p).c_str());
        break;
    case 'n':
        std::snprintf(text, sizeof text, "%-28s", p.path.c_str());
        break;
    case 'p':
        std::snprintf(text, sizeof text, "%3u%c", t.priority, proc::policy_letter(t.policy));
        break;
    case 'J':
        std::snprintf(text, sizeof text, "%-11s", proc::state_name(t.state));
        break;
    case 'B':
        return proc::blocked_on(t);
    case 'A':
        return joined(proc::arguments(p.pid));
    case 'c':
    case 'd':
        return memory_column(p.pid, code == 'c');
    case 'e':
        std::snprintf(text, sizeof text, "%8d", p.info.parent);
        break;
    case 'f':
        std::snprintf(text, sizeof text, "%08x", p.info.flags);
        break;
    case 'P':
        std::snprintf(text, sizeof text, "%8d", p.info.pgrp);
        break;
    case 'z':
        std::snprintf(text, sizeof text, "%8d", p.info.sid);
        break;
    case 'I':
        std::snprintf(text, sizeof text, "%8d %3d", p.pid, t.tid);
        break;
    case 'S':
        std::snprintf(text, sizeof text, "%016" PRIx64, p.info.sig_ignore);
        break;
    case 's':
        std::snprintf(text, sizeof text, "%016" PRIx64, p.info.sig_pending);
        break;
    case 'h':
        std::snprintf(text, sizeof text, "%-20.20s",
                      t.name[0] ? t.name : std::to_string(t.tid).c_str());
        break;
    case 'T':
        std::snprintf(text, sizeof text, "%7u", p.info.num_threads);
        break;
    case 'u':
        std::snprintf(text, sizeof text, "%5d %5d %5d", p.info.uid, p.info.euid, p.info.suid);
        break;
    case 'g':
        std::snprintf(text, sizeof text, "%5d %5d %5d", p.info.gid, p.info.egid, p.info.sgid);
        break;
    case 'l':
        std::snprintf(text, sizeof text, "%3u", t.last_cpu);
        break;
    case 'i':
        std::snprintf(text, sizeof text, "%08x", t.runmask);
        break;
    case 'm':
        std::snprintf(text, sizeof text, "%7" PRIu64 "K", t.stksize / 1024);
        break;
    default:
        break;
    }
    return text;
}

void print_line(std::string line)
{
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    std::puts(line.c_str());
}

} // namespace

void by_format(const std::vector<proc::Process>& list, const std::string& format,
               const std::string& header)
{
    std::string title;
    bool threads = false;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            title += format[i];
        } else {
            const size_t width = take_width(format, ++i);
            const Column* c = find(format[i]);
            if (c == nullptr) {
                continue;
            }
            title += fitted(c->title, width);
            threads = threads || c->of_thread;
        }
    }
    print_line(header.empty() ? title : header);
    const procfs_status none{};
    for (const proc::Process& p : list) {
        const bool lone = !threads || p.threads.empty();
        for (size_t k = 0; k < (lone ? 1 : p.threads.size()); ++k) {
            std::string line;
            for (size_t i = 0; i < format.size(); ++i) {
                if (format[i] != '%' || i + 1 == format.size()) {
                    line += format[i];
                } else {
                    const size_t width = take_width(format, ++i);
                    line +=
                        fitted(value(format[i], p, p.threads.empty() ? none : p.threads[k]), width);
                }
            }
            print_line(line);
        }
    }
}

} // namespace pidin
