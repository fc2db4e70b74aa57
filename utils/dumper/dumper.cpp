// SPDX-License-Identifier: Apache-2.0
// dumper: writes a core file and a report of every process that crashes, or of one that is named.
#include <abi/proc_msg.h>
#include <abi/usage.h>

#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_file.hpp"
#include "lib/proc.hpp"

QNX_USAGE("%C - write core files of crashed processes\n\n%C [-d dir] [-n] [-v] &\n"
          "%C [-d dir] [-n] -p pid\n"
          " -d dir   where the files go (/var/dumps)\n"
          " -n       number the files instead of overwriting: name.1.core, name.2.core ...\n"
          " -p pid   dump this process now; it runs on\n"
          " -v       say what was written\n"
          "For a process `name`: name.core (ELF, for gdb) and name.txt (registers, backtraces, "
          "mappings).\nA process with RLIMIT_CORE 0 is not dumped.\n")

namespace {

struct Options {
    std::string folder = "/var/dumps";
    bool numbered = false, verbose = false;
    pid_t pid = 0;
};

bool read_thread(int as, const procfs_status& status, dumper::Thread& out)
{
    int32_t tid = status.tid;
    out.status = status;
    return devctl(as, DCMD_PROC_CURTHREAD, &tid, sizeof tid, nullptr) == EOK &&
           devctl(as, DCMD_PROC_GETGREG, &out.registers, sizeof out.registers, nullptr) == EOK &&
           devctl(as, DCMD_PROC_GETFPREG, &out.floats, sizeof out.floats, nullptr) == EOK;
}

void read_mappings(dumper::Crash& crash)
{
    for (const procfs_mapinfo& info : proc::mappings(crash.as)) {
        procfs_debuginfo name{};
        name.vaddr = info.vaddr;
        dumper::Mapping mapping;
        mapping.info = info;
        if (devctl(crash.as, DCMD_PROC_MAPDEBUG, &name, sizeof name, nullptr) == EOK)
            mapping.name = name.path;
        if ((info.flags & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0)
            crash.mappings.push_back(mapping);
    }
}

// Everything about a process that stands still.
bool look_at(dumper::Crash& crash)
{
    proc::Process process;
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/as", crash.pid);
    crash.as = open(path, O_RDWR);
    procfs_status stopped{};
    if (crash.as == -1 ||
        devctl(crash.as, DCMD_PROC_STOP, &stopped, sizeof stopped, nullptr) != EOK ||
        !proc::read(crash.pid, process))
        return false;
    crash.info = process.info;
    crash.path = process.path;
    crash.arguments = proc::arguments(crash.pid);
    crash.tid = crash.tid == 0 ? stopped.tid : crash.tid;
    for (const procfs_status& status : process.threads) {
        dumper::Thread thread;
        if (!read_thread(crash.as, status, thread))
            continue;
        const bool first = status.tid == crash.tid;
        crash.threads.insert(first ? crash.threads.begin() : crash.threads.end(), thread);
    }
    read_mappings(crash);
    return !crash.threads.empty();
}

std::string file_name(const Options& options, const dumper::Crash& crash)
{
    const size_t slash = crash.path.rfind('/');
    const std::string base =
        options.folder + "/" +
        (slash == std::string::npos ? crash.path : crash.path.substr(slash + 1));
    struct stat info;
    for (int i = 1; options.numbered && i < 10000; ++i) {
        const std::string name = base + "." + std::to_string(i);
        if (stat((name + ".core").c_str(), &info) == -1)
            return name;
    }
    return base;
}

bool dump(const Options& options, dumper::Crash& crash)
{
    bool good = look_at(crash);
    if (good) {
        const std::string name = file_name(options, crash);
        good = dumper::write_report(crash, name + ".txt");
        good = dumper::write_core(crash, name + ".core") && good;
        if (!good)
            unlink((name + ".core").c_str());
        if (options.verbose || !good)
            fprintf(stderr, "dumper: pid %d %s: %s%s\n", crash.pid, crash.path.c_str(),
                    good ? "written to " : "cannot write ", (name + ".core").c_str());
    }
    if (crash.as != -1 && options.pid != 0) {
        procfs_run run{};
        devctl(crash.as, DCMD_PROC_RUN, &run, sizeof run, nullptr);
    }
    if (crash.as != -1)
        close(crash.as);
    return good;
}

long ask(int op, proc_dump& message)
{
    message.type = PROC_DUMP;
    message.subtype = static_cast<uint16_t>(op);
    return MsgSend_r(SYSMGR_COID, &message, sizeof message, &message, sizeof message);
}

int serve(const Options& options)
{
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    struct sigevent event {};
    SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, _PULSE_CODE_MINAVAIL, 0);
    proc_dump message{};
    static_assert(sizeof message.event == sizeof event);
    memcpy(&message.event, &event, sizeof event);
    const long error = chid == -1 || coid == -1 ? -errno : ask(PROC_DUMP_REGISTER, message);
    if (error < 0) {
        fprintf(stderr, "dumper: %s\n", strerror(static_cast<int>(-error)));
        return 1;
    }
    mkdir(options.folder.c_str(), 0755); // after this, it is known that crashes are dumped
    for (;;) {
        struct _pulse pulse {};
        if (MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) != 0)
            continue;
        proc_dump query{};
        query.pid = pulse.value.sival_int;
        if (ask(PROC_DUMP_QUERY, query) < 0)
            continue;
        dumper::Crash crash;
        crash.pid = query.pid;
        crash.tid = query.tid;
        crash.signo = query.signo;
        query.written = dump(options, crash);
        ask(PROC_DUMP_DONE, query);
    }
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    for (int c; (c = getopt(argc, argv, "d:np:v")) != -1;) {
        switch (c) {
        case 'd':
            options.folder = optarg;
            break;
        case 'n':
            options.numbered = true;
            break;
        case 'p':
            options.pid = atoi(optarg);
            break;
        case 'v':
            options.verbose = true;
            break;
        default:
            return 1;
        }
    }
    if (options.pid == 0)
        return serve(options);
    mkdir(options.folder.c_str(), 0755);
    dumper::Crash crash;
    crash.pid = options.pid;
    return dump(options, crash) ? 0 : 1;
}
