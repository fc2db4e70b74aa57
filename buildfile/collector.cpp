// SPDX-License-Identifier: Apache-2.0
// From items to image entries: what needs no host file, the boot section and the script.
#include "collector.hpp"

#include "parser.hpp"
#include "patch.hpp"
#include "script.hpp"

#include <ctime>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace buildfile {
namespace {

constexpr uint32_t default_file_mode = 0666;
constexpr uint32_t default_dir_mode = 0755;

} // namespace

Collector::Collector(const Options& options, Variables& variables, Diagnostics& diagnostics)
    : options_(options), variables_(variables), diagnostics_(diagnostics),
      resolver_(variables, options.roots, options.rules), image_(diagnostics)
{
}

void Collector::run(const Plan& plan)
{
    for (const Item& item : plan.items) {
        try {
            add(item);
        } catch (const std::runtime_error& problem) {
            diagnostics_.error(item.at, "cannot add '" + item.spec.target + "'", problem.what());
        }
        any_file_ = true;
    }
    last_ = plan.last;
}

void Collector::add(const Item& item)
{
    switch (item.kind) {
    case ItemKind::boot:
        return add_boot(item);
    case ItemKind::script:
        return add_script(item);
    case ItemKind::link:
        return add_link(item);
    case ItemKind::hard_link:
        return add_hard_link(item);
    case ItemKind::dir:
        return add_dir(item);
    case ItemKind::fifo:
        return add_fifo(item);
    case ItemKind::inline_file:
        return add_inline(item);
    case ItemKind::host:
        return add_host(item);
    }
}

// Owner, group and time: the attributes', else the host file's, else the caller's and now.
void Collector::own(Entry& entry, const FileAttributes& attributes, const std::string& host) const
{
    struct stat status {};
    bool have = !host.empty() && lstat(host.c_str(), &status) == 0;
    entry.uid = attributes.uid.value_or(have ? status.st_uid : getuid());
    entry.gid = attributes.gid.value_or(have ? status.st_gid : getgid());
    bool zero = options_.zero_mtime >= (have ? 2u : 1u);
    auto host_time = static_cast<uint32_t>(have ? status.st_mtime : std::time(nullptr));
    entry.mtime = attributes.mtime.value_or(zero ? 0 : host_time);
}

static Entry make_entry(const Item& item, FileType type)
{
    Entry entry;
    entry.at = item.at;
    entry.type = type;
    entry.path = item.path;
    if (item.attributes.dperms.given() && type != FileType::dir) { // a directory's are its own
        entry.parents_mode = item.attributes.dperms.apply(default_dir_mode);
    }
    return entry;
}

