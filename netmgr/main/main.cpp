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
#include "main/command_line.hpp"
#include "main/variant.hpp"
#include "resmgr/server.hpp"

QNX_USAGE("%C - network manager, IPv4 variant\n\n"
          "%C [-ISv] [-d driver [options]] [-i instance] [-P priority] [-p protocol [options]] [-t "
          "threads]\n"
          " -d driver [options]    start a driver: e1000, virtio, or a path; options separated by "
          "commas.\n"
          "                        For every driver: name=prefix and unit=number of the interface\n"
          " -I                     do not acquire I/O privilege\n"
          " -i instance            serve mounts of type io-pktN\n"
          " -P priority            of the main thread (21)\n"
          " -p tcpip options       options of the stack, separated by commas:\n"
          "      prefix=/path          put /dev/socket below /path (clients: SOCK=/path)\n"
          "      forward               forward IPv4 packets between interfaces\n"
          "      pagesize=N            bytes the packet pools grow by (131072)\n"
          "      reuseport_unicast     unicast UDP to every SO_REUSEPORT socket\n"
          "      rx_prio=N, rx_pulse_prio=N   priority of receive work (21)\n"
          "      so_txprio_enable      allow SO_TXPRIO\n"
          "      somaxconn=N           longest listen queue (128)\n"
          "      threads_min=N, threads_incr=N, threads_max=N   blocked operations (15, 25, 200)\n"
          "      timer_pulse_prio=N    priority of timer work (21)\n"
          " -S                     do not catch SIGSEGV to stop the hardware\n"
          " -t threads             worker threads (one per CPU)\n"
          " -v                     log to the standard error too\n")

namespace netmgr {

namespace {

constexpr int busy_tries = 10;
constexpr unsigned busy_pause_us = 100000;

NtoPlatform platform;
Server server;
CommandLine command_line;

[[noreturn]] void die(const char* what, int err)
{
    fprintf(stderr, "io-pkt: %s: %s\n", what, strerror(err));
    exit(EXIT_FAILURE);
}

Stack& make_stack()
{
    int err = 0;
    Stack* stack = Stack::create(platform, command_line.stack, variant_components(), &err);
    if (stack == nullptr)
        die("stack", err);
    return *stack;
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
    if (!parse_command_line(argc, argv, command_line))
        return EXIT_FAILURE;
    log_start(variant_name());
    pthread_setschedprio(
        pthread_self(), command_line.runtime.main_priority); // threads made from here on inherit it
    signals_prepare(command_line.catch_fault);
    // Ports and interrupt handlers of drivers need it; without (-I) they have to work with events and memory.
    if (command_line.io_privilege && ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
        die("I/O privilege", errno);
    if (int err = runtime.create(command_line.runtime))
        die("channel", err);
    platform.start();
    Stack& stack = make_stack();
    if (int err = runtime.start_timers(stack))
        die("timer", err);
    {
        StackEntry entry(runtime.context());
        autoconf_start(stack);
        start_drivers();
        if (int err = server.start(runtime, command_line.server))
            die("/dev/socket", err);
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
