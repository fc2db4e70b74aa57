// SPDX-License-Identifier: Apache-2.0
// Channels and connections: creation, sharing, and the ways they end.
#include "ipc/channel.hpp"

#include "ipc/message.hpp"
#include "ipc/release.hpp"
#include "ipc/wait.hpp"
#include "object/counters.hpp"
#include "object/hooks.hpp"

#include <new>

namespace ipc {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

constexpr uint32_t max_channels = 4096;
constexpr uint32_t max_scoids = 4096; // 12 bits of a rcvid
constexpr uint32_t max_side = 4096;

void free_server_connection(ServerConnection* connection)
{
    unqueue_pulse(connection->disconnect_pulse);
    connection->channel->owner.server_connections.remove(connection->index);
    connection->unlink_from_channel();
    delete connection;
}

/// The last link is gone and nobody waits over it: the server hears of it, or it is forgotten at once.
void finish_disconnect(ServerConnection* connection)
{
    if (!connection->links.empty() || connection->blocked != 0 || !connection->client)
        return;
    connection->client = nullptr;
    Channel& channel = *connection->channel;
    if (!(channel.flags & chf_disconnect)) {
        free_server_connection(connection);
        return;
    }
    Pulse& pulse = connection->disconnect_pulse;
    pulse.data = {};
    pulse.data.code = pulse_disconnect;
    pulse.data.scoid = connection->index | scoid_bit;
    pulse.item.priority = 10;
    queue_pulse(channel, pulse);
}

void unlink(Connection& connection)
{
    ServerConnection* server = connection.server;
    if (!server)
        return;
    server->links.erase(server->links.iterator_to(connection));
    connection.server = nullptr;
    finish_disconnect(server);
}

void free_connection(Connection* connection)
{
    unqueue_pulse(connection->death_pulse);
    unlink(*connection);
    space_of(connection->owner, connection->coid).remove(index_of(connection->coid));
    --object::counters.connections;
    delete connection;
}

/// The channel or the server's side is gone: the coid stays until its owner detaches it, but leads nowhere.
void kill_link(Connection& connection)
{
    connection.server = nullptr;
    Channel* listener = connection.owner.disconnect_channel;
    if (!listener || connection.owner.exiting)
        return;
    Pulse& pulse = connection.death_pulse;
    pulse.data = {};
    pulse.data.code = pulse_coid_death;
    pulse.data.value.i = connection.coid;
    pulse.item.priority = 10;
    queue_pulse(*listener, pulse);
}

void kill_server_connection(ServerConnection* connection)
{
    while (!connection->links.empty()) {
        Connection& link = connection->links.front();
        connection->links.pop_front();
        kill_link(link);
    }
    connection->client = nullptr;
    free_server_connection(connection);
}

base::Result<ServerConnection*> share_server_connection(Channel& channel, Process& client)
{
    for (ServerConnection& connection : channel.connections) {
        if (connection.client == &client && !connection.links.empty())
            return &connection;
    }
    auto* connection = new (std::nothrow) ServerConnection(channel, client);
    if (!connection)
        return Err(Errno::enomem);
    connection->index = channel.owner.server_connections.insert(connection, 1, max_scoids);
    if (connection->index < 0) {
        delete connection;
        return Err(Errno::eagain);
    }
    connection->ids = pair(static_cast<uint32_t>(channel.chid),
                           static_cast<uint32_t>(connection->index | scoid_bit));
    channel.connections.push_back(*connection);
    return connection;
}

/// A connection object without a coid.
base::Result<Connection*> make_connection(Channel& channel, Process& client, uint32_t flags)
{
    auto* connection = new (std::nothrow) Connection(client, flags & cof_user_mask);
    if (!connection)
        return Err(Errno::enomem);
    auto server = share_server_connection(channel, client);
    if (!server.ok()) {
        delete connection;
        return Err(server.error());
    }
    connection->server = server.take();
    connection->server->links.push_back(*connection);
    ++object::counters.connections;
    return connection;
}

/// Undoes make_connection(): no coid was given, so no DISCONNECT either.
void drop_connection(Connection* connection)
{
    ServerConnection* server = connection->server;
    server->links.erase(server->links.iterator_to(*connection));
    if (server->links.empty() && server->blocked == 0)
        free_server_connection(server);
    --object::counters.connections;
    delete connection;
}

void unblock_all(Channel& channel)
{
    while (!channel.queue.empty()) {
        QueueItem& item = channel.queue.front();
        channel.queue.pop_front();
        if (item.kind == QueueItem::Kind::message) {
            Thread& thread = *thread_of(item);
            release_blocked(thread);
            sched::wake(thread, Errno::esrch);
        } else {
            free_pulse(channel, *pulse_of(item));
        }
    }
    while (Thread* thread = channel.clients.first()) {
        release_blocked(*thread);
        sched::wake(*thread, Errno::esrch);
    }
    while (Thread* thread = channel.receivers.first())
        sched::wake(*thread, Errno::esrch);
}

void destroy(Channel* channel)
{
    Process& owner = channel->owner;
    owner.channels.remove(channel->chid);
    unblock_all(*channel);
    while (!channel->connections.empty())
        kill_server_connection(&channel->connections.front());
    unblock_all(*channel); // pulses to itself
    if (owner.disconnect_channel == channel)
        owner.disconnect_channel = nullptr;
    for (uint32_t tid = 1; tid < owner.threads.size(); ++tid) {
        Thread* thread = owner.threads.get(tid);
        if (thread && thread->msg.serving == channel)
            thread->msg.serving = nullptr;
    }
    --object::counters.channels;
    proc::channel_destroyed(owner, channel->chid);
    delete channel;
}

} // namespace

