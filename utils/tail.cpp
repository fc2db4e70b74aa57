// SPDX-License-Identifier: Apache-2.0
// tail: the last lines of files; with -f also what comes later.
#include <string>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE(
    "%C - print the last lines\n\n%C [-f] [-n lines | -lines | -c bytes] [file]\n -f  go on as the "
    "file grows\n -n +N or -c +N  begin at that line or byte instead\n")

namespace {

int tail(FILE* file, size_t lines)
{
    std::vector<std::string> ring;
    size_t next = 0;
    char* line = nullptr;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, file)) > 0;) {
        if (ring.size() < lines) {
            ring.emplace_back(line, static_cast<size_t>(n));
        } else if (lines) {
            ring[next].assign(line, static_cast<size_t>(n));
            next = (next + 1) % lines;
        }
    }
    std::free(line);
    for (size_t i = 0; i < ring.size(); ++i) {
        const std::string& text = ring[(next + i) % ring.size()];
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return std::ferror(file) ? util::complain("read") : 0;
}

// From a line or byte on, counted from 1.
int tail_from(FILE* file, long first, bool bytes)
{
    long at = 1;
    for (int c; (c = std::getc(file)) != EOF;) {
        if (at >= first) {
            std::putchar(c);
        }
        at += bytes || c == '\n';
    }
    return std::ferror(file) ? util::complain("read") : 0;
}

int tail_bytes(FILE* file, size_t wanted)
{
    std::string text;
    for (int c; (c = std::getc(file)) != EOF;) {
        text += static_cast<char>(c);
        if (text.size() > 2 * wanted + 4096) {
            text.erase(0, text.size() - wanted);
        }
    }
    const size_t skip = text.size() > wanted ? text.size() - wanted : 0;
    std::fwrite(text.data() + skip, 1, text.size() - skip, stdout);
    return std::ferror(file) ? util::complain("read") : 0;
}

void follow(FILE* file)
{
    for (;;) {
        std::fflush(stdout);
        std::clearerr(file);
        int c;
        while ((c = std::getc(file)) != EOF) {
            std::putchar(c);
        }
        std::fflush(stdout);
        usleep(200000);
    }
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    long lines = 10;
    bool go_on = false, bytes = false, from = false;
    int i = 1;
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; ++i) {
        const char* text = argv[i] + 1;
        if (std::strcmp(text, "f") == 0) {
            go_on = true;
            continue;
        }
        from = argv[i][0] == '+';
        if (*text == 'n' || *text == 'c') {
            bytes = *text == 'c';
            text = text[1] ? text + 1 : ++i < argc ? argv[i] : "";
            from = *text == '+';
            text += *text == '+' || *text == '-';
        }
        if (!util::number(text, lines, 10) || lines < 0) {
            return util::say("bad number of lines");
        }
    }
    FILE* file = i < argc ? std::fopen(argv[i], "r") : stdin;
    if (!file) {
        return util::complain(argv[i]);
    }
    const int status = from    ? tail_from(file, lines, bytes)
                       : bytes ? tail_bytes(file, static_cast<size_t>(lines))
                               : tail(file, static_cast<size_t>(lines));
    if (go_on) {
        follow(file);
    }
    return util::finish(status);
}
