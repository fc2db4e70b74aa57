/* SPDX-License-Identifier: Apache-2.0 */
/* Resource managers: attaching names and serving connect and I/O messages. */
#pragma once
#include <errno.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/platform.h>
#include <sys/stat.h>

/* Define IOFUNC_OCB_T / IOFUNC_ATTR_T or RESMGR_OCB_T / RESMGR_HANDLE_T before the first include to use types of one's own. */
struct _iofunc_ocb;
struct _iofunc_attr;
#ifndef RESMGR_HANDLE_T
#ifdef IOFUNC_ATTR_T
#define RESMGR_HANDLE_T IOFUNC_ATTR_T
#else
#define RESMGR_HANDLE_T struct _iofunc_attr
#endif
#endif
#ifndef RESMGR_OCB_T
#ifdef IOFUNC_OCB_T
#define RESMGR_OCB_T IOFUNC_OCB_T
#else
#define RESMGR_OCB_T struct _iofunc_ocb
#endif
#endif

typedef struct _dispatch dispatch_t;

typedef union _resmgr_iomsgs {
    uint16_t type;
    struct _pulse pulse;
    io_open_t open;
    io_unlink_t unlink;
    io_rename_t rename;
    io_mknod_t mknod;
    io_readlink_t readlink;
    io_link_t link;
    io_mount_t mount;
    struct _io_connect connect;
    io_read_t read;
    io_write_t write;
    io_stat_t stat;
    io_notify_t notify;
    io_devctl_t devctl;
    io_pathconf_t pathconf;
    io_lseek_t lseek;
    io_chmod_t chmod;
    io_chown_t chown;
    io_utime_t utime;
    io_openfd_t openfd;
    io_fdinfo_t fdinfo;
    io_lock_t lock;
    io_space_t space;
    io_shutdown_t shutdown;
    io_mmap_t mmap;
    io_msg_t msg;
    io_dup_t dup;
    io_close_t close;
    io_sync_t sync;
} resmgr_iomsgs_t;

typedef struct _resmgr_context {
    int rcvid;
    struct _msg_info info;
    resmgr_iomsgs_t *msg;
    dispatch_t *dpp;
    int id;
    unsigned msg_max_size;
    long status;    /* _IO_SET_READ_NBYTES and friends */
    size_t offset;  /* of this part in a combine message */
    size_t size;    /* bytes of this part that are in the receive buffer */
    iov_t iov[1];   /* really nparts_max of them */
} resmgr_context_t;

typedef struct _resmgr_connect_funcs {
    unsigned nfuncs;
    int (*open)(resmgr_context_t *ctp, io_open_t *msg, RESMGR_HANDLE_T *handle, void *extra);
    int (*unlink)(resmgr_context_t *ctp, io_unlink_t *msg, RESMGR_HANDLE_T *handle, void *reserved);
    int (*rename)(resmgr_context_t *ctp, io_rename_t *msg, RESMGR_HANDLE_T *handle, void *extra);
    int (*mknod)(resmgr_context_t *ctp, io_mknod_t *msg, RESMGR_HANDLE_T *handle, void *reserved);
    int (*readlink)(resmgr_context_t *ctp, io_readlink_t *msg, RESMGR_HANDLE_T *handle, void *reserved);
    int (*link)(resmgr_context_t *ctp, io_link_t *msg, RESMGR_HANDLE_T *handle, void *extra);
    int (*unblock)(resmgr_context_t *ctp, void *msg, RESMGR_HANDLE_T *handle, void *reserved);
    int (*mount)(resmgr_context_t *ctp, io_mount_t *msg, RESMGR_HANDLE_T *handle, void *extra);
} resmgr_connect_funcs_t;
#define _RESMGR_CONNECT_NFUNCS 8u

