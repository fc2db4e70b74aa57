// SPDX-License-Identifier: Apache-2.0
// The mounted boot image, and the memory objects of its files.
#pragma once

#include "proc/image_directory.hpp"

namespace mm {
class SharedObject;
}

namespace proc {

/// Checks the image and takes its links into the path-name space. Panics when there is no sound image.
void mount_image();
const ImageDirectory& boot_image();
/// The object of a file: the same for everybody who maps it. The cache keeps a reference; nullptr = no memory.
mm::SharedObject* image_object(const ImageEntry& file);
/// The path (without leading '/') of the file with this object; empty = none of them.
std::string_view image_object_path(const mm::SharedObject* object);

} // namespace proc
