// SPDX-License-Identifier: Apache-2.0
// devc-ser8250: serial driver for 8250/16550 UARTs, as /dev/serN.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <unistd.h>

#include <abi/usage.h>

#include "uart.hpp"

QNX_USAGE("%C - serial driver for 8250 and 16550 UARTs\n\n"
          "%C [options] [port[,irq]] &\n"
          " -b baud    speed (default 115200)\n"
          " -c clock   clock of the UART in Hz (default 1843200)\n"
          " -E         raw mode (default)\n"
          " -e         edited mode: line editing, echo, signals\n"
          " -u unit    number in /dev/serN (default 1)\n"
          " port,irq   in hex and decimal (default 3f8,4)\n")

namespace {

using ser8250::Options;
using ser8250::Uart;

constexpr int interrupt_priority = 24;

struct Line {
    Uart* uart;
    int irq;
    int id; // of InterruptAttachEvent
};

int on_interrupt(message_context_t*, int, unsigned, void* handle)
{
    const Line& line = *static_cast<Line*>(handle);
    line.uart->interrupt();
    InterruptUnmask(line.irq, line.id);
    // The line is edge triggered: a cause that came between the last look and the unmask would make no new edge.
    line.uart->interrupt();
    return 0;
}

bool parse(int argc, char* argv[], Options& options)
{
    for (int c; (c = getopt(argc, argv, "b:c:Eeu:")) != -1;) {
        switch (c) {
        case 'b':
            options.baud = static_cast<unsigned>(std::strtoul(optarg, nullptr, 0));
            break;
        case 'c':
            options.clock = static_cast<unsigned>(std::strtoul(optarg, nullptr, 0));
            break;
        case 'E':
            options.edited = false;
            break;
        case 'e':
            options.edited = true;
            break;
        case 'u':
            options.unit = static_cast<unsigned>(std::strtoul(optarg, nullptr, 10));
            break;
        default:
            return false;
        }
    }
    if (optind < argc) {
        char* end = nullptr;
        options.port = static_cast<uint16_t>(std::strtoul(argv[optind], &end, 16));
        if (*end == ',') {
            options.irq = static_cast<int>(std::strtol(end + 1, &end, 10));
        }
        if (*end != '\0') {
            std::fprintf(stderr, "devc-ser8250: bad port: %s\n", argv[optind]);
            return false;
        }
    }
    return options.baud != 0;
}

int fail(const char* what, int error)
{
    std::fprintf(stderr, "devc-ser8250: %s: %s\n", what, std::strerror(error));
    return EXIT_FAILURE;
}

int run(const Options& options)
{
    static Uart uart(options);
    if (ThreadCtl(_NTO_TCTL_IO, nullptr) == -1) {
        return fail("no I/O privilege", errno);
    }
    if (!uart.present()) {
        return fail("no UART at the port", ENODEV);
    }
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch) {
        return fail("dispatch_create", errno);
    }
    char path[32];
    std::snprintf(path, sizeof path, "/dev/ser%u", options.unit);
    if (const int error = uart.attach(dispatch, path); error != EOK) {
        return fail(path, error);
    }
    static Line line{&uart, options.irq, -1};
    const int code = pulse_attach(dispatch, MSG_FLAG_ALLOC_PULSE, 0, on_interrupt, &line);
    const int coid = message_connect(dispatch, MSG_FLAG_SIDE_CHANNEL);
    if (code == -1 || coid == -1) {
        return fail("pulse", errno);
    }
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, coid, interrupt_priority, code, 0);
    line.id = InterruptAttachEvent(options.irq, &event, _NTO_INTR_FLAGS_TRK_MSK);
    if (line.id == -1) {
        return fail("interrupt", errno);
    }
    uart.initialise();
    dispatch_context_t* context = dispatch_context_alloc(dispatch);
    if (!context) {
        return fail("dispatch_context_alloc", errno);
    }
    for (;;) {
        dispatch_context_t* got = dispatch_block(context);
        if (!got) {
            return fail("dispatch_block", errno);
        }
        context = got;
        dispatch_handler(context);
    }
}
} // namespace

int main(int argc, char* argv[])
{
    Options options;
    if (!parse(argc, argv, options)) {
        return EXIT_FAILURE;
    }
    return run(options);
}
