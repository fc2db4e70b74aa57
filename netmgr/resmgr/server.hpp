// SPDX-License-Identifier: Apache-2.0
// The resource-manager front: io-pkt's paths, and every message of its clients.
//
//   worker: MsgReceive -> handle_message -> (stack context) decode, do, reply
//                                                                  `-> park: Parked on the socket's file
//   protocol: sorwakeup -> upcall -> file is dirty -> run_deferred_work: try parked requests again, fire watchers
#pragma once
#include <optional>
#include <stdint.h>

#include <sys/uio.h>

#include "drv/drop_root.hpp"
#include "drv/runtime.hpp"
#include "drv/stack_context.hpp"
#include "kern/cred.hpp"
#include "kern/stack.hpp"
#include "local/local.hpp"
#include "resmgr/bind_check.hpp"
#include "resmgr/client.hpp"
#include "resmgr/device_nodes.hpp"
#include "resmgr/local_names.hpp"
#include "resmgr/node_rules.hpp"
#include "resmgr/parked.hpp"
#include "resmgr/request.hpp"
#include "resmgr/socket_file.hpp"

struct _io_connect;

namespace netmgr {

struct ServerOptions {
    const char* prefix = ""; // before /dev/socket
    int instance = -1;       // -i: mount type io-pktN
    ParkedLimits limits;
    size_t receive_context = 65536; // recv_ctxt=
    unsigned reply_parts = 90;      // reply_ctxt=
    bool monitor_hostname = false;  // confstr_monitor
    NodeRules nodes;                // -u
    DropUser drop_user;             // -U
    GidFibs gid_fibs;               // mfib_gid_map=
};

class Server final : public MessageHandler, public StackClient, private RightsKeeper {
public:
    // Registers /dev/socket/<AF> for each domain of the stack, and the mount type. 0 or errno.
    int start(Runtime& runtime, const ServerOptions& options);

    size_t buffer_size() const override { return options_.receive_context; }
    void handle_message(int rcvid, char* buffer, const _msg_info& info) override;
    void handle_system_pulse(const _pulse& pulse) override;
    void handle_confstr() override;
    void handle_names() override;
    bool has_deferred_work() const override
    {
        return __atomic_load_n(&dirty_, __ATOMIC_ACQUIRE) != nullptr ||
               __atomic_load_n(&rings_suspected_, __ATOMIC_ACQUIRE);
    }
    void run_deferred_work() override;

private:
    static constexpr size_t scratch_size = 64 * 1024; // of ioctl, option and sysctl values

    // Handlers: 0 = replied or parked, else the errno to answer.
    int dispatch(Request& request);
    int handle_connect(Request& request);
    int open_socket(Request& request, const _io_connect& connect);
    int combine(Request& request, const _io_connect& connect);
    // Device nodes (device_nodes.cpp).
    int connect_device(Request& request, const _io_connect& connect);
    int open_device(Request& request, const _io_connect& connect, const DeviceNode& node);
    int combine_device(Request& request, const _io_connect& connect, DeviceNode& node);
    int change_node(Request& request, size_t at, uint16_t type, uint32_t& uid, uint32_t& gid,
                    uint32_t& mode);
    int mount(Request& request, const _io_connect& connect);
    int handle_write(Request& request, SocketFile& file);
    int handle_read(Request& request, SocketFile& file);
    int handle_openfd(Request& request);
    int handle_dup(Request& request);
    int handle_close(Request& request);
    int handle_pass(Request& request);
    // Local sockets' names (local_names.cpp).
    bool take_local_bind(const Request& request, const _msg_info& info);
    int check_bind(const Request& request, const _msg_info& info, const sockaddr_un& address);
    int connect_local_name(Request& request, const _io_connect& connect);
    int combine_local_name(Request& request, const _io_connect& connect, LocalName& name);
    int pair(Request& request, SocketFile& file);
    int handle_stat(Request& request);
    int handle_fdinfo(Request& request, SocketFile& file);
    int handle_notify(Request& request, SocketFile& file);
    int handle_devctl(Request& request, SocketFile& file);
    int handle_io_msg(Request& request, SocketFile& file);
    int get_option(Request& request, SocketFile& file);
    int set_option(Request& request, SocketFile& file);
    int sysctl(Request& request);
    int prepare();
    int attach_sysctl();
    void read_hostname();
    int monitor_hostname();
    static int list_descriptors(SysctlNode& node, std::span<const int32_t> rest, SysctlOut& out,
                                const SysctlIn* in, const Cred& cred);