Channel::~Channel()
{
    free_pool(pool);
}

void ServerConnection::unlink_from_channel()
{
    channel->connections.erase(channel->connections.iterator_to(*this));
}

void release_blocked(Thread& thread)
{
    ServerConnection* connection = thread.msg.connection;
    unqueue_pulse(thread.msg.unblock_pulse);
    thread.msg.connection = nullptr;
    thread.msg.channel = nullptr;
    if (!connection)
        return;
    --connection->blocked;
    finish_disconnect(connection);
}

base::Result<int> create_channel(Process& owner, uint32_t flags, const nto_pool_config* config)
{
    if (flags & (chf_async | chf_global))
        return Err(Errno::enotsup); // asynchronous messages: gone from QNX since 7.0
    if ((flags & chf_coid_disconnect) && owner.disconnect_channel)
        return Err(Errno::ebusy);
    PulsePool* pool = nullptr;
    if (flags & chf_pulse_pool) {
        if (!config)
            return Err(Errno::einval);
        pool = TRY(make_pool(*config));
    }
    auto* channel = new (std::nothrow) Channel(owner, flags);
    if (!channel) {
        free_pool(pool);
        return Err(Errno::eagain);
    }
    channel->pool = pool;
    channel->chid = owner.channels.insert(channel, 1, max_channels);
    if (channel->chid < 0) {
        delete channel;
        return Err(Errno::eagain);
    }
    if (flags & chf_coid_disconnect)
        owner.disconnect_channel = channel;
    ++object::counters.channels;
    return channel->chid;
}

base::Result<void> destroy_channel(Process& owner, int chid)
{
    Channel* channel = owner.channels.get(chid);
    if (!channel)
        return Err(Errno::einval);
    destroy(channel);
    return {};
}

base::Result<int> attach(Process& client, int pid, int chid, uint32_t index, uint32_t flags)
{
    Process* server = pid == 0 ? &client : object::find_process(pid);
    if (!server || server->exiting)
        return Err(Errno::esrch);
    Channel* channel = server->channels.get(chid);
    if (!channel)
        return Err(Errno::esrch);
    if ((channel->flags & chf_private) && server != &client)
        return Err(Errno::eperm);
    Connection* connection = TRY(make_connection(*channel, client, flags));
    const bool side = index & static_cast<uint32_t>(object::side_channel);
    const int id =
        side ? client.side.insert(connection, 0, max_side) // spawn takes index 0 for pid 1
             : client.fds.insert(connection, index, client.fd_limit);
    if (id < 0) {
        drop_connection(connection);
        return Err(side ? Errno::eagain : Errno::emfile);
    }
    connection->coid = side ? id + object::side_channel : id;
    return connection->coid;
}

namespace {

base::Result<void> connect_at(Channel& channel, Process& client, int coid, uint32_t flags)
{
    const int64_t index = index_of(coid);
    if (coid < 0 || index >= (on_side(coid) ? max_side : object::max_fds))
        return Err(Errno::ebadf);
    if (space_of(client, coid).get(index))
        return Err(Errno::ebusy);
    Connection* connection = TRY(make_connection(channel, client, flags));
    if (!space_of(client, coid).insert_at(connection, static_cast<uint32_t>(index))) {
        drop_connection(connection);
        return Err(Errno::eagain);
    }
    connection->coid = coid;
    return {};
}

} // namespace

base::Result<void> attach_at(Process& client, int pid, int chid, int coid, uint32_t flags)
{
    Process* server = object::find_process(pid);
    Channel* channel = server ? server->channels.get(chid) : nullptr;
    if (!channel)
        return Err(Errno::esrch);
    return connect_at(*channel, client, coid, flags);
}

