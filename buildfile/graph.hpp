// SPDX-License-Identifier: Apache-2.0
// A picture of an image as SVG: a treemap of what takes how much space, and who needs which library.
#pragma once

#include "collector.hpp"

#include <string>

namespace buildfile {

std::string draw(const Image& image, uint64_t image_size, const std::string& title);

} // namespace buildfile
