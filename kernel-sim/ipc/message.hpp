// SPDX-License-Identifier: Apache-2.0
// Send, receive, reply: the operations, for kernel threads as well as for the call layer. Big kernel lock held.
#pragma once

#include "base/result.hpp"
#include "ipc/buffer.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace object {
struct Process;
struct Thread;
} // namespace object

namespace ipc {

inline constexpr int scoid_bit = 0x10000; // _NTO_CONNECTION_SCOID

/// The calling thread sends over a connection of ITS process and waits for the reply; result is MsgReply's status.
base::Result<int64_t> send(int coid, const Buffer& message, const Buffer& reply);

/// The calling thread receives on a channel of ITS process: a rcvid, or 0 for a pulse (then `to` holds an nto_pulse and info
/// is as it was). `info` is kernel memory, may be nullptr.
base::Result<int> receive(int chid, const Buffer& to, nto_msg_info* info, bool pulses_only = false);

/// `server` is the process that received the message; any thread may do these (the loader thread replies for pid 1).
/// ESRCH: nobody is waiting with that rcvid. ESRVRFAULT: the client's memory is gone.
base::Result<void> reply(object::Process& server, int rcvid, int64_t status, const Buffer& data);
base::Result<void> error(object::Process& server, int rcvid, int err);
base::Result<uint64_t> read(object::Process& server, int rcvid, const Buffer& to, uint64_t offset);
base::Result<uint64_t> write(object::Process& server, int rcvid, const Buffer& from,
                             uint64_t offset);
base::Result<void> info(object::Process& server, int rcvid, nto_msg_info& out);
/// MsgPause(): the calling thread drops what it inherited; a RESTART pulse with the cookie comes. EINVAL: paused already, or not
/// a channel with _NTO_CHF_MSG_PAUSING.
base::Result<void> pause(object::Process& server, int rcvid, uint32_t cookie);
/// The client's own iov entries from `first` on, of what it sends or (reply) where the answer goes; how many.
base::Result<uint64_t> read_parts(object::Process& server, int rcvid, bool reply, uint64_t first,
                                  nto_iov* out, uint64_t count);
/// The thread waiting for a reply to rcvid; nullptr = stale.
object::Thread* client_of(object::Process& server, int rcvid);

/// Shorthands for pid 1's threads.
base::Result<void> reply(int rcvid, int64_t status, const void* data, uint64_t size);
base::Result<void> error(int rcvid, int err);

base::Result<void> send_pulse(object::Process& from, int coid, int priority, int code,
                              nto_sigval value);
/// An event of a client goes to that client (its coid, its threads). rcvid as received by `server`; the client need not
/// be blocked any more. MsgDeliverEvent's checks apply.
base::Result<void> deliver_event(object::Process& server, int rcvid, const nto_sigevent& event);
/// MsgVerifyEvent(): would deliver_event() accept it?
base::Result<void> verify_event(object::Process& server, int rcvid, const nto_sigevent& event);
/// The same when the process is known (timers, interrupts, death notifications); `thread` for INTR, UNBLOCK and SIGNAL_THREAD.
/// `source`: the timer whose event it is, if one's.
base::Result<void> post_event(object::Process& to, object::Thread* thread,
                              const nto_sigevent& event, const void* source = nullptr);

/// A channel of pid 1 or of any process; result is its chid.
base::Result<int> create_channel(object::Process& owner, uint32_t flags,
                                 const nto_pool_config* config = nullptr);
base::Result<void> destroy_channel(object::Process& owner, int chid);

/// ConnectAttach for `client`: index and flags as the call's; result is the coid.
base::Result<int> attach(object::Process& client, int pid, int chid, uint32_t index,
                         uint32_t flags);
/// At exactly this coid (a new process' SYSMGR_COID); EBUSY when taken.
base::Result<void> attach_at(object::Process& client, int pid, int chid, int coid, uint32_t flags);
base::Result<void> detach(object::Process& process, int id); // coid or scoid
/// _NTO_COF_INSECURE on all its connections: it runs a set-id program from now on.
void mark_insecure(object::Process& process);
/// spawn/fork: `to` gets, at exactly this coid, a connection to where from's coid leads. No message is sent.
base::Result<void> clone_connection(object::Process& from, int coid, object::Process& to,
                                    int index);
/// Flags of a connection (_NTO_COF_*), or EBADF; mask 0 only reads.
base::Result<uint32_t> connection_flags(object::Process& process, int coid, uint32_t mask,
                                        uint32_t bits);
base::Result<nto_server_info> server_info(object::Process& process,
                                          int coid); // first coid >= given
base::Result<void> client_info(object::Process& server, int scoid, nto_client_info& out);
/// The client process of a server connection; nullptr = gone.
object::Process* client_process(object::Process& server, int scoid);

} // namespace ipc
