// SPDX-License-Identifier: Apache-2.0
// Local sockets against the running stack: names in the path space, streams, descriptors and credentials between processes.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <initializer_list>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.hpp"
#include "waiting.hpp"

namespace {

struct sockaddr_un name_of(const char* path)
{
    struct sockaddr_un un = {};
    un.sun_family = AF_LOCAL;
    strcpy(un.sun_path, path);
    un.sun_len = static_cast<uint8_t>(SUN_LEN(&un));
    return un;
}

int bind_to(int fd, const char* path)
{
    struct sockaddr_un un = name_of(path);
    return bind(fd, reinterpret_cast<struct sockaddr*>(&un), static_cast<socklen_t>(SUN_LEN(&un)));
}

int connect_to(int fd, const char* path)
{
    struct sockaddr_un un = name_of(path);
    return connect(fd, reinterpret_cast<struct sockaddr*>(&un),
                   static_cast<socklen_t>(SUN_LEN(&un)));
}

bool send_fd(int through, int fd, char tag)
{
    alignas(8) char control[CMSG_SPACE(sizeof(int))] = {};
    struct iovec part = {&tag, 1};
    struct msghdr msg = {};
    msg.msg_iov = &part;
    msg.msg_iovlen = 1;
    msg.msg_control = control;
    msg.msg_controllen = sizeof control;
    struct cmsghdr* c = CMSG_FIRSTHDR(&msg);
    c->cmsg_len = CMSG_LEN(sizeof fd);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return sendmsg(through, &msg, 0) == 1;
}

int receive_fd(int through, char* tag)
{
    alignas(8) char control[CMSG_SPACE(sizeof(int))] = {};
    struct iovec part = {tag, 1};
    struct msghdr msg = {};
    msg.msg_iov = &part;
    msg.msg_iovlen = 1;
    msg.msg_control = control;
    msg.msg_controllen = sizeof control;
    if (recvmsg(through, &msg, 0) != 1)
        return -1;
    struct cmsghdr* c = CMSG_FIRSTHDR(&msg);
    if (c == nullptr || c->cmsg_type != SCM_RIGHTS)
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

// Whether a folder's listing has a name.
bool listed(const char* folder, const char* name)
{
    DIR* dir = opendir(folder);
    bool found = false;
    while (const struct dirent* each = dir != nullptr ? readdir(dir) : nullptr)
        found |= strcmp(each->d_name, name) == 0;
    if (dir != nullptr)
        closedir(dir);
    return found;
}

bool names_are_in_the_path_space()
{
    int s = socket(AF_LOCAL, SOCK_STREAM, 0), t = socket(AF_LOCAL, SOCK_STREAM, 0);
    struct stat st;
    CHECK(s != -1 && t != -1);
    const mode_t before = umask(027);
    CHECK(bind_to(s, "/tmp/name") == 0);
    umask(before);
    CHECK(stat("/tmp/name", &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0750);
    CHECK(listed("/tmp", "name"));
    CHECK(st.st_uid == geteuid());
    CHECK(bind_to(t, "/tmp/name") == -1 && errno == EADDRINUSE);
    CHECK(bind_to(t, "/no/such/folder/x") == -1 && errno == ENOENT);
    CHECK(open("/tmp/name", O_RDWR) == -1 && errno == EOPNOTSUPP);
    CHECK(connect_to(t, "/tmp/name") == -1 && errno == ECONNREFUSED);
    CHECK(chmod("/tmp/name", 0700) == 0 && stat("/tmp/name", &st) == 0 &&
          (st.st_mode & 0777) == 0700);
    close(s);
    CHECK(stat("/tmp/name", &st) == 0); // until it is unlinked
    CHECK(connect_to(t, "/tmp/name") == -1 && errno == ECONNREFUSED);
    CHECK(unlink("/tmp/name") == 0);
    CHECK(!listed("/tmp", "name"));
    CHECK(stat("/tmp/name", &st) == -1 && errno == ENOENT);
    CHECK(connect_to(t, "/tmp/name") == -1 && errno == ENOENT);
    int file = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    close(file);
    CHECK(bind_to(t, "/tmp/file") == -1 && errno == EADDRINUSE);
    unlink("/tmp/file");
    close(t);
    CHECK(socket(AF_LOCAL, SOCK_SEQPACKET, 0) == -1 && errno == EPROTOTYPE);
    return true;
}

bool relative_names_are_of_the_folder()
{
    int s = socket(AF_LOCAL, SOCK_DGRAM, 0), t = socket(AF_LOCAL, SOCK_DGRAM, 0);
    CHECK(mkdir("/tmp/folder", 0755) == 0 && chdir("/tmp/folder") == 0);
    CHECK(bind_to(s, "here") == 0);
    CHECK(chdir("/") == 0);
    CHECK(connect_to(t, "/tmp/folder/here") == 0);
    CHECK(send(t, "x", 1, 0) == 1);
    struct sockaddr_un un;
    socklen_t length = sizeof un;
    CHECK(getsockname(s, reinterpret_cast<struct sockaddr*>(&un), &length) == 0);
    CHECK(strcmp(un.sun_path, "/tmp/folder/here") == 0);
    close(s);
    close(t);
    CHECK(unlink("/tmp/folder/here") == 0 && rmdir("/tmp/folder") == 0);
    return true;
}

bool a_pair_is_connected()
{
    int fds[2];
    char data[64];
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, fds) == 0);
    CHECK(write(fds[0], "hello", 5) == 5);
    struct pollfd p = {fds[1], POLLIN, 0};
    CHECK(poll(&p, 1, 1000) == 1 && (p.revents & POLLIN) != 0);
    CHECK(read(fds[1], data, sizeof data) == 5 && memcmp(data, "hello", 5) == 0);
    CHECK(recv(fds[1], data, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(shutdown(fds[1], SHUT_WR) == 0 && read(fds[0], data, 1) == 0);
    close(fds[1]);
    CHECK(send(fds[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    close(fds[0]);
    CHECK(socketpair(AF_INET, SOCK_STREAM, 0, fds) == -1 && errno == EOPNOTSUPP);
    return true;
}

bool a_server_serves_a_process()
{
    int server = socket(AF_LOCAL, SOCK_STREAM, 0);
    CHECK(bind_to(server, "/tmp/server") == 0 && listen(server, 5) == 0);
    pid_t child = fork();
    if (child == 0) {
        int c = socket(AF_LOCAL, SOCK_STREAM, 0);
        char answer[8] = "";
        bool good = connect_to(c, "/tmp/server") == 0 && write(c, "question", 8) == 8 &&
                    read(c, answer, sizeof answer) == 6 && memcmp(answer, "answer", 6) == 0;
        _exit(good ? 0 : 1);
    }
    CHECK(child > 0);
    struct sockaddr_un peer;
    socklen_t length = sizeof peer;
    int c = accept(server, reinterpret_cast<struct sockaddr*>(&peer), &length);
    CHECK(c != -1 && peer.sun_family == AF_LOCAL);
    struct unpcbid id;
    length = sizeof id;
    CHECK(getsockopt(c, 0, LOCAL_PEEREID, &id, &length) == 0 && id.unp_pid == child);
    uid_t uid;
    gid_t gid;
    CHECK(getpeereid(c, &uid, &gid) == 0 && uid == geteuid() && gid == getegid());
    char data[64];
    CHECK(read(c, data, sizeof data) == 8 && write(c, "answer", 6) == 6);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(read(c, data, sizeof data) == 0);
    close(c);
    close(server);
    CHECK(unlink("/tmp/server") == 0);
    return true;
}

// What is passed: a file of a server, a pipe, one of procnto's files, a socket.
bool descriptors_reach_another_process()
{
    int way[2], pipe_ends[2];
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, way) == 0 && pipe(pipe_ends) == 0);
    int file = open("/tmp/passed", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(file != -1 && write(file, "0123456789", 10) == 10 && lseek(file, 3, SEEK_SET) == 3);
    pid_t child = fork();
    if (child == 0) {
        close(way[0]);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        close(file);
        char tag, data[8];
        int f = receive_fd(way[1], &tag);
        bool good = f != -1 && tag == 'f' && read(f, data, 4) == 4 && memcmp(data, "3456", 4) == 0;
        int n = receive_fd(way[1], &tag);
        good = good && n != -1 && tag == 'n' && write(n, "x", 1) == 1;
        int p = receive_fd(way[1], &tag);
        good = good && p != -1 && tag == 'p' && write(p, "pipe", 4) == 4;
        int s = receive_fd(way[1], &tag);
        good = good && s != -1 && tag == 's' && write(s, "sock", 4) == 4;
        _exit(good ? 0 : 1);
    }
    close(way[1]);
    int null = open("/dev/null", O_RDWR);
    int pair[2];
    CHECK(null != -1 && socketpair(AF_LOCAL, SOCK_STREAM, 0, pair) == 0);
    CHECK(send_fd(way[0], file, 'f') && send_fd(way[0], null, 'n'));
    CHECK(send_fd(way[0], pipe_ends[1], 'p') && send_fd(way[0], pair[1], 's'));
    close(null);
    close(pair[1]);
    close(pipe_ends[1]); // in flight they live on
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    char data[8];
    CHECK(lseek(file, 0, SEEK_CUR) == 7); // one open file, two processes
    CHECK(read(pipe_ends[0], data, 8) == 4 && memcmp(data, "pipe", 4) == 0);
    CHECK(read(pipe_ends[0], data, 8) == 0); // nobody holds the other end any more
    CHECK(read(pair[0], data, 8) == 4 && memcmp(data, "sock", 4) == 0);
    CHECK(read(pair[0], data, 8) == 0);
    CHECK(!send_fd(way[0], 999, 'b') && errno == EBADF);
    close(way[0]);
    close(pair[0]);
    close(pipe_ends[0]);
    close(file);
    unlink("/tmp/passed");
    return true;
}

bool descriptors_nobody_takes_are_closed()
{
    int way[2], ends[2];
    char data[8];
    CHECK(socketpair(AF_LOCAL, SOCK_DGRAM, 0, way) == 0 && pipe(ends) == 0);
    CHECK(send_fd(way[0], ends[1], 'x') && send_fd(way[0], ends[1], 'y'));
    close(ends[1]);
    CHECK(recv(way[1], data, 1, 0) == 1 && data[0] == 'x'); // without room for it
    close(way[1]);
    CHECK(read(ends[0], data, sizeof data) == 0);
    close(ends[0]);
    close(way[0]);
    return true;
}

// The stack's own sockets, dropped while it closes another: a bound port is free at once, and a chain of them goes as well.
bool sockets_nobody_takes_are_closed()
{
    struct sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(4711);
    const auto* address = reinterpret_cast<const struct sockaddr*>(&name);
    int bound = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(bind(bound, address, sizeof name) == 0);
    int inner[2], outer[2];
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, inner) == 0);
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, outer) == 0);
    CHECK(send_fd(inner[0], bound, 'a'));
    for (int i = 0; i < 20; ++i) // 20 copies of it
        CHECK(send_fd(inner[0], bound, 'b'));
    CHECK(send_fd(outer[0], inner[1], 'c'));
    close(bound);
    close(inner[1]);
    int again = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(bind(again, address, sizeof name) == -1 && errno == EADDRINUSE);
    close(outer[1]); // with it goes inner[1], with that all of the bound one
    CHECK(bind(again, address, sizeof name) == 0);
    close(again);
    close(inner[0]);
    close(outer[0]);
    return true;
}

int bound_to(uint16_t port)
{
    struct sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s != -1 && bind(s, reinterpret_cast<const struct sockaddr*>(&name), sizeof name) == 0)
        return s;
    close(s);
    return -1;
}

