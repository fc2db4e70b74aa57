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
    {"CHILD_MAX", _SC_CHILD_MAX},
    {"CLK_TCK", _SC_CLK_TCK},
    {"OPEN_MAX", _SC_OPEN_MAX},
    {"PAGESIZE", _SC_PAGESIZE},
    {"NGROUPS_MAX", _SC_NGROUPS_MAX},
    {"PAGE_SIZE", _SC_PAGESIZE},
    {"IOV_MAX", _SC_IOV_MAX},
    {"HOST_NAME_MAX", _SC_HOST_NAME_MAX},
    {"NPROCESSORS_CONF", _SC_NPROCESSORS_CONF},
    {"NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN},
};
constexpr Name path_limits[] = {
    {"LINK_MAX", _PC_LINK_MAX}, {"NAME_MAX", _PC_NAME_MAX},   {"PATH_MAX", _PC_PATH_MAX},
    {"PIPE_BUF", _PC_PIPE_BUF}, {"MAX_INPUT", _PC_MAX_INPUT}, {"MAX_CANON", _PC_MAX_CANON},
};

// The number behind a name with or without its prefix ("_CS_"); null: not in this table.
template <size_t n>
const Name* find(const Name (&table)[n], const char* prefix, const char* text)
{
    if (std::strncmp(text, prefix, std::strlen(prefix)) == 0) {
        text += std::strlen(prefix);
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
