/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between a client's libc, the process manager's path name space, and resource managers
 * (QNX <sys/iomsg.h>; names from the "Writing a Resource Manager" manual). The first 16 bits of every message are its type.
 *
 * Opening a path:
 *   1. client -> pid 1 (SYSMGR_COID): io_connect, subtype _IO_CONNECT_RESOLVE, path = the full path from the root.
 *      Reply: io_connect_resolve_reply + entries, best candidate first; or a link reply (flag _IO_RESOLVE_LINK):
 *      the path text to go on with. -ENOENT when nobody owns it.
 *   2. client: ConnectAttach(nd, pid, chid, 0 or _NTO_SIDE_CHANNEL) to a candidate and sends io_connect with the real subtype,
 *      handle = entry.handle, path = rest of the path below the entry's prefix. On ENOENT/ENOSYS/ENXIO... try the next.
 *      Status _IO_CONNECT_RET_LINK (positive): reply holds io_connect_link_reply + new path; go back to 1.
 */
#ifndef _SYS_IOMSG_H
#define _SYS_IOMSG_H
#include <stdint.h>

#define _IO_BASE 0x100
enum {
    _IO_CONNECT = _IO_BASE, /* 0x100 */
    _IO_READ,
    _IO_WRITE,
    _IO_RSVD_CLOSE_OCB,     /* made by the library from _PULSE_CODE_DISCONNECT/close: not sent by clients */
    _IO_STAT,
    _IO_NOTIFY,
    _IO_DEVCTL,
    _IO_RSVD0,
    _IO_PATHCONF,
    _IO_LSEEK,
    _IO_CHMOD,
    _IO_CHOWN,
    _IO_UTIME,
    _IO_OPENFD,
    _IO_FDINFO,
    _IO_LOCK,
    _IO_SPACE,
    _IO_SHUTDOWN,
    _IO_MMAP,
    _IO_MSG,
    _IO_RSVD1,
    _IO_DUP,
    _IO_CLOSE,
    _IO_RSVD2,
    _IO_RSVD3,
    _IO_SYNC,
    _IO_PASS, /* this project's: an open file goes to another process (SCM_RIGHTS) */
};
#define _IO_MAX 0x1ff
#define _IO_COMBINE_FLAG 0x8000 /* ORed into the type of each I/O message that another follows; a connect's subtype tells that */

/* --- connect ------------------------------------------------------------------------------------------------ */
enum {
    _IO_CONNECT_COMBINE,        /* connect + one I/O message after it, ocb stays (open + ...) */
    _IO_CONNECT_COMBINE_CLOSE,  /* connect + one I/O message, ocb closed afterwards: stat(), chmod(), ... */
    _IO_CONNECT_OPEN,
    _IO_CONNECT_UNLINK,
    _IO_CONNECT_RENAME,
    _IO_CONNECT_MKNOD,          /* also mkdir: mode has the type */
    _IO_CONNECT_READLINK,
    _IO_CONNECT_LINK,           /* also symlink */
    _IO_CONNECT_RSVD_UNBLOCK,
    _IO_CONNECT_MOUNT,
    _IO_CONNECT_RESOLVE = 0x80, /* to the process manager only */
};
enum {
    _IO_CONNECT_EXTRA_NONE,
    _IO_CONNECT_EXTRA_LINK,     /* link: ocb's connection; */
    _IO_CONNECT_EXTRA_SYMLINK,  /* the link's text */
    _IO_CONNECT_EXTRA_MQUEUE,
    _IO_CONNECT_EXTRA_PHOTON,
    _IO_CONNECT_EXTRA_SOCKET,   /* struct _io_connect_socket (abi/sockmsg.h) */
    _IO_CONNECT_EXTRA_SEM,
    _IO_CONNECT_EXTRA_RESMGR_LINK,
    _IO_CONNECT_EXTRA_PROC_SYMLINK,
    _IO_CONNECT_EXTRA_RENAME,   /* rename: the old path, relative to the same manager */
    _IO_CONNECT_EXTRA_MOUNT,    /* struct _io_mount_extra */
    _IO_CONNECT_EXTRA_MOUNT_OCB,
    _IO_CONNECT_EXTRA_TYMEM,
};
#define _IO_FLAG_RD 1u          /* ioflag in a connect message: (oflag + 1) & 3, other bits as O_* */
#define _IO_FLAG_WR 2u
#define _IO_FLAG_MASK 3u
#define _IO_CONNECT_EFLAG_DIR 0x01u /* the path ended in a slash */
#define _IO_CONNECT_EFLAG_DOT 0x02u
#define _IO_CONNECT_EFLAG_DOTDOT 0x04u

