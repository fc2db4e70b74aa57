// SPDX-License-Identifier: Apache-2.0
// From statements to image entries.
#include "collector.hpp"

#include "parser.hpp"
#include "patch.hpp"
#include "script.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace buildfile {
namespace fs = std::filesystem;
namespace {

constexpr uint32_t default_file_mode = 0666;
constexpr uint32_t default_dir_mode = 0755;

std::string basename_of(std::string path)
{
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    return path.substr(path.rfind('/') + 1);
}

std::string join(const std::string& dir, const std::string& name)
{
    return dir.empty() ? name : dir + "/" + name;
}

} // namespace

Collector::Collector(const Options& options, Variables& variables, Diagnostics& diagnostics)
    : options_(options), variables_(variables), diagnostics_(diagnostics),
      resolver_(variables, options.roots), image_(diagnostics)
{
}

void Collector::run(const std::vector<Statement>& statements)
{
    for (const Statement& statement : statements) {
        FileAttributes local = global_;
        unsigned errors = diagnostics_.errors();
        for (const Attribute& attribute : statement.attributes) {
            local.apply(attribute, diagnostics_);
        }
        if (statement.file) {
            if (diagnostics_.errors() == errors) { // else what follows would only confuse
                add(statement, local);
            }
            any_file_ = true;
            continue;
        }
        if (local.virtual_spec || local.script) {
            diagnostics_.error(statement.at, "Missing filename: virtual= and +script need a file",
                               "put the file on the same line: [virtual=x86_64,elf] boot = {");
            local.virtual_spec.reset();
            local.script = false;
        }
        global_ = std::move(local);
    }
}

void Collector::add(const Statement& statement, const FileAttributes& attributes)
{
    try {
        if (attributes.virtual_spec) {
            add_boot(statement, attributes);
        } else if (attributes.script) {
            add_script(statement, attributes);
        } else if (attributes.type == FileType::link) {
            add_link(statement, attributes);
        } else if (attributes.type == FileType::dir) {
            add_dir(statement, attributes);
        } else if (statement.file->body) {
            add_inline(statement, attributes);
        } else {
            add_host(statement, attributes);
        }
    } catch (const std::runtime_error& problem) {
        diagnostics_.error(statement.at, "cannot add '" + statement.file->target + "'",
                           problem.what());
    }
}

