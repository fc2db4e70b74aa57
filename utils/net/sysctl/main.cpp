// SPDX-License-Identifier: Apache-2.0
// sysctl: show and set the network stack's variables.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "sysctl.hpp"

QNX_USAGE("%C - show or set variables of the network stack\n\n"
          "%C [-dne] [-x[x]|-r] var...\n"
          "%C [-ne] [-q] -w var=value...\n"
          "%C [-dne] -a | -A\n"
          "%C [-ne] -M\n"
          "%C [-dne] [-q] -f file\n"
          " -A   all variables, tables included\n"
          " -a   all variables\n"
          " -d   descriptions instead of values\n"
          " -e   name=value\n"
          " -f   take var or var=value lines from a file\n"
          " -M   the tree of names\n"
          " -n   values only\n"
          " -q   do not report what was set\n"
          " -r   raw bytes\n"
          " -w   set\n"
          " -x   hexadecimal, -xx a dump\n"
          "SOCK chooses the stack.\n")

Options options;

namespace {

bool show(const Variable& variable)
{
    if (options.describe)
        return print_description(variable);
    bool table = (variable.info.flags & CTLFLAG_TABLE) != 0;
    if (table && options.all_tables) {
        printf("%s: a table\n", variable.name);
        return true;
    }
    if (table && options.all)
        return true;
    return print_value(variable);
}

bool show_tree(const Variable& variable)
{
    if (options.name_only_value)
        printf("%s\n", variable.name);
    else
        printf("%*s%s%s\n", static_cast<int>(variable.depth - 1) * 2, "", variable.info.name,
               variable.info.type == CTLTYPE_NODE ? "." : "");
    return true;
}

char* trim(char* text)
{
    while (isspace(static_cast<unsigned char>(*text)))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace(static_cast<unsigned char>(text[length - 1])))
        text[--length] = '\0';
    return text;
}

// "var" or "var=value"
bool one(char* text)
{
    char* equals = strchr(text, '=');
    if (equals != nullptr)
        *equals = '\0';
    Variable variable;
    char* name = trim(text);
    if (!find_variable(name, &variable)) {
        util::complain(name);
        return false;
    }
    if (equals == nullptr)
        return walk(variable, show, false);
    if (!options.write)
        return util::say("%s: -w is needed to set a value", name), false;
    return set_value(variable, trim(equals + 1));
}

// A variable of the command line; "var = value" and "var =value" may be several words.
bool words(int argc, char* argv[], int& at)
{
    const bool apart = options.write && strchr(argv[at], '=') == nullptr && at + 1 < argc &&
                       argv[at + 1][0] == '=';
    if (!apart)
        return one(argv[at]);
    const char* name = argv[at++];
    const char* value = argv[at] + 1;
    if (*value == '\0' && at + 1 < argc)
        value = argv[++at];
    char line[1024];
    if (snprintf(line, sizeof line, "%s=%s", name, value) >= static_cast<int>(sizeof line))
        return util::say("%s: the value is too long", name), false;
    return one(line);
}

bool file(const char* path)
{
    FILE* in = fopen(path, "re");
    if (in == nullptr)
        return util::complain(path), false;
    bool good = true;
    char line[1024] = "";
    size_t used = 0;
    while (fgets(line + used, static_cast<int>(sizeof line - used), in) != nullptr) {
        line[strcspn(line, "\n")] = '\0';
        size_t length = strlen(line);
        if (length > 0 && line[length - 1] == '\\') { // goes on in the next line
            used = length - 1;
            continue;
        }
        used = 0;
        line[strcspn(line, "#")] = '\0';
        char* text = trim(line);
        if (*text != '\0')
            good &= one(text);
    }
    fclose(in);
    return good;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const char* from = nullptr;
    for (int c; (c = getopt(argc, argv, "AadeMnqrwxf:")) != -1;) {
        switch (c) {
        case 'A':
            options.all_tables = true;
            break;
        case 'a':
            options.all = true;
            break;
        case 'd':
            options.describe = true;
            break;
        case 'e':
            options.equals = true;
            break;
        case 'M':
            options.tree = true;
            break;
        case 'n':
            options.name_only_value = true;
            break;
        case 'q':
            options.quiet = true;
            break;
        case 'r':
            options.raw = true;
            break;
        case 'w':
            options.write = true;
            break;
        case 'x':
            options.hex++;
            break;
        case 'f':
            from = optarg;
            options.write = true;
            break;
        default:
            return 1;
        }
    }
    bool good = true;
    if (options.tree)
        good = walk(root_variable(), show_tree, true);
    else if (options.all || options.all_tables)
        good = walk(root_variable(), show, false);
    else if (from != nullptr)
        good = file(from);
    else if (optind == argc)
        return util::say("which variable?");
    else {
        for (int i = optind; i < argc; ++i)
            good &= words(argc, argv, i);
    }
    if (!good && (options.tree || options.all || options.all_tables))
        util::complain("some variables could not be read");
    return util::finish(good ? 0 : 1);
}