enum { _FTYPE_ANY, _FTYPE_FILE, _FTYPE_LINK, _FTYPE_SYMLINK, _FTYPE_PIPE, _FTYPE_SHMEM, _FTYPE_MQUEUE, _FTYPE_SOCKET,
       _FTYPE_SEM, _FTYPE_PHOTON, _FTYPE_DUMPER, _FTYPE_MOUNT, _FTYPE_NAME, _FTYPE_TYMEM, _FTYPE_MQ, _FTYPE_ALL = 0xff };

struct _io_connect {
    uint16_t type;       /* _IO_CONNECT */
    uint16_t subtype;
    uint32_t file_type;  /* _FTYPE_* wanted */
    uint16_t reply_max;
    uint16_t entry_max;
    uint32_t key;
    uint32_t handle;     /* from the resolve entry = what resmgr_attach gave */
    uint32_t ioflag;
    uint32_t mode;       /* S_IF* and permission bits */
    uint16_t sflag;
    uint16_t access;
    uint16_t zero;
    uint16_t path_len;   /* with the NUL */
    uint8_t eflag;
    uint8_t extra_type;
    uint16_t extra_len;
    char path[1];        /* path, NUL; then, at the next multiple of 8 from the start, extra_len bytes; then, for COMBINE,
                            at the next multiple of 8, the second message */
};
#define _IO_CONNECT_HDR 40u /* offsetof path */

/* resolve reply: MsgReply status 0 */
#define _IO_RESOLVE_LINK 1u
struct _io_connect_entry {
    uint32_t nd;
    int32_t pid;
    int32_t chid;
    uint32_t handle;
    uint32_t key;
    uint32_t file_type;
    uint16_t prefix_len; /* bytes of the resolved path that are the manager's; the rest (without a leading '/') goes to it */
    uint16_t flags;      /* _RESMGR_FLAG_DIR etc. */
    uint32_t zero;
};
struct _io_connect_resolve_reply {
    uint32_t flags;      /* _IO_RESOLVE_LINK: the path after this header replaces the asked one */
    uint16_t nentries;
    uint16_t path_len;   /* with NUL; the path as resolved (symlinks of procnto followed); placed after the entries */
    uint32_t root_len;   /* so much of it is the caller's root (chroot()), which its own names do not show */
    uint32_t zero;
};
#define _IO_RESOLVE_NOFOLLOW 1u /* in io_connect.sflag of a RESOLVE: do not follow a final procnto symlink (lstat, readlink, unlink) */

/* open reply: MsgReply status = 0 or _IO_CONNECT_RET_LINK */
#define _IO_CONNECT_RET_LINK 0x200000
struct _io_connect_link_reply {
    uint32_t file_type;
    uint16_t path_len;   /* with NUL: link text + rest of the path, follows this struct; relative to the directory of the link if not absolute */
    uint16_t consumed;   /* bytes of the sent path up to and including the link's own name */
};
typedef union {
    struct _io_connect connect;
    struct _io_connect_link_reply link_reply;
} io_open_t, io_unlink_t, io_rename_t, io_mknod_t, io_readlink_t, io_link_t, io_mount_t;

struct _io_mount_extra {  /* mount(): extra of _IO_CONNECT_MOUNT; strings follow: type, special, options, each with NUL */
    uint32_t flags;       /* _MFLAG_* */
    uint16_t type_len, special_len;
    uint16_t options_len;
    uint16_t zero;
};

