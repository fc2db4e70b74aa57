/* SPDX-License-Identifier: Apache-2.0 */
/* Default POSIX behaviour for resource managers: attributes, open contexts, and a handler for every message. */
#pragma once
/* A program that defines IOFUNC_OCB_T or IOFUNC_ATTR_T must do so before this file (and sys/resmgr.h). */
#ifndef IOFUNC_OCB_T
#define IOFUNC_OCB_T struct _iofunc_ocb
#endif
#ifndef IOFUNC_ATTR_T
#define IOFUNC_ATTR_T struct _iofunc_attr
#endif
#include <pthread.h>
#include <sys/dispatch.h>
#include <sys/resmgr.h>
#include <sys/stat.h>

typedef struct _iofunc_funcs {
    unsigned nfuncs;
    IOFUNC_OCB_T *(*ocb_calloc)(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr);
    void (*ocb_free)(IOFUNC_OCB_T *ocb);
    int (*power_hook)(void);
} iofunc_funcs_t;
#define _IOFUNC_NFUNCS 3u

typedef struct _iofunc_mount {
    uint32_t flags; /* IOFUNC_MOUNT_* */
    uint32_t conf;  /* IOFUNC_PC_* */
    dev_t dev;
    int32_t blocksize;
    iofunc_funcs_t *funcs;
    void *power;
} iofunc_mount_t;
#define IOFUNC_MOUNT_32BIT 0x00000100u
#define IOFUNC_PC_CHOWN_RESTRICTED 0x01u
#define IOFUNC_PC_NO_TRUNC 0x02u
#define IOFUNC_PC_SYNC_IO 0x04u
#define IOFUNC_PC_LINK_DIR 0x08u
#define IOFUNC_PC_ACL 0x10u

struct _iofunc_lock_list;
typedef struct _iofunc_attr {
    iofunc_mount_t *mount;
    uint32_t flags;       /* IOFUNC_ATTR_* */
    uint32_t lock;        /* the word behind iofunc_attr_lock(): 0 free, 1 held, 2 held and waited for */
    uint64_t lock_owner;  /* the holding thread */
    uint32_t lock_count;  /* how often the owner holds it */
    uint16_t rcount, wcount, rlocks, wlocks;
    uint32_t count;
    struct _iofunc_lock_list *locklist;
    void *list;
    uint32_t list_size;
    int64_t nbytes;
    uint64_t inode;
    uid_t uid;
    gid_t gid;
    time_t mtime, atime, ctime;
    uint32_t mtime_ns, atime_ns, ctime_ns;
    mode_t mode;
    uint32_t nlink;
    dev_t rdev;
} iofunc_attr_t;
#define IOFUNC_ATTR_ATIME 0x0001u
#define IOFUNC_ATTR_MTIME 0x0002u
#define IOFUNC_ATTR_CTIME 0x0004u
#define IOFUNC_ATTR_DIRTY_NLINK 0x0010u
#define IOFUNC_ATTR_DIRTY_MODE 0x0020u
#define IOFUNC_ATTR_DIRTY_OWNER 0x0040u
#define IOFUNC_ATTR_DIRTY_RDEV 0x0080u
#define IOFUNC_ATTR_DIRTY_SIZE 0x0100u
#define IOFUNC_ATTR_DIRTY_TIME 0x0200u
#define IOFUNC_ATTR_DIRTY_MTIME 0x0400u
#define IOFUNC_ATTR_DIRTY_ATIME 0x0800u
#define IOFUNC_ATTR_DIRTY_CTIME 0x1000u
#define IOFUNC_ATTR_PRIVATE 0x00010000u

typedef struct _iofunc_ocb {
    IOFUNC_ATTR_T *attr;
    int32_t ioflag;
    int64_t offset;
    uint16_t sflag;
    uint16_t flags;       /* IOFUNC_OCB_PRIVILEGED */
    void *reserved;
} iofunc_ocb_t;
#define IOFUNC_OCB_PRIVILEGED 0x0001u
#define IOFUNC_OCB_MMAP 0x0002u

