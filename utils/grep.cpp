// SPDX-License-Identifier: Apache-2.0
// grep: lines that match a regular expression.
#include <regex.h>
#include <string>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print lines that match\n\n%C [-cEFhHilnqsvx] [-e] pattern [file...]\n"
          " -c  only count             -l  only names of files\n"
          " -E  extended expressions   -n  line numbers\n"
          " -F  plain text             -q  only the exit status\n"
          " -h  no file names          -s  no complaints about files\n"
          " -H  always file names      -v  lines that do not match\n"
          " -i  ignore case            -x  whole lines\n"
          "Exit status 0: found, 1: not found, 2: an error.\n")

namespace {

struct Options {
    bool count = false, extended = false, fixed = false, names = false, number = false,
         quiet = false, silent = false, invert = false, whole = false, ignore_case = false;
    int titles = -1; // unset, 0, 1
} options;

std::string escape(const char* text)
{
    std::string out;
    for (; *text; ++text) {
        if (std::strchr(".[]*^$\\", *text)) {
            out += '\\';
        }
        out += *text;
    }
    return out;
}

// The number of lines selected, or -1.
long search(FILE* file, const char* name, const regex_t& pattern)
{
    char* line = nullptr;
    size_t room = 0;
    long hits = 0, number = 0;
    for (ssize_t n; (n = getline(&line, &room, file)) > 0;) {
        ++number;
        if (line[n - 1] == '\n') {
            line[n - 1] = '\0';
        }
        regmatch_t where;
        bool match = regexec(&pattern, line, 1, &where, 0) == 0;
        match = match && (!options.whole || (where.rm_so == 0 && line[where.rm_eo] == '\0'));
        if (match == options.invert) {
            continue;
        }
        ++hits;
        if (options.quiet || options.names) {
            break;
        }
        if (!options.count) {
            if (options.titles > 0) {
                std::printf("%s:", name);
            }
            if (options.number) {
                std::printf("%ld:", number);
            }
            std::puts(line);
        }
    }
    std::free(line);
    if (std::ferror(file)) {
        if (!options.silent) {
            util::complain(name);
        }
        return -1;
    }
    if (options.count && !options.quiet) {
        options.titles > 0 ? std::printf("%s:%ld\n", name, hits) : std::printf("%ld\n", hits);
    } else if (options.names && hits && !options.quiet) {
        std::puts(name);
    }
    return hits;
}

bool parse(int argc, char* argv[], const char*& pattern)
{
    for (int c; (c = getopt(argc, argv, "cEe:FhHilnqsvx")) != -1;) {
        switch (c) {
        case 'c':
            options.count = true;
            break;
        case 'E':
            options.extended = true;
            break;
        case 'e':
            pattern = optarg;
            break;
        case 'F':
            options.fixed = true;
            break;
        case 'h':
            options.titles = 0;
            break;
        case 'H':
            options.titles = 1;
            break;
        case 'i':
            options.ignore_case = true;
            break;
        case 'l':
            options.names = true;
            break;
        case 'n':
            options.number = true;
            break;
        case 'q':
            options.quiet = true;
            break;
        case 's':
            options.silent = true;
            break;
        case 'v':
            options.invert = true;
            break;
        case 'x':
            options.whole = true;
            break;
        default:
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const char* text = nullptr;
    if (!parse(argc, argv, text) || (!text && optind == argc)) {
        std::fprintf(stderr, "usage: %s [-cEFhHilnqsvx] [-e] pattern [file...]\n", util::program);
        return 2;
    }
    text = text ? text : argv[optind++];
    regex_t pattern;
    const int flags = (options.extended && !options.fixed ? REG_EXTENDED : 0) |
                      (options.ignore_case ? REG_ICASE : 0);
    if (const int error = regcomp(&pattern, options.fixed ? escape(text).c_str() : text, flags);
        error != 0) {
        char what[128];
        regerror(error, &pattern, what, sizeof what);
        util::say("%s: %s", text, what);
        return 2;
    }
    if (options.titles < 0) {
        options.titles = argc - optind > 1;
    }
    bool found = false, failed = false;
    if (optind == argc) {
        const long n = search(stdin, "(standard input)", pattern);
        found = n > 0;
        failed = n < 0;
    }
    for (int i = optind; i < argc; ++i) {
        FILE* file = std::fopen(argv[i], "r");
        const long n = file ? search(file, argv[i], pattern) : -1;
        if (!file && !options.silent) {
            util::complain(argv[i]);
        }
        if (file) {
            std::fclose(file);
        }
        found = found || n > 0;
        failed = failed || n < 0;
    }
    util::finish(0);
    return failed && !(found && options.quiet) ? 2 : !found;
}
