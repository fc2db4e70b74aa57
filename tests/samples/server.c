/* SPDX-License-Identifier: Apache-2.0 */
/* A server as the manual's name_attach() page teaches it: a plain MsgReceive() loop that knows _IO_CONNECT and pulses, and nothing of
   how a library looks at a name. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <sys/stat.h>

struct own { struct _pulse hdr; int data; };
static int asked;

static void *client(void *unused)
{
    struct stat st;
    struct own msg;
    stat("/dev/name/local/samples-server", &st); /* whatever comes of it, the server knows it for no message of its own */
    int coid = name_open("samples-server", 0);
    memset(&msg, 0, sizeof msg);
    for (msg.data = 1; coid != -1 && msg.data <= 3; msg.data++)
        if (MsgSend(coid, &msg, sizeof msg, NULL, 0) == msg.data) asked++;
    name_close(coid);
    return unused;
}

/* 0 for messages that are none of ours, else what the client sent. */
static int serve(int chid)
{
    struct own msg;
    int rcvid = MsgReceive(chid, &msg, sizeof msg, NULL);
    if (rcvid == -1) exit(EXIT_FAILURE);
    if (rcvid == 0) {
        if (msg.hdr.code == _PULSE_CODE_DISCONNECT) ConnectDetach(msg.hdr.scoid);
        return 0;
    }
    if (msg.hdr.type == _IO_CONNECT) return MsgReply(rcvid, EOK, NULL, 0);
    if (msg.hdr.type > _IO_BASE && msg.hdr.type <= _IO_MAX) return MsgError(rcvid, ENOSYS), 0;
    if (msg.hdr.type != 0) return -1; /* what is this? */
    MsgReply(rcvid, msg.data, NULL, 0);
    return msg.data;
}

int main(void)
{
    pthread_t thread;
    int last = 0;
    name_attach_t *name = name_attach(NULL, "samples-server", 0);
    if (name == NULL || pthread_create(&thread, NULL, client, NULL) != EOK) return EXIT_FAILURE;
    while (last >= 0 && last < 3) {
        int got = serve(name->chid);
        last = got != 0 ? got : last;
    }
    if (last == 3) pthread_join(thread, NULL);
    name_detach(name, 0);
    printf("server: last %d, %d asked\n", last, asked);
    return last == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}
