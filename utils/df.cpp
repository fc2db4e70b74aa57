// SPDX-License-Identifier: Apache-2.0
// df: how full the file systems are, as their servers say.
#include <algorithm>
#include <cinttypes>
#include <climits>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/proc.hpp"
#include "lib/util.hpp"

QNX_USAGE("%C - show the free space of file systems\n\n%C [-hkPn] [path...]\n"
          " -h  sizes with K, M, G            -n  names only\n"
          " -k  1024-byte units, not 512      -P  POSIX's form, with a heading\n"
          "With paths: the file systems they are on.\n"
          "Columns: server, size, used, free, used in percent, where it is\n")

namespace {

struct Options {
    bool human = false, kilo = false, names = false, portable = false;
} options;

struct FileSystem {
    std::string server, where;
    struct statvfs info {};
};

/// False when nobody at `path` knows sizes.
bool look(const std::string& path, FileSystem& found)
{
    struct stat st;
    if (stat(path.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
        return false; // a device is not opened only to be asked
    }
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return false;
    }
    _server_info server;
    proc::Process process;
    const bool known = fstatvfs(fd, &found.info) == 0;
    if (known && ConnectServerInfo(0, fd, &server) == fd &&
        proc::read(server.pid, process, false)) {
        found.server = proc::base_name(process);
    }
    found.where = path;
    close(fd);
    return known;
}

/// procnto serves /proc and others out of the image that is at "/": one file system under more than one name.
bool is_part(const std::vector<FileSystem>& list, const FileSystem& f)
{
    return (f.info.f_flag & ST_RDONLY) != 0 &&
           std::any_of(list.begin(), list.end(), [&](const FileSystem& other) {
               return other.server == f.server && other.info.f_blocks == f.info.f_blocks;
           });
}

/// What is attached at `prefix` and below: /proc/mount has a folder for each part of a name, and in it an entry
/// "nd,pid,chid,handle,type" for each server that has taken the name.
void collect(const std::string& prefix, std::vector<FileSystem>& list)
{
    DIR* dir = opendir(("/proc/mount" + prefix).c_str());
    std::vector<std::string> below;
    bool taken = false;
    while (const dirent* entry = dir != nullptr ? readdir(dir) : nullptr) {
        const std::string name = entry->d_name;
        const bool claim = std::count(name.begin(), name.end(), ',') == 4;
        taken = taken || claim;
        if (!claim && name != "." && name != "..") {
            below.push_back(prefix + "/" + name);
        }
    }
    if (dir != nullptr) {
        closedir(dir);
    }
    FileSystem found;
    if (taken && look(prefix.empty() ? "/" : prefix, found) && !is_part(list, found)) {
        list.push_back(found);
    }
    std::sort(below.begin(), below.end());
    for (const std::string& path : below) {
        collect(path, list);
    }
}

/// The file system with the longest name that `path` begins with.
const FileSystem* holder(const std::vector<FileSystem>& all, const std::string& path)
{
    const FileSystem* best = nullptr;
    for (const FileSystem& f : all) {
        const size_t n = f.where.size();
        const bool inside = f.where == "/" || (path.compare(0, n, f.where) == 0 &&
                                               (path.size() == n || path[n] == '/'));
        best = inside && (best == nullptr || n > best->where.size()) ? &f : best;
    }
    return best;
}

std::string size_text(uint64_t bytes)
{
    if (!options.human) {
        return std::to_string(bytes / (options.kilo ? 1024 : 512));
    }
    constexpr char units[] = "KMGT";
    size_t unit = 0;
    double value = static_cast<double>(bytes) / 1024;
    for (; value >= 1024 && units[unit + 1] != '\0'; ++unit) {
        value /= 1024;
    }
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f%c" : "%.0f%c", value, units[unit]);
    return text;
}

void print(const FileSystem& f)
{
    if (options.names) {
        std::printf("%-20s %s\n", f.server.c_str(), f.where.c_str());
        return;
    }
    const uint64_t used = f.info.f_blocks - f.info.f_bfree;
    const uint64_t whole =
        used + f.info.f_bavail; // POSIX: of what ordinary users can have, rounded up
    const uint64_t percent = whole == 0 ? 100 : (used * 100 + whole - 1) / whole;
    std::printf("%-20s %10s %10s %10s %7" PRIu64 "%%  %s\n", f.server.c_str(),
                size_text(f.info.f_blocks * f.info.f_frsize).c_str(),
                size_text(used * f.info.f_frsize).c_str(),
                size_text(f.info.f_bavail * f.info.f_frsize).c_str(), percent, f.where.c_str());
}

int show(const std::vector<FileSystem>& all, const char* name)
{
    char path[PATH_MAX];
    if (realpath(name, path) == nullptr) {
        return util::complain(name);
    }
    const FileSystem* f = holder(all, path);
    if (f == nullptr) {
        return util::complain(name, ENOSYS); // its server has no sizes
    }
    print(*f);
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const util::Flag flags[] = {{'h', &options.human},
                                {'k', &options.kilo},
                                {'n', &options.names},
                                {'P', &options.portable}};
    for (int c; (c = getopt(argc, argv, "hkPn")) != -1;) {
        if (!util::set_flag(flags, c)) {
            return EXIT_FAILURE;
        }
    }
    std::vector<FileSystem> all;
    collect("", all);
    if (options.portable && !options.names) {
        std::printf("%-20s %10s %10s %10s %8s  %s\n", "Filesystem",
                    options.human  ? "Size"
                    : options.kilo ? "1024-blocks"
                                   : "512-blocks",
                    "Used", "Available", "Capacity", "Mounted on");
    }
    int status = EXIT_SUCCESS;
    for (int i = optind; i < argc; ++i) {
        status |= show(all, argv[i]);
    }
    if (optind == argc) {
        for (const FileSystem& f : all) {
            print(f);
        }
    }
    return util::finish(status);
}