/* --- I/O messages ----------------------------------------------------------------------------------------------- */
struct _io_read { uint16_t type, combine_len; uint32_t nbytes_hi_zero; uint64_t nbytes; uint32_t xtype; uint32_t zero; };
struct _io_write { uint16_t type, combine_len; uint32_t nbytes_hi_zero; uint64_t nbytes; uint32_t xtype; uint32_t zero; /* data */ };
#define _IO_XTYPE_NONE 0
#define _IO_XTYPE_READCOND 1
#define _IO_XTYPE_MQUEUE 2
#define _IO_XTYPE_TCPIP 3      /* send()/recv() with flags, see abi/sockmsg.h */
#define _IO_XTYPE_TCPIP_MSG 4  /* sendmsg()/recvmsg() */
#define _IO_XTYPE_OFFSET 5     /* struct _xtype_offset follows: pread/pwrite */
#define _IO_XTYPE_READDIR 6
#define _IO_XTYPE_MASK 0xff
struct _xtype_offset { int64_t offset; };
struct _xtype_readcond { int32_t min, time, timeout, zero; };
/* read reply: status = number of bytes; write reply: status = number of bytes taken */

struct _io_stat { uint16_t type, combine_len; uint32_t zero; };           /* reply: struct _io_stat_data */
struct _io_stat_data {     /* the wire form of struct stat */
    uint64_t ino; int64_t size; uint32_t dev, rdev; uint32_t uid, gid;
    int64_t mtime, atime, ctime; uint32_t mtime_ns, atime_ns, ctime_ns;
    uint32_t mode, nlink; uint32_t blksize, blocks512; uint32_t zero;
};
struct _io_lseek { uint16_t type, combine_len; int16_t whence; uint16_t zero; int64_t offset; };  /* reply: int64_t new offset */
struct _io_chmod { uint16_t type, combine_len; uint32_t mode; };
struct _io_chown { uint16_t type, combine_len; uint32_t zero; int32_t uid, gid; };
struct _io_utime { uint16_t type, combine_len; uint32_t cur_flag; int64_t actime, modtime; };
struct _io_space { uint16_t type, combine_len; uint16_t subtype; int16_t whence; int64_t start, len; }; /* ftruncate: subtype F_FREESP=11, whence 0 */
struct _io_pathconf { uint16_t type, combine_len; int16_t name; uint16_t zero; };
struct _io_sync { uint16_t type, combine_len; uint32_t flag; };
struct _io_close { uint16_t type, combine_len; uint32_t zero; };
struct _io_openfd { uint16_t type, combine_len; uint32_t ioflag; uint16_t sflag, xtype; uint32_t key; };
struct _io_fdinfo { uint16_t type, combine_len; uint32_t flags; uint32_t path_len; uint32_t zero; }; /* reply: struct _fdinfo then path */
struct _fdinfo { uint32_t mode, ioflag; int64_t offset, size; uint32_t flags; uint16_t sflag; uint16_t count, rcount, wcount; uint32_t zero; };

/* dup: sent over the NEW connection (after dup(), dup2(), spawn); info names the old one (nd, pid, scoid, coid and chid are used) */
struct _io_dup {
    uint16_t type, combine_len; uint32_t key;
    uint32_t nd; int32_t pid, chid, scoid, coid; uint32_t zero;
};

/*
 * LEAVE: the server keeps the open file for whoever brings the token (reply: uint64_t token). TAKE, over a new connection: the
 * connection becomes a descriptor of it, the token is used up. GIVE_UP, over any connection: nobody will come.
 */
#define _IO_PASS_LEAVE 0
#define _IO_PASS_TAKE 1
#define _IO_PASS_GIVE_UP 2
#define _IO_PASS_MARK 0x80000000u /* set in a token's upper half, where descriptors have their scoid */
struct _io_pass { uint16_t type, combine_len; uint32_t action; uint64_t token; };

