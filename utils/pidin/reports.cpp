// SPDX-License-Identifier: Apache-2.0
// pidin's other reports: system information, memory, descriptors, times, environment, system page.
#include <abi/proc_msg.h>
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <devctl.h>
#include <fcntl.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/syspage.h>
#include <unistd.h>

#include "report.hpp"

namespace pidin {

namespace {

constexpr uint32_t prot_write = 0x200, prot_exec = 0x400;

std::string kilobytes(uint64_t bytes)
{
    return bytes % (1024 * 1024) == 0 && bytes ? std::to_string(bytes >> 20) + "M"
                                               : std::to_string(bytes >> 10) + "K";
}

std::string clock_text(uint64_t ns)
{
    char text[32];
    const uint64_t ms = ns / 1000000;
    std::snprintf(text, sizeof text, "%3" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000);
    return text;
}

std::string date_text(uint64_t ns)
{
    char text[64];
    const time_t seconds = static_cast<time_t>(ns / 1000000000);
    struct tm tm;
    std::strftime(text, sizeof text, "%b %d %H:%M:%S UTC %Y", gmtime_r(&seconds, &tm));
    return text;
}

/// Of the mapping that the thread's stack pointer lies in: bytes that are there, and in brackets its size.
std::string stack_text(const std::vector<procfs_mapinfo>& maps, const procfs_status& thread)
{
    for (const procfs_mapinfo& m : maps) {
        if (thread.sp >= m.vaddr && thread.sp - m.vaddr < m.size) {
            return std::to_string(m.resident) + "(" + kilobytes(m.size) + ")";
        }
    }
    return std::to_string(thread.stksize); // procnto's threads are not in user mode
}

/// One message that a busy server may not hold up for long.
long ask(int coid, const void* message, size_t size, void* reply, size_t room)
{
    const uint64_t limit = 100000000;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &limit, nullptr);
    return MsgSend(coid, message, size, reply, room);
}

/// What another process has open: a duplicate of its connection tells the name. Root only; empty when the server does not know.
std::string path_of(pid_t pid, int fd, const struct _server_info& server)
{
    const int copy = ConnectAttach(0, server.pid, server.chid, 0, _NTO_COF_CLOEXEC);
    if (copy == -1) {
        return "";
    }
    struct _io_dup dup = {};
    dup.type = _IO_DUP;
    dup.combine_len = sizeof dup;
    dup.pid = pid;
    dup.chid = server.chid;
    dup.scoid = server.scoid;
    dup.coid = fd;
    std::string path;
    if (ask(copy, &dup, sizeof dup, nullptr, 0) != -1) {
        struct _io_fdinfo question = {};
        question.type = _IO_FDINFO;
        question.combine_len = sizeof question;
        struct {
            struct _fdinfo info;
            char path[1024];
        } answer = {};
        question.path_len = sizeof answer.path - 1;
        if (ask(copy, &question, sizeof question, &answer, sizeof answer - 1) != -1) {
            path = answer.path;
        }
        struct _io_close end = {};
        end.type = _IO_CLOSE;
        end.combine_len = sizeof end;
        ask(copy, &end, sizeof end, nullptr, 0);
    }
    ConnectDetach(copy);
    return path;
}

} // namespace

void info()
{
    procfs_sysinfo sys{};
    const int fd = proc::open_as(1);
    if (fd < 0 || devctl(fd, DCMD_PROC_SYSINFO, &sys, sizeof sys, nullptr) != 0) {
        std::perror("pidin: /proc/1/as");
        return;
    }
    close(fd);
    std::printf("CPU:X86_64 Release:7.1.0  FreeMem:%" PRIu64 "MB/%" PRIu64 "MB BootTime:%s\n",
                sys.freemem >> 20, sys.memsize >> 20, date_text(sys.boottime).c_str());
    unsigned processes = 0, threads = 0;
    for (const proc::Process& p : proc::all()) {
        ++processes;
        threads += static_cast<unsigned>(p.threads.size());
    }
    std::printf("Processes: %u, Threads: %u\n", processes, threads);
    const struct cpuinfo_entry* cpu = SYSPAGE_ENTRY(cpuinfo);
    const char* strings =
        reinterpret_cast<const char*>(_syspage_ptr) + _syspage_ptr->strings.entry_off;
    for (unsigned i = 0; i < _syspage_ptr->num_cpu; ++i) {
        std::printf("Processor%u: %u %s %uMHz FPU\n", i + 1, cpu[i].apic_id, strings + cpu[i].name,
                    cpu[i].speed_mhz);
    }
}

