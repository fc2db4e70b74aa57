// SPDX-License-Identifier: Apache-2.0
// Which autonomous system announces an address, asked of a whois server of the routing registry (RADB's protocol, "!r").
#pragma once
#include <netinet/in.h>
#include <stdio.h>

class AsLookup {
public:
    AsLookup() = default;
    ~AsLookup();
    AsLookup(const AsLookup&) = delete;
    AsLookup& operator=(const AsLookup&) = delete;

    bool open(const char* server); // false with a message: nobody can be asked
    bool is_open() const { return answers_ != nullptr; }
    unsigned number_of(struct in_addr address); // 0: not known

private:
    unsigned read_answer();

    FILE* answers_ = nullptr;
};
