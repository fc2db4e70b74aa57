// SPDX-License-Identifier: Apache-2.0
// What the front shows of itself under qnx.kern: blocked operations, message counters, who has what open.
#include <errno.h>
#include <string.h>
#include <sys/sockinfo.h>

#include "resmgr/server.hpp"

namespace netmgr {

namespace {

int hostname_value(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn*,
                   const Cred&)
{
    const auto* name = static_cast<const char*>(node.arg);
    return out.put(name, strlen(name) + 1);
}

} // namespace

// qnx.kern.descriptors: which process has which socket open under which number.
int Server::list_descriptors(SysctlNode& node, std::span<const int32_t>, SysctlOut& out,
                             const SysctlIn*, const Cred&)
{
    auto& server = *static_cast<Server*>(node.arg);
    int error = 0;
    server.fds_.for_each([&](const Fd& fd) {
        if (fd.scoid < 0)
            return; // on its way between two processes
        const Cred who = cred_of(fd.scoid);
        const socket_descriptor entry = {fd.file->so->id, who.pid, fd.coid, who.uid};
        if (int e = out.put(&entry, sizeof entry))
            error = e;
    });
    return error;
}

int Server::attach_sysctl()
{
    SysctlTree& t = stack_->sysctl();
    SysctlNode* kern = t.find("qnx.kern");
    SysctlNode* threads = t.add_node(kern, ctl_auto, "threads", "Blocked operations (threads_*)");
    SysctlNode* messages = t.add_node(kern, ctl_auto, "messages", "Clients' messages");
    const struct {
        SysctlNode* parent;
        const char* name;
        const char* description;
        uint64_t* value;
    } rows[] = {
        {threads, "min", "Places for blocked operations at the start", &places_.minimum},
        {threads, "incr", "Places added when all are taken", &places_.increment},
        {threads, "max", "Most places", &places_.maximum},
        {threads, "places", "Places there are now", &places_.places},
        {threads, "used", "Operations that are blocked now", &places_.used},
        {threads, "waiting", "Operations that wait for a place", &places_.waiting},
        {threads, "exhausted", "How often all places were taken", &places_.exhausted},
        {messages, "recv_ctxt", "Bytes taken with a message", &counts_.receive_context},
        {messages, "reply_ctxt", "Parts of a reply", &counts_.reply_context},
        {messages, "largest", "Most bytes taken with a message", &counts_.largest},
        {messages, "fetched", "Bytes of data read from clients afterwards", &counts_.fetched},
        {messages, "reply_operations", "Kernel calls that answered reads",
         &counts_.reply_operations},
        {kern, "hostname_changes", "Changes of the host's name that were seen",
         &counts_.hostname_changes},
    };
    for (const auto& row : rows)
        t.add_quad(row.parent, ctl_auto, row.name, row.description, row.value);
    t.add_handler(t.find("kern"), KERN_HOSTNAME, "hostname", "The host's name", CTLTYPE_STRING, 0,
                  hostname_value, hostname_);
    return t.add_handler(kern, ctl_auto, "descriptors", "Who has which socket open", CTLTYPE_STRUCT,
                         CTLFLAG_TABLE, list_descriptors, this) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
