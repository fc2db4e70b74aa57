// SPDX-License-Identifier: Apache-2.0
// The path test's server: receives, counts, answers.
#include "path_server.hpp"

#include <abi/proc_msg.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr uint16_t command_type = _IO_MAX + 1;
enum { do_attach, do_detach, do_refuse, do_names, do_count, do_resolve, do_compare };

struct Command {
    uint16_t type, what;
    uint32_t a, b;
    char text[128];
};

struct State {
    char letter = '?';
    int refusal = 0, count = 0;
    char names[128] = "";
    char last_path[128] = "";
    bool listed = false;
};

union Message {
    uint16_t type;
    Command command;
    _io_connect connect;
    char bytes[2048];
};

long attach_path(const Command& c, int chid)
{
    path_attach head{};
    head.type = PATH_ATTACH;
    head.flags = c.a;
    head.file_type = c.b;
    head.chid = chid;
    head.handle = 7;
    head.path_len = static_cast<uint32_t>(strlen(c.text) + 1);
    uint32_t id = 0;
    iov_t parts[2], reply;
    SETIOV(&parts[0], &head, sizeof head);
    SETIOV(&parts[1], c.text, head.path_len);
    SETIOV(&reply, &id, sizeof id);
    const long result = MsgSendv_r(SYSMGR_COID, parts, 2, &reply, 1);
    return result < 0 ? result : id;
}

long resolve_path(const char* path)
{
    Message message{};
    union {
        _io_connect_resolve_reply head;
        char bytes[2048];
    } reply{};
    message.connect.type = _IO_CONNECT;
    message.connect.subtype = _IO_CONNECT_RESOLVE;
    message.connect.path_len = static_cast<uint16_t>(strlen(path) + 1);
    strcpy(message.connect.path, path);
    const long result =
        MsgSend_r(SYSMGR_COID, &message, _IO_CONNECT_HDR + strlen(path) + 1, &reply, sizeof reply);
    return result < 0 ? result : reply.head.nentries;
}

long obey(State& state, const Command& c, int chid)
{
    proc_simple detach{};
    const int count = state.count;
    switch (c.what) {
    case do_attach:
        return attach_path(c, chid);
    case do_detach:
        detach.type = PATH_DETACH;
        detach.a = c.a;
        return MsgSend_r(SYSMGR_COID, &detach, sizeof detach, nullptr, 0);
    case do_refuse:
        state.refusal = static_cast<int>(c.a);
        return 0;
    case do_names:
        strcpy(state.names, c.text);
        return 0;
    case do_count:
        state.count = 0;
        return count;
    case do_resolve:
        return resolve_path(c.text);
    default:
        return strcmp(state.last_path, c.text) == 0;
    }
}

size_t add_record(char* to, const char* name, size_t length)
{
    const size_t size = (_IO_DIRENT_HDR + length + 1 + 7) & ~size_t{7};
    _io_dirent head{};
    memset(to, 0, size);
    head.d_ino = static_cast<uint64_t>(name[0]);
    head.d_reclen = static_cast<int16_t>(size);
    head.d_namelen = static_cast<int16_t>(length);
    memcpy(to, &head, _IO_DIRENT_HDR);
    memcpy(to + _IO_DIRENT_HDR, name, length);
    return size;
}

void answer_read(State& state, int rcvid)
{
    if (state.names[0] == '\0') {
        MsgReply(rcvid, 1, &state.letter, 1);
        return;
    }
    char out[1024];
    size_t used = 0;
    for (const char* at = state.names; *at && !state.listed;) {
        const size_t length = strcspn(at, " ");
        used += add_record(out + used, at, length);
        at += length + strspn(at + length, " ");
    }
    state.listed = true;
    MsgReply(rcvid, static_cast<long>(used), out, used);
}

