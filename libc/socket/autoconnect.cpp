// SPDX-License-Identifier: Apache-2.0
// Running /etc/autoconnect.
#include "autoconnect.hpp"
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace autoconnect {

namespace {

constexpr char variable[] = "AUTOCONNECT=";

// The program's own connections must not run it again: it does not get the variable.
bool run_program()
{
    size_t count = 0;
    while (environ[count] != nullptr)
        count++;
    auto** rest = static_cast<char**>(calloc(count + 1, sizeof(char*)));
    if (rest == nullptr)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i)
        if (strncmp(environ[i], variable, sizeof variable - 1) != 0)
            rest[kept++] = environ[i];
    char path[] = "/etc/autoconnect";
    char* arguments[] = {path, nullptr};
    pid_t pid = -1;
    int status = -1;
    const int error = posix_spawn(&pid, path, nullptr, nullptr, arguments, rest);
    free(rest);
    if (error != 0)
        return false;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

bool helped_with_names()
{
    const char* value = getenv("AUTOCONNECT");
    return value != nullptr && strcmp(value, "1") == 0 && run_program();
}

bool helped(int error)
{
    return (error == ENETUNREACH || error == EHOSTUNREACH) && helped_with_names();
}

} // namespace autoconnect
