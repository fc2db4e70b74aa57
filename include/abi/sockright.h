/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor in an SCM_RIGHTS message between two libsockets. The sender's library has left the open file with its server
 * under `token` (_IO_PASS, sys/iomsg.h); the receiver's library takes it from there. The socket manager only carries it, or
 * tells the server that nobody will come.
 */
#ifndef ABI_SOCKRIGHT_H
#define ABI_SOCKRIGHT_H
#include <stdint.h>

struct sock_right { int32_t pid, chid; uint64_t token; };
#endif
