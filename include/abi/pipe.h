/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How libc's pipe() talks to the pipe server.
 *
 *   fd[0] = open("/dev/pipe", O_RDONLY): a new, empty pipe; the fd is its read end.
 *   fd[1] = a second connection to the same server (ConnectAttach with the nd, pid, chid of ConnectServerInfo(0, fd[0])),
 *           then _IO_OPENFD over it: ioflag = _IO_FLAG_WR (plus O_NONBLOCK bits), key = fd[0], xtype 0. Status 0 or an error.
 *   pipe2() flags: O_NONBLOCK goes into both ioflags, O_CLOEXEC into ConnectFlags.
 *
 * _IO_OPENFD with _IO_FLAG_RD gives another read end. Reads give 0 when the last write end is closed (and one had existed);
 * writes give EPIPE when the last read end is closed (libc raises SIGPIPE). Writes of up to PIPE_BUF bytes are atomic.
 *
 * FIFOs by name: the file system that has one answers its open() with a link to ABI_FIFO_FORMAT: file system's pid, inode, owner,
 * group, mode. Who opens the same name gets the same pipe while anybody has it open; the rights are those in the name, so that
 * another owner or mode is another pipe. open() waits for the other end as POSIX has it.
 */
#ifndef ABI_PIPE_H
#define ABI_PIPE_H
#define ABI_PIPE_PATH "/dev/pipe"
#define ABI_FIFO_FORMAT ABI_PIPE_PATH "/%x.%llx.%x.%x.%x"
#define ABI_PIPE_BUF 5120
#endif
