// SPDX-License-Identifier: Apache-2.0
// What sysctl's files share: options, and one variable.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/sysctl.h>

struct Options {
    bool all = false, all_tables = false, tree = false, write = false, from_file = false;
    bool describe = false, name_only_value = false, equals = false, quiet = false, raw = false;
    int hex = 0; // 1 -x, 2 -xx
};
extern Options options;

constexpr size_t max_name = 256;

struct Variable {
    int mib[CTL_MAXNAME + 1]; // room for a meta identifier
    unsigned depth;
    sysctlnode_info info;
    char name[max_name]; // dotted
};

// Finds a variable or node by its dotted name; false with errno.
bool find_variable(const char* name, Variable* out);
// Calls visit for every leaf at and below a node, in the tree's order; nodes too when with_nodes.
using Visit = bool (*)(const Variable& variable);
bool walk(const Variable& from, Visit visit, bool with_nodes);
Variable root_variable();

// Prints "name = value" in the form the options ask for. False when it could not be read.
bool print_value(const Variable& variable);
bool print_description(const Variable& variable);
// Parses text for the variable's type, sets it, prints "name: old -> new".
bool set_value(const Variable& variable, const char* text);