void memory(const std::vector<proc::Process>& list)
{
    std::puts("     pid tid name               prio STATE            code  data        stack");
    for (const proc::Process& p : list) {
        const int fd = proc::open_as(p.pid);
        if (fd < 0) {
            continue;
        }
        uint64_t code = 0, data = 0;
        const std::vector<procfs_mapinfo> maps = proc::mappings(fd);
        for (const procfs_mapinfo& m : maps) {
            (m.flags & prot_exec ? code : data) +=
                m.flags & (prot_exec | prot_write) ? m.resident : 0;
        }
        if (p.pid == SYSMGR_PID) {
            proc::kernel_memory(code, data);
        }
        for (const procfs_status& t : p.threads) {
            std::printf("%8d %3d %-18s %3u%c %-11s %9s %5s %12s\n", p.pid, t.tid,
                        proc::display_name(p).c_str(), t.priority, proc::policy_letter(t.policy),
                        proc::state_name(t.state), kilobytes(code).c_str(), kilobytes(data).c_str(),
                        stack_text(maps, t).c_str());
        }
        for (const procfs_mapinfo& m : maps) {
            procfs_debuginfo file{};
            file.vaddr = m.vaddr;
            if (!(m.flags & prot_exec) ||
                devctl(fd, DCMD_PROC_MAPDEBUG, &file, sizeof file, nullptr) != 0) {
                continue;
            }
            const char* slash = std::strrchr(file.path, '/');
            const char* name = slash ? slash + 1 : file.path;
            if (proc::base_name(p) != name) {
                std::printf("             %-18s @%16" PRIx64 " %9s\n", name, m.vaddr,
                            kilobytes(m.size).c_str());
            }
        }
        close(fd);
    }
}

void descriptors(const std::vector<proc::Process>& list)
{
    const std::vector<proc::Process> everyone = proc::all(false);
    std::puts("     pid name");
    for (const proc::Process& p : list) {
        std::printf("%8d %s\n", p.pid, proc::display_name(p).c_str());
        struct _server_info server;
        for (int fd = 0;
             (fd = ConnectServerInfo(p.pid, fd, &server)) >= 0 && fd < _NTO_SIDE_CHANNEL; ++fd) {
            std::string name;
            for (const proc::Process& s : everyone) {
                name = s.pid == server.pid ? proc::base_name(s) : name;
            }
            std::printf("%8d %8d %4d %-16s %s\n", fd, server.pid, server.chid, name.c_str(),
                        path_of(p.pid, fd, server).c_str());
        }
    }
}

void timers(const std::vector<proc::Process>& list)
{
    std::puts(
        "     pid name                id     time left      interval clock flags    overruns");
    for (const proc::Process& p : list) {
        _timer_info timer{};
        for (int id = 0; (id = TimerInfo(p.pid, id, 0, &timer)) >= 0; ++id) {
            std::printf("%8d %-18s %3d %s %s %5d %08x %8u\n", p.pid, proc::display_name(p).c_str(),
                        id, clock_text(timer.itime.nsec).c_str(),
                        clock_text(timer.itime.interval_nsec).c_str(),
                        static_cast<int>(timer.clockid), timer.flags, timer.overruns);
        }
    }
}

