/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbufs: packets as chains of 256-byte buffers, large data in clusters (2 KiB unless mclbytes says otherwise) that are
 * physically contiguous and may be shared by reference. For drivers and the stack.
 *
 *   m_next     next buffer of the same packet           m_nextpkt  next packet of a queue
 *   m_data     first valid byte, m_len of them          m_pkthdr   only in a packet's first mbuf (M_PKTHDR)
 */
#ifndef _SYS_MBUF_H
#define _SYS_MBUF_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ifnet;
struct mbuf;
struct mb_page;
struct m_tag;
struct nw_work_thread;

#define MSIZE 256
#define MCLBYTES 2048

struct m_hdr {
    struct mbuf *mh_next;
    struct mbuf *mh_nextpkt;
    char *mh_data;
    void *mh_pool;          /* the pool it goes back to */
    int mh_len;
    int mh_flags;
    int mh_type;
    int mh_zero;
    uint64_t mh_paddr;      /* physical address of this mbuf */
};

struct pkthdr {
    struct ifnet *rcvif;    /* interface it came in on; NULL when it was made here */
    struct m_tag *tags;     /* m_tag_*() */
    int len;                /* of the whole packet */
    int csum_flags;         /* M_CSUM_* */
    uint32_t csum_data;     /* offset of the checksum field (tx), or the sum (rx) */
    uint32_t segsz;         /* TSO segment size */
    uint16_t vlan_tag;
    uint16_t ether_type;    /* between layer 2 input and the stack queue, host order */
};

struct m_ext {
    char *ext_buf;
    uint32_t *ext_refs;     /* shared by all mbufs that refer to the buffer */
    void (*ext_free)(struct mbuf *, void *, size_t, void *); /* NULL: a pool cluster */
    void *ext_arg;
    size_t ext_size;
    struct mb_page *ext_page;
};

#define MLEN ((int)(MSIZE - sizeof(struct m_hdr)))
#define MHLEN ((int)(MLEN - sizeof(struct pkthdr)))
#define MINCLSIZE (MHLEN + MLEN + 1)

struct mbuf {
    struct m_hdr m_hdr;
    union {
        struct {
            struct pkthdr MH_pkthdr;
            union {
                struct m_ext MH_ext;
                char MH_databuf[MSIZE - sizeof(struct m_hdr) - sizeof(struct pkthdr)];
            } MH_dat;
        } MH;
        char M_databuf[MSIZE - sizeof(struct m_hdr)];
    } M_dat;
};
#define m_next m_hdr.mh_next
#define m_nextpkt m_hdr.mh_nextpkt
#define m_data m_hdr.mh_data
#define m_len m_hdr.mh_len
#define m_flags m_hdr.mh_flags
#define m_type m_hdr.mh_type
#define m_pkthdr M_dat.MH.MH_pkthdr
#define m_ext M_dat.MH.MH_dat.MH_ext
#define m_pktdat M_dat.MH.MH_dat.MH_databuf
#define m_dat M_dat.M_databuf

/* m_flags */
#define M_EXT 0x0001
#define M_PKTHDR 0x0002
#define M_EOR 0x0004
#define M_PROTO1 0x0008
#define M_BCAST 0x0100
#define M_MCAST 0x0200
#define M_LOOP 0x0400       /* came back through lo0 */
#define M_AUTHIPHDR 0x0800
#define M_HASFCS 0x1000     /* the Ethernet FCS is still at the end */
#define M_VLANTAG 0x2000

#define M_COPYFLAGS (M_PKTHDR | M_EOR | M_PROTO1 | M_BCAST | M_MCAST | M_LOOP | M_AUTHIPHDR | M_HASFCS | M_VLANTAG)

/* csum_flags: on transmit "please compute", on receive "was checked"; _BAD with the bit = checked and wrong */
#define M_CSUM_TCPv4 0x0001
#define M_CSUM_UDPv4 0x0002
#define M_CSUM_TCP_UDP_BAD 0x0004
#define M_CSUM_DATA 0x0008
#define M_CSUM_TCPv6 0x0010
#define M_CSUM_UDPv6 0x0020
#define M_CSUM_IPv4 0x0040
#define M_CSUM_IPv4_BAD 0x0080
#define M_CSUM_TSOv4 0x0100

/* types */
#define MT_FREE 0
#define MT_DATA 1
#define MT_HEADER 2
#define MT_SONAME 3
#define MT_SOOPTS 4
#define MT_FTABLE 5
#define MT_CONTROL 6
#define MT_OOBDATA 7

#define M_DONTWAIT 1
#define M_WAIT 0            /* never waits here: memory is either there or not */

#define M_COPYALL 1000000000

#define mtod(m, t) ((t)((m)->m_data))