// Sockets that lie in each other's buffers, and a bound port with them: the port is free when nobody can receive it any more.
// `round` chooses in which order the descriptors are closed.
bool one_ring(int round)
{
    int a[2], b[2];
    CHECK(socketpair(AF_LOCAL, round % 2 != 0 ? SOCK_STREAM : SOCK_DGRAM, 0, a) == 0);
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, b) == 0);
    int port = bound_to(4712);
    CHECK(port != -1);
    CHECK(send_fd(a[0], port, 'p') && close(port) == 0);
    CHECK(send_fd(a[0], a[1], 's')); // itself
    CHECK(send_fd(a[0], b[1], 'b') && send_fd(b[0], a[1], 'a'));
    const int order[] = {a[0], b[0], a[1], b[1]};
    int ways_in = 2; // a[1] and b[1]
    for (int i = 0; i < 4; ++i) {
        const int fd = order[(round / 2 + i) % 4];
        CHECK(bound_to(4712) == -1 && errno == EADDRINUSE);
        CHECK(close(fd) == 0);
        ways_in -= fd == a[1] || fd == b[1];
        if (ways_in == 0)
            break;
    }
    CHECK((port = bound_to(4712)) != -1 && close(port) == 0);
    for (int fd : {a[0], b[0]})
        (void)close(fd); // perhaps a second time
    return true;
}

