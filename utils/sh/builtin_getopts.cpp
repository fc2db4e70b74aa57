// SPDX-License-Identifier: Apache-2.0
// getopts, let and ulimit.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/resource.h>

#include "shell.hpp"

namespace sh {

namespace {

using Args = std::vector<std::string>;

// Where getopts stands: OPTIND tells the word, this the letter in it.
struct Position {
    long word = 1;
    size_t letter = 1;
};
Position position;

int end_of_options(Shell& sh, const std::string& name, long word)
{
    position = {word, 1};
    sh.vars.set("OPTIND", std::to_string(word));
    sh.vars.set(name, "?");
    return 1;
}

// An option that is unknown or has no argument: a message, or with a leading ':' in the list the letter in OPTARG.
int complain(Shell& sh, const std::string& name, char letter, bool silent, bool missing)
{
    if (silent) {
        sh.vars.set("OPTARG", std::string(1, letter));
    } else {
        sh.vars.unset("OPTARG");
        sh.error(missing ? "-%c: option needs an argument" : "-%c: unknown option", letter);
    }
    sh.vars.set(name, silent && missing ? ":" : "?");
    return 0;
}

} // namespace

void getopts_begin()
{
    position = {};
}

int builtin_getopts(Shell& sh, const Args& args)
{
    if (args.size() < 3 || !is_name(args[2])) {
        sh.error("usage: getopts options name [argument...]");
        return 2;
    }
    const Args words = args.size() > 3 ? Args(args.begin() + 3, args.end()) : sh.vars.positional;
    const bool silent = args[1][0] == ':';
    const std::string known = args[1].substr(silent ? 1 : 0);
    const std::string* index = sh.vars.get("OPTIND");
    long word = index ? std::atol(index->c_str()) : 1;
    word = word < 1 ? 1 : word;
    if (word != position.word) {
        position = {word, 1};
    }
    const auto at = static_cast<size_t>(word - 1);
    if (at >= words.size() || words[at].size() < 2 || words[at][0] != '-') {
        return end_of_options(sh, args[2], word);
    }
    if (words[at] == "--") {
        return end_of_options(sh, args[2], word + 1);
    }
    if (position.letter >= words[at].size()) { // other words than last time
        position.letter = 1;
    }
    const char letter = words[at][position.letter++];
    const bool last = position.letter >= words[at].size();
    const size_t found = letter == ':' ? std::string::npos : known.find(letter);
    const bool valued =
        found != std::string::npos && found + 1 < known.size() && known[found + 1] == ':';
    const std::string rest = valued && !last ? words[at].substr(position.letter) : "";
    const bool missing = valued && last && at + 1 >= words.size();
    if (last || valued) {
        position = {word + (valued && last && !missing ? 2 : 1), 1};
    }
    sh.vars.set("OPTIND", std::to_string(position.word));
    if (found == std::string::npos || missing) {
        return complain(sh, args[2], letter, silent, missing);
    }
    if (valued) {
        sh.vars.set("OPTARG", last ? words[at + 1] : rest);
    } else {
        sh.vars.unset("OPTARG");
    }
    sh.vars.set(args[2], std::string(1, letter));
    return 0;
}

// let EXPRESSION...: 0 when the last one is not zero. (( EXPRESSION )) is the same.
int builtin_let(Shell& sh, const Args& args)
{
    if (args.size() < 2) {
        sh.error("let: expression expected");
        return 2;
    }
    long value = 0;
    for (size_t i = 1; i < args.size(); ++i) {
        if (!sh.arithmetic(args[i], value)) {
            return 2;
        }
    }
    return value == 0;
}

namespace {

struct Limit {
    char letter;
    int resource;
    long unit; // bytes in one of the units that are printed and read
    const char* text;
};

constexpr Limit limits[] = {
    {'c', RLIMIT_CORE, 512, "core file size (blocks)"}, {'d', RLIMIT_DATA, 1024, "data size (KiB)"},
    {'f', RLIMIT_FSIZE, 512, "file size (blocks)"},     {'n', RLIMIT_NOFILE, 1, "open files"},
    {'s', RLIMIT_STACK, 1024, "stack size (KiB)"},      {'t', RLIMIT_CPU, 1, "CPU time (seconds)"},
    {'v', RLIMIT_AS, 1024, "virtual memory (KiB)"},
};

int show_limit(Shell& sh, const Limit& limit, bool hard, bool name)
{
    rlimit value;
    if (getrlimit(limit.resource, &value) != 0) {
        sh.error("ulimit: -%c: %s", limit.letter, std::strerror(errno));
        return 1;
    }
    const rlim_t n = hard ? value.rlim_max : value.rlim_cur;
    std::string text = name ? std::string(limit.text) + " " : "";
    text.resize(name ? 28 : 0, ' ');
    text += n == RLIM_INFINITY ? "unlimited"
                               : std::to_string(n / static_cast<unsigned long>(limit.unit));
    sh.output(text + "\n");
    return 0;
}

int set_limit(Shell& sh, const Limit& limit, const std::string& text, bool hard, bool soft)
{
    char* end = nullptr;
    const bool endless = text == "unlimited";
    errno = 0;
    const unsigned long n = endless ? 0 : std::strtoul(text.c_str(), &end, 10);
    const bool too_much = errno == ERANGE || n >= RLIM_INFINITY / static_cast<rlim_t>(limit.unit);
    if (!endless && (text.empty() || *end || text[0] == '-' || too_much)) {
        sh.error("ulimit: bad number: %s", text.c_str());
        return 1;
    }
    const rlim_t wanted = endless ? RLIM_INFINITY : n * static_cast<unsigned long>(limit.unit);
    rlimit value;
    int result = getrlimit(limit.resource, &value);
    value.rlim_cur = soft ? wanted : value.rlim_cur;
    value.rlim_max = hard ? wanted : value.rlim_max;
    result = result != 0 ? result : setrlimit(limit.resource, &value);
    if (result != 0) {
        sh.error("ulimit: -%c: %s", limit.letter, std::strerror(errno));
    }
    return result != 0;
}

} // namespace

// ulimit [-HS] [-a | -cdfnstv] [limit]; without a letter -f.
int builtin_ulimit(Shell& sh, const Args& args)
{
    bool hard = false, soft = false, all = false;
    const Limit* which = &limits[2];
    size_t i = 1;
    for (; i < args.size() && args[i][0] == '-'; ++i) {
        for (const char c : args[i].substr(1)) {
            const Limit* found = nullptr;
            for (const Limit& limit : limits) {
                found = limit.letter == c ? &limit : found;
            }
            if (!found && !std::strchr("HSa", c)) {
                sh.error("ulimit: -%c: unknown option", c);
                return 2;
            }
            which = found ? found : which;
            hard = hard || c == 'H';
            soft = soft || c == 'S';
            all = all || c == 'a';
        }
    }
    if (!all && i < args.size()) {
        return set_limit(sh, *which, args[i], hard || !soft, soft || !hard);
    }
    int result = 0;
    for (const Limit& limit : limits) {
        if (all || &limit == which) {
            result |= show_limit(sh, limit, hard, all);
        }
    }
    return result;
}

} // namespace sh
