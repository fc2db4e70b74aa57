// SPDX-License-Identifier: Apache-2.0
// Measures MsgSend/MsgReply round trips between two processes and prints a table in ticks of ClockCycles().
// Under `-icount shift=0,sleep=off` a tick is one guest instruction, so the table repeats exactly.
#include <abi/usage.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - message round trips between two processes\n"
          "%C [-s bytes] [rounds]\n"
          "Prints, for each size, bytes sent and replied, and ClockCycles() a round trip: minimum "
          "and mean.\n"
          "Run it under -icount to read guest instructions.\n");

extern char** environ;

namespace {
constexpr size_t sizes[] = {0, 64, 4096, 65536};
constexpr size_t largest = 65536;
char buffer[largest];
char answer[largest];

/// The other process: answers each message with as many bytes, until its client is gone.
int serve(int chid)
{
    for (;;) {
        _msg_info info;
        int rcvid = MsgReceive(chid, buffer, sizeof buffer, &info);
        if (rcvid == -1)
            return 1;
        if (rcvid == 0)
            return 0; // only the disconnect pulse comes here
        MsgReply(rcvid, 0, buffer, info.msglen);
    }
}

uint64_t round_trip(int coid, size_t size)
{
    uint64_t start = ClockCycles();
    if (MsgSend(coid, buffer, size, answer, size) == -1) {
        perror("msgbench: MsgSend");
        exit(1);
    }
    return ClockCycles() - start;
}

void measure(int coid, size_t size, int rounds)
{
    round_trip(coid, size); // the first touch of the buffers faults their pages in
    uint64_t least = UINT64_MAX, sum = 0;
    for (int i = 0; i < rounds; i++) {
        uint64_t spent = round_trip(coid, size);
        sum += spent;
        if (spent < least)
            least = spent;
    }
    if (memcmp(buffer, answer, size) != 0) {
        fprintf(stderr, "msgbench: %zu bytes came back changed\n", size);
        exit(1);
    }
    printf("%8zu %12llu %12llu\n", size, static_cast<unsigned long long>(least),
           static_cast<unsigned long long>(sum / static_cast<uint64_t>(rounds)));
}

int run_client(pid_t server, int chid, int rounds, int only)
{
    int coid = ConnectAttach(0, server, chid, _NTO_SIDE_CHANNEL, 0);
    if (coid == -1) {
        perror("msgbench: ConnectAttach");
        return 1;
    }
    for (size_t i = 0; i < sizeof buffer; i++)
        buffer[i] = static_cast<char>(i * 7);
    printf("%8s %12s %12s\n", "bytes", "min", "mean");
    fflush(stdout);
    for (size_t size : sizes) {
        if (only < 0 || size == static_cast<size_t>(only))
            measure(coid, size, rounds);
    }
    return 0;
}
} // namespace

int main(int argc, char** argv)
{
    if (argc == 6 && strcmp(argv[1], "client") == 0)
        return run_client(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));

    const bool one_size = argc > 2 && strcmp(argv[1], "-s") == 0;
    const int only = one_size ? atoi(argv[2]) : -1, at = one_size ? 3 : 1;
    int rounds = argc > at ? atoi(argv[at]) : 200;
    int chid = ChannelCreate(_NTO_CHF_DISCONNECT);
    if (rounds < 1 || chid == -1) {
        fprintf(stderr, "usage: msgbench [rounds >= 1]\n");
        return 1;
    }
    char pid_text[12], chid_text[12], rounds_text[12], only_text[12];
    snprintf(pid_text, sizeof pid_text, "%d", getpid());
    snprintf(chid_text, sizeof chid_text, "%d", chid);
    snprintf(rounds_text, sizeof rounds_text, "%d", rounds);
    snprintf(only_text, sizeof only_text, "%d", only);
    char client[] = "client";
    char* args[] = {argv[0], client, pid_text, chid_text, rounds_text, only_text, nullptr};
    pid_t child;
    int failure = posix_spawnp(&child, argv[0], nullptr, nullptr, args, environ);
    if (failure != 0) {
        fprintf(stderr, "msgbench: spawn: %s\n", strerror(failure));
        return 1;
    }
    int served = serve(chid);
    int status = 0;
    waitpid(child, &status, 0);
    return served != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
