/* SPDX-License-Identifier: Apache-2.0 */
/* message_attach(), pulse_attach() and name_attach() on one dispatch handle; the client finds it by its name. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/neutrino.h>

enum { FIRST = _IO_MAX + 10, LAST = FIRST + 5 };
struct question { uint16_t type, zero; int value; };
static volatile int done;

static int on_question(message_context_t *ctp, int code, unsigned flags, void *handle)
{
    struct question *question = (struct question *)ctp->msg;
    int answer = question->value + code - FIRST;
    (void)flags;
    (void)handle;
    return MsgReply(ctp->rcvid, EOK, &answer, sizeof answer);
}

static int on_pulse(message_context_t *ctp, int code, unsigned flags, void *handle)
{
    (void)code;
    (void)flags;
    *(volatile int *)handle = ctp->msg->pulse.value.sival_int;
    return 0;
}

static void *client(void *unused)
{
    int coid = name_open("samples/attach", 0), answer = 0;
    struct question question = {FIRST + 2, 0, 40};
    int last = coid == -1 || MsgSend(coid, &question, sizeof question, &answer, sizeof answer) == -1 || answer != 42 ? -1 : 9;
    question.type = LAST + 1; /* nobody's */
    if (MsgSend(coid, &question, sizeof question, &answer, sizeof answer) != -1 || errno != ENOSYS) last = -2;
    MsgSendPulse(coid, -1, 20, last);
    name_close(coid);
    return unused;
}

int main(void)
{
    pthread_t thread;
    dispatch_t *dpp = dispatch_create();
    if (dpp == NULL || message_attach(dpp, NULL, FIRST, LAST, on_question, NULL) == -1 ||
        pulse_attach(dpp, 0, 20, on_pulse, (void *)&done) == -1)
        return EXIT_FAILURE;
    name_attach_t *name = name_attach(dpp, "samples/attach", 0);
    if (name == NULL) return EXIT_FAILURE;
    dispatch_context_t *ctp = dispatch_context_alloc(dpp);
    pthread_create(&thread, NULL, client, NULL);
    while (!done) {
        if ((ctp = dispatch_block(ctp)) == NULL) return EXIT_FAILURE;
        dispatch_handler(ctp);
    }
    pthread_join(thread, NULL);
    name_detach(name, 0);
    printf("attach: %d\n", done);
    return EXIT_SUCCESS;
}
