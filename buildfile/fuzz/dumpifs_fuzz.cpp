// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as an image, through everything dumpifs reads. As checksums stand in no way of reading, no
// input is turned away for them.
#include "digest.hpp"
#include "image_reader.hpp"

#include <stdexcept>
#include <sys/stat.h>

using namespace buildfile;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Bytes file(data, data + size);
    try {
        ReadImage image = read_image(file);
        for (const ReadEntry& entry : image.entries) {
            if (S_ISREG(entry.mode)) {
                Bytes content = read_content(image, entry);
                posix_cksum(content);
                if (entry.ino == image.header.script_ino) {
                    describe_script(content);
                }
            }
        }
        uncompressed_file(file, image);
    } catch (const std::runtime_error&) {
    }
    return 0;
}
