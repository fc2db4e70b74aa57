// SPDX-License-Identifier: Apache-2.0
// AF_LOCAL: sockets between processes of one machine, with names in the path space (unix(4)).
#pragma once
#include <sys/un.h>

#include "kern/protosw.hpp"
#include "kern/stack.hpp"

namespace netmgr {

struct LocalPcb;

// A bound name. It outlives its socket: only unlink removes it.
struct LocalName {
    LocalName* next = nullptr;
    uint32_t id = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t mode = 0777; // permission to connect is permission to write; without its maker's umask
    int32_t pid = 0;
    uint32_t link = 0; // of the path manager
    LocalPcb* pcb = nullptr;
    sockaddr_un address = {};

    bool may_write(const Cred& cred) const;
};

// Where names appear; the guest's is procnto's path space. Tests have none.
class LocalNameSpace {
public:
    virtual int publish(LocalName& name) = 0; // 0 or an errno
    virtual void withdraw(LocalName& name) = 0;

protected:
    ~LocalNameSpace() = default;
};

// Who keeps the files that are in flight between local sockets: the resource-manager front.
class RightsKeeper {
public:
    // Nobody will take it: told once for each right. No socket may be closed before the protocol code is through.
    virtual void drop(const uint8_t* right) = 0;
    // The local socket of this stack that a right names; nullptr: some other file.
    virtual Socket* named(const uint8_t* right) = 0;
    // Whether anything but in_flight rights names a socket.
    virtual bool is_held(const Socket& so, unsigned in_flight) = 0;

protected:
    ~RightsKeeper() = default;
};

struct LocalPcb {
    explicit LocalPcb(Socket& s) : so(s) {}
    Socket& so;
    LocalPcb* peer = nullptr;    // connected to; streams: both ways
    LocalPcb* senders = nullptr; // datagram sockets connected to this one
    LocalPcb* next_sender = nullptr;
    LocalName* name = nullptr;
    sockaddr_un address = {}; // what getsockname tells; an accepted one has its listener's
    Cred peer_cred;           // when it connected
    bool has_peer_cred = false;
    bool wants_creds = false;      // LOCAL_CREDS
    bool waits_for_accept = false; // LOCAL_CONNWAIT
    // Of the collector, while it runs:
    unsigned in_flight = 0; // rights in receive buffers that name this socket
    bool reached = false;
    LocalPcb* next_work = nullptr;
};

class LocalDomain {
public:
    explicit LocalDomain(Stack& stack);
    ~LocalDomain();
    LocalDomain(const LocalDomain&) = delete;
    LocalDomain& operator=(const LocalDomain&) = delete;

    LocalName* find(const char* path);
    LocalName* find(uint32_t id);
    int bind(LocalPcb& pcb, const sockaddr* name, const Cred& cred);
    int unlink(LocalName& name, const Cred& cred); // EPERM: not the owner's
    // The socket behind a name: ENOENT, ECONNREFUSED, EPROTOTYPE or EACCES when there is none to be had.
    int open(const sockaddr* name, int type, const Cred& cred, LocalPcb*& out);
    int connect_pair(Socket& a, Socket& b); // socketpair()

    Stack& stack;
    LocalNameSpace* space = nullptr;
    RightsKeeper* keeper = nullptr;
    using RightFn = void (*)(void* arg, const uint8_t* right);
    void for_each_right(const mbuf* record, RightFn fn,
                        void* arg);                         // in a record's control messages
    void for_each_right(Socket& so, RightFn fn, void* arg); // that wait to be received
    void drop_rights(const mbuf* record);
    int check_control(const mbuf* control);
    // Gives up what lies in sockets that nobody can reach any more. Every record in their buffers is gone.
    void collect_rings();
    Counter refused, socket_full, rights_dropped, sockets_collected;

private:
    void count_in_flight();
    void give_up_buffer(Socket& so);

    LocalName* names_ = nullptr;
    uint32_t last_id_ = 0;
};

class LocalProtosw final : public Protosw {
public:
    LocalProtosw(LocalDomain& domain, int type);

    int attach(Socket& so, const Cred& cred) override;
    void detach(Socket& so) override;
    int bind(Socket& so, const sockaddr* name, const Cred& cred) override;
    int connect(Socket& so, const sockaddr* name, const Cred& cred) override;
    int disconnect(Socket& so) override;
    int listen(Socket& so) override;
    int shutdown(Socket& so) override;
    int send(Socket& so, const sockaddr* name, MbufPtr data, MbufPtr control, int send_flags,
             const Cred& cred) override;
    void rcvd(Socket& so) override;
    void accepted(Socket& so) override;
    size_t send_space(Socket& so) override;
    int sockname(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int peername(Socket& so, sockaddr_storage& name, socklen_t& len) override;
    int setopt(Socket& so, int level, int name, std::span<const uint8_t> value,
               const Cred& cred) override;
    int getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size) override;

private:
    friend class LocalDomain;
    int connect_stream(LocalPcb& from, LocalPcb& listener, const Cred& cred);
    void add_creds(LocalPcb& to, MbufPtr& control, const Cred& cred);
    int send_datagram(LocalPcb& from, LocalPcb& to, MbufPtr data, MbufPtr control);

    LocalDomain& domain_;
};

int attach_local(Stack& stack);
void detach_local(Stack& stack);
constexpr Component local_component = {"local", attach_local, detach_local};

} // namespace netmgr
