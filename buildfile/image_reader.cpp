// SPDX-License-Identifier: Apache-2.0
// Finds the startup header or the image header in a file and decodes directory, boot records and script.
#include "image_reader.hpp"

#include "compress.hpp"
#include "layout.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <sys/stat.h>

namespace buildfile {
namespace {

void need(bool condition, const char* what)
{
    if (!condition) {
        throw std::runtime_error(what);
    }
}

template <typename T>
T get(const Bytes& file, uint64_t at)
{
    need(at <= file.size() && file.size() - at >= sizeof(T), "the image is cut off");
    T value;
    std::memcpy(&value, file.data() + at, sizeof(T));
    return value;
}

// A NUL-terminated string that must end before `limit`.
std::string get_string(const Bytes& file, uint64_t at, uint64_t limit)
{
    need(limit <= file.size() && at < limit, "a string lies outside the image");
    auto begin = file.begin() + static_cast<ptrdiff_t>(at);
    auto end = std::find(begin, file.begin() + static_cast<ptrdiff_t>(limit), 0);
    need(end != file.begin() + static_cast<ptrdiff_t>(limit), "a string has no end");
    return std::string(begin, end);
}

bool find_startup(const Bytes& file, ReadImage& image)
{
    for (uint64_t at = 0; at + sizeof(startup_header) <= file.size(); at += 4) {
        if (get<uint32_t>(file, at) != STARTUP_HDR_SIGNATURE) {
            continue;
        }
        auto header = get<startup_header>(file, at);
        if (header.header_size == sizeof(startup_header) && header.version == STARTUP_HDR_VERSION &&
            header.stored_size <= file.size() - at &&
            header.info[STARTUP_INFO_IMAGEFS] <= header.stored_size &&
            header.startup_size <= header.stored_size) {
            image.region = at;
            image.startup = header;
            return true;
        }
    }
    return false;
}

bool find_imagefs(const Bytes& file, ReadImage& image)
{
    for (uint64_t at = 0; at + sizeof(image_header) <= file.size(); at += 4) {
        if (std::memcmp(file.data() + at, IMAGE_SIGNATURE, 7) == 0) {
            image.region = at;
            return true;
        }
    }
    return false;
}

Compression kind_of(const startup_header& header)
{
    return static_cast<Compression>((header.flags1 & STARTUP_HDR_FLAGS1_COMPRESS_MASK) >> 2);
}

// Takes the image file system out of the file, unpacked.
void take_imagefs(const Bytes& file, ReadImage& image)
{
    uint64_t at = image.region, length = file.size() - at;
    if (image.startup) {
        image.fs_offset = image.startup->info[STARTUP_INFO_IMAGEFS];
        at += image.fs_offset;
        length = image.startup->stored_size - image.fs_offset;
        if (kind_of(*image.startup) != Compression::none) {
            image.packed_size = length;
            image.fs = decompress(kind_of(*image.startup), file.data() + at, length,
                                  image.startup->imagefs_size);
            return;
        }
    }
    auto header = get<image_header>(file, at);
    need(header.image_size >= sizeof(image_header) && header.image_size <= length,
         "the image is cut off");
    image.fs.assign(file.begin() + static_cast<ptrdiff_t>(at),
                    file.begin() + static_cast<ptrdiff_t>(at + header.image_size));
}

ReadEntry read_dirent(const Bytes& file, uint64_t at, uint64_t size)
{
    constexpr uint64_t fixed = offsetof(image_dirent, u);
    need(size >= fixed + 4, "a directory record is too short");
    Bytes head(sizeof(image_dirent));
    std::copy_n(file.begin() + static_cast<ptrdiff_t>(at),
                std::min<uint64_t>(size, sizeof(image_dirent)), head.begin());
    auto record = get<image_dirent>(head, 0);
    ReadEntry entry;
    entry.mode = record.mode;
    entry.uid = record.uid;
    entry.gid = record.gid;
    entry.ino = record.ino;
    entry.mtime = record.mtime;
    uint64_t limit = at + size;
    if (S_ISREG(record.mode)) {
        entry.offset = record.u.file.offset;
        entry.size = record.u.file.size;
        entry.path =
            get_string(file, at + fixed + offsetof(decltype(image_dirent::u.file), path), limit);
    } else if (S_ISLNK(record.mode)) {
        uint64_t path = at + fixed + offsetof(decltype(image_dirent::u.link), path);
        entry.path = get_string(file, path, limit);
        entry.text = get_string(file, path + record.u.link.sym_offset, limit);
        entry.size = record.u.link.sym_size;
    } else if (S_ISFIFO(record.mode)) {
        entry.path =
            get_string(file, at + fixed + offsetof(decltype(image_dirent::u.device), path), limit);
    } else {
        need(S_ISDIR(record.mode), "a directory record of an unknown type");
        entry.path = get_string(file, at + fixed, limit);
    }
    return entry;
}

void read_directory(ReadImage& image)
{
    uint64_t at = image.header.dir_offset;
    uint64_t end = image.header.hdr_dir_size;
    need(end <= image.fs.size(), "the directory lies outside the image");
    while (at + 2 <= end) {
        uint16_t size = get<uint16_t>(image.fs, at);
        if (size == 0) {
            return;
        }
        need(size % 4 == 0 && size <= end - at, "a directory record is too long");
        ReadEntry entry = read_dirent(image.fs, at, size);
        if ((image.header.flags & IMAGE_FLAGS_MOUNTED) && image.mount.size() > 1 &&
            entry.path.compare(0, image.mount.size(), image.mount.substr(1) + "/") == 0) {
            entry.path.erase(0, image.mount.size());
        }
        if (S_ISREG(entry.mode)) {
            need(entry.offset <= image.fs.size() && entry.size <= image.fs.size() - entry.offset,
                 "a file lies outside the image");
        }
        image.entries.push_back(std::move(entry));
        at += size;
    }
}

void read_boot_records(ReadImage& image)
{
    if (image.header.bootrec_offset == 0) {
        return;
    }
    uint64_t at = image.header.bootrec_offset;
    while (uint16_t size = get<uint16_t>(image.fs, at)) {
        auto head = get<image_bootrec>(image.fs, at);
        uint64_t limit = at + size, string = at + offsetof(image_bootrec, strings);
        BootRecord record;
        for (unsigned i = 0; i < unsigned{head.argc} + head.envc; ++i) {
            std::string text = get_string(image.fs, string, limit);
            string += text.size() + 1;
            (i < head.argc ? record.argv : record.env).push_back(std::move(text));
        }
        image.boot.push_back(std::move(record));
        need(size >= 4, "a boot record is too short");
        at = limit;
    }
}

void check_sums(const Bytes& file, ReadImage& image)
{
    uint64_t size = image.fs.size();
    image.image_cksum = get<uint32_t>(image.fs, size - 4);
    image.image_sum_good = sum_words(image.fs.data(), size) == 0;
    if (image.startup) {
        uint64_t startup_size = image.startup->startup_size;
        need(startup_size >= sizeof(startup_header), "startup is cut off");
        image.startup_cksum = get<uint32_t>(file, image.region + startup_size - 4);
        image.startup_sum_good = sum_words(file.data() + image.region, startup_size) == 0;
    }
}

std::string describe_modifiers(const script_cmd& command)
{
    std::string out;
    if (command.flags & SCRIPT_FLAG_SESSION) {
        out += " +session";
    }
    if (command.flags & SCRIPT_FLAG_EXTERNAL) {
        out += " +external";
    }
    if (command.flags & SCRIPT_FLAG_SCHED_SET) {
        out += " pri=" + std::to_string(command.priority) + "?fro"[command.policy & 3];
    }
    if (command.flags & SCRIPT_FLAG_CPU_SET) {
        out += " cpu=" + std::to_string(command.cpu);
    }
    return out;
}

} // namespace

ReadImage read_image(const Bytes& file)
{
    ReadImage image;
    need(find_startup(file, image) || find_imagefs(file, image), "no image found in this file");
    take_imagefs(file, image);
    image.header = get<image_header>(image.fs, 0);
    need(std::memcmp(image.header.signature, IMAGE_SIGNATURE, 7) == 0,
         "the image header is damaged");
    need(image.header.image_size == image.fs.size(), "the image header is damaged");
    image.mount = get_string(image.fs, offsetof(image_header, mountpoint), image.fs.size());
    read_boot_records(image);
    read_directory(image);
    check_sums(file, image);
    return image;
}

Bytes read_content(const ReadImage& image, const ReadEntry& entry)
{
    auto begin = image.fs.begin() + static_cast<ptrdiff_t>(entry.offset);
    return Bytes(begin, begin + static_cast<ptrdiff_t>(entry.size));
}

Bytes uncompressed_file(const Bytes& file, const ReadImage& image)
{
    if (!image.packed_size) {
        return file;
    }
    uint64_t fs_at = image.region + image.fs_offset;
    need(fs_at <= file.size(), "the startup header is damaged");
    Bytes out(file.begin(), file.begin() + static_cast<ptrdiff_t>(fs_at));
    startup_header header = *image.startup;
    need(header.startup_size >= sizeof(header) && image.region + header.startup_size <= out.size(),
         "the startup header is damaged");
    header.flags1 = static_cast<uint8_t>(header.flags1 & ~STARTUP_HDR_FLAGS1_COMPRESS_MASK);
    header.stored_size = static_cast<uint32_t>(image.fs_offset + image.fs.size());
    std::memcpy(out.data() + image.region, &header, sizeof(header));
    set_checksum(out, image.region, header.startup_size);
    out.insert(out.end(), image.fs.begin(), image.fs.end());
    return out;
}

namespace {

// The strings of a record by what they are for.
struct ScriptStrings {
    std::string modifiers, env, words;
};

ScriptStrings sort_strings(const Bytes& script, uint64_t at, uint16_t size,
                           const script_cmd& command)
{
    ScriptStrings out;
    bool external = command.type == SCRIPT_EXTERNAL;
    unsigned count =
        external ? 1u + command.argc + command.envc + ((command.flags & SCRIPT_FLAG_PARTITION) != 0)
                 : (command.type == SCRIPT_PROCMGR_SYMLINK ? 2u : 1u);
    uint64_t string = at + offsetof(script_cmd, strings);
    for (unsigned i = 0; i < count; ++i) {
        std::string text = get_string(script, string, at + size);
        string += text.size() + 1;
        if (external && i > unsigned{command.argc} + command.envc) {
            out.modifiers += " sched_aps=" + text;
        } else if (external && i > command.argc) {
            out.env += text + " ";
        } else if (external && i == 1) { // argv[0] repeats the path, unless argv0= says otherwise
            out.modifiers += text == out.words ? "" : " argv0=" + text;
        } else {
            out.words += (out.words.empty() ? "" : " ") + text;
        }
    }
    return out;
}

std::string describe_command(const Bytes& script, uint64_t at, uint16_t size,
                             const script_cmd& command)
{
    static const char* const names[] = {
        "", "waitfor ", "reopen ", "display_msg ", "procmgr_symlink ", "sched_aps ", ""};
    need(size >= offsetof(script_cmd, strings) && command.type < std::size(names),
         "a bad script record");
    ScriptStrings strings = sort_strings(script, at, size, command);
    if (command.type != SCRIPT_EXTSCHED_APS) {
        strings.modifiers = describe_modifiers(command) + strings.modifiers;
    }
    std::string line = strings.modifiers.empty() ? "" : "[" + strings.modifiers + " ] ";
    line += names[command.type] + strings.env + strings.words;
    if (command.type == SCRIPT_WAITFOR || command.type == SCRIPT_REOPEN) {
        line += " " + std::to_string(command.value_ms / 1000) + "." +
                std::to_string(command.value_ms % 1000 / 100);
    } else if (command.type == SCRIPT_EXTSCHED_APS) {
        line += " " + std::to_string(command.priority) + "%" +
                (command.value_ms ? " " + std::to_string(command.value_ms) : "");
    }
    return line + (command.flags & SCRIPT_FLAG_BACKGROUND ? " &" : "");
}

} // namespace

std::vector<std::string> describe_script(const Bytes& script)
{
    std::vector<std::string> lines;
    for (uint64_t at = 0; at + 4 <= script.size();) {
        uint16_t size = get<uint16_t>(script, at);
        if (size == 0) {
            break;
        }
        lines.push_back(describe_command(script, at, size, get<script_cmd>(script, at)));
        at += size;
    }
    return lines;
}

} // namespace buildfile
