/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets as io-pkt's clients see them: BSD layouts (sa_len), QNX numbers. Compiled for the guest and by the stack's host tests. */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __DEFINED_socklen_t
#define __DEFINED_socklen_t
typedef unsigned socklen_t;
#endif
#ifndef __DEFINED_sa_family_t
#define __DEFINED_sa_family_t
typedef uint8_t sa_family_t;
#endif

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC 0x10000000

#define SO_DEBUG 0x0001
#define SO_ACCEPTCONN 0x0002
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_DONTROUTE 0x0010
#define SO_BROADCAST 0x0020
#define SO_USELOOPBACK 0x0040
#define SO_LINGER 0x0080
#define SO_OOBINLINE 0x0100
#define SO_REUSEPORT 0x0200
#define SO_TIMESTAMP 0x0400
#define SO_BINDTODEVICE 0x0800
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_SNDLOWAT 0x1003
#define SO_RCVLOWAT 0x1004
#define SO_SNDTIMEO 0x1005
#define SO_RCVTIMEO 0x1006
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008
#define SO_OVERFLOWED 0x1009
#define SO_FIB 0x100a
#define SO_SETFIB SO_FIB
#define SO_TXPRIO 0x100b
#define SO_VLANPRIO 0x100c
#define SOL_SOCKET 0xffff

#define AF_UNSPEC 0
#define AF_LOCAL 1
#define AF_UNIX AF_LOCAL
#define AF_INET 2
#define AF_ROUTE 17
#define AF_LINK 18
#define AF_INET6 24
#define AF_ARP 28
#define AF_KEY 29
#define AF_BLUETOOTH 31
#define AF_IEEE80211 32
#define AF_MAX 33

#define PF_UNSPEC AF_UNSPEC
#define PF_LOCAL AF_LOCAL
#define PF_UNIX AF_UNIX
#define PF_INET AF_INET
#define PF_ROUTE AF_ROUTE
#define PF_LINK AF_LINK
#define PF_INET6 AF_INET6
#define PF_KEY AF_KEY

#define MSG_OOB 0x0001
#define MSG_PEEK 0x0002
#define MSG_DONTROUTE 0x0004
#define MSG_EOR 0x0008
#define MSG_TRUNC 0x0010
#define MSG_CTRUNC 0x0020
#define MSG_WAITALL 0x0040
#define MSG_DONTWAIT 0x0080
#define MSG_BCAST 0x0100
#define MSG_MCAST 0x0200
#define MSG_NOTIFICATION 0x0400
#define MSG_NOSIGNAL 0x0800
#define MSG_WAITFORONE 0x2000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOMAXCONN 128

#define SCM_RIGHTS 0x01
#define SCM_TIMESTAMP 0x02
#define SCM_CREDS 0x04

/* Data of SCM_CREDS (LOCAL_CREDS, <sys/un.h>). */
struct sockcred {
    uid_t sc_uid, sc_euid;
    gid_t sc_gid, sc_egid;
    int sc_ngroups;
    gid_t sc_groups[1];
};
#define SOCKCREDSIZE(n) (sizeof(struct sockcred) + sizeof(gid_t) * ((n) > 0 ? (n) - 1 : 0))

struct sockaddr {
    uint8_t sa_len;
    sa_family_t sa_family;
    char sa_data[14];
};

struct sockaddr_storage {
    uint8_t ss_len;
    sa_family_t ss_family;
    char __ss_pad1[6];
    int64_t __ss_align;
    char __ss_pad2[112];
};

struct linger {
    int l_onoff;
    int l_linger;
};

struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    socklen_t msg_controllen;
    int msg_flags;
};

struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned msg_len;
};

struct cmsghdr {
    socklen_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

#define __CMSG_ROUND(n) (((size_t)(n) + 7u) & ~(size_t)7u)
#define CMSG_ALIGN(n) __CMSG_ROUND(n)
#define CMSG_DATA(c) ((unsigned char *)(c) + __CMSG_ROUND(sizeof(struct cmsghdr)))
#define CMSG_LEN(n) (__CMSG_ROUND(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (__CMSG_ROUND(sizeof(struct cmsghdr)) + __CMSG_ROUND(n))
#define CMSG_FIRSTHDR(m) \
    ((m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c)                                                                                              \
    ((unsigned char *)(c) + __CMSG_ROUND((c)->cmsg_len) + sizeof(struct cmsghdr) >                                     \
             (unsigned char *)(m)->msg_control + (m)->msg_controllen                                                   \
         ? (struct cmsghdr *)0                                                                                         \
         : (struct cmsghdr *)((unsigned char *)(c) + __CMSG_ROUND((c)->cmsg_len)))

/* net.inet etc. name lengths and the second level of CTL_NET are address families: see <sys/sysctl.h>. */

int accept(int, struct sockaddr *__restrict, socklen_t *__restrict);
int bind(int, const struct sockaddr *, socklen_t);
int connect(int, const struct sockaddr *, socklen_t);
int getpeername(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getsockname(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getsockopt(int, int, int, void *__restrict, socklen_t *__restrict);
int listen(int, int);
ssize_t recv(int, void *, size_t, int);
ssize_t recvfrom(int, void *__restrict, size_t, int, struct sockaddr *__restrict, socklen_t *__restrict);
ssize_t recvmsg(int, struct msghdr *, int);
ssize_t send(int, const void *, size_t, int);
ssize_t sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
ssize_t sendmsg(int, const struct msghdr *, int);
int setsockopt(int, int, int, const void *, socklen_t);
int shutdown(int, int);
int sockatmark(int);
int socket(int, int, int);
int socketpair(int, int, int, int *);
struct timespec;
int recvmmsg(int, struct mmsghdr *, unsigned, unsigned, const struct timespec *);
int sendmmsg(int, struct mmsghdr *, unsigned, unsigned);

#ifdef __cplusplus
}
#endif
#endif
