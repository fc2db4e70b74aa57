// SPDX-License-Identifier: Apache-2.0
// Shell variables, positional parameters, and the environment made of the exported ones.
#pragma once
#include <string>
#include <vector>

namespace sh {

struct Variable {
    std::string name, value;
    bool exported = false;
    bool readonly = false;
    bool integer = false; // typeset -i: what is assigned is an expression
    bool set = true;      // export NAME without a value: known, not set
};

class Variables {
public:
    void import_environment(char** env);
    const std::string* get(const std::string& name) const;       // null = unset
    bool set(const std::string& name, const std::string& value); // false = readonly
    bool unset(const std::string& name);
    Variable& entry(const std::string& name); // made when missing, then unset
    const Variable* find(const std::string& name) const;
    const std::vector<Variable>& all() const { return list_; }
    void restore(const Variable& saved);
    void forget(const std::string& name);

    // "NAME=value" of each exported variable; extra assignments win.
    std::vector<std::string> environment(const std::vector<std::string>& extra) const;

    std::vector<std::string> positional; // $1...
    std::string zero = "sh";             // $0

private:
    std::vector<Variable> list_; // sorted by name
    size_t lower_bound(const std::string& name) const;
};

} // namespace sh
