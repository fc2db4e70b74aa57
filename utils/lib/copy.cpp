// SPDX-License-Identifier: Apache-2.0
// Copying and removing files and trees.
#include "copy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

#include "util.hpp"

namespace util {

std::string base_name(const std::string& path)
{
    size_t end = path.size();
    while (end > 1 && path[end - 1] == '/') {
        --end;
    }
    const size_t slash = path.rfind('/', end - 1);
    return slash == std::string::npos || end == 1 ? path.substr(0, end)
                                                  : path.substr(slash + 1, end - slash - 1);
}

std::string into(const std::string& from, const std::string& to)
{
    struct stat st;
    if (stat(to.c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
        return to;
    }
    return (to.back() == '/' ? to : to + "/") + base_name(from);
}

namespace {

int copy_data(int in, int out, const std::string& from, const std::string& to)
{
    static char buffer[32768];
    for (;;) {
        const ssize_t n = read(in, buffer, sizeof buffer);
        if (n == 0) {
            return 0;
        }
        if (n < 0) {
            return complain(from.c_str());
        }
        for (ssize_t done = 0; done < n;) {
            const ssize_t w = write(out, buffer + done, static_cast<size_t>(n - done));
            if (w < 0) {
                return complain(to.c_str());
            }
            done += w;
        }
    }
}

void keep_attributes(const std::string& to, const struct stat& st)
{
    const timeval times[2] = {{st.st_atime, 0}, {st.st_mtime, 0}};
    utimes(to.c_str(), times);
    if (chown(to.c_str(), st.st_uid, st.st_gid) != 0 && errno != EPERM) {
        complain(to.c_str());
    }
    chmod(to.c_str(), st.st_mode & 07777);
}

bool same_file(const struct stat& a, const std::string& to)
{
    struct stat b;
    return stat(to.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
           a.st_ino != 0 && a.st_size == b.st_size;
}

int copy_file(const std::string& from, const std::string& to, const struct stat& st,
              const CopyOptions& o)
{
    const int in = open(from.c_str(), O_RDONLY);
    if (in < 0) {
        return complain(from.c_str());
    }
    const mode_t mode = S_ISREG(st.st_mode) ? st.st_mode & 0777 : 0666;
    int out = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (out < 0 && o.force && unlink(to.c_str()) == 0) {
        out = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, mode);
    }
    if (out < 0) {
        const int error = errno;
        close(in);
        return complain(to.c_str(), error);
    }
    int status = copy_data(in, out, from, to);
    close(in);
    if (close(out) != 0) {
        status = complain(to.c_str());
    }
    return status;
}

int copy_link(const std::string& from, const std::string& to)
{
    char target[1024];
    const ssize_t n = readlink(from.c_str(), target, sizeof target - 1);
    if (n < 0) {
        return complain(from.c_str());
    }
    target[n] = '\0';
    return symlink(target, to.c_str()) != 0 ? complain(to.c_str()) : 0;
}

bool names_in(const std::string& path, std::vector<std::string>& names)
{
    DIR* dir = opendir(path.c_str());
    if (!dir) {
        complain(path.c_str());
        return false;
    }
    while (const dirent* d = readdir(dir)) {
        if (std::strcmp(d->d_name, ".") != 0 && std::strcmp(d->d_name, "..") != 0) {
            names.push_back(d->d_name);
        }
    }
    closedir(dir);
    return true;
}

int copy_directory(const std::string& from, const std::string& to, const struct stat& st,
                   const CopyOptions& o)
{
    if (!o.recurse) {
        return complain(from.c_str(), EISDIR);
    }
    std::vector<std::string> names;
    if (!names_in(from, names)) {
        return 1;
    }
    if (mkdir(to.c_str(), (st.st_mode & 0777) | 0700) != 0 && errno != EEXIST) {
        return complain(to.c_str());
    }
    int status = 0;
    for (const std::string& name : names) {
        status |= copy(from + "/" + name, to + "/" + name, o);
    }
    return status;
}

} // namespace

int copy(const std::string& from, const std::string& to, const CopyOptions& o)
{
    struct stat st;
    if ((o.recurse ? lstat(from.c_str(), &st) : stat(from.c_str(), &st)) != 0) {
        return complain(from.c_str());
    }
    if (same_file(st, to)) {
        return say("%s and %s are the same file", from.c_str(), to.c_str());
    }
    if (o.interactive && access(to.c_str(), F_OK) == 0) {
        std::fprintf(stderr, "%s: overwrite %s (y/N)? ", program, to.c_str());
        char answer[16];
        if (!std::fgets(answer, sizeof answer, stdin) || (answer[0] != 'y' && answer[0] != 'Y')) {
            return 0;
        }
    }
    if (o.verbose) {
        std::printf("%s -> %s\n", from.c_str(), to.c_str());
    }
    const int status = S_ISDIR(st.st_mode)   ? copy_directory(from, to, st, o)
                       : S_ISLNK(st.st_mode) ? copy_link(from, to)
                                             : copy_file(from, to, st, o);
    if (status == 0 && o.preserve && !S_ISLNK(st.st_mode)) {
        keep_attributes(to, st);
    }
    return status;
}

int remove_tree(const std::string& path, bool quiet_when_missing)
{
    struct stat st;
    if (lstat(path.c_str(), &st) != 0) {
        return quiet_when_missing && errno == ENOENT ? 0 : complain(path.c_str());
    }
    if (!S_ISDIR(st.st_mode)) {
        return unlink(path.c_str()) != 0 ? complain(path.c_str()) : 0;
    }
    std::vector<std::string> names;
    if (!names_in(path, names)) {
        return 1;
    }
    int status = 0;
    for (const std::string& name : names) {
        status |= remove_tree(path + "/" + name, quiet_when_missing);
    }
    return rmdir(path.c_str()) != 0 ? complain(path.c_str()) : status;
}

} // namespace util
