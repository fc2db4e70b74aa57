// SPDX-License-Identifier: Apache-2.0
// slog2info: prints the records slogger2 keeps.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

#include <abi/usage.h>

#include "record.hpp"

QNX_USAGE("%C - show the system log\n\n"
          "%C [-cnsw] [-b SET]\n"
          " -b SET  only records of this buffer set (SET or SET.PID)\n"
          " -c      forget every record, after showing nothing\n"
          " -n      no time\n"
          " -s      severity as a number in front of the text\n"
          " -w      wait for further records\n")

namespace {

struct Options {
    const char* set = nullptr;
    bool clear = false, no_time = false, severity = false, wait = false;
};

bool wanted(const slog::Record& record, const Options& options)
{
    if (!options.set)
        return true;
    char with_pid[slog::name_max + 16];
    std::snprintf(with_pid, sizeof with_pid, "%s.%d", record.set, record.pid);
    return std::strcmp(options.set, record.set) == 0 || std::strcmp(options.set, with_pid) == 0;
}

void print(const slog::Record& record, const char* text, const Options& options)
{
    if (!options.no_time) {
        const time_t seconds = static_cast<time_t>(record.time_ns / 1000000000u);
        char when[32];
        tm parts;
        std::strftime(when, sizeof when, "%b %d %H:%M:%S", gmtime_r(&seconds, &parts));
        std::printf("%s.%03u ", when, static_cast<unsigned>(record.time_ns / 1000000u % 1000u));
    }
    char source[slog::name_max + 16];
    std::snprintf(source, sizeof source, "%s.%d", record.set, record.pid);
    std::printf("%28s %16s %5u  ", source, record.buffer, record.code);
    if (options.severity)
        std::printf("%u  ", record.severity);
    std::printf("%.*s\n", static_cast<int>(record.text_len), text);
}

/// Every record in `data`; false when it is not made of whole records.
bool print_all(const char* data, size_t size, const Options& options)
{
    while (size > 0) {
        slog::Record record;
        if (size < sizeof record)
            return false;
        std::memcpy(&record, data, sizeof record);
        if (record.text_len > size - sizeof record)
            return false;
        if (wanted(record, options))
            print(record, data + sizeof record, options);
        data += sizeof record + record.text_len;
        size -= sizeof record + record.text_len;
    }
    std::fflush(stdout);
    return true;
}

int fail(const char* what)
{
    std::fprintf(stderr, "slog2info: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

int show(const Options& options)
{
    const int fd = open(slog::path, O_RDONLY | (options.wait ? 0 : O_NONBLOCK));
    if (fd == -1)
        return fail("/dev/slog (is slogger2 running?)");
    if (options.clear) {
        const int error = devctl(fd, slog::clear_command, nullptr, 0, nullptr);
        errno = error;
        return error == EOK ? EXIT_SUCCESS : fail("clear");
    }
    static char data[16 * 1024];
    for (;;) {
        const ssize_t n = read(fd, data, sizeof data);
        if (n == -1)
            return fail("read");
        if (n == 0)
            return EXIT_SUCCESS;
        if (!print_all(data, static_cast<size_t>(n), options)) {
            std::fprintf(stderr, "slog2info: slogger2 answered with a broken record\n");
            return EXIT_FAILURE;
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    for (int c; (c = getopt(argc, argv, "b:cnsw")) != -1;) {
        switch (c) {
        case 'b':
            options.set = optarg;
            break;
        case 'c':
            options.clear = true;
            break;
        case 'n':
            options.no_time = true;
            break;
        case 's':
            options.severity = true;
            break;
        case 'w':
            options.wait = true;
            break;
        default:
            std::fprintf(stderr, "see: use slog2info\n");
            return EXIT_FAILURE;
        }
    }
    return show(options);
}
