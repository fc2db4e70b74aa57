// SPDX-License-Identifier: Apache-2.0
// Letters of the command line. A letter's argument may follow at once (-i1) or as the next word; -d and -p take one more word
// with the driver's or protocol's options.
#include "main/command_line.hpp"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace netmgr {

namespace {

struct Words {
    int argc;
    char** argv;
    int at = 1;

    bool at_end() const { return at >= argc; }
    bool at_option() const { return at < argc && argv[at][0] == '-'; }
    char* take() { return argv[at++]; }
};

using Setter = bool (*)(CommandLine& out, char* value, Words& words);

char* more_options(Words& words)
{
    return !words.at_end() && !words.at_option() ? words.take() : nullptr;
}

bool set_driver(CommandLine& out, char* value, Words& words)
{
    if (out.driver_count == CommandLine::max_drivers)
        return complain("more than %u drivers", CommandLine::max_drivers);
    out.drivers[out.driver_count++] = {value, more_options(words)};
    return true;
}

bool set_protocol(CommandLine& out, char* value, Words& words)
{
    char* options = more_options(words);
    if (strcmp(value, "tcpip") == 0)
        return options == nullptr || parse_tcpip_options(options, out);
    for (const char* known : {"pf-v4", "pf-v6", "qnet"})
        if (strcmp(value, known) == 0)
            return complain("protocol %s is not supported yet", value);
    return complain("unknown protocol %s", value);
}

bool set_instance(CommandLine& out, char* value, Words&)
{
    long v;
    if (!parse_number("-i", value, 0, 255, v))
        return false;
    out.server.instance = static_cast<int>(v);
    return true;
}

bool set_priority(CommandLine& out, char* value, Words&)
{
    long v;
    if (!parse_number("-P", value, 1, 255, v))
        return false;
    out.runtime.main_priority = static_cast<int>(v);
    return true;
}

bool set_threads(CommandLine& out, char* value, Words&)
{
    long v;
    if (!parse_number("-t", value, 1, 64, v))
        return false;
    out.runtime.threads = static_cast<unsigned>(v);
    return true;
}

bool no_fault_handler(CommandLine& out, char*, Words&)
{
    out.catch_fault = false;
    return true;
}

bool no_io_privilege(CommandLine& out, char*, Words&)
{
    out.io_privilege = false;
    return true;
}

bool set_verbose(CommandLine& out, char*, Words&)
{
    out.verbose = true;
    return true;
}

struct LetterRow {
    char letter;
    bool has_value;
    Setter set; // nullptr: known, no effect yet
};

constexpr LetterRow letters[] = {
    {'d', true, set_driver},   {'I', false, no_io_privilege}, {'i', true, set_instance},
    {'P', true, set_priority}, {'p', true, set_protocol},     {'S', false, no_fault_handler},
    {'t', true, set_threads},  {'v', false, set_verbose},     {'D', false, nullptr},
    {'q', true, nullptr},      {'r', true, nullptr},          {'U', true, nullptr},
    {'u', true, nullptr},      {'w', true, nullptr},
};

const LetterRow* find_letter(char letter)
{
    for (const LetterRow& row : letters)
        if (row.letter == letter)
            return &row;
    return nullptr;
}

// One word that begins with '-': letters without a value may share it.
bool parse_word(char* word, CommandLine& out, Words& words)
{
    if (word[0] != '-' || word[1] == '\0')
        return complain("unexpected word %s", word);
    for (char* at = word + 1; *at != '\0'; at++) {
        const LetterRow* row = find_letter(*at);
        if (row == nullptr)
            return complain("unknown option -%c", *at);
        if (row->set == nullptr)
            return complain("option -%c is not supported yet", *at);
        if (!row->has_value) {
            if (!row->set(out, nullptr, words))
                return false;
            continue;
        }
        char* value = at[1] != '\0' ? at + 1 : words.at_end() ? nullptr : words.take();
        if (value == nullptr)
            return complain("option -%c needs a value", *at);
        return row->set(out, value, words);
    }
    return true;
}

} // namespace

bool complain(const char* format, ...)
{
    fputs("io-pkt: ", stderr);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

bool parse_number(const char* what, const char* text, long minimum, long maximum, long& out)
{
    char* end = nullptr;
    errno = 0;
    out = text != nullptr ? strtol(text, &end, 0) : 0;
    if (text == nullptr || end == text || *end != '\0' || errno != 0 || out < minimum ||
        out > maximum)
        return complain("%s %s: want a number from %ld to %ld", what,
                        text != nullptr ? text : "(nothing)", minimum, maximum);
    return true;
}

bool parse_command_line(int argc, char** argv, CommandLine& out)
{
    Words words = {argc, argv};
    while (!words.at_end())
        if (!parse_word(words.take(), out, words))
            return false;
    return true;
}

} // namespace netmgr
