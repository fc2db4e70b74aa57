/* SPDX-License-Identifier: Apache-2.0 */
/* <unistd.h>: musl's, with QNX's configuration-string names and delay(). */
#include_next <unistd.h>
#ifndef _CS_LIBPATH
#undef _CS_PATH
#define _CS_PATH 1
#define _CS_HOSTNAME 2
#define _CS_RELEASE 3
#define _CS_VERSION 4
#define _CS_MACHINE 5
#define _CS_ARCHITECTURE 6
#define _CS_HW_SERIAL 7
#define _CS_HW_PROVIDER 8
#define _CS_SRPC_DOMAIN 9
#define _CS_SYSNAME 11
#define _CS_LIBPATH 12
#define _CS_DOMAIN 13
#define _CS_RESOLVE 14
#define _CS_TIMEZONE 15
#define _CS_LOCALE 16
#define _CS_SET 0x1000
#ifdef __cplusplus
extern "C" {
#endif
unsigned delay(unsigned);
/* Files (QNX: lib_ref): another open of the file behind a descriptor; where it stands; whole blocks, with the number of blocks done; read
 * until `minimum` bytes are there, or nothing more for `time`, or at all for `timeout` (tenths of a second; terminals only). */
int openfd(int fd, int oflag);
int sopenfd(int fd, int oflag, int sflag);
off_t tell(int fd);
int readblock(int fd, size_t size, unsigned block, int count, void *buffer);
int writeblock(int fd, size_t size, unsigned block, int count, const void *buffer);
int readcond(int fd, void *buffer, int bytes, int minimum, int time, int timeout);
struct sigevent;
int ionotify(int fd, int action, int flags, const struct sigevent *event);
#ifdef __cplusplus
}
#endif
#endif
