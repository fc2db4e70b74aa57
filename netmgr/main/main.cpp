// SPDX-License-Identifier: Apache-2.0
// io-pkt: start-up in the documented order, then the main thread waits for signals.
#include <abi/usage.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "drv/autoconf.hpp"
#include "drv/blockop.hpp"
#include "drv/log.hpp"
#include "drv/module.hpp"
#include "drv/nto_platform.hpp"
#include "drv/runtime.hpp"
#include "drv/watchdog.hpp"
#include "main/command_line.hpp"
#include "main/variant.hpp"
#include "resmgr/server.hpp"

QNX_USAGE(
    "%C - network manager\n\n"
    "%C [-DISv] [-d driver [options]] [-i instance] [-P priority] [-p protocol [options]]\n"
    "   [-q interval] [-r priority] [-t threads] [-U string] [-u string] [-w interval]\n"
    " -D                     the stack context has a thread of its own\n"
    " -d driver [options]    start a driver: e1000, virtio, or a path; options separated by "
    "commas.\n"
    "                        For every driver: name=prefix and unit=number of the interface\n"
    " -I                     do not acquire I/O privilege\n"
    " -i instance            serve mounts of type io-pktN (0-255)\n"
    " -P priority            of the main thread (21)\n"
    " -p protocol [options]  tcpip, or a module: X stands for lsm-X.so. Options of tcpip:\n"
    "      bigpage_strict        pagesize is for all pools, not only packets\n"
    "      bigstack[=N]          a larger stack to load drivers on (131072)\n"
    "      cache=0               no caches of packet buffers\n"
    "      confstr_monitor       follow changes of the host's name\n"
    "      fastforward=0|1       the fast path for forwarded packets (1 with forward)\n"
    "      forward               forward IPv4 packets between interfaces\n"
    "      forward6              forward IPv6 packets (io-pkt-v6-hc)\n"
    "      ipid_reserved=N       IPv4 identifiers below N are not used; a power of 2, 2-32768\n"
    "      mbuf_cache=N          free mbufs a thread keeps (128)\n"
    "      mclbytes=N            bytes of a cluster, 2048 to pagesize or 65536 (2048)\n"
    "      mfib_gid_map=G_F[;...]  sockets of group G use forwarding table F (0-15)\n"
    "      mtag_cache=N          free packet tags a thread keeps (128)\n"
    "      num_pool_cache=N      caches of each packet pool, 1-20 (1)\n"
    "      num_tap_interface=N   most TAP interfaces (5)\n"
    "      num_tun_control_interface=N   /dev/tunN nodes (4)\n"
    "      pagesize=N            bytes the packet pools grow by, 4096-16777216 (131072)\n"
    "      pkt_cache=N           free mbufs with a cluster a thread keeps (128)\n"
    "      pkt_typed_mem=object  packet memory comes from this typed memory\n"
    "      prefix=/path          put /dev/socket below /path (clients: SOCK=/path)\n"
    "      recv_ctxt=N           bytes taken with a client's message, from 2048 (65536)\n"
    "      reply_ctxt=N          parts of one answer, from 32 (90)\n"
    "      reuseport_unicast     unicast UDP to every SO_REUSEPORT socket\n"
    "      rx_prio=N, rx_pulse_prio=N   priority of receive work (21)\n"
    "      smmu=0|1|off|on       is an SMMU manager required? (off)\n"
    "      so_txprio_enable      allow SO_TXPRIO\n"
    "      somaxconn=N           longest listen queue, from 128 (128)\n"
    "      stackguard            a guard page below the stack drivers are loaded on\n"
    "      stacksize=N           bytes of that stack (8192)\n"
    "      strict_ts             BPF's times never go back (and count milliseconds)\n"
    "      threads_min=N, threads_incr=N, threads_max=N   blocked operations (15, 25, 200)\n"
    "      timer_pulse_prio=N    priority of timer work (21)\n"
    " -q interval            panic when a quiesce_all() lasts 1-5 seconds\n"
    " -r priority            of the watchdog thread (22)\n"
    " -S                     do not catch SIGSEGV to stop the hardware\n"
    " -t threads             packet-processing threads, 1-64 (one per CPU)\n"
    " -U string              whom to become with sysctl -w qnx.kern.droproot=0xMASK:\n"
    "                        uid[:gid[,gid...]] or user[,gid...] (99:99,120)\n"
    " -u type,uid:gid,mode   owner and mode of nodes; type: all, socket, bpf, tun, tap\n"
    " -v                     log to the standard error too\n"
    " -w interval            panic when the stack does nothing for 1-5 seconds\n")

