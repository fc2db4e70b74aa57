// SPDX-License-Identifier: Apache-2.0
// Starting programs and subshells with spawn().
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& list)
{
    std::vector<char*> out;
    for (const std::string& s : list) {
        out.push_back(const_cast<char*>(s.c_str()));
    }
    out.push_back(nullptr);
    return out;
}

bool is_executable_file(const std::string& path)
{
    struct stat st;
    return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && access(path.c_str(), X_OK) == 0;
}

// What a script that is no ELF file wants to be run by: its #! line, else this shell.
std::vector<std::string> interpreter(const std::string& path, const std::string& shell)
{
    char line[256];
    const int fd = open(path.c_str(), O_RDONLY);
    const ssize_t n = fd >= 0 ? read(fd, line, sizeof line) : 0;
    if (fd >= 0) {
        close(fd);
    }
    std::vector<std::string> words;
    std::string word;
    for (ssize_t i = 2; n > 2 && line[0] == '#' && line[1] == '!' && i < n && line[i] != '\n';
         ++i) {
        if (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
            if (!word.empty() && words.empty()) {
                words.push_back(word);
                word.clear();
            }
        } else {
            word += line[i];
        }
    }
    if (!word.empty()) {
        words.push_back(word);
    }
    if (words.empty()) {
        words.push_back(shell);
    }
    return words;
}

pid_t spawn_one(const std::string& path, const std::vector<std::string>& argv,
                const std::vector<std::string>& env, const FdMap& fds, pid_t group)
{
    struct inheritance how;
    std::memset(&how, 0, sizeof how);
    how.flags = SPAWN_SETSIGDEF | SPAWN_SETSIGMASK;
    sigemptyset(&how.sigmask);
    sigemptyset(&how.sigdefault);
    for (const int signo : {SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE}) {
        sigaddset(&how.sigdefault, signo);
    }
    if (group >= 0) {
        how.flags |= SPAWN_SETGROUP;
        how.pgroup = group == 0 ? SPAWN_NEWPGROUP : group;
    }
    int count = FdMap::size;
    while (count > 3 && fds.fd[count - 1] < 0) {
        --count;
    }
    const std::vector<char*> args = pointers(argv), environment = pointers(env);
    return spawn(path.c_str(), count, fds.fd, &how, args.data(), environment.data());
}

} // namespace

std::string Shell::find_program(const std::string& name) const
{
    if (name.find('/') != std::string::npos) {
        return name;
    }
    const std::string* variable = vars.get("PATH");
    const std::string path = variable ? *variable : "/proc/boot:/sbin:/bin:/usr/sbin:/usr/bin";
    size_t begin = 0;
    while (begin <= path.size()) {
        size_t end = path.find(':', begin);
        end = end == std::string::npos ? path.size() : end;
        const std::string dir = path.substr(begin, end - begin);
        const std::string candidate = dir.empty() ? name : dir + "/" + name;
        if (is_executable_file(candidate)) {
            return candidate;
        }
        begin = end + 1;
    }
    return "";
}

pid_t Shell::launch(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                    const FdMap& fds, pid_t group, int& st)
{
    const std::string path = find_program(argv[0]);
    if (path.empty()) {
        error("%s: not found", argv[0].c_str());
        st = 127;
        return -1;
    }
    pid_t pid = spawn_one(path, argv, env, fds, group);
    if (pid < 0 && errno == ENOEXEC) {
        std::vector<std::string> full = interpreter(path, program);
        const std::string runner = full[0];
        full.push_back(path);
        full.insert(full.end(), argv.begin() + 1, argv.end());
        pid = spawn_one(runner, full, env, fds, group);
    }
    if (pid < 0) {
        st = errno == ENOENT ? 127 : 126;
        struct stat about;
        if (errno == EACCES && stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) {
            errno = EISDIR;
        }
        error("%s: %s", argv[0].c_str(), errno == ENOENT ? "not found" : std::strerror(errno));
    }
    return pid;
}

std::string Shell::state_text() const
{
    std::string text;
    for (const Variable& v : vars.all()) {
        if (v.set && !v.exported) {
            text += v.name + "=" + quote(v.value) + "\n";
        }
        if (v.integer) {
            text += "typeset -i " + v.name + "\n";
        }
        if (v.readonly) {
            text += "readonly " + v.name + "\n";
        }
    }
    for (const auto& alias : aliases) {
        if (is_expanding(alias.first)) {
            continue;
        }
        text += "alias " + quote(alias.first + "=" + alias.second) + "\n";
    }
    for (const Function& f : functions) {
        text += f.name + "() " + unparse(*f.body);
    }
    text += options.exit_on_error ? "set -e\n" : "";
    text += options.trace ? "set -x\n" : "";
    text += options.no_unset ? "set -u\n" : "";
    text += options.no_glob ? "set -f\n" : "";
    return text;
}

// sh --subshell PID STATUS LINE STATE TEXT $0 $1 ...
pid_t Shell::launch_subshell(const std::string& text, const FdMap& fds, pid_t group, int& st)
{
    std::vector<std::string> argv = {program,
                                     "--subshell",
                                     std::to_string(shell_pid),
                                     std::to_string(status),
                                     std::to_string(line),
                                     state_text(),
                                     text,
                                     vars.zero};
    argv.insert(argv.end(), vars.positional.begin(), vars.positional.end());
    const pid_t pid = spawn_one(program, argv, vars.environment({}), fds, group);
    if (pid < 0) {
        error("cannot start a subshell: %s", std::strerror(errno));
        st = 126;
    }
    return pid;
}

std::string quote(const std::string& text)
{
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

} // namespace sh
