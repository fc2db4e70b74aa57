// SPDX-License-Identifier: Apache-2.0
// wc: counts lines, words and bytes.
#include <cctype>
#include <fcntl.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - count lines, words and bytes\n\n%C [-clw] [file...]\n")

namespace {

struct Counts {
    unsigned long lines = 0, words = 0, bytes = 0;
};

int count(int fd, const char* name, Counts& total)
{
    static char buffer[16384];
    bool inside = false;
    for (;;) {
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n == 0) {
            return 0;
        }
        if (n < 0) {
            return util::complain(name);
        }
        total.bytes += static_cast<unsigned long>(n);
        for (ssize_t i = 0; i < n; ++i) {
            total.lines += buffer[i] == '\n';
            const bool space = std::isspace(static_cast<unsigned char>(buffer[i]));
            total.words += !space && !inside;
            inside = !space;
        }
    }
}

struct Wanted {
    bool lines = false, words = false, bytes = false;
};

void print(const Counts& c, const Wanted& w, const char* name)
{
    const char* gap = "";
    const struct {
        bool wanted;
        unsigned long value;
    } columns[] = {{w.lines, c.lines}, {w.words, c.words}, {w.bytes, c.bytes}};
    const bool alone = (w.lines + w.words + w.bytes) == 1;
    for (const auto& column : columns) {
        if (column.wanted) {
            std::printf(alone ? "%s%lu" : "%s%7lu", gap, column.value);
            gap = " ";
        }
    }
    std::printf("%s%s\n", *name ? " " : "", name);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Wanted w;
    for (int c; (c = getopt(argc, argv, "clw")) != -1;) {
        switch (c) {
        case 'c':
            w.bytes = true;
            break;
        case 'l':
            w.lines = true;
            break;
        case 'w':
            w.words = true;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    if (!w.lines && !w.words && !w.bytes) {
        w.lines = w.words = w.bytes = true;
    }
    Counts total;
    int status = 0;
    if (optind == argc) {
        status = count(STDIN_FILENO, "standard input", total);
        print(total, w, "");
    }
    for (int i = optind; i < argc; ++i) {
        Counts one;
        const int fd = open(argv[i], O_RDONLY);
        if (fd < 0 || count(fd, argv[i], one) != 0) {
            status = fd < 0 ? util::complain(argv[i]) : 1;
        } else {
            print(one, w, argv[i]);
        }
        if (fd >= 0) {
            close(fd);
        }
        total.lines += one.lines;
        total.words += one.words;
        total.bytes += one.bytes;
    }
    if (argc - optind > 1) {
        print(total, w, "total");
    }
    return util::finish(status);
}
