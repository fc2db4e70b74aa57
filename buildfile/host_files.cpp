// SPDX-License-Identifier: Apache-2.0
// Files, directories and libraries that come from the host: found, read, filtered, checked, stripped.
#include "collector.hpp"
#include "digest.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <sys/stat.h>

namespace buildfile {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t page = 4096;
constexpr int nesting_limit = 64;

std::string join(const std::string& dir, const std::string& name)
{
    return dir.empty() ? name : dir + "/" + name;
}

std::string folder_of(const std::string& path)
{
    size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string shell_quoted(const std::string& text)
{
    std::string out = "'";
    for (char c : text) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + "'";
}

} // namespace

bool Collector::load(const std::string& host, const Position& at, Bytes& out)
{
    std::ifstream file(host, std::ios::binary);
    if (!file || fs::is_directory(host)) {
        diagnostics_.error(at, "cannot read '" + host + "'", "check its permissions");
        return false;
    }
    out.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    return true;
}

// filter=: the host file is the command's standard input, what it prints is the content.
bool Collector::run_filter(const std::string& host, const Position& at, const std::string& filter,
                           Bytes& out)
{
    std::string command = "(" + filter + "\n) < " + shell_quoted(host);
    FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) {
        diagnostics_.error(at, "cannot run the filter '" + filter + "'");
        return false;
    }
    out.clear();
    uint8_t buffer[65536];
    for (size_t got; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
        out.insert(out.end(), buffer, buffer + got);
    }
    if (pclose(pipe) != 0) {
        diagnostics_.error(at, "the filter '" + filter + "' failed on '" + host + "'",
                           "it must read standard input, write standard output and end with 0");
        return false;
    }
    return true;
}

bool Collector::check_digests(const Entry& entry, const FileAttributes& attributes)
{
    auto differs = [&](const char* name, const std::string& wanted, const std::string& real) {
        if (wanted.empty() || lower_case(wanted) == real) {
            return false;
        }
        diagnostics_.error(entry.at, "'" + entry.origin + "' has another " + name,
                           "wanted " + wanted + ", found " + real);
        return true;
    };
    std::string cksum =
        attributes.cksum.empty() ? "" : std::to_string(std::stoull(attributes.cksum, nullptr, 0));
    return !differs("cksum", cksum, std::to_string(posix_cksum(entry.data))) &&
           (attributes.sha256.empty() ||
            !differs("sha256", attributes.sha256, digest(Digest::sha256, entry.data))) &&
           (attributes.sha512.empty() ||
            !differs("sha512", attributes.sha512, digest(Digest::sha512, entry.data)));
}

void Collector::add_host(const Item& item)
{
    const std::string& name = item.spec.host.value_or(item.spec.target);
    auto host = resolver_.find(name, item.attributes);
    if (!host) {
        if (item.attributes.optional) {
            diagnostics_.warning(item.at, "Host file '" + name + "' not available");
        } else {
            diagnostics_.error(item.at, "Host file '" + name + "' not available",
                               "build it, extend the search path, or set [+optional]");
        }
        return;
    }
    Entry entry;
    entry.at = item.at;
    entry.path = item.path;
    entry.origin = *host;
    if (fs::is_directory(*host)) {
        add_host_dir(entry.path, *host, item.at, item.attributes);
    } else if (entry.path.empty()) {
        throw std::runtime_error("the target is empty");
    } else {
        add_host_file(std::move(entry), item.attributes);
    }
}

// Where the content goes in memory: page_align, phys_align and big_pages.
void Collector::place(Entry& entry, const FileAttributes& attributes) const
{
    entry.align = std::max(entry.align, attributes.page_align ? page : 1);
    if (attributes.phys_align.size) {
        entry.align = std::max(entry.align, attributes.phys_align.size);
        entry.group = attributes.phys_align.group;
        return;
    }
    for (uint64_t size : attributes.page_sizes) { // the largest page that the file fills
        if (attributes.big_pages && size <= entry.data.size()) {
            entry.align = std::max(entry.align, size);
        }
    }
}

