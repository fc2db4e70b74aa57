/* SPDX-License-Identifier: Apache-2.0 */
/* One loop for a client's messages and the pulses of a repeating timer. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <time.h>
#include <unistd.h>

#define TICK (_PULSE_CODE_MINAVAIL + 1)
typedef union {
    uint16_t type;
    struct _pulse pulse;
    struct { uint16_t type, subtype; int number; } ask;
} message_t;

static int chid;

static void *client(void *unused)
{
    message_t message = {0};
    int coid = ConnectAttach(ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0), answer = 0;
    message.ask.type = _IO_MAX + 1;
    for (message.ask.number = 1; message.ask.number <= 3; message.ask.number++) {
        if (MsgSend(coid, &message, sizeof message.ask, &answer, sizeof answer) == -1 || answer != message.ask.number * 10)
            printf("client: wrong answer %d\n", answer);
        delay(2);
    }
    ConnectDetach(coid);
    return unused;
}

int main(void)
{
    struct sigevent event;
    struct itimerspec repeat;
    timer_t timer;
    pthread_t thread;
    message_t message;
    struct _msg_info info;
    int ticks = 0, asked = 0;

    chid = ChannelCreate(0);
    int self = ConnectAttach(0, getpid(), chid, _NTO_SIDE_CHANNEL, 0);
    SIGEV_PULSE_INIT(&event, self, SIGEV_PULSE_PRIO_INHERIT, TICK, 5);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1) return EXIT_FAILURE;
    repeat.it_value.tv_sec = 0;
    repeat.it_value.tv_nsec = 3000000;
    repeat.it_interval = repeat.it_value;
    timer_settime(timer, 0, &repeat, NULL);
    pthread_create(&thread, NULL, client, NULL);
    while (ticks < 3 || asked < 3) {
        int rcvid = MsgReceive(chid, &message, sizeof message, &info);
        if (rcvid == -1) return EXIT_FAILURE;
        if (rcvid == 0) {
            ticks += message.pulse.code == TICK && message.pulse.value.sival_int == 5;
            continue;
        }
        int answer = message.ask.number * 10;
        asked++;
        if (info.pid != getpid() || MsgReply(rcvid, EOK, &answer, sizeof answer) == -1) return EXIT_FAILURE;
    }
    timer_delete(timer);
    pthread_join(thread, NULL);
    ChannelDestroy(chid);
    printf("pulses: ticks, 3 questions\n");
    return EXIT_SUCCESS;
}
