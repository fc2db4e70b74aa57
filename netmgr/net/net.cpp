// SPDX-License-Identifier: Apache-2.0
// The net component: makes Net, its loopback interface and its ioctl entry.
#include "net/net.hpp"

#include <errno.h>
#include <new>

namespace netmgr {

int attach_net(Stack& stack)
{
    auto* net = new (std::nothrow) Net(stack);
    if (net == nullptr)
        return ENOMEM;
    stack.set_net(net);
    stack.set_interface_ioctl(
        [](Stack& s, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred& cred) {
            return s.net().ioctl(cmd, data, reply, cred);
        });
    return attach_loopback(*net);
}

void detach_net(Stack& stack)
{
    delete &stack.net();
    stack.set_net(nullptr);
}

Net::Net(Stack& owner) : stack(owner)
{
    TAILQ_INIT(&interfaces_);
    stack.callouts().start(watchdog_, ns_per_s, watchdogs, this);
}

Net::~Net()
{
    stack.callouts().stop(watchdog_);
    // Loopbacks are ours; other interfaces belong to drivers, which detach before the stack goes.
    detach_loopbacks(*this);
}

bool Net::add_resolver(const LinkResolver& resolver)
{
    for (LinkResolver& r : resolvers_)
        if (r.resolve == nullptr) {
            r = resolver;
            return true;
        }
    return false;
}

const LinkResolver* Net::resolver(int family) const
{
    for (const LinkResolver& r : resolvers_)
        if (r.resolve != nullptr && r.family == family)
            return &r;
    return nullptr;
}

bool Net::add_cloner(const Cloner& cloner)
{
    if (cloner_count_ == max_cloners)
        return false;
    cloners_[cloner_count_++] = cloner;
    return true;
}

} // namespace netmgr
