/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet filter /dev/bpf, as NetBSD's bpf(4) describes it. Every open gives a descriptor of its own.
 *
 *   read()   exactly BIOCGBLEN bytes asked for, else EINVAL. Gives packets, each struct bpf_hdr (bh_hdrlen bytes), bh_caplen
 *            bytes, and padding to BPF_ALIGNMENT. Waits until the buffer is full, a packet is there (BIOCIMMEDIATE) or
 *            BIOCSRTIMEOUT's time is over (then perhaps 0 bytes). ENXIO: the interface went away, or none was chosen.
 *   write()  one packet with its link header. EMSGSIZE: longer than the interface's MTU; ENETDOWN; ENXIO.
 *   ioctl()  EINVAL: bad filter, or a change that must come before BIOCSETIF; EPERM, ENXIO: no such interface.
 */
#ifndef _NET_BPF_H_
#define _NET_BPF_H_
#include <net/dlt.h>
#include <stdint.h>
#include <sys/ioccom.h>
#include <sys/time.h>

typedef int bpf_int32;
typedef unsigned int bpf_u_int32;

#define BPF_RELEASE 199606
#define BPF_ALIGNMENT sizeof(long)
#define BPF_WORDALIGN(x) (((x) + (BPF_ALIGNMENT - 1)) & ~(BPF_ALIGNMENT - 1))
#define BPF_MAXINSNS 512
#define BPF_DFLTBUFSIZE (32 * 1024)
#define BPF_MAXBUFSIZE (512 * 1024)  /* net.bpf.maxbufsize may be lower */
#define BPF_MINBUFSIZE 32
#define BPF_MEMWORDS 16

struct bpf_insn {
    uint16_t code;
    uint8_t jt;     /* instructions to skip when the condition holds */
    uint8_t jf;     /* and when not */
    uint32_t k;
};
struct bpf_program {
    unsigned int bf_len;    /* instructions */
    struct bpf_insn *bf_insns;
};
struct bpf_stat {
    uint64_t bs_recv;       /* packets seen since BIOCSETF or BIOCSETIF */
    uint64_t bs_drop;       /* matched, but both buffers were full */
    uint64_t bs_capt;       /* matched */
    uint64_t bs_padding[13];
};
struct bpf_version {
    uint16_t bv_major;
    uint16_t bv_minor;
};
#define BPF_MAJOR_VERSION 1
#define BPF_MINOR_VERSION 1

struct bpf_timeval {
    long tv_sec;
    long tv_usec;
};
struct bpf_hdr {
    struct bpf_timeval bh_tstamp;
    uint32_t bh_caplen;     /* bytes captured */
    uint32_t bh_datalen;    /* bytes of the packet on the wire */
    uint16_t bh_hdrlen;     /* of this header with its padding */
};
struct bpf_dltlist {
    unsigned int bfl_len;
    unsigned int *bfl_list; /* NULL: only ask how many */
};

#define BIOCGBLEN __IOC_R('B', 102, unsigned int)
#define BIOCSBLEN __IOC_WR('B', 102, unsigned int)      /* before BIOCSETIF; gives what was set */
#define BIOCSETF __IOC_W('B', 103, struct bpf_program)
#define BIOCFLUSH __IOC_NONE('B', 104)
#define BIOCPROMISC __IOC_NONE('B', 105)
#define BIOCGDLT __IOC_R('B', 106, unsigned int)
#define BIOCGETIF __IOC_R('B', 107, struct ifreq)
#define BIOCSETIF __IOC_W('B', 108, struct ifreq)
#define BIOCSRTIMEOUT __IOC_W('B', 109, struct timeval)
#define BIOCGRTIMEOUT __IOC_R('B', 110, struct timeval)
#define BIOCGSTATS __IOC_R('B', 111, struct bpf_stat)
#define BIOCIMMEDIATE __IOC_W('B', 112, unsigned int)
#define BIOCVERSION __IOC_R('B', 113, struct bpf_version)
#define BIOCGHDRCMPLT __IOC_R('B', 116, unsigned int)
#define BIOCSHDRCMPLT __IOC_W('B', 117, unsigned int)   /* 1: the source address is the writer's */
#define BIOCSDLT __IOC_W('B', 118, unsigned int)
#define BIOCGDLTLIST __IOC_WR('B', 119, struct bpf_dltlist)
#define BIOCGSEESENT __IOC_R('B', 120, unsigned int)
#define BIOCSSEESENT __IOC_W('B', 121, unsigned int)
#define BIOCGFEEDBACK __IOC_R('B', 124, unsigned int)
#define BIOCSFEEDBACK __IOC_W('B', 125, unsigned int)   /* 1: what is written comes in, too */
#define BIOCFEEDBACK BIOCSFEEDBACK

#define BPF_CLASS(code) ((code) & 0x07)
#define BPF_LD 0x00
#define BPF_LDX 0x01
#define BPF_ST 0x02
#define BPF_STX 0x03
#define BPF_ALU 0x04
#define BPF_JMP 0x05
#define BPF_RET 0x06
#define BPF_MISC 0x07

#define BPF_SIZE(code) ((code) & 0x18)
#define BPF_W 0x00
#define BPF_H 0x08
#define BPF_B 0x10
#define BPF_MODE(code) ((code) & 0xe0)
#define BPF_IMM 0x00
#define BPF_ABS 0x20
#define BPF_IND 0x40
#define BPF_MEM 0x60
#define BPF_LEN 0x80
#define BPF_MSH 0xa0

#define BPF_OP(code) ((code) & 0xf0)
#define BPF_ADD 0x00
#define BPF_SUB 0x10
#define BPF_MUL 0x20
#define BPF_DIV 0x30
#define BPF_OR 0x40
#define BPF_AND 0x50
#define BPF_LSH 0x60
#define BPF_RSH 0x70
#define BPF_NEG 0x80
#define BPF_MOD 0x90
#define BPF_XOR 0xa0
#define BPF_JA 0x00
#define BPF_JEQ 0x10
#define BPF_JGT 0x20
#define BPF_JGE 0x30
#define BPF_JSET 0x40
#define BPF_SRC(code) ((code) & 0x08)
#define BPF_K 0x00
#define BPF_X 0x08
#define BPF_RVAL(code) ((code) & 0x18)
#define BPF_A 0x10
#define BPF_MISCOP(code) ((code) & 0xf8)
#define BPF_TAX 0x00
#define BPF_TXA 0x80

#define BPF_STMT(code, k) { (uint16_t)(code), 0, 0, k }
#define BPF_JUMP(code, k, jt, jf) { (uint16_t)(code), jt, jf, k }
#endif
