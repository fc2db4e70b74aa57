// SPDX-License-Identifier: Apache-2.0
// What lies behind a region, by name, for debuggers and fault blocks.
#pragma once

namespace mm {
struct Region;
}

namespace proc {

/// Path of the image file mapped there, or what kind of memory it is; valid until the next call.
const char* mapping_name(const mm::Region& region);

} // namespace proc
