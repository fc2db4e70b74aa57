// SPDX-License-Identifier: Apache-2.0
// mount: asks a server to serve something more: a file system, or a driver for io-pkt.
#include <sys/mount.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - mount a special device or remote file system, or start a driver\n\n"
          "%C -T type [-o options] special [mountpoint]\n"
          "%C -t type [-o options] [-bar] special mountpoint\n"
          " -T type      server type, for things without a mountpoint:\n"
          "              %C -T io-pkt -o mac=02a0b0c0d0e0 devnp-e1000.so\n"
          " -t type      file system type\n"
          " -o options   passed to the server; also ro, remount, noexec,\n"
          "              nosuid, before, after\n"
          " -r           read only\n")

namespace {

// Takes the options that are flags; what is left is the server's.
int split_options(char* text, char* rest, size_t room)
{
    struct Name {
        const char* name;
        unsigned flag;
    };
    static constexpr Name names[] = {{"ro", _MOUNT_READONLY},     {"rw", 0},
                                     {"remount", _MOUNT_REMOUNT}, {"noexec", _MOUNT_NOEXEC},
                                     {"nosuid", _MOUNT_NOSUID},   {"before", _MOUNT_BEFORE},
                                     {"after", _MOUNT_AFTER}};
    unsigned flags = 0;
    char* next = nullptr;
    for (char* word = strtok_r(text, ",", &next); word; word = strtok_r(nullptr, ",", &next)) {
        bool known = false;
        for (const Name& n : names) {
            if (std::strcmp(word, n.name) == 0) {
                flags |= n.flag;
                known = true;
            }
        }
        if (!known && std::strlen(rest) + std::strlen(word) + 2 <= room) {
            std::strcat(rest, *rest ? "," : "");
            std::strcat(rest, word);
        }
    }
    return static_cast<int>(flags);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const char* type = nullptr;
    bool server = false;
    int flags = 0;
    char options[1024] = "";
    for (int c; (c = getopt(argc, argv, "abo:rT:t:wu")) != -1;) {
        switch (c) {
        case 'a':
            flags |= static_cast<int>(_MOUNT_AFTER);
            break;
        case 'b':
            flags |= static_cast<int>(_MOUNT_BEFORE);
            break;
        case 'o':
            if (std::strlen(optarg) + std::strlen(options) + 2 > sizeof options) {
                return util::say("options too long");
            }
            flags |= split_options(optarg, options, sizeof options);
            break;
        case 'r':
            flags |= static_cast<int>(_MOUNT_READONLY);
            break;
        case 'u':
            flags |= static_cast<int>(_MOUNT_REMOUNT);
            break;
        case 'w':
            break;
        case 'T':
            server = true;
            type = optarg;
            break;
        case 't':
            type = optarg;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    const int left = argc - optind;
    if (!type || left < 1 || left > 2 || (!server && left != 2)) {
        std::fprintf(stderr, "usage: %s -T type [-o options] special [mountpoint]\n",
                     util::program);
        return EXIT_FAILURE;
    }
    const char* special = argv[optind];
    const char* directory = left == 2 ? argv[optind + 1] : nullptr;
    if (mount(special, directory, flags, type, options,
              static_cast<int>(std::strlen(options) + 1)) == -1) {
        if (errno == ENOENT || errno == ENOSYS) {
            return util::say("Can't mount %s%s%s (type %s)\nPossible reason: no server of type %s, "
                             "or %s is not there: %s",
                             special, directory ? " on " : "", directory ? directory : "", type,
                             type, special, std::strerror(errno));
        }
        return util::say("Can't mount %s%s%s (type %s): %s", special, directory ? " on " : "",
                         directory ? directory : "", type, std::strerror(errno));
    }
    return EXIT_SUCCESS;
}
