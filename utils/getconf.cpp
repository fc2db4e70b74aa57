// SPDX-License-Identifier: Apache-2.0
// getconf and setconf: configuration strings of the system, by the names of confstr().
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - get or set a configuration string\n\n"
          "getconf name            e.g. getconf _CS_HOSTNAME\n"
          "getconf name path       e.g. getconf _PC_NAME_MAX /tmp\n"
          "setconf name value      e.g. setconf _CS_RESOLVE nameserver_10.0.2.3   ('_' stands for "
          "a blank there)\n"
          "Names of strings may be given without _CS_: setconf DOMAIN example.org\n")

namespace {

struct Name {
    const char* text;
    int number;
};
constexpr Name strings[] = {
    {"PATH", _CS_PATH},         {"LIBPATH", _CS_LIBPATH},           {"HOSTNAME", _CS_HOSTNAME},
    {"RELEASE", _CS_RELEASE},   {"VERSION", _CS_VERSION},           {"MACHINE", _CS_MACHINE},
    {"SYSNAME", _CS_SYSNAME},   {"ARCHITECTURE", _CS_ARCHITECTURE}, {"HW_SERIAL", _CS_HW_SERIAL},
    {"DOMAIN", _CS_DOMAIN},     {"HW_PROVIDER", _CS_HW_PROVIDER},   {"RESOLVE", _CS_RESOLVE},
    {"TIMEZONE", _CS_TIMEZONE}, {"SRPC_DOMAIN", _CS_SRPC_DOMAIN},   {"LOCALE", _CS_LOCALE},
};
constexpr Name limits[] = {
    {"ARG_MAX", _SC_ARG_MAX},
    {"ATEXIT_MAX", _SC_ATEXIT_MAX},
    {"AVPHYS_PAGES", _SC_AVPHYS_PAGES},
    {"CHILD_MAX", _SC_CHILD_MAX},
    {"CLK_TCK", _SC_CLK_TCK},
    {"DELAYTIMER_MAX", _SC_DELAYTIMER_MAX},
    {"HOST_NAME_MAX", _SC_HOST_NAME_MAX},
    {"IOV_MAX", _SC_IOV_MAX},
    {"LOGIN_NAME_MAX", _SC_LOGIN_NAME_MAX},
    {"MQ_OPEN_MAX", _SC_MQ_OPEN_MAX},
    {"MQ_PRIO_MAX", _SC_MQ_PRIO_MAX},
    {"NGROUPS_MAX", _SC_NGROUPS_MAX},
    {"NPROCESSORS_CONF", _SC_NPROCESSORS_CONF},
    {"NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN},
    {"OPEN_MAX", _SC_OPEN_MAX},
    {"PAGESIZE", _SC_PAGESIZE},
    {"PAGE_SIZE", _SC_PAGE_SIZE},
    {"PHYS_PAGES", _SC_PHYS_PAGES},
    {"RTSIG_MAX", _SC_RTSIG_MAX},
    {"SEM_NSEMS_MAX", _SC_SEM_NSEMS_MAX},
    {"SEM_VALUE_MAX", _SC_SEM_VALUE_MAX},
    {"SIGQUEUE_MAX", _SC_SIGQUEUE_MAX},
    {"STREAM_MAX", _SC_STREAM_MAX},
    {"SYMLOOP_MAX", _SC_SYMLOOP_MAX},
    {"THREAD_KEYS_MAX", _SC_THREAD_KEYS_MAX},
    {"THREAD_STACK_MIN", _SC_THREAD_STACK_MIN},
    {"THREAD_THREADS_MAX", _SC_THREAD_THREADS_MAX},
    {"TIMER_MAX", _SC_TIMER_MAX},
    {"TTY_NAME_MAX", _SC_TTY_NAME_MAX},
    {"TZNAME_MAX", _SC_TZNAME_MAX},
    {"VERSION", _SC_VERSION},
    {"ASYNCHRONOUS_IO", _SC_ASYNCHRONOUS_IO},
    {"PRIORITY_SCHEDULING", _SC_PRIORITY_SCHEDULING},
    {"THREAD_PRIO_INHERIT", _SC_THREAD_PRIO_INHERIT},
    {"THREADS", _SC_THREADS},
};
constexpr Name path_limits[] = {
    {"ALLOC_SIZE_MIN", _PC_ALLOC_SIZE_MIN},
    {"CHOWN_RESTRICTED", _PC_CHOWN_RESTRICTED},
    {"FILESIZEBITS", _PC_FILESIZEBITS},
    {"LINK_MAX", _PC_LINK_MAX},
    {"MAX_CANON", _PC_MAX_CANON},
    {"MAX_INPUT", _PC_MAX_INPUT},
    {"NAME_MAX", _PC_NAME_MAX},
    {"NO_TRUNC", _PC_NO_TRUNC},
    {"PATH_MAX", _PC_PATH_MAX},
    {"PIPE_BUF", _PC_PIPE_BUF},
    {"SYMLINK_MAX", _PC_SYMLINK_MAX},
    {"SYNC_IO", _PC_SYNC_IO},
    {"VDISABLE", _PC_VDISABLE},
};

// The number behind a name with or without its prefix ("_CS_", or "_POSIX_" as options have it); null: not in this table.
template <size_t n>
const Name* find(const Name (&table)[n], const char* prefix, const char* text)
{
    for (const char* start : {prefix, "_POSIX_"}) {
        if (std::strncmp(text, start, std::strlen(start)) == 0) {
            text += std::strlen(start);
        }
    }
    for (const Name& name : table) {
        if (std::strcmp(name.text, text) == 0) {
            return &name;
        }
    }
    return nullptr;
}

int show_number(long value)
{
    if (value == -1) {
        std::puts("undefined");
    } else {
        std::printf("%ld\n", value);
    }
    return EXIT_SUCCESS;
}

int get(const char* text, const char* path)
{
    if (const Name* name = find(strings, "_CS_", text)) {
        std::string value(confstr(name->number, nullptr, 0), '\0');
        confstr(name->number, value.data(), value.size());
        std::puts(value.c_str());
        return EXIT_SUCCESS;
    }
    if (const Name* name = find(path_limits, "_PC_", text)) {
        errno = 0;
        const long value = pathconf(path != nullptr ? path : "/", name->number);
        return value == -1 && errno != 0 ? util::complain(path != nullptr ? path : "/")
                                         : show_number(value);
    }
    if (const Name* name = find(limits, "_SC_", text)) {
        return show_number(sysconf(name->number));
    }
    return util::say("%s: unknown name; see: use getconf", text);
}

int set(const char* text, const char* value)
{
    const Name* name = find(strings, "_CS_", text);
    if (name == nullptr) {
        return util::say("%s: unknown name; see: use setconf", text);
    }
    std::string copy = value;
    errno = 0;
    return confstr(_CS_SET | name->number, copy.data(), copy.size() + 1) == 0 && errno != 0
               ? util::complain(text)
               : EXIT_SUCCESS;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const bool setting = std::strcmp(util::program, "setconf") == 0;
    if (argc != 3 && (setting || argc != 2)) {
        return util::say("wrong number of arguments; see: use getconf");
    }
    return util::finish(setting ? set(argv[1], argv[2])
                                : get(argv[1], argc == 3 ? argv[2] : nullptr));
}
