// SPDX-License-Identifier: Apache-2.0
// dd: copies blocks.
#include <fcntl.h>
#include <memory>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - copy blocks\n\n%C [if=file] [of=file] [bs=n] [count=n] [skip=n] [seek=n]\n"
          " numbers may end in b (512), k, m or g\n")

namespace {

struct Options {
    const char* input = nullptr;
    const char* output = nullptr;
    size_t block = 512;
    size_t count = ~size_t{0}, skip = 0, seek = 0;
};

bool size_value(const char* text, size_t& value)
{
    char* end = nullptr;
    value = std::strtoul(text, &end, 10);
    if (end == text) {
        return false;
    }
    switch (*end) {
    case 'b':
        value *= 512;
        ++end;
        break;
    case 'k':
    case 'K':
        value <<= 10;
        ++end;
        break;
    case 'm':
    case 'M':
        value <<= 20;
        ++end;
        break;
    case 'g':
    case 'G':
        value <<= 30;
        ++end;
        break;
    default:
        break;
    }
    return *end == '\0';
}

bool parse(int argc, char* argv[], Options& o)
{
    for (int i = 1; i < argc; ++i) {
        const char* value = std::strchr(argv[i], '=');
        const size_t n = value ? static_cast<size_t>(value - argv[i]) : 0;
        const auto is = [&](const char* name) {
            return n == std::strlen(name) && std::strncmp(argv[i], name, n) == 0;
        };
        value = value ? value + 1 : "";
        bool good = true;
        if (is("if")) {
            o.input = value;
        } else if (is("of")) {
            o.output = value;
        } else if (is("bs")) {
            good = size_value(value, o.block) && o.block > 0 && o.block <= (64u << 20);
        } else if (is("count")) {
            good = size_value(value, o.count);
        } else if (is("skip")) {
            good = size_value(value, o.skip);
        } else if (is("seek")) {
            good = size_value(value, o.seek);
        } else {
            good = false;
        }
        if (!good) {
            util::say("bad operand: %s", argv[i]);
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    Options o;
    if (!parse(argc, argv, o)) {
        return EXIT_FAILURE;
    }
    const int in = o.input ? open(o.input, O_RDONLY) : STDIN_FILENO;
    if (in < 0) {
        return util::complain(o.input);
    }
    const int out = o.output ? open(o.output, O_WRONLY | O_CREAT | (o.seek ? 0 : O_TRUNC), 0666)
                             : STDOUT_FILENO;
    if (out < 0) {
        return util::complain(o.output);
    }
    const std::unique_ptr<char[]> buffer(new char[o.block]);
    for (size_t i = 0; i < o.skip && read(in, buffer.get(), o.block) > 0; ++i) {
    }
    if (o.seek && lseek(out, static_cast<off_t>(o.seek * o.block), SEEK_SET) < 0) {
        return util::complain(o.output ? o.output : "standard output");
    }
    size_t whole_in = 0, part_in = 0, whole_out = 0, part_out = 0, bytes = 0;
    int status = 0;
    for (size_t i = 0; i < o.count; ++i) {
        const ssize_t n = read(in, buffer.get(), o.block);
        if (n <= 0) {
            status = n < 0 ? util::complain(o.input ? o.input : "standard input") : 0;
            break;
        }
        ++(static_cast<size_t>(n) == o.block ? whole_in : part_in);
        ssize_t done = 0;
        while (done < n) {
            const ssize_t w = write(out, buffer.get() + done, static_cast<size_t>(n - done));
            if (w < 0) {
                status = util::complain(o.output ? o.output : "standard output");
                break;
            }
            done += w;
        }
        bytes += static_cast<size_t>(done);
        ++(static_cast<size_t>(done) == o.block ? whole_out : part_out);
        if (status) {
            break;
        }
    }
    std::fprintf(stderr, "%zu+%zu records in\n%zu+%zu records out\n%zu bytes\n", whole_in, part_in,
                 whole_out, part_out, bytes);
    return status;
}
