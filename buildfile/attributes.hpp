// SPDX-License-Identifier: Apache-2.0
// The attributes in force for a file: global ones (alone on a line) overlaid by those on the file's own line.
#pragma once

#include "model.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace buildfile {

enum class FileType { file, link, dir, fifo, hard_link };
enum class AutoSo { none, list, add };

// compress=: the number a startup header carries; UCL is written as zlib.
enum class Compression : uint8_t { none, zlib, lzo, ucl };

// perms=: an absolute mode, or chmod-like clauses applied to the host's mode.
struct Permissions {
    std::optional<uint32_t> absolute;
    std::string clauses;

    uint32_t apply(uint32_t mode) const;
    bool given() const { return absolute.has_value() || !clauses.empty(); }
};

// image= and ram=: start-end,maxsize=total%align, each part optional.
struct ImageSpec {
    std::optional<uint64_t> start;
    std::optional<uint64_t> end;
    std::optional<uint64_t> max_size;
    std::optional<uint64_t> total_size;
    std::optional<uint64_t> align;
};

// phys_align=size[,group]: the files of a group lie together; 0 ends it.
struct PhysAlign {
    uint64_t size = 0;
    unsigned group = 0; // 0: none
};

struct FileAttributes {
    bool autolink = true;
    bool big_pages = false;
    bool bigendian = false;
    bool dupignore = false;
    bool followlink = true;
    bool keeplinked = false;
    bool optional = true;
    bool page_align = false;
    bool raw = false;
    bool script = false;
    FileType type = FileType::file;
    AutoSo autoso = AutoSo::none;
    Compression compress = Compression::none;
    Permissions perms;
    Permissions dperms;
    std::optional<uint32_t> uid;
    std::optional<uint32_t> gid;
    std::optional<uint32_t> mtime;
    std::optional<std::string> prefix; // none: the default of the image kind
    std::vector<std::string> search;
    bool search_set = false;
    std::string cd;
    std::string mount = "/";
    std::string filter; // "" = none
    std::vector<std::string> keep_sections;
    std::vector<std::string> modules;
    std::string cksum, sha256, sha512; // what the host file must have; "" = not checked
    std::optional<std::string> virtual_spec;
    std::optional<uint64_t> chain;
    PhysAlign phys_align;
    std::vector<uint64_t> page_sizes;
    ImageSpec image;
    ImageSpec ram;

    // Applies one attribute; a wrong one is reported and changes nothing. `lenient` lets values pass that hold
    // variables nobody has set.
    void apply(const Attribute& attribute, Diagnostics& diagnostics, bool lenient = false);

    // Everything in force, by name: "+", "-" or the value as written.
    const std::map<std::string, std::string>& given() const { return given_; }
    // What belongs to one line only is taken off what later files inherit.
    void end_of_line();

private:
    bool apply_flag(const RawAttribute& given);
    bool apply_value(const std::string& name, const std::string& value); // throws what is wrong
    bool apply_owner(const std::string& name, const std::string& value);
    bool apply_place(const std::string& name, const std::string& value);

    std::map<std::string, std::string> given_;
};

// Something is still to be put in: ${NAME} that nobody has set, or a template's @NAME@.
bool is_open(const std::string& text);

// Numbers with k, m or g suffix; throws std::runtime_error.
uint64_t parse_size(const std::string& text);
std::vector<std::string> split(const std::string& text, char separator);

// The values of single attributes; each throws std::runtime_error with what was expected.
std::optional<uint32_t> parse_id(const std::string& text);
std::optional<uint32_t> parse_mtime(const std::string& text);
Permissions parse_perms(const std::string& text);
ImageSpec parse_image(const std::string& text);
FileType parse_type(const std::string& text);
AutoSo parse_autoso(const std::string& text);
Compression parse_compress(const std::string& text);
PhysAlign parse_phys_align(const std::string& text);
std::vector<uint64_t> parse_page_sizes(const std::string& text);
void check_linker(const std::string& text);
void check_digest(const std::string& name, const std::string& text);

} // namespace buildfile