/* Notification: an array of three, one a condition; owned by the server's attribute or device structure */
struct _iofunc_notify_event;
typedef struct _iofunc_notify {
    int cnt;              /* trigger when at least so many (iofunc_notify_trigger's count) */
    struct _iofunc_notify_event *list;
} iofunc_notify_t;
#define IOFUNC_NOTIFY_INPUT 0
#define IOFUNC_NOTIFY_OUTPUT 1
#define IOFUNC_NOTIFY_OBAND 2
#define IOFUNC_NOTIFY_INIT(nop)                                                            \
    do {                                                                                   \
        int __i;                                                                           \
        for (__i = 0; __i < 3; __i++) {                                                    \
            (nop)[__i].cnt = 0x7fffffff;                                                   \
            (nop)[__i].list = 0;                                                           \
        }                                                                                  \
    } while (0)
#define IOFUNC_NOTIFY_INPUT_CHECK(nop, count, tmo) ((nop)[IOFUNC_NOTIFY_INPUT].cnt <= (int)(count))
#define IOFUNC_NOTIFY_OUTPUT_CHECK(nop, count, tmo) ((nop)[IOFUNC_NOTIFY_OUTPUT].cnt <= (int)(count))
#define IOFUNC_NOTIFY_OBAND_CHECK(nop, count, tmo) ((nop)[IOFUNC_NOTIFY_OBAND].cnt <= (int)(count))

__NTO_BEGIN_DECLS
void iofunc_func_init(unsigned nconnect, resmgr_connect_funcs_t *connect, unsigned nio, resmgr_io_funcs_t *io);
void iofunc_attr_init(IOFUNC_ATTR_T *attr, mode_t mode, IOFUNC_ATTR_T *dattr, struct _client_info *info);
int iofunc_attr_lock(IOFUNC_ATTR_T *attr);
int iofunc_attr_unlock(IOFUNC_ATTR_T *attr);
int iofunc_attr_trylock(IOFUNC_ATTR_T *attr);
void iofunc_mount_init(iofunc_mount_t *mount, size_t size);

int iofunc_client_info(resmgr_context_t *ctp, int ioflag, struct _client_info *info);
int iofunc_client_info_ext(resmgr_context_t *ctp, int ioflag, struct _client_info **info, int flags);
int iofunc_client_info_able(resmgr_context_t *ctp, int ioflag, struct _client_info **info, int flags,
                            struct _client_able *abilities, int count);
int iofunc_client_info_ext_free(struct _client_info **info);
int iofunc_check_access(resmgr_context_t *ctp, const IOFUNC_ATTR_T *attr, mode_t checkmode,
                        const struct _client_info *info);

int iofunc_open(resmgr_context_t *ctp, io_open_t *msg, IOFUNC_ATTR_T *attr, IOFUNC_ATTR_T *dattr,
                struct _client_info *info);
int iofunc_open_default(resmgr_context_t *ctp, io_open_t *msg, IOFUNC_ATTR_T *attr, void *extra);
int iofunc_ocb_attach(resmgr_context_t *ctp, io_open_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr,
                      const resmgr_io_funcs_t *io_funcs);
int iofunc_ocb_detach(resmgr_context_t *ctp, IOFUNC_OCB_T *ocb);
IOFUNC_OCB_T *iofunc_ocb_calloc(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr);
void iofunc_ocb_free(IOFUNC_OCB_T *ocb);

