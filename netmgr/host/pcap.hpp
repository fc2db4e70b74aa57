// SPDX-License-Identifier: Apache-2.0
// Writes Ethernet frames to a pcap file (classic format, nanosecond times).
#pragma once
#include <span>
#include <stdint.h>
#include <stdio.h>

namespace netmgr::host {

class PcapWriter {
public:
    explicit PcapWriter(const char* path);
    ~PcapWriter();
    PcapWriter(const PcapWriter&) = delete;
    PcapWriter& operator=(const PcapWriter&) = delete;
    bool ok() const { return file_ != nullptr; }
    void write(uint64_t time_ns, std::span<const uint8_t> frame);

private:
    FILE* file_;
};

} // namespace netmgr::host
