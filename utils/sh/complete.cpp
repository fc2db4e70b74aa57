// SPDX-License-Identifier: Apache-2.0
// What TAB offers: path names, and for a command's place builtins, functions and programs on PATH.
#include <algorithm>
#include <dirent.h>
#include <sys/stat.h>

#include "editor.hpp"
#include "shell.hpp"

namespace sh {

namespace {

void add_directory(const std::string& dir, const std::string& prefix, const std::string& start,
                   bool programs, std::vector<std::string>& out)
{
    DIR* d = opendir(dir.empty() ? "." : dir.c_str());
    if (!d) {
        return;
    }
    while (const dirent* entry = readdir(d)) {
        const std::string name = entry->d_name;
        if (name.compare(0, start.size(), start) != 0 || name == "." || name == ".." ||
            (start.empty() && name[0] == '.')) {
            continue;
        }
        struct stat st;
        const std::string path = (dir.empty() || dir.back() == '/' ? dir : dir + "/") + name;
        if (stat(path.c_str(), &st) != 0) {
            continue;
        }
        if (programs && !(S_ISREG(st.st_mode) && (st.st_mode & 0111))) {
            continue;
        }
        out.push_back(prefix + name + (S_ISDIR(st.st_mode) ? "/" : ""));
    }
    closedir(d);
}

} // namespace

std::vector<std::string> completions(Shell& shell, const std::string& word, bool command)
{
    std::vector<std::string> out;
    const size_t slash = word.rfind('/');
    if (!command || slash != std::string::npos) {
        const std::string dir = slash == std::string::npos ? "" : word.substr(0, slash + 1);
        add_directory(dir, dir, slash == std::string::npos ? word : word.substr(slash + 1), false,
                      out);
    } else {
        size_t count;
        const char* const* names = builtin_names(count);
        for (size_t i = 0; i < count; ++i) {
            if (std::string(names[i]).compare(0, word.size(), word) == 0) {
                out.push_back(names[i]);
            }
        }
        for (const Function& f : shell.functions) {
            if (f.name.compare(0, word.size(), word) == 0) {
                out.push_back(f.name);
            }
        }
        const std::string* path = shell.vars.get("PATH");
        const std::string list = path ? *path : "/proc/boot";
        for (size_t begin = 0; begin <= list.size();) {
            size_t end = list.find(':', begin);
            end = end == std::string::npos ? list.size() : end;
            add_directory(list.substr(begin, end - begin), "", word, true, out);
            begin = end + 1;
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace sh
