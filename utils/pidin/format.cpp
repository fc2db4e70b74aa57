// SPDX-License-Identifier: Apache-2.0
// pidin's column formats: one line for each thread, or for each process when no column is about threads.
#include <cinttypes>
#include <cstdio>

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
    {'d', "    ppid", false},
    {'e', "    pgrp", false},
    {'s', "     sid", false},
    {'h', "thread name         ", true},
    {'n', "name              ", false},
    {'t', "threads", false},
    {'u', "  uid", false},
    {'g', "  gid", false},
    {'c', "cpu", true},
    {'r', "runmask ", true},
    {'m', "  memory", false},
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
    case 'n':
    case 'N':
        std::snprintf(text, sizeof text, "%-18s", proc::display_name(p).c_str());
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
    case 'd':
        std::snprintf(text, sizeof text, "%8d", p.info.parent);
        break;
    case 'e':
        std::snprintf(text, sizeof text, "%8d", p.info.pgrp);
        break;
    case 's':
        std::snprintf(text, sizeof text, "%8d", p.info.sid);
        break;
    case 'h':
        std::snprintf(text, sizeof text, "%-20.20s",
                      t.name[0] ? t.name : std::to_string(t.tid).c_str());
        break;
    case 't':
        std::snprintf(text, sizeof text, "%7u", p.info.num_threads);
        break;
    case 'u':
        std::snprintf(text, sizeof text, "%5d", p.info.uid);
        break;
    case 'g':
        std::snprintf(text, sizeof text, "%5d", p.info.gid);
        break;
    case 'c':
        std::snprintf(text, sizeof text, "%3u", t.last_cpu);
        break;
    case 'r':
        std::snprintf(text, sizeof text, "%08x", t.runmask);
        break;
    case 'm':
        std::snprintf(text, sizeof text, "%7" PRIu64 "K", p.info.memory / 1024);
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
        } else if (const Column* c = find(format[++i])) {
            title += c->title;
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
                    line += value(format[++i], p, p.threads.empty() ? none : p.threads[k]);
                }
            }
            print_line(line);
        }
    }
}

} // namespace pidin
