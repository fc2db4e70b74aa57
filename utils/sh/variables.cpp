// SPDX-License-Identifier: Apache-2.0
// Shell variables, positional parameters, and the environment made of the exported ones.
#include "variables.hpp"

#include "ast.hpp"

namespace sh {

size_t Variables::lower_bound(const std::string& name) const
{
    size_t low = 0, high = list_.size();
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (list_[mid].name < name) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

void Variables::import_environment(char** env)
{
    for (; env && *env; ++env) {
        const std::string text = *env;
        const size_t n = assignment_name_length(text);
        if (n) {
            Variable& v = entry(text.substr(0, n));
            v.value = text.substr(n + 1);
            v.set = v.exported = true;
        }
    }
}

const Variable* Variables::find(const std::string& name) const
{
    const size_t at = lower_bound(name);
    return at < list_.size() && list_[at].name == name ? &list_[at] : nullptr;
}

const std::string* Variables::get(const std::string& name) const
{
    const Variable* v = find(name);
    return v && v->set ? &v->value : nullptr;
}

Variable& Variables::entry(const std::string& name)
{
    const size_t at = lower_bound(name);
    if (at == list_.size() || list_[at].name != name) {
        Variable v;
        v.name = name;
        v.set = false;
        list_.insert(list_.begin() + static_cast<long>(at), v);
    }
    return list_[at];
}

bool Variables::set(const std::string& name, const std::string& value)
{
    Variable& v = entry(name);
    if (v.readonly) {
        return false;
    }
    v.value = value;
    v.set = true;
    return true;
}

void Variables::forget(const std::string& name)
{
    const size_t at = lower_bound(name);
    if (at < list_.size() && list_[at].name == name) {
        list_.erase(list_.begin() + static_cast<long>(at));
    }
}

bool Variables::unset(const std::string& name)
{
    const Variable* v = find(name);
    if (v && v->readonly) {
        return false;
    }
    forget(name);
    return true;
}

void Variables::restore(const Variable& saved)
{
    entry(saved.name) = saved;
}

std::vector<std::string> Variables::environment(const std::vector<std::string>& extra) const
{
    std::vector<std::string> env;
    for (const Variable& v : list_) {
        bool replaced = false;
        for (const std::string& e : extra) {
            replaced = replaced || e.compare(0, v.name.size() + 1, v.name + "=") == 0;
        }
        if (v.exported && v.set && !replaced) {
            env.push_back(v.name + "=" + v.value);
        }
    }
    env.insert(env.end(), extra.begin(), extra.end());
    return env;
}

} // namespace sh
