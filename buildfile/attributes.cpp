// SPDX-License-Identifier: Apache-2.0
// Names and scoping of mkifs attributes. Names of other mkxfs file systems are accepted with a warning.
#include "attributes.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace buildfile {
namespace {

constexpr std::array known = {
    "autolink",   "autoso",   "big_pages", "bigendian", "cd",         "chain",       "cksum",
    "code",       "compress", "data",      "dperms",    "drop",       "dupignore",   "filter",
    "followlink", "gid",      "image",     "include",   "keeplinked", "keepsection", "linker",
    "module",     "mount",    "mtime",     "optional",  "page_align", "pagesizes",   "perms",
    "phys_align", "physical", "prefix",    "ram",       "raw",        "script",      "search",
    "sha256",     "sha512",   "type",      "uid",       "virtual"};
// mkqnx6fsimg, mkfatfsimg, mkefs, mketfs and mkqfs share the grammar.
constexpr std::array other_tools = {
    "blksize",    "num_blocks",  "num_groups",  "num_inodes", "num_sectors", "sector_size",
    "reserve",    "usage",       "uuid",        "vol_name",   "vol_id",      "boot_cls",
    "boot_quiet", "dflt_boot",   "fsys_lfncks", "acl",        "dom",         "newdom",
    "namedom",    "max_sectors", "alimit",      "name_enc",   "block_size",  "spare_blocks",
    "min_size",   "max_size",    "fat",         "heads",      "sectors",     "cluster_size",
    "pad_block",  "quiet",       "label",       "version",    "filesystem",  "secure"};

template <typename List>
bool contains(const List& list, const std::string& name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

void set_compression(FileAttributes& attributes, char sign)
{
    attributes.compress = sign == '+' ? Compression::ucl : Compression::none;
}

} // namespace

bool FileAttributes::apply_flag(const RawAttribute& given)
{
    const struct {
        const char* name;
        bool& flag;
    } flags[] = {{"autolink", autolink},   {"big_pages", big_pages},   {"bigendian", bigendian},
                 {"dupignore", dupignore}, {"followlink", followlink}, {"keeplinked", keeplinked},
                 {"optional", optional},   {"page_align", page_align}, {"raw", raw},
                 {"script", script}};
    for (const auto& entry : flags) {
        if (given.name == entry.name) {
            entry.flag = given.sign == '+';
            return true;
        }
    }
    if (given.name == "compress") {
        set_compression(*this, given.sign);
        return true;
    }
    return given.name == "include"; // the parser has dealt with it
}

bool FileAttributes::apply_owner(const std::string& name, const std::string& value)
{
    if (name == "uid") {
        uid = parse_id(value);
    } else if (name == "gid") {
        gid = parse_id(value);
    } else if (name == "perms") {
        perms = parse_perms(value);
    } else if (name == "dperms") {
        dperms = parse_perms(value);
    } else if (name == "mtime") {
        mtime = parse_mtime(value);
    } else if (name == "cksum" || name == "sha256" || name == "sha512") {
        check_digest(name, value);
        (name == "cksum" ? cksum : name == "sha256" ? sha256 : sha512) = value;
    } else {
        return false;
    }
    return true;
}

bool FileAttributes::apply_place(const std::string& name, const std::string& value)
{
    if (name == "virtual") {
        virtual_spec = value;
    } else if (name == "image") {
        image = parse_image(value);
    } else if (name == "ram") {
        ram = parse_image(value);
    } else if (name == "chain") {
        chain = value == "none" ? std::nullopt : std::optional(parse_size(value));
    } else if (name == "mount") {
        mount = value.empty() ? "/" : value;
    } else if (name == "phys_align") {
        phys_align = parse_phys_align(value);
    } else if (name == "pagesizes") {
        page_sizes = parse_page_sizes(value);
    } else if (name == "compress") {
        compress = parse_compress(value);
    } else if (name == "module") {
        modules.push_back(value);
    } else {
        return false;
    }
    return true;
}

bool FileAttributes::apply_value(const std::string& name, const std::string& value)
{
    if (apply_owner(name, value) || apply_place(name, value)) {
        return true;
    }
    if (name == "type") {
        type = parse_type(value);
    } else if (name == "autoso") {
        autoso = parse_autoso(value);
    } else if (name == "prefix") {
        prefix = value;
    } else if (name == "search") {
        search = split(value, ':');
        search_set = true;
    } else if (name == "cd") {
        cd = value;
    } else if (name == "filter") {
        filter = value == "none" ? "" : value;
    } else if (name == "keepsection") {
        keep_sections.push_back(value);
    } else if (name == "linker") {
        check_linker(value);
    } else if (name == "code" || name == "data") {
        static const std::array ways = {"uip", "u", "copy", "c"};
        if (!contains(ways, value)) {
            throw std::runtime_error("expected uip or copy");
        }
    } else {
        return name == "drop" || name == "physical";
    }
    return true;
}

void FileAttributes::apply(const Attribute& attribute, Diagnostics& diagnostics, bool lenient)
{
    const RawAttribute& raw = attribute.raw;
    if (raw.if_unset && given_.count(raw.name)) {
        return;
    }
    bool is_known = false;
    bool open = lenient && raw.value && is_open(*raw.value);
    try {
        is_known = open        ? contains(known, raw.name)
                   : raw.value ? apply_value(raw.name, *raw.value)
                               : apply_flag(raw);
    } catch (const std::runtime_error& problem) {
        diagnostics.error(attribute.at,
                          "bad value for attribute '" + raw.name + "': '" + *raw.value + "'",
                          problem.what());
        return;
    }
    if (is_known && raw.name == "phys_align" && phys_align.group) {
        phys_align.group = attribute.at.line; // one group for each such line
    }
    if (is_known) {
        given_[raw.name] = raw.value ? *raw.value : std::string(1, raw.sign);
        return;
    }
    if (contains(known, raw.name)) {
        diagnostics.error(attribute.at,
                          "attribute '" + raw.name + "' " +
                              (raw.value ? "takes + or -, no value" : "needs a value"),
                          raw.value ? "write +" + raw.name : "write " + raw.name + "=value");
        return;
    }
    if (contains(other_tools, raw.name)) {
        if (!lenient) {
            diagnostics.warning(attribute.at,
                                "attribute '" + raw.name + "' has no meaning for mkifs");
        }
        return;
    }
    std::string near = nearest(raw.name, known.data(), known.size());
    diagnostics.warning(attribute.at, "unknown attribute '" + raw.name + "'",
                        near.empty() ? "it has no effect" : "did you mean '" + near + "'?");
}

void FileAttributes::end_of_line()
{
    virtual_spec.reset();
    script = false;
    given_.erase("virtual");
    given_.erase("script");
}

} // namespace buildfile