void times(const std::vector<proc::Process>& list)
{
    std::puts("     pid name                start time              utime   stime  cutime  cstime");
    for (const proc::Process& p : list) {
        std::printf("%8d %-18s %s %7s %7s %7s %7s\n", p.pid, proc::display_name(p).c_str(),
                    date_text(p.info.start_time).c_str(), clock_text(p.info.utime).c_str(),
                    clock_text(p.info.stime).c_str(), clock_text(p.info.cutime).c_str(),
                    clock_text(p.info.cstime).c_str());
    }
}

// Another process' memory, as far as it is mapped: a read that touches a missing page gives nothing at all, so go page by page.
static size_t read_memory(int as_fd, uint64_t address, void* to, size_t n)
{
    constexpr uint64_t page = 4096;
    size_t done = 0;
    while (done < n) {
        const uint64_t at = address + done;
        const size_t piece = std::min<size_t>(n - done, page - at % page);
        const ssize_t got =
            pread(as_fd, static_cast<char*>(to) + done, piece, static_cast<off_t>(at));
        if (got <= 0) {
            break;
        }
        done += static_cast<size_t>(got);
    }
    return done;
}

// The environment as it was at the start: on the initial stack lie argc, argv[], 0, envp[], 0.
void environment(const std::vector<proc::Process>& list)
{
    constexpr size_t most = 512;
    std::puts("     pid name               Environment");
    for (const proc::Process& p : list) {
        std::printf("%8d %s\n", p.pid, proc::display_name(p).c_str());
        const int fd = proc::open_as(p.pid);
        uint64_t words[most];
        const bool known = fd >= 0 && p.info.initial_stack != 0;
        const size_t count =
            known ? read_memory(fd, p.info.initial_stack, words, sizeof words) / 8 : 0;
        for (size_t i = count ? words[0] + 2 : 0; i < count && words[i]; ++i) {
            char text[256] = "";
            if (read_memory(fd, words[i], text, sizeof text - 1) > 0) {
                std::printf("                            %s\n", text);
            }
        }
        if (fd >= 0) {
            close(fd);
        }
    }
}

void syspage()
{
    const struct syspage_entry& s = *_syspage_ptr;
    const struct qtime_entry* q = SYSPAGE_ENTRY(qtime);
    std::printf("Header size=0x%08x, Total Size=0x%08x, #Cpu=%u, Type=%u\n", s.size, s.total_size,
                s.num_cpu, s.type);
    std::printf("Section:qtime\n   boot:0x%08x CPS:%" PRIu64 " intr:%u\n", q->boot_time,
                q->cycles_per_sec, q->intr);
    std::puts("Section:asinfo");
    const struct asinfo_entry* as = SYSPAGE_ENTRY(asinfo);
    const char* strings = reinterpret_cast<const char*>(&s) + s.strings.entry_off;
    for (unsigned i = 0; i < SYSPAGE_ENTRY_SIZE(asinfo) / sizeof *as; ++i) {
        std::printf("   %016" PRIx64 "-%016" PRIx64 " o:%u a:%04x %s\n", as[i].start, as[i].end,
                    as[i].owner, as[i].attr, strings + as[i].name);
    }
    std::puts("Section:cpuinfo");
    const struct cpuinfo_entry* cpu = SYSPAGE_ENTRY(cpuinfo);
    for (unsigned i = 0; i < s.num_cpu; ++i) {
        std::printf("   %u) cpu:%08x flags:%08x speed:%08xMHz apic:%u %s\n", i, cpu[i].cpu,
                    cpu[i].flags, cpu[i].speed_mhz, cpu[i].apic_id, strings + cpu[i].name);
    }
    const struct pciinfo_entry* pci = SYSPAGE_ENTRY(pciinfo);
    for (unsigned i = 0; i < SYSPAGE_ENTRY_SIZE(pciinfo) / sizeof *pci; ++i) {
        std::printf("Section:pciinfo\n   ecam:%016" PRIx64 " buses:%u-%u\n", pci[i].ecam,
                    pci[i].bus_start, pci[i].bus_end);
    }
}

} // namespace pidin
