// SPDX-License-Identifier: Apache-2.0
// The options only these cards have.
#include "virtio_net.hpp"

namespace virtio {

namespace {

using nic::Kind;

constexpr nic::OptionRow rows[] = {
    {"receive", Kind::number, 16, 32768,
     [](nic::Options& o, long v) { o.receive = static_cast<unsigned>(v); }},
    {"transmit", Kind::number, 16, 32768,
     [](nic::Options& o, long v) { o.transmit = static_cast<unsigned>(v); }},
    {"nomsix", Kind::flag, 0, 0,
     [](nic::Options& o, long) { static_cast<Options&>(o).msix = false; }},
};

} // namespace

int parse_options(char* text, Options& options)
{
    return nic::parse_options(kind.driver, text, rows, options);
}

} // namespace virtio