int iofunc_read_verify(resmgr_context_t *ctp, io_read_t *msg, IOFUNC_OCB_T *ocb, int *nonblock);
int iofunc_write_verify(resmgr_context_t *ctp, io_write_t *msg, IOFUNC_OCB_T *ocb, int *nonblock);
int iofunc_read_default(resmgr_context_t *ctp, io_read_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_write_default(resmgr_context_t *ctp, io_write_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_time_update(IOFUNC_ATTR_T *attr);

int iofunc_stat(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr, struct _io_stat_data *stat);
int iofunc_stat_default(resmgr_context_t *ctp, io_stat_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_chmod(resmgr_context_t *ctp, io_chmod_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_chmod_default(resmgr_context_t *ctp, io_chmod_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_chown(resmgr_context_t *ctp, io_chown_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_chown_default(resmgr_context_t *ctp, io_chown_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_utime(resmgr_context_t *ctp, io_utime_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_utime_default(resmgr_context_t *ctp, io_utime_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_lseek(resmgr_context_t *ctp, io_lseek_t *msg, IOFUNC_OCB_T *ocb, int64_t eof);
int iofunc_lseek_default(resmgr_context_t *ctp, io_lseek_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_devctl(resmgr_context_t *ctp, io_devctl_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_devctl_default(resmgr_context_t *ctp, io_devctl_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_pathconf(resmgr_context_t *ctp, io_pathconf_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_pathconf_default(resmgr_context_t *ctp, io_pathconf_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_fdinfo(resmgr_context_t *ctp, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr, struct _fdinfo *info);
int iofunc_fdinfo_default(resmgr_context_t *ctp, io_fdinfo_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_openfd(resmgr_context_t *ctp, io_openfd_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_openfd_default(resmgr_context_t *ctp, io_openfd_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_sync(resmgr_context_t *ctp, IOFUNC_OCB_T *ocb, int ioflag);
int iofunc_sync_default(resmgr_context_t *ctp, io_sync_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_sync_verify(resmgr_context_t *ctp, io_sync_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_space_verify(resmgr_context_t *ctp, io_space_t *msg, IOFUNC_OCB_T *ocb, int *nonblock);
int iofunc_lock(resmgr_context_t *ctp, io_lock_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_lock_default(resmgr_context_t *ctp, io_lock_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_unblock(resmgr_context_t *ctp, IOFUNC_ATTR_T *attr);
int iofunc_unblock_default(resmgr_context_t *ctp, void *msg, IOFUNC_OCB_T *ocb);
int iofunc_close_dup(resmgr_context_t *ctp, io_close_t *msg, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_close_dup_default(resmgr_context_t *ctp, io_close_t *msg, IOFUNC_OCB_T *ocb);
int iofunc_close_ocb(resmgr_context_t *ctp, IOFUNC_OCB_T *ocb, IOFUNC_ATTR_T *attr);
int iofunc_close_ocb_default(resmgr_context_t *ctp, void *reserved, IOFUNC_OCB_T *ocb);
int iofunc_lock_ocb_default(resmgr_context_t *ctp, void *reserved, IOFUNC_OCB_T *ocb);
int iofunc_unlock_ocb_default(resmgr_context_t *ctp, void *reserved, IOFUNC_OCB_T *ocb);
int iofunc_link(resmgr_context_t *ctp, io_link_t *msg, IOFUNC_ATTR_T *attr, IOFUNC_ATTR_T *dattr,
                struct _client_info *info);
int iofunc_unlink(resmgr_context_t *ctp, io_unlink_t *msg, IOFUNC_ATTR_T *attr, IOFUNC_ATTR_T *dattr,
                  struct _client_info *info);
int iofunc_mknod(resmgr_context_t *ctp, io_mknod_t *msg, IOFUNC_ATTR_T *attr, IOFUNC_ATTR_T *dattr,
                 struct _client_info *info);
/* May the name go from one folder to another, over `target` (NULL: there is none)? Marks their times. EACCES, EPERM, EROFS, EISDIR, ENOTDIR. */
int iofunc_rename(resmgr_context_t *ctp, io_rename_t *msg, IOFUNC_ATTR_T *attr, IOFUNC_ATTR_T *from, IOFUNC_ATTR_T *target,
                  IOFUNC_ATTR_T *to, struct _client_info *info);
int iofunc_readlink(resmgr_context_t *ctp, io_readlink_t *msg, IOFUNC_ATTR_T *attr, struct _client_info *info);

int iofunc_notify(resmgr_context_t *ctp, io_notify_t *msg, iofunc_notify_t *nop, int trig, const int *notifycounts,
                  int *armed);
int iofunc_notify_remove_strict(resmgr_context_t *ctp, iofunc_notify_t *nop);
int iofunc_notify_remove(resmgr_context_t *ctp, iofunc_notify_t *nop);
void iofunc_notify_trigger(iofunc_notify_t *nop, int count, int index);
int iofunc_notify_trigger_strict(resmgr_context_t *ctp, iofunc_notify_t *nop, int count, int index);
__NTO_END_DECLS