void Collector::add_link(const Item& item)
{
    Entry entry = make_entry(item, FileType::link);
    entry.text = *item.spec.host;
    entry.mode = S_IFLNK | 0777;
    own(entry, item.attributes, "");
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

// Another name for a file of the image.
void Collector::add_hard_link(const Item& item)
{
    Entry entry = make_entry(item, FileType::file);
    entry.same_as = target_path(*item.spec.host, item.attributes, bootable_);
    own(entry, item.attributes, "");
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

void Collector::add_dir(const Item& item)
{
    Entry entry = make_entry(item, FileType::dir);
    std::string host = item.spec.host.value_or("");
    struct stat status {};
    uint32_t mode = default_dir_mode;
    if (!host.empty() && stat(host.c_str(), &status) == 0) {
        mode = status.st_mode & 07777;
    }
    entry.mode = S_IFDIR | item.attributes.perms.apply(item.attributes.dperms.apply(mode));
    own(entry, item.attributes, host);
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

void Collector::add_fifo(const Item& item)
{
    Entry entry = make_entry(item, FileType::fifo);
    entry.mode = S_IFIFO | item.attributes.perms.apply(default_file_mode);
    own(entry, item.attributes, "");
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

void Collector::add_inline(const Item& item)
{
    Entry entry = make_entry(item, FileType::file);
    std::string content = inline_content(*item.spec.body);
    entry.data.assign(content.begin(), content.end());
    entry.mode = S_IFREG | item.attributes.perms.apply(default_file_mode);
    entry.origin = line_of(item.at);
    place(entry, item.attributes);
    own(entry, item.attributes, "");
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

void Collector::add_script(const Item& item)
{
    Bytes part = item.compiled;
    if (!item.spec.body) {
        const std::string& name = item.spec.host.value_or(item.spec.target);
        Bytes text;
        auto host = resolver_.find(name, item.attributes);
        if (!host || !load(*host, item.at, text)) {
            diagnostics_.error(item.at, "Host file '" + name + "' not available",
                               "a startup script must exist");
            return;
        }
        Body body{std::string(text.begin(), text.end()), {*host, 1}};
        diagnostics_.add_source(*host, body.text);
        part = compile_script(parse_commands(body, variables_, diagnostics_), diagnostics_);
    }
    script_.insert(script_.end(), part.begin(), part.end());
    if (!image_.script_path.empty()) {
        return; // joined to the first one
    }
    Entry entry = make_entry(item, FileType::file);
    entry.mode = S_IFREG | item.attributes.perms.apply(default_file_mode);
    entry.origin = line_of(item.at);
    own(entry, item.attributes, "");
    image_.script_path = entry.path;
    image_.tree.add(std::move(entry), item.attributes.dupignore);
}

// The prefix code of a boot kind that is not made by mkifs itself: NAME.boot on the search path.
void Collector::read_boot_kind(const BootSection& boot, const FileAttributes& attributes)
{
    if (boot.processor != "x86_64") {
        diagnostics_.error(boot.at, "images for processor '" + boot.processor + "' cannot be made",
                           "use virtual=x86_64,elf; --check reads buildfiles of every processor");
        return;
    }
    if (boot.bootfile == "elf" || boot.bootfile == "multiboot") {
        return;
    }
    auto host = resolver_.find(boot.bootfile + ".boot", attributes);
    Bytes file;
    if (!host) {
        diagnostics_.error(
            boot.at, "boot file '" + boot.bootfile + ".boot' not available",
            "known here: elf, multiboot, bios, raw; others are looked for like files");
    } else if (load(*host, boot.at, file)) {
        try {
            BootFile parsed = parse_boot_file(file);
            image_.boot_prefix = std::move(parsed.prefix);
            if (!image_.spec.start) {
                image_.spec.start = parsed.default_image;
            }
        } catch (const std::runtime_error& problem) {
            diagnostics_.error({*host, 0}, problem.what());
        }
    }
}

void Collector::add_boot(const Item& item)
{
    if (any_file_) {
        diagnostics_.error(item.at, "the boot file is not the first file",
                           "move the [virtual=...] section to the top");
        return;
    }
    bootable_ = true;
    image_.boot = item.boot;
    image_.compress = item.attributes.compress;
    own_place_ = item.attributes;
    unsigned errors = diagnostics_.errors();
    read_boot_kind(*item.boot, item.attributes);
    if (diagnostics_.errors() != errors) {
        return; // what follows would only confuse
    }
    const auto& executables = item.boot->executables;
    for (size_t i = 0; i < executables.size(); ++i) {
        add_boot_file(executables[i], i == 0);
    }
}

void Collector::add_boot_file(const BootExecutable& executable, bool startup)
{
    const FileAttributes& attributes = executable.in_force;
    const std::string& name = executable.argv[0];
    auto host = resolver_.find(name, attributes);
    if (!host) {
        diagnostics_.error(executable.at, "Host file '" + name + "' not available",
                           "bootstrap executables are never optional; check -r and QNX_TARGET");
        return;
    }
    for (const std::string& module : attributes.modules) {
        diagnostics_.warning(executable.at, "'" + basename_of(name) + "' has no module '" + module +
                                                "'; the image is made without it");
    }
    if (startup) {
        if (attributes.keeplinked) {
            keep_linked(*host, executable.at);
        }
        image_.startup_name = basename_of(*host);
        load(*host, executable.at, image_.startup);
        return;
    }
    Entry entry;
    entry.at = executable.at;
    entry.path = target_path(basename_of(name), attributes, true);
    entry.origin = *host;
    image_.procnto_path = entry.path;
    FileAttributes local = attributes;
    local.autolink = false;
    add_host_file(std::move(entry), local);
}

Image Collector::finish()
{
    for (Entry& link : autolinks_) {
        if (!image_.tree.contains(link.path)) {
            image_.tree.add(std::move(link), true);
        }
    }
    add_needed_libraries();
    end_script(script_);
    if (Entry* script = image_.tree.find(image_.script_path);
        script && !image_.script_path.empty()) {
        script->data = std::move(script_);
    }
    uint32_t now = options_.zero_mtime ? 0 : static_cast<uint32_t>(std::time(nullptr));
    image_.tree.complete(last_.dperms.apply(default_dir_mode), last_.mtime.value_or(now));
    if (!options_.patch_file.empty()) {
        apply_patches(options_.patch_file, image_.tree, diagnostics_);
    }
    image_.mount = "/" + clean_path(last_.mount);
    image_.chain = last_.chain;
    // image= and ram= may stand on the boot section's own line
    const FileAttributes& place = own_place_.given().count("image") ? own_place_ : last_;
    std::optional<uint64_t> preset = image_.spec.start;
    image_.spec = place.image;
    image_.spec.start = place.image.start ? place.image.start : preset;
    image_.ram = own_place_.given().count("ram") ? own_place_.ram : last_.ram;
    return std::move(image_);
}

} // namespace buildfile
