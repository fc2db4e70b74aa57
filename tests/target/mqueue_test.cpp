// SPDX-License-Identifier: Apache-2.0
// POSIX message queues: order, limits, waiting, attributes, notices, names.
#include "tap.hpp"

#include <abi/usage.h>

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - test of message queues\n"
          "%C\n");

namespace {

constexpr char name[] = "/test-queue";

mqd_t make(long maxmsg, long msgsize, int flags = O_RDWR)
{
    mq_attr attr{};
    attr.mq_maxmsg = maxmsg;
    attr.mq_msgsize = msgsize;
    return mq_open(name, flags | O_CREAT | O_EXCL, 0600, &attr);
}

timespec soon(long milliseconds)
{
    timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += milliseconds * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

bool drop(mqd_t queue)
{
    return mq_close(queue) == 0 && mq_unlink(name) == 0;
}

bool order()
{
    const mqd_t queue = make(8, 16);
    CHECK(queue != -1);
    const struct {
        const char* text;
        unsigned priority;
    } sent[] = {{"a", 1}, {"b", 5}, {"c", 1}, {"d", 31}, {"", 5}};
    for (const auto& message : sent)
        CHECK(mq_send(queue, message.text, strlen(message.text), message.priority) == 0);
    mq_attr attr{};
    CHECK(mq_getattr(queue, &attr) == 0 && attr.mq_curmsgs == 5 && attr.mq_maxmsg == 8);
    CHECK(attr.mq_msgsize == 16 && attr.mq_flags == 0);
    const char* expected[] = {"d", "b", "", "a", "c"};
    const unsigned priorities[] = {31, 5, 5, 1, 1};
    for (int i = 0; i < 5; ++i) {
        char text[16] = {};
        unsigned priority = 99;
        const ssize_t length = mq_receive(queue, text, sizeof text, &priority);
        CHECK(length == static_cast<ssize_t>(strlen(expected[i])) && priority == priorities[i]);
        CHECK(memcmp(text, expected[i], static_cast<size_t>(length)) == 0);
    }
    return drop(queue);
}

bool errors()
{
    CHECK(mq_open(name, O_RDONLY) == -1 && errno == ENOENT);
    CHECK(mq_open("/", O_RDONLY) == -1 && errno == EINVAL);
    CHECK(make(0, 1) == -1 && errno == EINVAL && make(1, -1) == -1 && errno == EINVAL);
    CHECK(mq_unlink(name) == -1 && errno == ENOENT);
    const mqd_t queue = make(1, 4, O_RDWR | O_NONBLOCK);
    CHECK(queue != -1 && make(1, 4) == -1 && errno == EEXIST);
    char text[4];
    CHECK(mq_receive(queue, text, 3, nullptr) == -1 && errno == EMSGSIZE);
    CHECK(mq_receive(queue, text, 4, nullptr) == -1 && errno == EAGAIN);
    CHECK(mq_send(queue, "12345", 5, 0) == -1 && errno == EMSGSIZE);
    CHECK(mq_send(queue, "1", 1, 32) == -1 && errno == EINVAL);
    CHECK(mq_send(queue, nullptr, 1, 0) == -1 && errno == EFAULT);
    CHECK(mq_send(queue, "1", 1, 0) == 0 && mq_send(queue, "1", 1, 0) == -1 && errno == EAGAIN);
    const mqd_t in = mq_open(name, O_RDONLY), out = mq_open(name, O_WRONLY);
    CHECK(mq_send(in, "1", 1, 0) == -1 && errno == EBADF);
    CHECK(mq_receive(out, text, 4, nullptr) == -1 && errno == EBADF);
    const int pipe_end = open("/dev/null", O_RDWR);
    mq_attr attr{};
    CHECK(mq_getattr(pipe_end, &attr) == -1 && errno == EBADF);
    return close(pipe_end) == 0 && mq_close(in) == 0 && mq_close(out) == 0 && drop(queue);
}

void* receive_one(void* queue)
{
    char text[8];
    return reinterpret_cast<void*>(mq_receive(*static_cast<mqd_t*>(queue), text, 8, nullptr));
}

bool waiting()
{
    mqd_t queue = make(1, 8);
    char text[8];
    timespec limit = soon(5);
    CHECK(mq_timedreceive(queue, text, 8, nullptr, &limit) == -1 && errno == ETIMEDOUT);
    CHECK(mq_send(queue, "full", 4, 0) == 0);
    limit = soon(5);
    CHECK(mq_timedsend(queue, "more", 4, 0, &limit) == -1 && errno == ETIMEDOUT);
    timespec wrong{0, 1000000000};
    CHECK(mq_timedsend(queue, "more", 4, 0, &wrong) == -1 && errno == EINVAL);
    CHECK(mq_timedreceive(queue, text, 8, nullptr, &wrong) == 4); // nothing to wait for
    pthread_t receiver;
    void* got = nullptr;
    pthread_create(&receiver, nullptr, receive_one, &queue);
    mq_attr attr{};
    while (mq_getattr(queue, &attr) == 0 && attr.mq_recvwait == 0)
        usleep(1000);
    CHECK(attr.mq_recvwait == 1 && attr.mq_sendwait == 0);
    CHECK(mq_send(queue, "word", 4, 3) == 0 && pthread_join(receiver, &got) == 0);
    CHECK(reinterpret_cast<long>(got) == 4);
    const pid_t child = fork(); // the descriptor is inherited
    if (child == 0) {
        signal(SIGALRM, [](int) {});
        alarm(1);
        const bool first = mq_receive(queue, text, 8, nullptr) == 2;
        _exit(first && mq_receive(queue, text, 8, nullptr) == -1 && errno == EINTR ? 0 : 1);
    }
    int status = -1;
    CHECK(mq_send(queue, "ab", 2, 0) == 0 && waitpid(child, &status, 0) == child && status == 0);
    return drop(queue);
}

bool attributes()
{
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0640, nullptr);
    mq_attr attr{}, old{};
    struct stat about {};
    CHECK(mq_getattr(queue, &attr) == 0 && attr.mq_maxmsg == 1024 && attr.mq_msgsize == 4096);
    attr.mq_flags = O_NONBLOCK;
    attr.mq_maxmsg = 1;
    CHECK(mq_setattr(queue, &attr, &old) == 0 && old.mq_flags == 0);
    CHECK(mq_getattr(queue, &attr) == 0 && attr.mq_flags == O_NONBLOCK && attr.mq_maxmsg == 1024);
    CHECK(mq_send(queue, "x", 1, 0) == 0 && stat("/dev/mqueue/test-queue", &about) == 0);
    CHECK(about.st_size == 1 && (about.st_mode & 0777) == (0640 & ~022));
    bool seen = false;
    DIR* names = opendir("/dev/mqueue");
    while (const dirent* entry = names ? readdir(names) : nullptr)
        seen = seen || strcmp(entry->d_name, name + 1) == 0;
    closedir(names);
    CHECK(seen && mq_unlink(name) == 0 && mq_open(name, O_RDWR) == -1 && errno == ENOENT);
    char text[4096];
    CHECK(mq_receive(queue, text, sizeof text, nullptr) == 1); // without a name, still a queue
    return mq_close(queue) == 0;
}

bool notices()
{
    const mqd_t queue = make(4, 8);
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    sigevent event;
    SIGEV_PULSE_INIT(&event, coid, 10, 7, 70);
    CHECK(mq_notify(queue, &event) == 0 && mq_notify(queue, &event) == -1 && errno == EBUSY);
    CHECK(mq_send(queue, "a", 1, 0) == 0);
    _pulse pulse{};
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0 && pulse.code == 7);
    CHECK(pulse.value.sival_int == 70 && mq_notify(queue, &event) == 0); // one notice a request
    CHECK(mq_send(queue, "b", 1, 0) == 0);                               // not empty: no notice
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(mq_notify(queue, nullptr) == 0 && mq_notify(queue, &event) == 0);
    pollfd end{queue, POLLIN | POLLOUT, 0};
    CHECK(poll(&end, 1, 0) == 1 && (end.revents & (POLLIN | POLLOUT)) == (POLLIN | POLLOUT));
    ConnectDetach(coid);
    ChannelDestroy(chid);
    return drop(queue);
}

bool deaths()
{
    const mqd_t queue = make(1, 8);
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        char text[8];
        write(ends[1], "r", 1);
        mq_receive(queue, text, 8, nullptr);
        _exit(0);
    }
    char c;
    CHECK(read(ends[0], &c, 1) == 1);
    kill(child, SIGKILL);
    CHECK(waitpid(child, nullptr, 0) == child);
    CHECK(mq_send(queue, "kept", 4, 0) == 0); // not for the dead
    char text[8];
    CHECK(mq_receive(queue, text, 8, nullptr) == 4);
    close(ends[0]);
    close(ends[1]);
    return drop(queue);
}

} // namespace

int main()
{
    static const TapTest tests[] = {
        {"MQ-0001 the highest priority first, then the oldest", order},
        {"MQ-0002 errors of every call", errors},
        {"MQ-0003 waiting for messages and for room; EINTR, ETIMEDOUT", waiting},
        {"MQ-0004 attributes, names in /dev/mqueue, a queue without a name", attributes},
        {"MQ-0005 mq_notify() and poll()", notices},
        {"MQ-0006 a receiver that dies takes no message", deaths},
    };
    return run_tests(tests);
}