/* Allocation for drivers: from the running stack's pool. wtp may be NULL. */
struct mbuf *m_get(int how, int type);
struct mbuf *m_get_wtp(int how, int type, struct nw_work_thread *wtp);
struct mbuf *m_gethdr(int how, int type);
struct mbuf *m_gethdr_wtp(int how, int type, struct nw_work_thread *wtp);
struct mbuf *m_getcl(int how, int type, int flags);
struct mbuf *m_getcl_wtp(int how, int type, int flags, struct nw_work_thread *wtp);
void m_clget(struct mbuf *m, int how);  /* check M_EXT afterwards */
struct mbuf *m_free(struct mbuf *m);    /* one mbuf; returns the next */
void m_freem(struct mbuf *m);           /* a chain; NULL is fine */

#define MGET(m, how, type) ((m) = m_get((how), (type)))
#define MGETHDR(m, how, type) ((m) = m_gethdr((how), (type)))
#define MCLGET(m, how) m_clget((m), (how))

/* Chains. Functions that may have to allocate free the chain and return NULL when they can't, as BSD's do. */
void m_adj(struct mbuf *m, int req_len);                /* cut from the front (>0) or the end (<0) */
struct mbuf *m_pullup(struct mbuf *m, int len);         /* first len bytes contiguous */
struct mbuf *m_prepend(struct mbuf *m, int len, int how);
void m_copydata(const struct mbuf *m, int off, int len, void *to);
int m_copyback(struct mbuf *m, int off, int len, const void *from); /* 0 or ENOBUFS */
struct mbuf *m_copym(struct mbuf *m, int off, int len, int how);    /* shares clusters; NULL when out of memory */
#define m_copy(m, off, len) m_copym((m), (off), (len), M_DONTWAIT)
struct mbuf *m_dup(struct mbuf *m, int off, int len, int how);      /* copies the bytes */
struct mbuf *m_defrag(struct mbuf *m, int how);         /* NULL and m untouched when it does not fit in one cluster */
struct mbuf *m_split(struct mbuf *m, int len, int how); /* m keeps len bytes; the rest is returned */
void m_cat(struct mbuf *m, struct mbuf *n);
struct mbuf *m_devget(char *buf, int len, int off, struct ifnet *ifp);
int m_length(const struct mbuf *m);
int m_leadingspace(const struct mbuf *m);
int m_trailingspace(const struct mbuf *m);
#define M_LEADINGSPACE(m) m_leadingspace(m)
#define M_TRAILINGSPACE(m) m_trailingspace(m)
#define M_PREPEND(m, plen, how) ((m) = m_prepend((m), (plen), (how)))
#define MH_ALIGN(m, len) ((m)->m_data += (MHLEN - (len)) & ~(int)(sizeof(long) - 1))

/* Tags: notes that travel with a packet (NetBSD's m_tag(9)). The data, m_tag_len bytes, follows the header. */
struct m_tag {
    struct m_tag *m_tag_link;
    uint16_t m_tag_id;      /* PACKET_TAG_* */
    uint16_t m_tag_len;
    uint32_t m_tag_zero;
    void *m_tag_pool;
};
#define M_TAG_SMALL 16      /* up to here a tag comes from the pool */
#define M_TAG_MAX 4096
#define PACKET_TAG_NONE 0
#define PACKET_TAG_TXQ 33   /* uint32_t: SO_TXPRIO of the socket it was sent through (-p tcpip so_txprio_enable) */
struct m_tag *m_tag_get(int type, int len, int wait);   /* NULL when memory is out */
void m_tag_free(struct m_tag *tag);
void m_tag_prepend(struct mbuf *m, struct m_tag *tag);
void m_tag_unlink(struct mbuf *m, struct m_tag *tag);
void m_tag_delete(struct mbuf *m, struct m_tag *tag);
void m_tag_delete_chain(struct mbuf *m, struct m_tag *tag);     /* from tag on; NULL: all */
struct m_tag *m_tag_find(struct mbuf *m, int type, struct m_tag *after);
struct m_tag *m_tag_copy(struct m_tag *tag);
int m_tag_copy_chain(struct mbuf *to, struct mbuf *from);       /* 1, or 0 when memory is out */
void m_copy_pkthdr(struct mbuf *to, const struct mbuf *from);   /* header and copies of its tags; to is a packet too */

/* Physical addresses, for DMA. */
struct mb_page {
    char *pg_va;
    uint64_t pg_pa;
    size_t pg_size;
};
uint64_t mbuf_phys(const struct mbuf *m);   /* of m_data */
uint64_t pool_phys(const void *addr, const struct mb_page *page);

#ifdef __cplusplus
}
#endif
#endif