namespace netmgr {

namespace {

constexpr int busy_tries = 50; // a dying process takes seconds on a busy machine
constexpr unsigned busy_pause_us = 100000;

NtoPlatform platform;
Server server;
CommandLine command_line;

[[noreturn]] void die(const char* what, int err)
{
    fprintf(stderr, "%s: %s: %s\n", variant_name(), what, strerror(err));
    exit(EXIT_FAILURE);
}

[[noreturn]] void die_naming(const char* what, const char* value, int err)
{
    fprintf(stderr, "%s: %s %s: %s\n", variant_name(), what, value, strerror(err));
    exit(EXIT_FAILURE);
}

// What the options ask of the machine.
void prepare_memory()
{
    if (command_line.bad_smmu != nullptr)
        log(LOG_ERR, "smmu=%s: want 0, 1, off or on; SMMU support is disabled",
            command_line.bad_smmu);
    if (command_line.smmu_required) {
        fprintf(stderr, "%s: smmu: there is no SMMU manager (smmuman)\n", variant_name());
        exit(EXIT_FAILURE);
    }
    if (command_line.typed_memory == nullptr)
        return;
    if (int err = platform.use_typed_memory(command_line.typed_memory))
        die_naming("pkt_typed_mem", command_line.typed_memory, err);
}

Stack& make_stack()
{
    int err = 0;
    Stack* stack = Stack::create(platform, command_line.stack, variant_components(), &err);
    if (stack == nullptr)
        die("stack", err);
    return *stack;
}

// A protocol's module that does not start is an error of the command line.
void start_protocols()
{
    for (unsigned i = 0; i < command_line.module_count; i++) {
        const DriverSpec& m = command_line.modules[i];
        char file[max_module_name + 16];
        snprintf(file, sizeof file, "lsm-%s.so", m.name);
        if (int err = load_module(file, m.options))
            die_naming("-p", m.name, err);
    }
}

void start_drivers()
{
    // A driver without hardware, or with a wrong option, does not keep the stack from running; mount can be tried later.
    for (unsigned i = 0; i < command_line.driver_count; i++) {
        const DriverSpec& d = command_line.drivers[i];
        int err = load_module(d.name, d.options);
        // After a kill -9 the last io-pkt's cards come free a moment later than its paths.
        for (int tries = 0; err == EBUSY && tries < busy_tries; tries++) {
            usleep(busy_pause_us);
            err = load_module(d.name, d.options);
        }
        if (err != 0)
            log(LOG_ERR, "driver %s: %s", d.name, strerror(err));
    }
}

// Whoever started us may go on now: drivers are attached and /dev/socket is there. Descriptors stay (the logger's, /dev/random),
// except that the terminal is given up.
void go_to_background()
{
    if (!command_line.verbose) {
        log_detach_console();
        int null = open("/dev/null", O_RDWR);
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && null > STDERR_FILENO; fd++)
            dup2(null, fd);
        if (null > STDERR_FILENO)
            close(null);
    }
    if (procmgr_daemon(EXIT_SUCCESS, PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE |
                                         PROCMGR_DAEMON_NODEVNULL) == -1)
        log(LOG_WARNING, "procmgr_daemon: %s", strerror(errno));
}

int run(int argc, char** argv)
{
    log_set_name(variant_name());
    if (!parse_command_line(argc, argv, command_line))
        return EXIT_FAILURE;
    log_start(variant_name());
    // Threads made from here on inherit it, but set their own.
    if (int err = pthread_setschedprio(pthread_self(), command_line.runtime.main_priority))
        die("-P", err);
    signals_prepare(command_line.catch_fault);
    // Ports and interrupt handlers of drivers need it; without (-I) they have to work with events and memory.
    if (command_line.io_privilege && ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
        die("I/O privilege", errno);
    if (int err = runtime.create(command_line.runtime))
        die("channel", err);
    platform.start();
    prepare_memory();
    Stack& stack = make_stack();
    if (int err = runtime.start_timers(stack))
        die("timer", err);
    {
        StackEntry entry(runtime.context());
        if (int err = set_load_stack(stack, command_line.load_stack))
            die("load stack", err);
        autoconf_start(stack);
        start_protocols();
        start_drivers();
        if (int err = server.start(runtime, command_line.server))
            die("/dev/socket", err);
        if (int err = start_watchdog(stack, command_line.runtime))
            die("watchdog", err);
    }
    if (int err = runtime.start_workers(server))
        die("worker threads", err);
    log(LOG_INFO, "%s: %u worker threads, %u drivers asked for, prefix \"%s\"", variant_name(),
        runtime.worker_count(), command_line.driver_count, command_line.server.prefix);
    go_to_background();
    main_thread_loop();
}

} // namespace

} // namespace netmgr

int main(int argc, char** argv)
{
    return netmgr::run(argc, argv);
}
