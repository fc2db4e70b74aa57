// SPDX-License-Identifier: Apache-2.0
// A file server of one file, by hand: programs whose file cannot be mapped are read by the loader.
#include "procmgr_test.hpp"
#include "waiting.hpp"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr const char* served_path = "/dev/procmgr-test-file";

union Message {
    uint16_t type;
    _io_connect connect;
    struct {
        _io_read header;
        _xtype_offset at;
    } read;
    unsigned char bytes[2048];
};

bool attach(int chid)
{
    struct {
        path_attach head;
        char path[32];
    } message{};
    message.head.type = PATH_ATTACH;
    message.head.chid = chid;
    message.head.handle = 7;
    strcpy(message.path, served_path);
    message.head.path_len = static_cast<uint32_t>(strlen(served_path)) + 1;
    return MsgSend(SYSMGR_COID, &message, sizeof message.head + message.head.path_len, nullptr,
                   0) != -1;
}

void answer_stat(int rcvid, const struct stat& info)
{
    _io_stat_data data{};
    data.mode = S_IFREG | 0755;
    data.size = info.st_size;
    data.nlink = 1;
    MsgReply(rcvid, 0, &data, sizeof data);
}

void answer_read(int rcvid, const Message& message, int file)
{
    static char buffer[8192];
    const size_t wanted =
        message.read.header.nbytes < sizeof buffer ? message.read.header.nbytes : sizeof buffer;
    const ssize_t got = pread(file, buffer, wanted, message.read.at.offset);
    if (got < 0 || (message.read.header.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_OFFSET)
        MsgError(rcvid, EIO);
    else
        MsgReply(rcvid, got, buffer, static_cast<size_t>(got));
}

} // namespace

int role_server(char**)
{
    const int file = open(self_path, O_RDONLY);
    const int chid = ChannelCreate(0);
    struct stat info;
    if (file < 0 || chid < 0 || fstat(file, &info) != 0 || !attach(chid))
        return 1;
    for (;;) {
        Message message;
        const int rcvid = MsgReceive(chid, &message, sizeof message, nullptr);
        if (rcvid <= 0)
            continue;
        switch (message.type & ~_IO_COMBINE_FLAG) {
        case _IO_CONNECT:
            if (message.connect.subtype == _IO_CONNECT_COMBINE_CLOSE)
                answer_stat(rcvid, info);
            else
                MsgReply(rcvid, 0, nullptr, 0);
            break;
        case _IO_STAT:
            answer_stat(rcvid, info);
            break;
        case _IO_READ:
            answer_read(rcvid, message, file);
            break;
        case _IO_CLOSE:
        case _IO_DUP:
            MsgReply(rcvid, 0, nullptr, 0);
            break;
        default:
            MsgError(rcvid, ENOSYS);
        }
    }
}

bool served_program()
{
    sys_objects before{};
    CHECK(settled_objects(before));
    const pid_t server = start_role({"server"});
    struct stat info;
    CHECK(comes_true([&] { return stat(served_path, &info) == 0; }));
    char* argv[] = {const_cast<char*>(served_path), const_cast<char*>("exit"),
                    const_cast<char*>("23"), nullptr};
    const int status = finish(spawn(served_path, 0, nullptr, nullptr, argv, argv + 3));
    // The server dies while a program is read from it, or before or after that: spawn never hangs.
    const pid_t late = spawn(served_path, 0, nullptr, nullptr, argv, argv + 3);
    kill(server, SIGKILL);
    CHECK(finish(server) == SIGKILL);
    CHECK(late == -1 || WEXITSTATUS(finish(late)) == 23);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 23);
    CHECK(stat(served_path, &info) == -1 && errno == ENOENT);
    return same_objects(before);
}
