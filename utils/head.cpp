// SPDX-License-Identifier: Apache-2.0
// head: the first lines of files.
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print the first lines\n\n%C [-n lines | -lines] [file...]\n")

namespace {

int head(FILE* file, long lines)
{
    int c;
    while (lines > 0 && (c = std::getc(file)) != EOF) {
        std::putchar(c);
        lines -= c == '\n';
    }
    return std::ferror(file) ? util::complain("read") : 0;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    long lines = 10;
    int i = 1;
    if (i < argc && argv[i][0] == '-' && argv[i][1]) {
        const char* text = argv[i] + 1;
        if (*text == 'n') {
            text = text[1] ? text + 1 : ++i < argc ? argv[i] : "";
        }
        if (!util::number(text, lines, 10) || lines < 0) {
            return util::say("bad number of lines");
        }
        ++i;
    }
    if (i >= argc) {
        return util::finish(head(stdin, lines));
    }
    int status = 0;
    const bool titles = argc - i > 1;
    for (const char* gap = ""; i < argc; ++i, gap = "\n") {
        FILE* file = std::fopen(argv[i], "r");
        if (!file) {
            status = util::complain(argv[i]);
            continue;
        }
        if (titles) {
            std::printf("%s==> %s <==\n", gap, argv[i]);
        }
        status |= head(file, lines);
        std::fclose(file);
    }
    return util::finish(status);
}
