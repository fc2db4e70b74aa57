// SPDX-License-Identifier: Apache-2.0
// The less common half of message passing: the table of tests, what they share, and what child processes do.
#include "message_test.hpp"

#include <abi/usage.h>

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - kernel message passing test, second part\n"
          "%C\n");

extern char** environ;

namespace {

const char* self_path;

const TapTest tests[] = {
    {"MSG-0001 all forms, in unequal pieces", all_forms},
    {"MSG-0002 MsgError(ERESTART) sends again", restart},
    {"MSG-0003 MsgReadiov", read_iov},
    {"MSG-0004 pulse pool with its event", pulse_pool},
    {"MSG-0005 pulse pool without one ends the process", pulse_pool_without_event},
    {"MSG-0006 private and public channels", private_channels},
    {"MSG-0007 MsgPause and RESTART", pausing},
    {"MSG-0008 UNBLOCK_TIMER, EINTR through MsgError(-1)", unblock_codes},
    {"MSG-0009 MsgKeyData", key_data},
    {"MSG-0010 ConnectClientInfoAble", client_abilities},
    {"MSG-0011 an unprivileged server inherits 63 at most", priority_cap},
    {"MSG-0012 SIGEV_MEMORY", memory_events},
    {"MSG-0013 SIGEV_THREAD", thread_events},
    {"MSG-0014 MsgVerifyEvent, events registered for one server", verify_and_ownership},
    {"MSG-0015 INHERIT_RUNMASK", inherit_runmask},
    {"MSG-0016 a boost passes through a server that waits", boost_through_servers},
};

// --- what child processes do

int flood()
{
    nto_channel_config config{};
    config.num_pulses = 2;
    Line line(ChannelCreatePulsePool(_NTO_CHF_PRIVATE, &config), true);
    for (int i = 0; i < 3; ++i)
        MsgSendPulse(line.coid, 10, 1, 1);
    return 1;
}

int unprivileged()
{
    if (setgid(1000) != 0 || setuid(1000) != 0)
        return 1;
    if (ChannelCreate(0) != -1 || errno != EPERM)
        return 2;
    return ChannelCreate(_NTO_CHF_PRIVATE) == -1 ? 3 : 0;
}

int drop(int coid)
{
    return setuid(1000) != 0 || MsgSend(coid, "x", 1, nullptr, 0) != 0;
}

int serve(int coid)
{
    const int chid = ChannelCreate(0);
    char data[16];
    if (setuid(1000) != 0 || MsgSend(coid, &chid, sizeof chid, nullptr, 0) != 0)
        return 1;
    const int rcvid = MsgReceive(chid, data, sizeof data, nullptr);
    sched_param param{};
    SchedGet(0, 0, &param);
    return MsgReply(rcvid, param.sched_curpriority, nullptr, 0) != 0;
}

} // namespace

long send_hello(Worker& w)
{
    return MsgSend(w.coid, "hello, world", 13, w.in, sizeof w.in);
}

pid_t spawn_child(const char* what, int chid)
{
    char number[16];
    snprintf(number, sizeof number, "%d", chid);
    const char* argv[] = {"message-test", what, number, nullptr};
    pid_t pid;
    return posix_spawn(&pid, self_path, nullptr, nullptr, const_cast<char**>(argv), environ) == 0
               ? pid
               : -1;
}

bool run_child(const char* what, int chid, int& status)
{
    const pid_t pid = spawn_child(what, chid);
    return pid != -1 && waitpid(pid, &status, 0) == pid;
}

int main(int argc, char** argv)
{
    self_path = argv[0][0] == '/' ? argv[0] : "/proc/boot/message-test";
    if (argc != 3)
        return run_tests(tests);
    if (strcmp(argv[1], "flood") == 0)
        return flood();
    if (strcmp(argv[1], "unprivileged") == 0)
        return unprivileged();
    const int coid = ConnectAttach(0, getppid(), atoi(argv[2]), _NTO_SIDE_CHANNEL, 0);
    if (strcmp(argv[1], "connect") == 0)
        return coid == -1 ? errno : 0;
    return strcmp(argv[1], "drop") == 0 ? drop(coid) : serve(coid);
}