    int devctl_address(Request& request, SocketFile& file, int command, size_t size);
    int devctl_number(Request& request, SocketFile& file, int command, size_t size);
    int devctl_flags(Request& request, SocketFile& file, int command, size_t size);
    int devctl_owner(Request& request, SocketFile& file, int command, size_t size);
    int devctl_ioctl(Request& request, SocketFile& file, unsigned command, size_t size);
    int connect(Request& request, SocketFile& file, const sockaddr* name, size_t len);
    int reply_name(Request& request, const sockaddr_storage& name, socklen_t len);

    // Transfers. EWOULDBLOCK: park.
    int try_send(const Request& request, SocketFile& file, SendState& send);
    int try_receive(const Request& request, SocketFile& file, ReceiveState& receive);
    int try_accept(const Request& request, SocketFile& file);
    int try_parked(Parked& parked);
    int copy_in(const Request& request, size_t offset, size_t size, MbufPtr& data);
    void reply_data(const Request& request, const ReceiveState& receive, Received& got);
    bool write_data(const Request& request, size_t offset, mbuf* m);

    int park(Parked* parked, uint64_t timeout_ns);
    int park_or_fail(const Request& request, SocketFile& file, ParkedKind kind,
                     const SendState* send, const ReceiveState* receive, int flags,
                     int listening = -1);
    void take_place(Parked& parked);
    void give_place();
    unsigned fill_reply(mbuf*& m, size_t& bytes);
    void unpark(Parked& parked);
    void answer_parked(Parked& parked, int err);
    static void park_timeout(void* arg);
    void unblock(int rcvid);

    int bind_fd(Request& request, Socket* so, uint32_t ioflag, uint32_t device = 0);
    void release(SocketFile* file, int scoid, int coid);
    void let_waiters_go(SocketFile& file, int scoid, int coid);
    void dispose(SocketFile* file); // nobody names it any more
    int linger(const Request& request, SocketFile& file);
    void client_gone(int scoid);
    void mark_dirty(SocketFile& file);
    void remember(SocketFile& file);
    // Descriptors in flight (passing.cpp).
    int leave_file(Request& request);
    SocketFile* find_passed(const uint8_t* right) const;
    SocketFile* take_passed(uint64_t token);
    void drop(const uint8_t* right) override;
    Socket* named(const uint8_t* right) override;
    bool is_held(const Socket& so, unsigned in_flight) override;
    void suspect_ring(const SocketFile& file);
    bool closes_ring(const mbuf* control) const;
    static void upcall(Socket& so, void* arg, unsigned events);
    uint32_t conditions(SocketFile& file);
    void fire_watchers(SocketFile& file);
    void forget_watchers(SocketFile& file, int scoid, int coid, const uint8_t* event = nullptr);
    bool is_my_mount_type(const char* type) const;

    Runtime* runtime_ = nullptr;
    Stack* stack_ = nullptr;
    ServerOptions options_;
    FdTable fds_;
    SocketFile* dirty_ = nullptr;
    Parked* all_parked_ = nullptr;
    Places places_;
    std::optional<ObjectPool> parked_pool_;
    // Shown by sysctl (server_sysctl.cpp).
    struct {
        uint64_t receive_context = 0;
        uint64_t reply_context = 0;
        uint64_t largest = 0;
        uint64_t fetched = 0;
        uint64_t reply_operations = 0;
        uint64_t hostname_changes = 0;
    } counts_;
    char hostname_[256] = "";
    iov_t* reply_iov_ = nullptr; // reply_parts of them
    unsigned passed_files_ = 0;
    bool rings_suspected_ = false; // local sockets may have become unreachable
    PathNames path_names_;
    PathDevices path_devices_;
    BindChecker bind_checker_;
    alignas(16) uint8_t scratch_[scratch_size];
};

} // namespace netmgr
