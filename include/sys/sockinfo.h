/* SPDX-License-Identifier: Apache-2.0 */
/* What sysctl kern.sockets, qnx.kern.descriptors and net.inet.ip.groups tell: sockets, who has them open, multicast groups. */
#ifndef _SYS_SOCKINFO_H
#define _SYS_SOCKINFO_H
#include <stdint.h>
#include <sys/socket.h>

struct socket_info {
    uint32_t si_size; /* of one entry */
    uint32_t si_id;
    int32_t si_domain, si_type, si_protocol;
    int32_t si_state;   /* TCPS_*, -1 = the protocol has no states */
    uint32_t si_flags;  /* SI_* */
    uint32_t si_options; /* SO_* bits */
    uint32_t si_fib;
    int32_t si_pid; /* who made it */
    uint32_t si_uid;
    uint32_t si_queue_length, si_queue_limit; /* connections waiting for accept() */
    uint32_t si_zero;
    uint64_t si_receive_bytes, si_receive_limit; /* in the buffers, and their size */
    uint64_t si_send_bytes, si_send_limit;
    struct sockaddr_storage si_local, si_foreign; /* family 0 = none */
};
#define SI_CONNECTING 0x01
#define SI_CONNECTED 0x02
#define SI_DISCONNECTING 0x04
#define SI_CANTSEND 0x08
#define SI_CANTRECEIVE 0x10
#define SI_LISTENING 0x20

struct socket_descriptor {
    uint32_t sd_id; /* si_id */
    int32_t sd_pid;
    int32_t sd_fd;
    uint32_t sd_uid;
};

/* sysctl net.inet.ip.groups: a multicast group that an interface is in. */
struct multicast_group {
    uint32_t mg_interface; /* its index */
    uint32_t mg_group;     /* network order */
    uint32_t mg_users;     /* sockets that joined */
};
#endif
