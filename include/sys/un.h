/* SPDX-License-Identifier: Apache-2.0 */
/* Local (Unix domain) socket addresses. */
#pragma once
#include <sys/socket.h>
struct sockaddr_un {
    uint8_t sun_len;
    sa_family_t sun_family;
    char sun_path[104];
};
/* Options of level 0 on local sockets. */
#define LOCAL_CREDS 1    /* int: receive SCM_CREDS */
#define LOCAL_CONNWAIT 2 /* int: connect() waits for accept() */
#define LOCAL_PEEREID 3  /* struct unpcbid, get only */
struct unpcbid {
    pid_t unp_pid;
    uid_t unp_euid;
    gid_t unp_egid;
};
#ifdef __cplusplus
extern "C" {
#endif
int getpeereid(int, uid_t *, gid_t *); /* user and group of the other end when it connected; ENOTCONN */
#ifdef __cplusplus
}
#endif
#define SUN_LEN(su) (sizeof(*(su)) - sizeof((su)->sun_path) + __builtin_strlen((su)->sun_path))
