// SPDX-License-Identifier: Apache-2.0
// Who owns the nodes io-pkt puts into the path name space and who may open them: the defaults and -u.
#pragma once
#include <stdint.h>
#include <sys/types.h>

#include "resmgr/client.hpp"

namespace netmgr {

enum class NodeKind : unsigned { socket, bpf, tun, tap };
constexpr unsigned node_kind_count = 4;

struct NodeRule {
    uint32_t uid = 0;
    uint32_t gid = 0;
    mode_t mode = 0600; // permission bits
};

class NodeRules {
public:
    NodeRules()
    {
        rules_[0].mode = 0666;
    } // everybody may open sockets; the protocols check the rest
    const NodeRule& operator[](NodeKind kind) const { return rules_[static_cast<unsigned>(kind)]; }
    // type is "all" or a kind's name; false: there is none of that name.
    bool set(const char* type, const NodeRule& rule);
    static const char* names(); // for messages

private:
    NodeRule rules_[node_kind_count];
};

// A client opens with _IO_FLAG_RD and _IO_FLAG_WR in ioflag. 0 or EACCES. Root may open everything.
int check_open(const NodeRule& rule, int scoid, uint32_t ioflag);

} // namespace netmgr