/* devctl: data follows the header in both directions; reply status = 0, reply = struct _io_devctl_reply + nbytes */
struct _io_devctl { uint16_t type, combine_len; int32_t dcmd; uint32_t nbytes; int32_t zero; };
struct _io_devctl_reply { uint32_t zero; int32_t ret_val; uint32_t nbytes; int32_t zero2; };

/* notify: what select(), poll() and ionotify() send. Reply: struct _io_notify_reply */
#define _NOTIFY_ACTION_POLL 0
#define _NOTIFY_ACTION_POLLARM 1
#define _NOTIFY_ACTION_TRANARM 2
#define _NOTIFY_ACTION_CONDARM 3
#define _NOTIFY_COND_INPUT 0x10000000u
#define _NOTIFY_COND_OUTPUT 0x20000000u
#define _NOTIFY_COND_OBAND 0x40000000u
#define _NOTIFY_COND_MASK 0x70000000u
struct _io_notify {
    uint16_t type, combine_len;
    int32_t action; int32_t flags;  /* _NOTIFY_COND_* asked for */
    int32_t zero;
    uint8_t event[32];              /* struct sigevent of the client, opaque */
};
struct _io_notify_reply { uint32_t zero; uint32_t flags; };  /* conditions true now */

struct _io_msg { uint16_t type, combine_len; uint16_t mgrid, subtype; };
struct _io_mmap { uint16_t type, combine_len; uint32_t prot; int64_t offset; };

/* directory reads: _IO_READ on a directory ocb returns struct dirent records (whole ones only) */
struct _io_dirent {
    uint64_t d_ino; int64_t d_offset; int16_t d_reclen; int16_t d_namelen; char d_name[1]; /* NUL, padded so that d_reclen % 8 == 0 */
};
#define _IO_DIRENT_HDR 20u

/* locks: fcntl(F_GETLK/F_SETLK/F_SETLKW) for the process, flock() for the open file. Reply to F_GETLK: struct _io_lock_reply */
#define _IO_LOCK_FLOCK 0x100  /* cmd of flock(): l_type says what, the whole file is meant */
#define _IO_LOCK_FLOCKW 0x101 /* the same, waiting */
struct _io_lock { uint16_t type, combine_len; int32_t cmd; int16_t l_type, l_whence; int32_t zero; int64_t start, len; };
struct _io_lock_reply { int16_t l_type, l_whence; int32_t pid; int64_t start, len; };
struct _io_shutdown { uint16_t type, combine_len; uint32_t how; };

/* the request and reply views resource managers get */
typedef union { struct _io_read i; } io_read_t;
typedef union { struct _io_write i; } io_write_t;
typedef union { struct _io_stat i; struct _io_stat_data o; } io_stat_t;
typedef union { struct _io_lseek i; int64_t o; } io_lseek_t;
typedef union { struct _io_chmod i; } io_chmod_t;
typedef union { struct _io_chown i; } io_chown_t;
typedef union { struct _io_utime i; } io_utime_t;
typedef union { struct _io_space i; int64_t o; } io_space_t;
typedef union { struct _io_pathconf i; } io_pathconf_t;
typedef union { struct _io_sync i; } io_sync_t;
typedef union { struct _io_close i; } io_close_t;
typedef union { struct _io_openfd i; } io_openfd_t;
typedef union { struct _io_fdinfo i; struct _fdinfo o; } io_fdinfo_t;
typedef union { struct _io_dup i; } io_dup_t;
typedef union { struct _io_devctl i; struct _io_devctl_reply o; } io_devctl_t;
typedef union { struct _io_notify i; struct _io_notify_reply o; } io_notify_t;
typedef union { struct _io_msg i; } io_msg_t;
typedef union { struct _io_mmap i; } io_mmap_t;
typedef union { struct _io_lock i; struct _io_lock_reply o; } io_lock_t;
typedef union { struct _io_shutdown i; } io_shutdown_t;
#define _DEVCTL_DATA(msg) ((void *)((char *)&(msg) + sizeof(struct _io_devctl)))
#define _IO_PATH_ALIGN(n) (((n) + 7u) & ~7u) /* where the extra and the combined message of a connect message start */

#endif
