// SPDX-License-Identifier: Apache-2.0
// fs-tmpfs: a file system in memory.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/procmgr.h>
#include <unistd.h>

#include <abi/usage.h>

#include "server.hpp"

QNX_USAGE("%C - memory file system\n\n%C [-m mode] [-s size[k|m]] directory &\n"
          " -m mode  octal permissions of its root (default 1777)\n"
          " -s size  most bytes for file contents (default: what memory there is)\n")

namespace tmpfs {
Server server;
}

namespace {

int fail(const char* what, int error)
{
    std::fprintf(stderr, "fs-tmpfs: %s: %s\n", what, std::strerror(error));
    return EXIT_FAILURE;
}

bool size_value(const char* text, uint64_t& value)
{
    char* end = nullptr;
    value = std::strtoull(text, &end, 10);
    value <<= *end == 'k' || *end == 'K' ? 10 : *end == 'm' || *end == 'M' ? 20 : 0;
    return end != text && (*end == '\0' || end[1] == '\0') && value > 0;
}

int serve(const char* path, mode_t mode)
{
    using namespace tmpfs;
    static Tree tree(path, mode);
    if (!tree.root) {
        return fail("memory", ENOMEM);
    }
    server.tree = &tree;
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &server.connect, _RESMGR_IO_NFUNCS, &server.io);
    server.connect.open = on_open;
    server.connect.unlink = on_unlink;
    server.connect.rename = on_rename;
    server.connect.mknod = on_mknod;
    server.connect.readlink = on_readlink;
    server.connect.link = on_link;
    server.io.read = on_read;
    server.io.write = on_write;
    server.io.space = on_space;
    server.io.stat = on_stat;
    server.io.devctl = on_devctl;
    server.io.fdinfo = on_fdinfo;
    server.io.close_ocb = on_close;
    // One thread serves, and a file may be freed as its last descriptor closes: attributes are not locked.
    server.io.lock_ocb = nullptr;
    server.io.unlock_ocb = nullptr;
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch) {
        return fail("dispatch_create", errno);
    }
    resmgr_attr_t attr{};
    attr.nparts_max = 8;
    attr.msg_max_size = 4096;
    if (resmgr_attach(dispatch, &attr, path, _FTYPE_ANY, _RESMGR_FLAG_DIR, &server.connect,
                      &server.io, &tree.root->attr) == -1) {
        return fail(path, errno);
    }
    dispatch_context_t* context = dispatch_context_alloc(dispatch);
    if (!context) {
        return fail("dispatch_context_alloc", errno);
    }
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (;;) {
        dispatch_context_t* got = dispatch_block(context);
        if (!got) {
            return fail("dispatch_block", errno);
        }
        context = got;
        dispatch_handler(context);
    }
}

} // namespace

int main(int argc, char* argv[])
{
    mode_t mode = 01777;
    for (int c; (c = getopt(argc, argv, "m:s:")) != -1;) {
        switch (c) {
        case 'm':
            mode = static_cast<mode_t>(std::strtoul(optarg, nullptr, 8) & 07777);
            break;
        case 's':
            if (!size_value(optarg, tmpfs::FileData::limit)) {
                return fail(optarg, EINVAL);
            }
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    if (argc - optind != 1 || argv[optind][0] != '/') {
        std::fprintf(stderr, "usage: fs-tmpfs [-m mode] [-s size] /directory\n");
        return EXIT_FAILURE;
    }
    return serve(argv[optind], mode);
}
