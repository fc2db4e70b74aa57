// SPDX-License-Identifier: Apache-2.0
// alias and unalias, and what an alias does to a simple command.
#include <algorithm>

#include "shell.hpp"

namespace sh {

namespace {

using Alias = std::pair<std::string, std::string>;

std::vector<Alias>::iterator find(Shell& sh, const std::string& name)
{
    return std::find_if(sh.aliases.begin(), sh.aliases.end(),
                        [&](const Alias& a) { return a.first == name; });
}

void show(Shell& sh, const Alias& alias)
{
    sh.output(alias.first + "=" + quote(alias.second) + "\n");
}

} // namespace

int builtin_alias(Shell& sh, const std::vector<std::string>& args)
{
    int result = 0;
    if (args.size() < 2) {
        for (const Alias& alias : sh.aliases) {
            show(sh, alias);
        }
    }
    for (size_t i = 1; i < args.size(); ++i) {
        const size_t eq = args[i].find('=');
        const std::string name = args[i].substr(0, eq);
        const auto at = find(sh, name);
        if (name.empty()) {
            sh.error("alias: %s: bad name", args[i].c_str());
            result = 1;
        } else if (eq == std::string::npos && at == sh.aliases.end()) {
            sh.error("alias: %s: not found", name.c_str());
            result = 1;
        } else if (eq == std::string::npos) {
            show(sh, *at);
        } else if (at != sh.aliases.end()) {
            at->second = args[i].substr(eq + 1);
        } else {
            sh.aliases.emplace_back(name, args[i].substr(eq + 1));
        }
    }
    return result;
}

int builtin_unalias(Shell& sh, const std::vector<std::string>& args)
{
    int result = 0;
    if (args.size() > 1 && args[1] == "-a") {
        sh.aliases.clear();
        return 0;
    }
    for (size_t i = 1; i < args.size(); ++i) {
        const auto at = find(sh, args[i]);
        if (at == sh.aliases.end()) {
            sh.error("unalias: %s: not found", args[i].c_str());
            result = 1;
        } else {
            sh.aliases.erase(at);
        }
    }
    return result;
}

bool Shell::is_expanding(const std::string& alias) const
{
    return std::find(expanding.begin(), expanding.end(), alias) != expanding.end();
}

// The command as it was typed, its first word replaced, is run as text: an alias may be a list or a pipe.
int Shell::run_alias(const Node& node, const Alias& alias)
{
    Node rest = node;
    rest.words.erase(rest.words.begin());
    rest.assigns.clear();
    std::string text;
    for (const std::string& a : node.assigns) {
        text += a + " ";
    }
    text += alias.second;
    if (!rest.words.empty() || !rest.redirects.empty()) {
        text += " " + unparse(rest);
    }
    const std::string name = alias.first;
    expanding.push_back(name);
    run_text(text, name.c_str(), line);
    expanding.pop_back();
    return status;
}

} // namespace sh