base::Result<void> clone_connection(Process& from, int coid, Process& to, int index)
{
    const Connection* original = find_connection(from, coid);
    if (!original || !original->server)
        return Err(Errno::ebadf);
    return connect_at(*original->server->channel, to, index, original->flags);
}

base::Result<void> detach(Process& process, int id)
{
    if (id >= 0 && !on_side(id) && (id & scoid_bit)) {
        ServerConnection* connection = process.server_connections.get(id & ~scoid_bit);
        if (!connection)
            return Err(Errno::einval);
        if (connection->blocked != 0)
            return Err(Errno::ebusy); // clients wait for a reply over it
        kill_server_connection(connection);
        return {};
    }
    Connection* connection = find_connection(process, id);
    if (!connection)
        return Err(Errno::einval);
    free_connection(connection);
    return {};
}

base::Result<uint32_t> connection_flags(Process& process, int coid, uint32_t mask, uint32_t bits)
{
    Connection* connection = find_connection(process, coid);
    if (!connection)
        return Err(Errno::ebadf);
    const uint32_t old = connection->flags | (connection->server ? 0u : uint32_t{cof_dead});
    mask &= cof_user_mask;
    connection->flags = (connection->flags & ~mask) | (bits & mask);
    return old;
}

void mark_insecure(Process& process)
{
    for (uint32_t i = 0; i < process.fds.size(); ++i) {
        if (Connection* connection = process.fds.get(i))
            connection->flags |= cof_insecure;
    }
    for (uint32_t i = 0; i < process.side.size(); ++i) {
        if (Connection* connection = process.side.get(i))
            connection->flags |= cof_insecure;
    }
}

base::Result<nto_server_info> server_info(Process& process, int coid)
{
    if (coid < 0)
        return Err(Errno::einval);
    const object::IdTable<Connection>& space = space_of(process, coid);
    for (int64_t i = index_of(coid); i < space.size(); ++i) {
        const Connection* connection = space.get(i);
        if (!connection)
            continue;
        nto_server_info info{};
        info.coid = connection->coid;
        info.flags = connection->flags | (connection->server ? 0u : uint32_t{cof_dead});
        if (connection->server) {
            info.pid = connection->server->channel->owner.pid;
            info.chid = connection->server->channel->chid;
            info.scoid = connection->server->index | scoid_bit;
        }
        return info;
    }
    return Err(Errno::einval);
}

object::Process* client_process(Process& server, int scoid)
{
    const ServerConnection* connection = server.server_connections.get(scoid & ~scoid_bit);
    return connection && (scoid & scoid_bit) ? connection->client : nullptr;
}

base::Result<void> client_info(Process& server, int scoid, nto_client_info& out)
{
    const Process* client = scoid == -1 ? &server : client_process(server, scoid);
    if (!client)
        return Err(Errno::einval);
    out = {};
    out.pid = client->pid;
    out.sid = client->sid;
    out.cred = client->cred;
    return {};
}

void release_connections(Process& process)
{
    for (uint32_t i = 0; i < process.fds.size(); ++i) {
        if (Connection* connection = process.fds.get(i))
            free_connection(connection);
    }
    for (uint32_t i = 0; i < process.side.size(); ++i) {
        if (Connection* connection = process.side.get(i))
            free_connection(connection);
    }
}

void release_channels(Process& process)
{
    for (uint32_t i = 0; i < process.channels.size(); ++i) {
        if (Channel* channel = process.channels.get(i))
            destroy(channel);
    }
}

void fail_clients(Process& process)
{
    for (uint32_t i = 0; i < process.channels.size(); ++i) {
        Channel* channel = process.channels.get(i);
        if (!channel)
            continue;
        for (auto at = channel->queue.begin(); at != channel->queue.end();) {
            QueueItem& item = *at++;
            if (item.kind == QueueItem::Kind::message)
                abandon_send(*thread_of(item), Errno::esrch);
        }
        while (Thread* thread = channel->clients.first()) {
            release_blocked(*thread);
            sched::wake(*thread, Errno::esrch);
        }
    }
}

void close_on_exec(Process& process)
{
    for (uint32_t i = 0; i < process.fds.size(); ++i) {
        Connection* connection = process.fds.get(i);
        if (connection && (connection->flags & cof_cloexec))
            free_connection(connection);
    }
    for (uint32_t i = 1; i < process.side.size(); ++i) {
        if (Connection* connection = process.side.get(i))
            free_connection(connection);
    }
}

} // namespace ipc
