// SPDX-License-Identifier: Apache-2.0
// Letters of the command line. A letter's argument may follow at once (-i1) or as the next word; -d and -p take one more word
// with the driver's or protocol's options.
#include "main/command_line.hpp"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <type_traits>

#include "main/user_spec.hpp"
#include "main/variant.hpp"

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

bool add(DriverSpec (&list)[CommandLine::max_drivers], unsigned& count, char letter, char* name,
         char* options)
{
    if (count == CommandLine::max_drivers)
        return complain("-%c %s: more than %u", letter, name, CommandLine::max_drivers);
    if (name[strcspn(name, ",= ")] != '\0')
        return complain("-%c %s: want a name or path, and its options as the next word", letter,
                        name);
    if (strlen(name) > max_module_name)
        return complain("-%c %s: the name is too long", letter, name);
    if (options != nullptr && strlen(options) >= max_module_options)
        return complain("-%c %s: options of more than %zu characters", letter, name,
                        max_module_options - 1);
    list[count++] = {name, options};
    return true;
}

bool set_driver(CommandLine& out, char* value, Words& words)
{
    char* options = more_options(words);
    if (!add(out.drivers, out.driver_count, 'd', value, options))
        return false;
    // name= and unit= are ours to check; the rest is the driver's.
    char copy[max_module_options];
    NamingOptions naming;
    snprintf(copy, sizeof copy, "%s", options != nullptr ? options : "");
    return eat_generic_options(copy, naming) == 0;
}

bool set_protocol(CommandLine& out, char* value, Words& words)
{
    char* options = more_options(words);
    if (strcmp(value, "tcpip") == 0)
        return options == nullptr || parse_tcpip_options(options, out);
    const char* other = variant_has_ipv6() ? "pf-v4" : "pf-v6";
    if (strcmp(value, other) == 0)
        return complain("-p %s: for the other variant of io-pkt", value);
    if (strchr(value, '/') != nullptr || !have_protocol_module(value))
        return complain("-p %s: unknown protocol: no lsm-%s.so; built in is tcpip", value, value);
    return add(out.modules, out.module_count, 'p', value, options);
}

bool number(const char* letter, char* value, long minimum, long maximum, auto& to)
{
    long v;
    if (!parse_number(letter, value, minimum, maximum, v))
        return false;
    to = static_cast<std::remove_reference_t<decltype(to)>>(v);
    return true;
}

bool set_node_rule(CommandLine& out, char* value, Words&)
{
    return parse_node_rule(value, out.server.nodes);
}

bool set_drop_user(CommandLine& out, char* value, Words&)
{
    return parse_drop_user(value, out.server.drop_user);
}

constexpr long max_priority = 255;
constexpr long max_instance = 255;
constexpr long watchdog_seconds = 5;

struct LetterRow {
    char letter;
    bool has_value;
    Setter set;
};

constexpr LetterRow letters[] = {
    {'D', false,
     [](CommandLine& out, char*, Words&) { return out.runtime.dedicated_stack = true; }},
    {'d', true, set_driver},
    {'I', false,
     [](CommandLine& out, char*, Words&) {
         out.io_privilege = false;
         return true;
     }},
    {'i', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-i ", value, 0, max_instance, out.server.instance);
     }},
    {'P', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-P ", value, 1, max_priority, out.runtime.main_priority);
     }},
    {'p', true, set_protocol},
    {'q', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-q ", value, 1, watchdog_seconds, out.runtime.quiesce_limit);
     }},
    {'r', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-r ", value, 1, max_priority, out.runtime.watchdog_priority);
     }},
    {'S', false,
     [](CommandLine& out, char*, Words&) {
         out.catch_fault = false;
         return true;
     }},
    {'t', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-t ", value, 1, Runtime::max_workers, out.runtime.threads);
     }},
    {'U', true, set_drop_user},
    {'u', true, set_node_rule},
    {'v', false, [](CommandLine& out, char*, Words&) { return out.verbose = true; }},
    {'w', true,
     [](CommandLine& out, char* value, Words&) {
         return number("-w ", value, 1, watchdog_seconds, out.runtime.stack_limit);
     }},
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
    if (word[0] != '-')
        return complain("unexpected word %s (separate options by commas, not by spaces)", word);
    if (word[1] == '\0')
        return complain("unexpected word -");
    for (char* at = word + 1; *at != '\0'; at++) {
        const LetterRow* row = find_letter(*at);
        if (row == nullptr)
            return complain("unknown option -%c in %s", *at, word);
        if (!row->has_value) {
            if (!row->set(out, nullptr, words))
                return false;
            continue;
        }
        char* value = at[1] != '\0' ? at + 1 : words.at_end() ? nullptr : words.take();
        // "-d -t 2" lacks a name; "-q -1" has a bad number.
        const bool missing = value == nullptr || *value == '\0' ||
                             (*value == '-' && isdigit(static_cast<unsigned char>(value[1])) == 0);
        if (missing)
            return complain("option -%c needs a value", *at);
        return row->set(out, value, words);
    }
    return true;
}

} // namespace

bool complain(const char* format, ...)
{
    fprintf(stderr, "%s: ", variant_name());
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

bool parse_number(const char* what, const char* text, long minimum, long maximum, long& out)
{
    const char* shown = text != nullptr ? text : "";
    const char first = *shown == '-' ? shown[1] : *shown;
    char* end = nullptr;
    errno = 0;
    out = strtol(shown, &end, 0);
    if (isdigit(static_cast<unsigned char>(first)) != 0 && *end == '\0' && errno == 0 &&
        out >= minimum && out <= maximum)
        return true;
    if (minimum == maximum)
        return complain("%s%s: only %ld is possible", what, shown, minimum);
    return complain("%s%s: want a number from %ld to %ld", what, shown, minimum, maximum);
}

bool parse_command_line(int argc, char** argv, CommandLine& out)
{
    Words words = {argc, argv};
    while (!words.at_end())
        if (!parse_word(words.take(), out, words))
            return false;
    return check_tcpip_options(out);
}

} // namespace netmgr