bool rings_are_collected()
{
    for (int round = 0; round < 1000; ++round)
        CHECK(one_ring(round));
    return true;
}

// A listener that lies in its own connection, with a process that is killed.
bool rings_of_the_dead_are_collected()
{
    pid_t child = fork();
    if (child == 0) {
        int server = socket(AF_LOCAL, SOCK_STREAM, 0), c = socket(AF_LOCAL, SOCK_STREAM, 0);
        const bool good = bind_to(server, "/tmp/ring") == 0 && listen(server, 2) == 0 &&
                          connect_to(c, "/tmp/ring") == 0 && send_fd(c, server, 's') &&
                          send_fd(c, bound_to(4713), 'p');
        _exit(good && kill(getpid(), SIGKILL) == 0 ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    int port = -1; // the stack hears of the death a moment later
    CHECK(comes_true([&] { return (port = bound_to(4713)) != -1; }) && close(port) == 0);
    CHECK(unlink("/tmp/ring") == 0);
    return true;
}

// A ring that somebody can still receive from is none.
bool rings_in_use_stay()
{
    int a[2], b[2];
    char tag;
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, a) == 0);
    CHECK(socketpair(AF_LOCAL, SOCK_STREAM, 0, b) == 0);
    CHECK(send_fd(a[0], a[1], 'a') && send_fd(b[0], a[1], 'b'));
    close(a[1]); // in its own buffer, and in that of b[1], which is open
    int back = receive_fd(b[1], &tag);
    CHECK(back != -1 && tag == 'b');
    int again = receive_fd(back, &tag);
    CHECK(again != -1 && tag == 'a');
    CHECK(write(a[0], "x", 1) == 1 && read(again, &tag, 1) == 1 && tag == 'x');
    for (int fd : {a[0], b[0], b[1], back, again})
        close(fd);
    return true;
}

