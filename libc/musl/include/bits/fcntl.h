/* SPDX-License-Identifier: Apache-2.0 */
/* Open flags and fcntl() commands with QNX's numbers. */
#define O_APPEND 000010
#define O_DSYNC 000020
#define O_SYNC 000040
#define O_RSYNC 000100
#define O_NONBLOCK 000200
#define O_CREAT 000400
#define O_TRUNC 001000
#define O_EXCL 002000
#define O_NOCTTY 004000
#define O_NOFOLLOW 010000
#define O_CLOEXEC 020000
#define O_LARGEFILE 0100000
#define O_ASYNC 0200000
#define O_DIRECTORY 04000000
#define O_NDELAY O_NONBLOCK

/* Not in QNX; musl's sources name them. O_TMPFILE can never be matched by real flags. */
#define O_PATH 3
#define O_DIRECT 0
#define O_NOATIME 0
#define O_TMPFILE 0x7fffffff

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_SETLK 6
#define F_SETLKW 7
#define F_ALLOCSP 10
#define F_FREESP 11
#define F_GETLK 14
#define F_GETOWN 35
#define F_SETOWN 36

#define F_SETSIG 60
#define F_GETSIG 61
#define F_SETOWN_EX 62
#define F_GETOWN_EX 63
#define F_GETOWNER_UIDS 64
