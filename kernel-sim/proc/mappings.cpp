// SPDX-License-Identifier: Apache-2.0
// Names for regions.
#include "proc/mappings.hpp"

#include "mm/region.hpp"
#include "proc/image_files.hpp"
#include "proc/path_text.hpp"

#include <abi/proc_msg.h>

namespace proc {

const char* mapping_name(const mm::Region& region)
{
    static char name[path_max];
    if (region.object != nullptr) {
        const std::string_view path = image_object_path(region.object);
        if (path.empty() || path.size() + 2 > sizeof name) {
            return "/dev/shmem";
        }
        name[0] = '/';
        std::memcpy(name + 1, path.data(), path.size());
        name[path.size() + 1] = '\0';
        return name;
    }
    if (region.kind == mm::RegionKind::physical) {
        return "phys";
    }
    return (region.flags & MEM_MAP_STACK) != 0 ? "stack" : "anon";
}

} // namespace proc
