// SPDX-License-Identifier: Apache-2.0
// TCP options: what is parsed must survive being built and parsed again.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "netinet/tcp_options.hpp"

using namespace netmgr;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 1 || size > 1 + wire::tcp_options_max)
        return 0;
    const bool syn = (data[0] & 1) != 0;
    TcpOptions first, second;
    uint8_t built[wire::tcp_options_max];
    if (!tcp_parse_options({data + 1, size - 1}, syn, first))
        return 0;
    const size_t len = tcp_build_options(first, built);
    if (len > sizeof(built) || len % 4 != 0 || !tcp_parse_options({built, len}, syn, second))
        abort();
    if (first.has_mss != second.has_mss || first.mss != second.mss ||
        first.window_scale != second.window_scale || first.ts_value != second.ts_value ||
        first.sack_permitted != second.sack_permitted)
        abort();
    return 0;
}
