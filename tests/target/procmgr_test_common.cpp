// SPDX-License-Identifier: Apache-2.0
// What the process manager's test programs share: starting and awaiting children, and counting what is left of them.
#include "procmgr_test.hpp"

#include <string.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

pid_t start_role(std::initializer_list<const char*> arguments, const inheritance* inherit,
                 int fd_count, const int* fd_map)
{
    char* argv[8] = {const_cast<char*>(self_path)};
    int argc = 1;
    for (const char* argument : arguments)
        argv[argc++] = const_cast<char*>(argument);
    return spawn(self_path, fd_count, fd_map, inherit, argv, environ);
}

int finish(pid_t pid)
{
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

bool objects_now(sys_objects& out)
{
    proc_simple ask{};
    ask.type = SYS_OBJECTS;
    return MsgSend(SYSMGR_COID, &ask, sizeof ask, &out, sizeof out) != -1;
}

bool settled_objects(sys_objects& out)
{
    sys_objects again{};
    for (int i = 0; i < 50 && objects_now(out); ++i) {
        usleep(20000);
        if (objects_now(again) && memcmp(&again, &out, sizeof out) == 0)
            return true;
    }
    return false;
}

bool same_objects(const sys_objects& before)
{
    sys_objects now{};
    for (int i = 0; i < 1000; ++i) {
        if (objects_now(now) && now.processes == before.processes &&
            now.threads == before.threads && now.channels == before.channels &&
            now.connections == before.connections && now.regions == before.regions &&
            now.ocbs == before.ocbs && now.names == before.names && now.pulses == before.pulses &&
            now.pages_free + 8 >= before.pages_free)
            return true;
        usleep(10000);
    }
    printf("# processes %u %u threads %u %u channels %u %u connections %u %u regions %u %u ocbs %u "
           "%u names %u %u pages %llu %llu\n",
           before.processes, now.processes, before.threads, now.threads, before.channels,
           now.channels, before.connections, now.connections, before.regions, now.regions,
           before.ocbs, now.ocbs, before.names, now.names,
           static_cast<unsigned long long>(before.pages_free),
           static_cast<unsigned long long>(now.pages_free));
    return false;
}
