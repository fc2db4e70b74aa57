// SPDX-License-Identifier: Apache-2.0
// The routing table.
#include "net/route.hpp"

#include <errno.h>

namespace netmgr {

namespace {

bool same_gateway(const rtentry& r, const sockaddr_storage& gateway)
{
    return r.gateway.ss_len == gateway.ss_len && memcmp(&r.gateway, &gateway, gateway.ss_len) == 0;
}

} // namespace

RouteTable::~RouteTable()
{
    remove_if([](const rtentry&) { return true; });
}

rtentry* RouteTable::lookup(const PrefixKey& key) const
{
    rtentry* found = tree_.match(key, [](const rtentry& r) {
        for (const rtentry* p = &r; p != nullptr; p = p->next)
            if (p->usable())
                return true;
        return false;
    });
    while (found != nullptr && !found->usable())
        found = found->next;
    return found;
}

rtentry* RouteTable::find(const PrefixKey& key, unsigned prefix,
                          const sockaddr_storage* gateway) const
{
    Tree::Node* node = tree_.find(key, prefix);
    rtentry* r = value_of(node);
    while (r != nullptr && gateway != nullptr && !same_gateway(*r, *gateway))
        r = r->next;
    return r;
}

int RouteTable::add(rtentry* route)
{
    if (find(route->key, route->prefix, &route->gateway) != nullptr) {
        delete route;
        return EEXIST;
    }
    Tree::Node* node = tree_.insert(route->key, route->prefix);
    if (node == nullptr) {
        delete route;
        return ENOBUFS;
    }
    route->node = node;
    route->key = node->key;
    rtentry** link = &node->value;
    while (*link != nullptr)
        link = &(*link)->next;
    *link = route;
    generation_++;
    return 0;
}

void RouteTable::remove(rtentry* route)
{
    rtentry** link = &route->node->value;
    while (*link != route)
        link = &(*link)->next;
    *link = route->next;
    if (route->node->value == nullptr)
        tree_.erase(route->node);
    generation_++;
    delete route;
}

} // namespace netmgr
