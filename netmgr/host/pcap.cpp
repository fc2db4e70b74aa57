// SPDX-License-Identifier: Apache-2.0
// pcap files.
#include "host/pcap.hpp"

namespace netmgr::host {

namespace {

constexpr uint32_t magic_ns = 0xa1b23c4d;
constexpr uint32_t linktype_ethernet = 1;
constexpr uint32_t snap = 65535;

} // namespace

PcapWriter::PcapWriter(const char* path) : file_(fopen(path, "wb"))
{
    const uint32_t header[6] = {magic_ns, 2 | 4 << 16, 0, 0, snap, linktype_ethernet};
    if (file_ != nullptr)
        fwrite(header, sizeof(header), 1, file_);
}

PcapWriter::~PcapWriter()
{
    if (file_ != nullptr)
        fclose(file_);
}

void PcapWriter::write(uint64_t time_ns, std::span<const uint8_t> frame)
{
    const auto size = static_cast<uint32_t>(frame.size());
    const uint32_t header[4] = {static_cast<uint32_t>(time_ns / 1000000000),
                                static_cast<uint32_t>(time_ns % 1000000000), size, size};
    if (file_ == nullptr)
        return;
    fwrite(header, sizeof(header), 1, file_);
    fwrite(frame.data(), frame.size(), 1, file_);
}

} // namespace netmgr::host
