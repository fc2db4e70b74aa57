// SPDX-License-Identifier: Apache-2.0
// Every form of send, receive and reply, in unequal pieces.
#include "message_test.hpp"

#include <atomic>
#include <string.h>

namespace {

constexpr char text[] = "The quick brown fox jumps";
constexpr size_t text_size = sizeof text - 1;

void split(iov_t* iov, const char* data, const size_t (&sizes)[3])
{
    char* at = const_cast<char*>(data);
    for (int i = 0; i < 3; ++i) {
        SETIOV(&iov[i], at, sizes[i]);
        at += sizes[i];
    }
}

constexpr int forms = 16;
long send_form(int form, int coid, char* answer)
{
    iov_t out[3], in[3];
    split(out, text, {1, 0, text_size - 1});
    split(in, answer, {7, 11, 2});
    switch (form) {
    case 0:
        return MsgSend(coid, text, text_size, answer, 20);
    case 1:
        return MsgSendv(coid, out, 3, in, 3);
    case 2:
        return MsgSendsv(coid, text, text_size, in, 3);
    case 3:
        return MsgSendvs(coid, out, 3, answer, 20);
    case 4:
        return MsgSendnc(coid, text, text_size, answer, 20);
    case 5:
        return MsgSendvnc(coid, out, 3, in, 3);
    case 6:
        return MsgSendsvnc(coid, text, text_size, in, 3);
    case 7:
        return MsgSendvsnc(coid, out, 3, answer, 20);
    case 8:
        return MsgSend_r(coid, text, text_size, answer, 20);
    case 9:
        return MsgSendv_r(coid, out, 3, in, 3);
    case 10:
        return MsgSendsv_r(coid, text, text_size, in, 3);
    case 11:
        return MsgSendvs_r(coid, out, 3, answer, 20);
    case 12:
        return MsgSendnc_r(coid, text, text_size, answer, 20);
    case 13:
        return MsgSendvnc_r(coid, out, 3, in, 3);
    case 14:
        return MsgSendsvnc_r(coid, text, text_size, in, 3);
    default:
        return MsgSendvsnc_r(coid, out, 3, answer, 20);
    }
}

std::atomic<int> form_failures;

void* send_all_forms(void* arg)
{
    for (int form = 0; form < forms; ++form) {
        char answer[21]{};
        const long status = send_form(form, *static_cast<int*>(arg), answer);
        if (status != 100 + form || memcmp(answer, "0123456789abcdefghij", 20) != 0)
            ++form_failures;
    }
    return nullptr;
}

bool receive_form(int form, int chid)
{
    char data[64]{};
    iov_t in[3], out[3];
    split(in, data, {3, 20, 10});
    split(out, "0123456789abcdefghijklm", {2, 19, 2});
    const bool vector = form & 1;
    const int rcvid =
        vector ? MsgReceivev(chid, in, 3, nullptr) : MsgReceive_r(chid, data, sizeof data, nullptr);
    CHECK(rcvid > 0 && memcmp(data, text, text_size) == 0 && data[text_size] == 0);
    char again[8]{};
    iov_t part[2];
    SETIOV(&part[0], again, 2);
    SETIOV(&part[1], again + 2, 4);
    CHECK(MsgReadv(rcvid, part, 2, 4) == 6 && memcmp(again, "quick ", 6) == 0);
    if (form == 3) { // in two pieces, and an empty reply
        CHECK(MsgWritev(rcvid, out, 1, 0) == 2);
        CHECK(MsgWrite(rcvid, "23456789abcdefghijkl", 20, 2) == 18); // cut at the client's buffer
        return MsgReply(rcvid, 100 + form, nullptr, 0) == 0;
    }
    return (vector ? MsgReplyv(rcvid, 100 + form, out, 3)
                   : MsgReply_r(rcvid, 100 + form, "0123456789abcdefghijkl", 22)) == 0;
}

} // namespace

bool all_forms()
{
    Line line;
    pthread_t thread;
    form_failures = 0;
    CHECK(pthread_create(&thread, nullptr, send_all_forms, &line.coid) == 0);
    for (int form = 0; form < forms; ++form)
        CHECK(receive_form(form, line.chid));
    pthread_join(thread, nullptr);
    CHECK(form_failures == 0);
    CHECK(MsgSend_r(12345, text, 1, nullptr, 0) == -EBADF &&
          MsgSend(12345, text, 1, nullptr, 0) == -1 && errno == EBADF);
    iov_t huge[1];
    SETIOV(&huge[0], text, size_t{1} << 40);
    CHECK(MsgSendv(line.coid, huge, 1, nullptr, 0) == -1 && errno == EOVERFLOW);
    return true;
}

bool restart()
{
    Line line;
    Worker client;
    char data[16];
    CHECK(client.start(line.coid, send_hello));
    const int first = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(first > 0 && MsgError(first, ERESTART) == 0);
    memset(data, 0, sizeof data);
    const int second =
        MsgReceive(line.chid, data, sizeof data, nullptr); // the kernel sent it again
    CHECK(second > 0 && second != first && strcmp(data, "hello, world") == 0);
    CHECK(MsgError(second, EOK) == 0);
    client.join();
    CHECK(client.result == 0);
    return true;
}

bool read_iov()
{
    Line line;
    Worker client;
    CHECK(client.start(line.coid, [](Worker& w) -> long {
        iov_t out[3], in[2];
        split(out, text, {4, 6, 2});
        SETIOV(&in[0], w.in, 5);
        SETIOV(&in[1], w.in + 5, 9);
        return MsgSendv(w.coid, out, 3, in, 2);
    }));
    char data[4];
    iov_t parts[4]{};
    const int rcvid = MsgReceive(line.chid, data, sizeof data, nullptr);
    CHECK(MsgReadiov(rcvid, parts, 4, 0, _NTO_READIOV_SEND) == 3);
    CHECK(parts[0].iov_len == 4 && parts[1].iov_len == 6 && parts[2].iov_len == 2);
    CHECK(parts[1].iov_base == text + 4);
    CHECK(MsgReadiov(rcvid, parts, 4, 1, _NTO_READIOV_REPLY) == 1 &&
          parts[0].iov_base == client.in + 5);
    CHECK(MsgReadiov(rcvid, parts, 4, 3, _NTO_READIOV_SEND) == 0);
    CHECK(MsgReply(rcvid, 0, nullptr, 0) == 0);
    CHECK(MsgReadiov(rcvid, parts, 4, 0, _NTO_READIOV_SEND) == -1 && errno == ESRCH);
    client.join();
    return true;
}
