/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP header (RFC 9293 3.1), BSD names, and TCP's socket options (level IPPROTO_TCP; tcp(4) of the QNX and NetBSD manuals). */
#pragma once
#include <stdint.h>
typedef uint32_t tcp_seq;
struct tcphdr {
    uint16_t th_sport, th_dport;
    tcp_seq th_seq, th_ack;
    uint8_t th_x2 : 4, th_off : 4;
    uint8_t th_flags;
    uint16_t th_win, th_sum, th_urp;
};
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PUSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20
#define TH_ECE 0x40
#define TH_CWR 0x80

#define TCP_NODELAY 1       /* int: small segments go out at once */
#define TCP_MAXSEG 2        /* int: largest segment, bytes; EINVAL below net.inet.tcp.minmss */
#define TCP_KEEPALIVE 4     /* struct timeval: idle time before the first probe */
#define TCP_KEEPINTVL 5     /* int: seconds between probes (NetBSD) */
#define TCP_KEEPCNT 6       /* int: probes without answer until the connection is given up (NetBSD) */
#define TCP_NOPUSH 7        /* int: full segments only, until cleared */
#define TCP_NOOPT 8         /* int: no TCP options, before connect() or listen() */
#define TCP_USER_TIMEOUT 9  /* int: milliseconds data may stay unacknowledged (RFC 9293 3.8.3 R2); 0 = net.inet.tcp.maxrexmt */
#define TCP_KEEPINIT 10     /* int: seconds a connect() may take; 0 = net.inet.tcp.keepinit (NetBSD) */
#define TCP_QUICKACK 11     /* int: acknowledge at once, until cleared. This and what follows are Linux's, for ported programs */
#define TCP_DEFER_ACCEPT 12 /* int: seconds a listener waits for the first data of a connection before accept() may have it */
#define TCP_LINGER2 13      /* int: seconds FIN-WAIT-2 lasts after close(); 0 = as long as keepalive would take */
#define TCP_NOTSENT_LOWAT 14 /* int: writable only while fewer bytes than these wait to be sent first; 0 = no such limit */
#define TCP_SYNCNT 15       /* int: times a SYN is repeated, 1 .. 127; 0 = net.inet.tcp.maxrexmt */
#define TCP_MD5SIG 0x10     /* struct tcp_md5sig, or an int to switch it (RFC 2385) */
#define TCP_FASTOPEN 18     /* int: RFC 7413: sendto() connects, with data in the SYN; of a listener: so many such connections before their handshake ends */
#define TCP_WINDOW_CLAMP 17 /* int: largest window to offer, bytes; 0 = what the buffer holds */
#define TCP_MSS 536

#define TCP_MD5SIG_MAXKEYLEN 80
struct tcp_md5sig {         /* one key for the socket and what it accepts */
    uint32_t tcpm_keylen;
    uint8_t tcpm_key[TCP_MD5SIG_MAXKEYLEN];
};

/* Third level names below net.inet.tcp (numbers of NetBSD's <netinet/tcp_var.h>). */
#define TCPCTL_RFC1323 1
#define TCPCTL_SENDSPACE 2
#define TCPCTL_RECVSPACE 3
#define TCPCTL_MSSDFLT 4
#define TCPCTL_SYN_CACHE_LIMIT 5
#define TCPCTL_SYN_BUCKET_LIMIT 6
#define TCPCTL_INIT_WIN 10
#define TCPCTL_MSS_IFMTU 11
#define TCPCTL_SACK 12
#define TCPCTL_WSCALE 13
#define TCPCTL_TSTAMP 14
#define TCPCTL_CWM 16
#define TCPCTL_ACK_ON_PUSH 18
#define TCPCTL_KEEPIDLE 19
#define TCPCTL_KEEPINTVL 20
#define TCPCTL_KEEPCNT 21
#define TCPCTL_SLOWHZ 22
#define TCPCTL_LOG_REFUSED 24
#define TCPCTL_RSTPPSLIMIT 26
#define TCPCTL_KEEPINIT 28
#define TCPCTL_LOOPBACKCKSUM 31