std::string Collector::target_path(const std::string& target,
                                   const FileAttributes& attributes) const
{
    if (!target.empty() && target[0] == '/') {
        return clean_path(target);
    }
    return clean_path(attributes.prefix.value_or(bootable_ ? "proc/boot" : "") + "/" + target);
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

Entry Collector::make_entry(const Statement& statement, const FileAttributes& attributes) const
{
    Entry entry;
    entry.at = statement.at;
    entry.type = attributes.type;
    entry.path = target_path(statement.file->target, attributes);
    if (entry.path.empty() && attributes.type != FileType::dir) {
        throw std::runtime_error("the target is empty");
    }
    return entry;
}

void Collector::add_link(const Statement& statement, const FileAttributes& attributes)
{
    if (!statement.file->host || statement.file->host->empty()) {
        diagnostics_.error(statement.at, "a link without a target",
                           "write [type=link] name=text of the link");
        return;
    }
    Entry entry = make_entry(statement, attributes);
    entry.text = *statement.file->host;
    entry.mode = S_IFLNK | 0777;
    own(entry, attributes, "");
    image_.tree.add(std::move(entry), attributes.dupignore);
}

void Collector::add_dir(const Statement& statement, const FileAttributes& attributes)
{
    if (statement.file->body) {
        throw std::runtime_error("a directory cannot have inline content");
    }
    Entry entry = make_entry(statement, attributes);
    std::string host = statement.file->host.value_or("");
    struct stat status {};
    uint32_t mode = default_dir_mode;
    if (!host.empty() && stat(host.c_str(), &status) == 0) {
        mode = status.st_mode & 07777;
    }
    entry.mode = S_IFDIR | attributes.perms.apply(attributes.dperms.apply(mode));
    own(entry, attributes, host);
    image_.tree.add(std::move(entry), attributes.dupignore);
}

void Collector::add_inline(const Statement& statement, const FileAttributes& attributes)
{
    Entry entry = make_entry(statement, attributes);
    std::string content = inline_content(*statement.file->body);
    entry.data.assign(content.begin(), content.end());
    entry.mode = S_IFREG | attributes.perms.apply(default_file_mode);
    entry.page_align = attributes.page_align;
    entry.origin = to_string(statement.at);
    own(entry, attributes, "");
    image_.tree.add(std::move(entry), attributes.dupignore);
}

void Collector::add_script(const Statement& statement, const FileAttributes& attributes)
{
    Body body;
    if (statement.file->body) {
        body = *statement.file->body;
    } else {
        const std::string& name = statement.file->host.value_or(statement.file->target);
        Bytes text;
        auto host = resolver_.find(name, attributes);
        if (!host || !load(*host, statement.at, text)) {
            diagnostics_.error(statement.at, "Host file '" + name + "' not available",
                               "a startup script must exist");
            return;
        }
        body.text.assign(text.begin(), text.end());
        body.first_line = {*host, 1};
    }
    Bytes part = compile_script(parse_commands(body, variables_, diagnostics_), diagnostics_);
    script_.insert(script_.end(), part.begin(), part.end());
    if (!image_.script_path.empty()) {
        return; // joined to the first one
    }
    Entry entry = make_entry(statement, attributes);
    entry.mode = S_IFREG | attributes.perms.apply(default_file_mode);
    entry.origin = to_string(statement.at);
    own(entry, attributes, "");
    image_.script_path = entry.path;
    image_.tree.add(std::move(entry), attributes.dupignore);
}

bool Collector::load(const std::string& host, const Position& at, Bytes& out)
{
    std::ifstream file(host, std::ios::binary);
    if (!file) {
        diagnostics_.error(at, "cannot read '" + host + "'", "check its permissions");
        return false;
    }
    out.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    return true;
}

void Collector::add_host(const Statement& statement, const FileAttributes& attributes)
{
    const FileSpec& spec = *statement.file;
    const std::string& name = spec.host.value_or(spec.target);
    auto host = resolver_.find(name, attributes);
    if (!host) {
        if (attributes.optional) {
            diagnostics_.warning(statement.at, "Host file '" + name + "' not available");
        } else {
            diagnostics_.error(statement.at, "Host file '" + name + "' not available",
                               "build it, extend the search path, or set [+optional]");
        }
        return;
    }
    FileSpec named = spec;
    if (!spec.host) {
        named.target = basename_of(spec.target);
    }
    Entry entry;
    entry.at = statement.at;
    entry.path = target_path(named.target, attributes);
    entry.origin = *host;
    if (fs::is_directory(*host)) {
        add_host_dir(entry.path, *host, statement.at, attributes);
    } else if (entry.path.empty()) {
        throw std::runtime_error("the target is empty");
    } else {
        add_host_file(std::move(entry), attributes);
    }
}

void Collector::add_host_file(Entry entry, const FileAttributes& attributes)
{
    const std::string host = entry.origin;
    if (!attributes.followlink && fs::is_symlink(host)) {
        entry.type = FileType::link;
        entry.text = fs::read_symlink(host).string();
        entry.mode = S_IFLNK | 0777;
        own(entry, attributes, host);
        image_.tree.add(std::move(entry), attributes.dupignore);
        return;
    }
    entry.origin = fs::canonical(host).string();
    struct stat status {};
    if (stat(host.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        diagnostics_.error(entry.at, "'" + host + "' is not a file");
        return;
    }
    if (!load(host, entry.at, entry.data)) {
        return;
    }
    uint32_t mode = status.st_mode & 07777;
    entry.page_align = attributes.page_align;
    if (is_elf(entry.data) && !attributes.raw) {
        if (attributes.keeplinked) {
            keep_linked(host, entry.at);
        }
        mode |= 0111;
        apply_autolink(entry, attributes);
        entry.data = ElfFile(entry.data).stripped(options_.keep_sections);
        entry.page_align = true;
    }
    entry.mode = S_IFREG | attributes.perms.apply(mode);
    own(entry, attributes, fs::canonical(host).string());
    image_.tree.add(std::move(entry), attributes.dupignore);
}

// A shared object is stored under its SONAME; the name in the buildfile becomes a link to it.
void Collector::apply_autolink(Entry& entry, const FileAttributes& attributes)
{
    auto soname = ElfFile(entry.data).soname();
    if (!attributes.autolink || !soname || *soname == basename_of(entry.path) ||
        soname->find('/') != std::string::npos) {
        return;
    }
    Entry link;
    link.type = FileType::link;
    link.path = entry.path;
    link.text = *soname;
    link.mode = S_IFLNK | 0777;
    link.at = entry.at;
    own(link, attributes, "");
    autolinks_.push_back(std::move(link));
    size_t slash = entry.path.rfind('/');
    entry.path = join(slash == std::string::npos ? "" : entry.path.substr(0, slash), *soname);
}

void Collector::add_host_dir(const std::string& target, const std::string& host, const Position& at,
                             const FileAttributes& attributes)
{
    struct stat status {};
    stat(host.c_str(), &status);
    Entry dir;
    dir.type = FileType::dir;
    dir.path = target;
    dir.at = at;
    dir.mode = S_IFDIR | attributes.dperms.apply(status.st_mode & 07777);
    own(dir, attributes, host);
    image_.tree.add(std::move(dir), attributes.dupignore);
    std::vector<fs::path> names;
    for (const auto& item : fs::directory_iterator(host)) {
        names.push_back(item.path());
    }
    std::sort(names.begin(), names.end());
    for (const auto& path : names) {
        Entry entry;
        entry.at = at;
        entry.path = join(target, path.filename().string());
        entry.origin = path.string();
        bool link = !attributes.followlink && fs::is_symlink(path);
        if (!link && fs::is_directory(path)) {
            add_host_dir(entry.path, entry.origin, at, attributes);
        } else {
            add_host_file(std::move(entry), attributes);
        }
    }
}

void Collector::add_directory(const std::string& host)
{
    Position at{host, 0};
    if (!fs::is_directory(host)) {
        diagnostics_.error(at, "not a directory");
        return;
    }
    add_host_dir(target_path("", global_), host, at, global_);
}

void Collector::keep_linked(const std::string& host, const Position& at)
{
    std::error_code problem;
    fs::path copy =
        fs::path(options_.by_products) / (basename_of(host) + ".sym" + options_.sym_suffix);
    fs::copy_file(host, copy, fs::copy_options::overwrite_existing, problem);
    if (problem) {
        diagnostics_.error(at, "cannot write '" + copy.string() + "'", problem.message());
    }
}

void Collector::add_boot(const Statement& statement, const FileAttributes& attributes)
{
    if (any_file_) {
        diagnostics_.error(statement.at, "the boot file is not the first file",
                           "move the [virtual=...] section to the top");
        return;
    }
    bootable_ = true;
    unsigned errors = diagnostics_.errors();
    image_.boot = parse_boot(statement, *attributes.virtual_spec, variables_, diagnostics_);
    if (diagnostics_.errors() != errors) {
        return;
    }
    variables_.set("PROCESSOR", image_.boot->processor);
    const auto& executables = image_.boot->executables;
    for (size_t i = 0; i < executables.size(); ++i) {
        FileAttributes global = attributes;
        global.virtual_spec.reset();
        add_boot_file(executables[i], global, i == 0);
    }
}

void Collector::add_boot_file(const BootExecutable& executable, const FileAttributes& global,
                              bool startup)
{
    FileAttributes local = global;
    for (const Attribute& attribute : executable.attributes) {
        local.apply(attribute, diagnostics_);
    }
    const std::string& name = executable.argv[0];
    auto host = resolver_.find(name, local);
    if (!host) {
        diagnostics_.error(executable.at, "Host file '" + name + "' not available",
                           "bootstrap executables are never optional; check -r and QNX_TARGET");
        return;
    }
    if (startup) {
        if (local.keeplinked) {
            keep_linked(*host, executable.at);
        }
        image_.startup_name = basename_of(*host);
        load(*host, executable.at, image_.startup);
        return;
    }
    Entry entry;
    entry.at = executable.at;
    entry.path = target_path(basename_of(name), local);
    entry.origin = *host;
    image_.procnto_path = entry.path;
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
    end_script(script_);
    if (Entry* script = image_.tree.find(image_.script_path);
        script && !image_.script_path.empty()) {
        script->data = std::move(script_);
    }
    uint32_t now = options_.zero_mtime ? 0 : static_cast<uint32_t>(std::time(nullptr));
    image_.tree.complete(global_.dperms.apply(default_dir_mode), global_.mtime.value_or(now));
    if (!options_.patch_file.empty()) {
        apply_patches(options_.patch_file, image_.tree, diagnostics_);
    }
    image_.mount = global_.mount;
    image_.spec = global_.image;
    return std::move(image_);
}

} // namespace buildfile
