/* SPDX-License-Identifier: Apache-2.0 */
/* What sysctl kern.sockets, qnx.kern.descriptors, net.inet.tcp.pcb and net.inet.ip.groups tell: sockets, who has them open, groups. */
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

/* sysctl net.inet.tcp.pcb.N, N being si_id: a connection's control block (RFC 9293 3.3.1). ESRCH: there is none. */
struct tcp_control_block {
    uint32_t tc_size, tc_id;
    int32_t tc_state;   /* TCPS_* */
    uint32_t tc_flags;  /* io-pkt's own */
    uint32_t tc_segsz, tc_peermss, tc_ourmss; /* bytes */
    uint32_t tc_rxtshift, tc_dupacks;
    uint32_t tc_snd_scale, tc_rcv_scale;
    uint32_t tc_iss, tc_snd_una, tc_snd_nxt, tc_snd_max, tc_snd_up, tc_snd_wl1, tc_snd_wl2;
    uint32_t tc_snd_wnd, tc_max_sndwnd, tc_snd_cwnd, tc_snd_ssthresh; /* bytes */
    uint32_t tc_recover;
    uint32_t tc_irs, tc_rcv_nxt, tc_rcv_up, tc_rcv_adv, tc_last_ack_sent, tc_rcv_wnd, tc_ts_recent;
    uint64_t tc_srtt_ns, tc_rttvar_ns, tc_rttmin_ns, tc_rxtcur_ns;
    uint64_t tc_rexmt_left_ns, tc_persist_left_ns, tc_keep_left_ns, tc_wait_left_ns, tc_delack_left_ns,
        tc_loss_left_ns; /* until the timer runs; 0 = off */
    uint64_t tc_segments_in, tc_segments_out, tc_retransmits;
};

/* sysctl net.inet.ip.groups: a multicast group that an interface is in. */
struct multicast_group {
    uint32_t mg_interface; /* its index */
    uint32_t mg_group;     /* network order */
    uint32_t mg_users;     /* sockets that joined; of 224.0.0.1 the interface itself, too */
};

/* sysctl net.inet6.ip6.groups: the same of IPv6. */
struct multicast_group6 {
    uint32_t mg6_interface;
    uint32_t mg6_users;    /* sockets that joined, and the interface itself for its addresses */
    uint8_t mg6_group[16]; /* as on the wire */
};
#endif