typedef struct _resmgr_io_funcs {
    unsigned nfuncs;
    int (*read)(resmgr_context_t *ctp, io_read_t *msg, RESMGR_OCB_T *ocb);
    int (*write)(resmgr_context_t *ctp, io_write_t *msg, RESMGR_OCB_T *ocb);
    int (*close_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
    int (*stat)(resmgr_context_t *ctp, io_stat_t *msg, RESMGR_OCB_T *ocb);
    int (*notify)(resmgr_context_t *ctp, io_notify_t *msg, RESMGR_OCB_T *ocb);
    int (*devctl)(resmgr_context_t *ctp, io_devctl_t *msg, RESMGR_OCB_T *ocb);
    int (*unblock)(resmgr_context_t *ctp, void *msg, RESMGR_OCB_T *ocb);
    int (*pathconf)(resmgr_context_t *ctp, io_pathconf_t *msg, RESMGR_OCB_T *ocb);
    int (*lseek)(resmgr_context_t *ctp, io_lseek_t *msg, RESMGR_OCB_T *ocb);
    int (*chmod)(resmgr_context_t *ctp, io_chmod_t *msg, RESMGR_OCB_T *ocb);
    int (*chown)(resmgr_context_t *ctp, io_chown_t *msg, RESMGR_OCB_T *ocb);
    int (*utime)(resmgr_context_t *ctp, io_utime_t *msg, RESMGR_OCB_T *ocb);
    int (*openfd)(resmgr_context_t *ctp, io_openfd_t *msg, RESMGR_OCB_T *ocb);
    int (*fdinfo)(resmgr_context_t *ctp, io_fdinfo_t *msg, RESMGR_OCB_T *ocb);
    int (*lock)(resmgr_context_t *ctp, io_lock_t *msg, RESMGR_OCB_T *ocb);
    int (*space)(resmgr_context_t *ctp, io_space_t *msg, RESMGR_OCB_T *ocb);
    int (*shutdown)(resmgr_context_t *ctp, io_shutdown_t *msg, RESMGR_OCB_T *ocb);
    int (*mmap)(resmgr_context_t *ctp, io_mmap_t *msg, RESMGR_OCB_T *ocb);
    int (*msg)(resmgr_context_t *ctp, io_msg_t *msg, RESMGR_OCB_T *ocb);
    int (*reserved)(resmgr_context_t *ctp, void *msg, RESMGR_OCB_T *ocb);
    int (*dup)(resmgr_context_t *ctp, io_dup_t *msg, RESMGR_OCB_T *ocb);
    int (*close_dup)(resmgr_context_t *ctp, io_close_t *msg, RESMGR_OCB_T *ocb);
    int (*lock_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
    int (*unlock_ocb)(resmgr_context_t *ctp, void *reserved, RESMGR_OCB_T *ocb);
    int (*sync)(resmgr_context_t *ctp, io_sync_t *msg, RESMGR_OCB_T *ocb);
} resmgr_io_funcs_t;
#define _RESMGR_IO_NFUNCS 25u

typedef struct _resmgr_attr {
    unsigned flags;
    unsigned nparts_max;
    size_t msg_max_size;
    int (*other_func)(resmgr_context_t *ctp, void *msg);
    unsigned reserved[4];
} resmgr_attr_t;
#define RESMGR_FLAG_ATTACH_LOCAL 0x0001u
#define RESMGR_FLAG_ATTACH_OTHERFUNC 0x0002u
#define RESMGR_FLAG_CROSS_ENDIAN 0x0004u

#define _RESMGR_FLAG_BEFORE 0x0001u
#define _RESMGR_FLAG_AFTER 0x0002u
#define _RESMGR_FLAG_OPAQUE 0x0004u
#define _RESMGR_FLAG_FTYPEONLY 0x0008u
#define _RESMGR_FLAG_FTYPEALL 0x0010u
#define _RESMGR_FLAG_SELF 0x0020u
#define _RESMGR_FLAG_DIR 0x0100u
#define _RESMGR_FLAG_EXCLUSIVE 0x0200u
#define _RESMGR_DETACH_ALL 0x0000u
#define _RESMGR_DETACH_PATHNAME 0x0001u
#define _RESMGR_DETACH_CLOSE 0x0002u

/* What a handler returns: an errno (> 0 and < 0x10000), parts of ctp->iov to reply (<= 0), or one of the marks */
#define _RESMGR_DEFAULT ((int)0x80000000)
#define _RESMGR_NOREPLY ((int)0x80000001)
#define _RESMGR_NPARTS(n) (-(int)(n))
#define _RESMGR_ERRNO(err) (err)
#define _RESMGR_PTR(ctp, addr, len) (SETIOV((ctp)->iov, (addr), (len)), _RESMGR_NPARTS(1))
#define _RESMGR_STATUS(ctp, st) ((ctp)->status = (st))
#define _IO_SET_READ_NBYTES(ctp, n) _RESMGR_STATUS((ctp), (long)(n))
#define _IO_SET_WRITE_NBYTES(ctp, n) _RESMGR_STATUS((ctp), (long)(n))
#define _IO_SET_CONNECT_RET(ctp, st) _RESMGR_STATUS((ctp), (st))
#define _IO_SET_PATHCONF_VALUE(ctp, v) _RESMGR_STATUS((ctp), (v))
#define _IO_READ_GET_NBYTES(msg) ((size_t)(msg)->i.nbytes)
#define _IO_WRITE_GET_NBYTES(msg) ((size_t)(msg)->i.nbytes)

__NTO_BEGIN_DECLS
int resmgr_attach(dispatch_t *dpp, resmgr_attr_t *attr, const char *path, int file_type, unsigned flags,
                  const resmgr_connect_funcs_t *connect_funcs, const resmgr_io_funcs_t *io_funcs, RESMGR_HANDLE_T *handle);
/* Older names of dispatch_context_alloc() and its kin, for contexts of resource managers only. */
resmgr_context_t *resmgr_context_alloc(dispatch_t *dpp);
void resmgr_context_free(resmgr_context_t *ctp);
resmgr_context_t *resmgr_block(resmgr_context_t *ctp);
int resmgr_handler(resmgr_context_t *ctp);
void resmgr_unblock(resmgr_context_t *ctp);
int resmgr_detach(dispatch_t *dpp, int id, unsigned flags);
/* Device and inode number of an attached name, for st_dev and st_ino: no other name of the system has this pair. EINVAL: no such id. */
int resmgr_devino(int id, dev_t *devno, ino_t *ino);
int resmgr_pathname(int id, unsigned flags, char *path, int maxbuf);
int resmgr_open_bind(resmgr_context_t *ctp, void *ocb, const resmgr_io_funcs_t *iofuncs);
int resmgr_unbind(resmgr_context_t *ctp);
/* The ocb this client bound to its connection coid; NULL when there is none. Meant for _IO_OPENFD with a key. */
void *resmgr_ocb_of(resmgr_context_t *ctp, int scoid, int coid);
ssize_t resmgr_msgread(resmgr_context_t *ctp, void *msg, size_t size, size_t offset);
ssize_t resmgr_msgreadv(resmgr_context_t *ctp, iov_t *rmsg, size_t rparts, size_t offset);
ssize_t resmgr_msgget(resmgr_context_t *ctp, void *msg, size_t size, size_t offset);
ssize_t resmgr_msggetv(resmgr_context_t *ctp, iov_t *rmsg, size_t rparts, size_t offset);
ssize_t resmgr_msgwrite(resmgr_context_t *ctp, const void *msg, size_t size, size_t offset);
ssize_t resmgr_msgwritev(resmgr_context_t *ctp, const iov_t *smsg, size_t sparts, size_t offset);
int resmgr_msgreply(resmgr_context_t *ctp, const void *reply, size_t size);
int resmgr_msgreplyv(resmgr_context_t *ctp, const iov_t *reply, size_t parts);
__NTO_END_DECLS
