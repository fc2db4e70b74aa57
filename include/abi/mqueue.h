/* SPDX-License-Identifier: Apache-2.0 */
/* Between mq_*() and the server mqueue: opens with _IO_CONNECT_EXTRA_MQUEUE, _IO_READ and _IO_WRITE of type _IO_XTYPE_MQUEUE, devctls. */
#pragma once
#include <stdint.h>
#define ABI_MQUEUE_PATH "/dev/mqueue"
struct abi_mqueue_open { uint32_t mode, zero; int64_t maxmsg, msgsize; };  /* maxmsg 0: the server's defaults; msgsize counts bytes */
struct abi_mqueue_status { int64_t maxmsg, msgsize, curmsgs, sendwait, recvwait; };
struct abi_mqueue_notify { uint32_t wanted, zero; uint8_t event[64]; };    /* wanted 0: no longer; event: the client's struct sigevent */
/* Behind _io_write: this, then the message. A read's reply: this, then the message; its status is the message's length. */
struct abi_mqueue_priority { uint32_t priority, zero; };
#define ABI_MQUEUE_PRIORITIES 32u
#define ABI_DCMD_MQUEUE_STATUS (0x40000000u | (uint32_t)sizeof(struct abi_mqueue_status) << 16 | 8u << 8 | 1u)
#define ABI_DCMD_MQUEUE_NOTIFY (0x80000000u | (uint32_t)sizeof(struct abi_mqueue_notify) << 16 | 8u << 8 | 2u)
