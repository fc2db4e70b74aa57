/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between libsocket and io-pkt, beyond ordinary resource-manager messages (sys/iomsg.h). The public manuals name the devctls
 * (DCMD_IP_*); the rest is this project's own wire form.
 *
 *   socket()          open of $SOCK/dev/socket/<AF>, O_RDWR, extra_type _IO_CONNECT_EXTRA_SOCKET, extra = struct _io_connect_socket
 *   accept()          _IO_OPENFD over a new connection: struct _io_openfd, key = the listening fd's coid; reply = peer sockaddr
 *   bind, connect ... devctl DCMD_IP_* with a sockaddr (sa_len filled)
 *   send/recv family  _IO_WRITE / _IO_READ with xtype _IO_XTYPE_TCPIP_MSG: struct sock_msg follows the header; then (write) name, control, data.
 *                     read reply: struct sock_msg_reply, name (name_len), control (control_len), data; status = data bytes.
 *                     plain read()/write() use xtype NONE.
 *   get/setsockopt    _IO_MSG, mgrid _IOMGR_SOCKET: struct sock_opt + value; reply struct sock_opt + value
 *   sysctl            _IO_MSG, mgrid _IOMGR_SOCKET: struct sock_sysctl + int32_t name[] + new value; reply struct sock_sysctl + old value
 *   ioctl SIOC*       devctl with the ioctl number as dcmd
 */
#ifndef ABI_SOCKMSG_H
#define ABI_SOCKMSG_H
#include <stdint.h>
#include <sys/iomsg.h>

struct _io_connect_socket { uint32_t domain, socket_type, protocol, zero; };

#define _IOMGR_SOCKET 0x10
enum { SOCKMSG_GETOPT = 1, SOCKMSG_SETOPT, SOCKMSG_SYSCTL, SOCKMSG_PAIR };

/* SOCKMSG_PAIR: socketpair(); the descriptor it comes on and this one of the same client are connected. */
struct sock_pair { struct _io_msg hdr; int32_t coid; uint32_t zero; };


struct sock_msg {           /* after struct _io_read / _io_write */
    uint32_t flags;         /* MSG_* */
    uint32_t name_len;      /* write: bytes of address; read: room for it */
    uint32_t control_len;   /* write: bytes; read: room */
    uint32_t zero;
};
struct sock_msg_reply { uint32_t flags; uint32_t name_len, control_len; uint32_t data_len; };
struct sock_opt { struct _io_msg hdr; int32_t level, name; uint32_t len; uint32_t zero; };
struct sock_sysctl {
    struct _io_msg hdr;
    uint32_t namelen;       /* 2..12 ints */
    uint32_t zero;
    uint64_t oldlen;        /* request: room (0 with want_old 0 = ask the size only); reply: size */
    uint64_t newlen;        /* 0 = no new value */
    uint32_t want_old, zero2;
};
#endif
