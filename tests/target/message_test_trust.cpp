// SPDX-License-Identifier: Apache-2.0
// Who may what: key data, abilities of clients, priorities of servers without privilege.
#include "message_test.hpp"
#include "waiting.hpp"

#include <string.h>
#include <sys/procmgr.h>
#include <sys/wait.h>
#include <unistd.h>

bool key_data()
{
    Line line;
    Worker client;
    char data[16], other[13] = "hello, w0rld";
    CHECK(client.start(line.coid, send_hello));
    const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    iov_t good, bad;
    SETIOV(&good, data, 13);
    SETIOV(&bad, other, 13);
    uint32_t key = 0, check = 1;
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_CALCULATE, 0, &key, &good, 1) == 0 && key != 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &good, 1) == 0 && check == 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &bad, 1) == 0 && check != 0);
    CHECK(MsgKeyData(rcvid, 7, key, &check, &good, 1) == -1 && errno == EINVAL);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(MsgKeyData(rcvid, _NTO_KEYDATA_VERIFY, key, &check, &good, 1) == -1 && errno == ESRCH);
    client.join();
    return true;
}

/// The child has given root up; the first message says so.
bool client_abilities()
{
    Line line;
    const pid_t pid = spawn_child("drop", line.chid);
    CHECK(pid > 0);
    char data[16];
    _msg_info info;
    const int rcvid = MsgReceive(line.chid, data, sizeof data, &info);
    CHECK(rcvid > 0 && info.pid == pid);
    _client_info* client = nullptr;
    _client_able able[] = {{PROCMGR_AID_SPAWN, 0, 0, UINT64_MAX},
                           {PROCMGR_AID_FORK, 0, 0, UINT64_MAX},
                           {PROCMGR_AID_IO, 0, 0, UINT64_MAX}};
    CHECK(ConnectClientInfoAble(info.scoid, &client, 0, able, 2) == 0);
    CHECK(client->cred.euid == 1000 && !(client->flags & _NTO_CI_UNABLE));
    ClientInfoExtFree(&client);
    CHECK(ConnectClientInfoAble(info.scoid, &client, 0, able, 3) == 0 &&
          (client->flags & _NTO_CI_UNABLE));
    ClientInfoExtFree(&client);
    CHECK(ConnectClientInfoAble(12345, &client, 0, able, 1) == -1 && errno == EINVAL);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return true;
}

/// A server without privilege does not inherit a privileged priority.
bool priority_cap()
{
    Line line;
    const pid_t pid = spawn_child("serve", line.chid);
    int their_chid = 0;
    const int rcvid = MsgReceive(line.chid, &their_chid, sizeof their_chid, nullptr);
    CHECK(pid > 0 && rcvid > 0);
    Worker client;
    client.coid = ConnectAttach(0, pid, their_chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(client.coid != -1 && MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(client.start(client.coid, [](Worker& w) -> long {
        sched_param param{};
        param.sched_priority = 100;
        return SchedSet(0, 0, SCHED_RR, &param) == -1 ? -3 : send_hello(w);
    }));
    client.join();
    CHECK(client.result == 63);
    CHECK(ConnectDetach(client.coid) == 0);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    return true;
}

/// A server that waits for another server passes a boost on.
bool boost_through_servers()
{
    Line front, back;
    struct Middle {
        Line &front, &back;
    } lines{front, back};
    pthread_t middle;
    CHECK(pthread_create(
              &middle, nullptr,
              [](void* arg) -> void* {
                  auto* both = static_cast<Middle*>(arg);
                  char data[16];
                  for (int i = 0; i < 2; ++i) {
                      const int rcvid = MsgReceive(both->front.chid, data, sizeof data, nullptr);
                      if (i == 0)
                          MsgSend(both->back.coid, data, sizeof data, nullptr, 0);
                      MsgReply(rcvid, 0, nullptr, 0);
                  }
                  return nullptr;
              },
              &lines) == 0);
    Worker low, high;
    char data[16];
    CHECK(low.start(front.coid, send_hello));
    const int rcvid = MsgReceive(back.chid, data, sizeof data, nullptr); // the middle waits for us
    CHECK(high.start(front.coid, [](Worker& w) -> long {
        sched_param param{};
        param.sched_priority = 18;
        return SchedSet(0, 0, SCHED_RR, &param) == -1 ? -3 : send_hello(w);
    }));
    sched_param param{};
    CHECK(
        comes_true([&] { return SchedGet(0, 0, &param) != -1 && param.sched_curpriority == 18; }));
    CHECK(param.sched_priority == 10);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    low.join(), high.join();
    pthread_join(middle, nullptr);
    CHECK(low.result == 0 && high.result == 0);
    return MsgReceive(-1, nullptr, 0, nullptr) == 0;
}