bool credentials_come_with_the_data()
{
    int way[2];
    CHECK(socketpair(AF_LOCAL, SOCK_DGRAM, 0, way) == 0);
    int on = 1;
    CHECK(setsockopt(way[1], 0, LOCAL_CREDS, &on, sizeof on) == 0);
    CHECK(send(way[0], "x", 1, 0) == 1);
    alignas(8) char control[256];
    char data[8];
    struct iovec part = {data, sizeof data};
    struct msghdr msg = {};
    msg.msg_iov = &part;
    msg.msg_iovlen = 1;
    msg.msg_control = control;
    msg.msg_controllen = sizeof control;
    CHECK(recvmsg(way[1], &msg, 0) == 1);
    struct cmsghdr* c = CMSG_FIRSTHDR(&msg);
    CHECK(c != nullptr && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDS);
    struct sockcred who;
    memcpy(&who, CMSG_DATA(c), sizeof who);
    CHECK(who.sc_euid == geteuid() && who.sc_egid == getegid());
    close(way[0]);
    close(way[1]);
    return true;
}

bool a_killed_client_leaves_nothing()
{
    int server = socket(AF_LOCAL, SOCK_STREAM, 0);
    CHECK(bind_to(server, "/tmp/killed") == 0 && listen(server, 5) == 0);
    pid_t child = fork();
    if (child == 0) {
        int c = socket(AF_LOCAL, SOCK_STREAM, 0);
        char data;
        if (connect_to(c, "/tmp/killed") == 0)
            (void)read(c, &data, 1); // for ever
        _exit(1);
    }
    int c = accept(server, nullptr, nullptr);
    CHECK(c != -1 && kill(child, SIGKILL) == 0);
    char data;
    CHECK(read(c, &data, 1) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    close(c);
    close(server);
    CHECK(unlink("/tmp/killed") == 0);
    return true;
}

} // namespace

int main()
{
    const TapTest tests[] = {
        {"names are in the path space", names_are_in_the_path_space},
        {"relative names are of the folder", relative_names_are_of_the_folder},
        {"a pair is connected", a_pair_is_connected},
        {"a server serves a process", a_server_serves_a_process},
        {"descriptors reach another process", descriptors_reach_another_process},
        {"descriptors nobody takes are closed", descriptors_nobody_takes_are_closed},
        {"sockets nobody takes are closed", sockets_nobody_takes_are_closed},
        {"rings are collected", rings_are_collected},
        {"rings of the dead are collected", rings_of_the_dead_are_collected},
        {"rings in use stay", rings_in_use_stay},
        {"credentials come with the data", credentials_come_with_the_data},
        {"a killed client leaves nothing", a_killed_client_leaves_nothing},
    };
    return run_tests(tests);
}
