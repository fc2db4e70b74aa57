// SPDX-License-Identifier: Apache-2.0
// Whatever comes to port 68: an answer that is accepted must be one a client can use.
#include <stdlib.h>
#include <string.h>

#include "net/dhcp/message.hpp"

namespace {

void require(bool what)
{
    if (!what)
        abort();
}

void check(const dhcp::Answer& answer)
{
    require(answer.name_server_count <= 4 && answer.route_count <= 8);
    require(strlen(answer.host_name) < sizeof answer.host_name &&
            strlen(answer.domain) < sizeof answer.domain);
    if (answer.type == dhcp::Type::nak)
        return;
    require(answer.address != 0 && answer.lease != 0);
    require(answer.lease == dhcp::infinite ||
            (answer.renew <= answer.rebind && answer.rebind <= answer.lease));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    dhcp::Client client = {};
    client.xid = 0x12345678;
    dhcp::Answer answer;
    // The header's fixed parts are set right so that the options are reached.
    uint8_t message[dhcp::max_message] = {};
    if (size > sizeof message)
        return 0;
    memcpy(message, data, size);
    const uint8_t head[] = {2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78};
    if (size >= dhcp::fixed_size) {
        memcpy(message, head, sizeof head);
        memset(message + 28, 0, 6);
        const uint8_t magic[] = {99, 130, 83, 99};
        memcpy(message + 236, magic, sizeof magic);
    }
    if (dhcp::parse(message, size, client, &answer))
        check(answer);
    return 0;
}