void answer_stat(const State& state, int rcvid)
{
    _io_stat_data data{};
    data.ino = static_cast<uint64_t>(state.letter);
    data.dev = static_cast<uint32_t>(state.letter);
    data.mode = state.names[0] ? S_IFDIR | 0755u : S_IFREG | 0644u;
    data.nlink = 1;
    MsgReply(rcvid, 0, &data, sizeof data);
}

void answer_connect(State& state, const _io_connect& connect, int rcvid)
{
    strncpy(state.last_path, connect.path, sizeof state.last_path - 1);
    state.listed = false;
    if (state.refusal != 0) {
        MsgError(rcvid, state.refusal);
        return;
    }
    const size_t second = _IO_PATH_ALIGN(_IO_CONNECT_HDR + connect.path_len);
    uint16_t type = 0;
    memcpy(&type, reinterpret_cast<const char*>(&connect) + second, sizeof type);
    const bool combined = connect.subtype == _IO_CONNECT_COMBINE_CLOSE;
    if (combined && type == _IO_STAT)
        answer_stat(state, rcvid);
    else
        MsgReply(rcvid, 0, nullptr, 0);
}

[[noreturn]] void serve(char letter, int chid)
{
    State state;
    state.letter = letter;
    for (;;) {
        Message message{};
        _msg_info info;
        const int rcvid = MsgReceive(chid, &message, sizeof message, &info);
        if (rcvid <= 0)
            continue;
        const uint16_t type = message.type & static_cast<uint16_t>(~_IO_COMBINE_FLAG);
        if (type == command_type) {
            const long result = obey(state, message.command, chid);
            if (result < 0)
                MsgError(rcvid, static_cast<int>(-result));
            else
                MsgReply(rcvid, result, nullptr, 0);
            continue;
        }
        ++state.count;
        if (type == _IO_CONNECT)
            answer_connect(state, message.connect, rcvid);
        else if (type == _IO_READ)
            answer_read(state, rcvid);
        else if (type == _IO_STAT)
            answer_stat(state, rcvid);
        else if (type == _IO_CLOSE || type == _IO_LSEEK)
            MsgReply(rcvid, 0, nullptr, 0), state.listed = false;
        else
            MsgError(rcvid, ENOSYS);
    }
}

} // namespace

bool PathServer::start(char letter)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_ = fork();
    if (pid_ == 0) {
        const int chid = ChannelCreate(0);
        if (write(ends[1], &chid, sizeof chid) != sizeof chid)
            _exit(1);
        serve(letter, chid);
    }
    const bool told = pid_ > 0 && read(ends[0], &chid_, sizeof chid_) == sizeof chid_;
    close(ends[0]);
    close(ends[1]);
    coid_ = told ? ConnectAttach(0, pid_, chid_, _NTO_SIDE_CHANNEL, 0) : -1;
    return coid_ != -1;
}

void PathServer::stop()
{
    ConnectDetach(coid_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

int PathServer::command(int what, const char* text, uint32_t a, uint32_t b)
{
    Command c{};
    c.type = command_type;
    c.what = static_cast<uint16_t>(what);
    c.a = a;
    c.b = b;
    strncpy(c.text, text, sizeof c.text - 1);
    return static_cast<int>(MsgSend_r(coid_, &c, sizeof c, nullptr, 0));
}

int PathServer::attach(const char* path, uint32_t flags, uint32_t file_type)
{
    return command(do_attach, path, flags, file_type);
}

bool PathServer::detach(int id)
{
    return command(do_detach, "", static_cast<uint32_t>(id)) == 0;
}

bool PathServer::refuse(int error)
{
    return command(do_refuse, "", static_cast<uint32_t>(error)) == 0;
}

bool PathServer::names(const char* list)
{
    return command(do_names, list) == 0;
}

int PathServer::messages()
{
    return command(do_count, "");
}

int PathServer::resolve(const char* path)
{
    return command(do_resolve, path);
}

bool PathServer::last_path_is(const char* path)
{
    return command(do_compare, path) == 1;
}