// -h: a host file with several names becomes one file with several names.
bool Collector::shares_host_file(Entry& entry, const std::string& host)
{
    struct stat status {};
    if (!options_.hard_links || stat(host.c_str(), &status) != 0 || status.st_nlink < 2) {
        return false;
    }
    auto [first, fresh] = host_inodes_.emplace(std::pair(status.st_dev, status.st_ino), entry.path);
    if (fresh || first->second == entry.path) {
        return false;
    }
    entry.same_as = first->second;
    return true;
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
    struct stat status {};
    if (stat(host.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        diagnostics_.error(entry.at, "'" + host + "' is not a file");
        return;
    }
    entry.origin = fs::canonical(host).string();
    entry.mode = status.st_mode & 07777;
    bool shared = attributes.filter.empty() && shares_host_file(entry, host);
    if (!shared) {
        bool good = attributes.filter.empty()
                        ? load(host, entry.at, entry.data)
                        : run_filter(host, entry.at, attributes.filter, entry.data);
        if (!good || !check_digests(entry, attributes)) {
            return;
        }
        if (is_elf(entry.data) && !attributes.raw) {
            add_elf(entry, attributes);
        }
        place(entry, attributes);
    }
    entry.mode = S_IFREG | attributes.perms.apply(entry.mode);
    own(entry, attributes, entry.origin);
    image_.tree.add(std::move(entry), attributes.dupignore);
}

// Executables and libraries: executable, stripped, page aligned. What is not for this CPU stays as it is.
void Collector::add_elf(Entry& entry, const FileAttributes& attributes)
{
    if (attributes.keeplinked) {
        keep_linked(entry.origin, entry.at);
    }
    entry.mode |= 0111;
    entry.align = page;
    if (!is_elf64(entry.data)) {
        return;
    }
    apply_autolink(entry, attributes);
    std::vector<std::string> keep = options_.keep_sections;
    keep.insert(keep.end(), attributes.keep_sections.begin(), attributes.keep_sections.end());
    entry.data = ElfFile(entry.data).stripped(keep);
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
    entry.path = join(folder_of(entry.path), *soname);
}

void Collector::add_host_dir(const std::string& target, const std::string& host, const Position& at,
                             const FileAttributes& attributes)
{
    if (std::count(target.begin(), target.end(), '/') > nesting_limit) {
        throw std::runtime_error("directories are nested too deep; a link to a parent?");
    }
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
    add_host_dir(target_path("", last_, bootable_), host, at, last_);
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

bool Collector::provides(const std::string& soname) const
{
    for (const auto& [path, entry] : image_.tree.entries()) {
        if (entry.type != FileType::dir && basename_of(path) == soname) {
            return true;
        }
    }
    return false;
}

// autoso=: libraries that files of the image need and nobody named, again for what they need themselves.
void Collector::add_needed_libraries()
{
    std::set<std::string> looked_at, missing;
    for (bool again = last_.autoso != AutoSo::none; again;) {
        again = false;
        std::vector<std::pair<std::string, std::string>> wanted; // library, who needs it
        for (const auto& [path, entry] : image_.tree.entries()) {
            if (is_elf64(entry.data) && looked_at.insert(path).second) {
                for (const std::string& name : ElfFile(entry.data).needed()) {
                    wanted.emplace_back(name, path);
                }
            }
        }
        for (const auto& [name, user] : wanted) {
            if (provides(name) || !missing.insert(name).second) {
                continue;
            }
            auto host = resolver_.find(name, last_);
            if (last_.autoso == AutoSo::list || !host) {
                diagnostics_.warning({}, "library '" + name + "', needed by '" + user + "', is " +
                                             (host ? "not in the image" : "not available"));
                continue;
            }
            Entry entry;
            entry.path = target_path(name, last_, bootable_);
            entry.origin = *host;
            entry.added = true;
            add_host_file(std::move(entry), last_);
            again = true;
        }
    }
}

} // namespace buildfile
