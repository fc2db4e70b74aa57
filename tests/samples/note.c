/* SPDX-License-Identifier: Apache-2.0 */
/* A resource manager as the manuals teach it: a note of some bytes at /dev/note, a devctl for its length, several threads. */
struct note_ocb;
#define IOFUNC_OCB_T struct note_ocb
#define THREAD_POOL_PARAM_T dispatch_context_t
#include <devctl.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>
#include <unistd.h>

typedef struct note_ocb {
    iofunc_ocb_t common;
    unsigned reads;
} note_ocb_t;

#define DCMD_NOTE_LENGTH __DIOF(_DCMD_MISC, 1, int)

static char text[256] = "nothing yet\n";
static iofunc_attr_t attr;
static resmgr_connect_funcs_t connect_funcs;
static resmgr_io_funcs_t io_funcs;

static note_ocb_t *note_calloc(resmgr_context_t *ctp, iofunc_attr_t *device)
{
    (void)ctp;
    (void)device;
    return calloc(1, sizeof(note_ocb_t));
}

static void note_free(note_ocb_t *ocb)
{
    free(ocb);
}

static iofunc_funcs_t ocb_funcs = {_IOFUNC_NFUNCS, note_calloc, note_free, NULL};
static iofunc_mount_t mountpoint = {0, 0, 0, 0, &ocb_funcs, NULL};

static int io_read(resmgr_context_t *ctp, io_read_t *msg, note_ocb_t *ocb)
{
    int nonblock;
    int status = iofunc_read_verify(ctp, msg, ocb, &nonblock);
    if (status != EOK) return status;
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) return ENOSYS;
    size_t left = attr.nbytes > ocb->common.offset ? (size_t)(attr.nbytes - ocb->common.offset) : 0;
    size_t bytes = msg->i.nbytes < left ? msg->i.nbytes : left;
    ocb->reads++;
    if (bytes > 0) {
        SETIOV(ctp->iov, text + ocb->common.offset, bytes);
        ocb->common.offset += (int64_t)bytes;
        attr.flags |= IOFUNC_ATTR_ATIME;
    }
    _IO_SET_READ_NBYTES(ctp, bytes);
    return _RESMGR_NPARTS(bytes > 0 ? 1 : 0);
}

static int io_write(resmgr_context_t *ctp, io_write_t *msg, note_ocb_t *ocb)
{
    int status = iofunc_write_verify(ctp, msg, ocb, NULL);
    if (status != EOK) return status;
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) return ENOSYS;
    size_t bytes = msg->i.nbytes < sizeof text ? msg->i.nbytes : sizeof text;
    if (resmgr_msgread(ctp, text, bytes, sizeof msg->i) == -1) return errno;
    attr.nbytes = (off_t)bytes;
    attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    _IO_SET_WRITE_NBYTES(ctp, bytes);
    return _RESMGR_NPARTS(0);
}

static int io_devctl(resmgr_context_t *ctp, io_devctl_t *msg, note_ocb_t *ocb)
{
    int status = iofunc_devctl_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT) return status;
    if (msg->i.dcmd != DCMD_NOTE_LENGTH) return ENOSYS;
    *(int *)_DEVCTL_DATA(msg->i) = (int)attr.nbytes;
    memset(&msg->o, 0, sizeof msg->o);
    msg->o.ret_val = 7;
    msg->o.nbytes = sizeof(int);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + sizeof(int));
}

int main(void)
{
    dispatch_t *dpp = dispatch_create();
    resmgr_attr_t resmgr_attr;
    thread_pool_attr_t pool_attr;
    if (dpp == NULL) return EXIT_FAILURE;
    memset(&resmgr_attr, 0, sizeof resmgr_attr);
    resmgr_attr.nparts_max = 1;
    resmgr_attr.msg_max_size = 2048;
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.read = io_read;
    io_funcs.write = io_write;
    io_funcs.devctl = io_devctl;
    iofunc_attr_init(&attr, S_IFNAM | 0666, NULL, NULL);
    attr.mount = &mountpoint;
    attr.nbytes = (off_t)strlen(text);
    if (resmgr_attach(dpp, &resmgr_attr, "/dev/note", _FTYPE_ANY, 0, &connect_funcs, &io_funcs, &attr) == -1) {
        perror("note");
        return EXIT_FAILURE;
    }
    memset(&pool_attr, 0, sizeof pool_attr);
    pool_attr.handle = dpp;
    pool_attr.context_alloc = dispatch_context_alloc;
    pool_attr.block_func = dispatch_block;
    pool_attr.unblock_func = dispatch_unblock;
    pool_attr.handler_func = dispatch_handler;
    pool_attr.context_free = dispatch_context_free;
    pool_attr.lo_water = 2;
    pool_attr.hi_water = 4;
    pool_attr.increment = 1;
    pool_attr.maximum = 10;
    thread_pool_t *pool = thread_pool_create(&pool_attr, POOL_FLAG_EXIT_SELF);
    if (pool == NULL) return EXIT_FAILURE;
    procmgr_daemon(EXIT_SUCCESS, PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    thread_pool_start(pool);
    return EXIT_SUCCESS;
}
