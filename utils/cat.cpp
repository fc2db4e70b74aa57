// SPDX-License-Identifier: Apache-2.0
// cat: copies files to standard output.
#include <fcntl.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - concatenate and print files\n\n%C [-nu] [file...]\n -n  number the lines\n -u  do "
          "not buffer (always so)\n - or no file: standard input\n")

namespace {

bool write_out(const char* data, size_t n)
{
    while (n > 0) {
        const ssize_t done = write(STDOUT_FILENO, data, n);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        data += done > 0 ? done : 0;
        n -= done > 0 ? static_cast<size_t>(done) : 0;
    }
    return true;
}

bool write_numbered(const char* data, size_t n)
{
    static bool at_start = true;
    static unsigned line = 0;
    for (size_t i = 0; i < n; ++i) {
        if (at_start) {
            std::printf("%6u\t", ++line);
        }
        at_start = data[i] == '\n';
        std::putchar(data[i]);
    }
    return !std::ferror(stdout);
}

int copy(int fd, const char* name, bool number)
{
    static char buffer[16384];
    for (;;) {
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n == 0) {
            return 0;
        }
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return util::complain(name);
        }
        const size_t size = static_cast<size_t>(n);
        if (!(number ? write_numbered(buffer, size) : write_out(buffer, size))) {
            util::complain("standard output");
            std::exit(EXIT_FAILURE);
        }
    }
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool number = false;
    for (int c; (c = getopt(argc, argv, "nu")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
        number = number || c == 'n';
    }
    int status = optind == argc ? copy(STDIN_FILENO, "standard input", number) : 0;
    for (int i = optind; i < argc; ++i) {
        if (std::strcmp(argv[i], "-") == 0) {
            status |= copy(STDIN_FILENO, "standard input", number);
            continue;
        }
        const int fd = open(argv[i], O_RDONLY);
        if (fd < 0) {
            status = util::complain(argv[i]);
            continue;
        }
        status |= copy(fd, argv[i], number);
        close(fd);
    }
    return util::finish(status);
}
