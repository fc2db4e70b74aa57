// SPDX-License-Identifier: Apache-2.0
// The path-name space seen by clients: who is asked for a name, in which order, and what folders and links show.
#include "path_server.hpp"
#include "tap.hpp"

#include <abi/proc_msg.h>
#include <abi/usage.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/pathmgr.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - path-name space test\n"
          "%C\n");

namespace {

PathServer a, b;

/// Who answers for the path: 'A', 'B', or 0 with errno.
char owner(const char* path)
{
    char letter = 0;
    const int fd = open(path, O_RDONLY);
    if (fd == -1)
        return 0;
    const bool good = read(fd, &letter, 1) == 1;
    close(fd);
    return good ? letter : '?';
}

/// The names of a folder, sorted by nothing: in the order they came, with a space after each.
bool listing_is(const char* path, const char* expected)
{
    char text[256] = "";
    DIR* dir = opendir(path);
    if (!dir)
        return false;
    while (const dirent* entry = readdir(dir)) {
        strcat(text, entry->d_name);
        strcat(text, " ");
    }
    closedir(dir);
    if (strcmp(text, expected) != 0)
        printf("# %s: %s\n", path, text);
    return strcmp(text, expected) == 0;
}

bool match_is_by_component()
{
    const int dir = a.attach("/pt/ser", PATH_FLAG_DIR);
    CHECK(dir > 0);
    CHECK(owner("/pt/ser1") == 0 && errno == ENOENT);
    CHECK(owner("/pt/ser/x/y") == 'A' && a.last_path_is("x/y"));
    CHECK(owner("/pt/ser") == 'A' && a.last_path_is(""));
    CHECK(a.detach(dir));
    const int file = a.attach("/pt/ser", 0);
    CHECK(file > 0);
    CHECK(owner("/pt/ser/x") == 0 && errno == ENOENT); // not a directory: only the name itself
    CHECK(owner("/pt/ser") == 'A');
    CHECK(a.detach(file));
    return owner("/pt/ser") == 0 && errno == ENOENT;
}

// The example of "Resolving pathnames": a file system at the top, devices below it.
bool longest_match_wins()
{
    const int top = a.attach("/pt", PATH_FLAG_DIR);
    const int ser1 = b.attach("/pt/dev/ser1", 0), ser2 = b.attach("/pt/dev/ser2", 0);
    const int disk = b.attach("/pt/dev/hd0", PATH_FLAG_DIR);
    CHECK(top > 0 && ser1 > 0 && ser2 > 0 && disk > 0);
    CHECK(owner("/pt/dev/ser1") == 'B');
    CHECK(owner("/pt/dev/ser2") == 'B');
    CHECK(owner("/pt/dev/ser") == 'A' && a.last_path_is("dev/ser"));
    CHECK(owner("/pt/dev/hd0/part") == 'B' && b.last_path_is("part"));
    CHECK(owner("/pt/usr/home/test") == 'A' && a.last_path_is("usr/home/test"));
    CHECK(owner("/pt/dev/ser1/x") == 'A'); // the device is no directory
    return a.detach(top) && b.detach(ser1) && b.detach(ser2) && b.detach(disk);
}

bool refusals_go_on()
{
    const int top = a.attach("/pt", PATH_FLAG_DIR), sub = b.attach("/pt/sub", PATH_FLAG_DIR);
    CHECK(b.refuse(ENOENT) && owner("/pt/sub/x") == 'A' && a.last_path_is("sub/x"));
    CHECK(b.refuse(ENOSYS) && owner("/pt/sub/x") == 'A');
    CHECK(b.refuse(EACCES) && owner("/pt/sub/x") == 0 && errno == EACCES);
    CHECK(b.detach(sub));
    const int opaque = b.attach("/pt/sub", PATH_FLAG_DIR | PATH_FLAG_OPAQUE);
    CHECK(b.refuse(ENOENT) && owner("/pt/sub/x") == 0 && errno == ENOENT);
    CHECK(owner("/pt/other") == 'A');
    return b.refuse(0) && a.detach(top) && b.detach(opaque);
}

bool order_on_one_name()
{
    const int older = a.attach("/pt", PATH_FLAG_DIR);
    int newer = b.attach("/pt", PATH_FLAG_DIR);
    CHECK(owner("/pt/x") == 'B'); // newest first
    CHECK(b.detach(newer));
    newer = b.attach("/pt", PATH_FLAG_DIR | PATH_FLAG_AFTER);
    CHECK(owner("/pt/x") == 'A');
    CHECK(a.refuse(ENOENT) && owner("/pt/x") == 'B');
    CHECK(a.refuse(0) && a.detach(older));
    const int before = a.attach("/pt", PATH_FLAG_DIR | PATH_FLAG_BEFORE);
    CHECK(b.detach(newer));
    newer = b.attach("/pt", PATH_FLAG_DIR);
    CHECK(owner("/pt/x") == 'A'); // attached before, asked before
    return a.detach(before) && b.detach(newer);
}

bool exclusive_names()
{
    const int first = a.attach("/pt/e", PATH_FLAG_EXCLUSIVE);
    CHECK(first > 0);
    CHECK(b.attach("/pt/e", 0) == -EEXIST);
    const int above = b.attach("/pt", PATH_FLAG_DIR), below = b.attach("/pt/e/x", 0);
    CHECK(above > 0 && below > 0);
    CHECK(a.detach(first));
    const int plain = a.attach("/pt/e", 0);
    CHECK(plain > 0 && b.attach("/pt/e", PATH_FLAG_EXCLUSIVE) == -EEXIST);
    return a.detach(plain) && b.detach(above) && b.detach(below);
}

bool own_names_are_skipped()
{
    const int before = a.resolve("/pt/self");
    int id = a.attach("/pt/self", 0);
    CHECK(a.resolve("/pt/self") == before);
    CHECK(a.detach(id));
    id = a.attach("/pt/self", PATH_FLAG_SELF);
    CHECK(a.resolve("/pt/self") == before + 1);
    return a.detach(id);
}

bool file_types()
{
    const int id = a.attach("/pt/q", 0, _FTYPE_MQUEUE);
    CHECK(owner("/pt/q") == 'A'); // open() asks for any type
    CHECK(a.detach(id));
    const int only = a.attach("/pt/q", PATH_FLAG_FTYPEONLY, _FTYPE_MQUEUE);
    CHECK(owner("/pt/q") == 0 && errno == ENOENT);
    return a.detach(only);
}

bool stat_is_one_message()
{
    struct stat info;
    const int id = a.attach("/pt/s", 0);
    a.messages();
    CHECK(stat("/pt/s", &info) == 0 && info.st_ino == 'A');
    CHECK(a.messages() == 1);
    CHECK(access("/pt/s", R_OK) == 0);
    CHECK(a.messages() == 1);
    CHECK(chmod("/pt/s", 0600) == 0);
    CHECK(a.messages() == 1);
    CHECK(owner("/pt/s") == 'A');
    CHECK(a.messages() == 3); // open, read, close
    return a.detach(id);
}

bool folders_are_merged()
{
    const int first = a.attach("/pt", PATH_FLAG_DIR), second = b.attach("/pt", PATH_FLAG_DIR);
    CHECK(a.names(". .. one both") && b.names(". .. both two"));
    CHECK(listing_is("/pt", ". .. both two one "));
    DIR* dir = opendir("/pt");
    CHECK(dir != nullptr);
    for (int i = 0; i < 3; ++i)
        CHECK(readdir(dir) != nullptr);
    const long place = telldir(dir);
    CHECK(strcmp(readdir(dir)->d_name, "two") == 0 && strcmp(readdir(dir)->d_name, "one") == 0);
    CHECK(readdir(dir) == nullptr);
    seekdir(dir, place);
    CHECK(strcmp(readdir(dir)->d_name, "two") == 0);
    rewinddir(dir);
    CHECK(strcmp(readdir(dir)->d_name, ".") == 0);
    CHECK(closedir(dir) == 0);
    CHECK(b.refuse(ENOENT) && listing_is("/pt", ". .. one both "));
    CHECK(b.refuse(0) && b.detach(second));
    // below a folder that a server has, names of others show as well
    const int below = b.attach("/pt/below", 0);
    CHECK(listing_is("/pt", ". .. one both below "));
    CHECK(a.names("") && b.names(""));
    return a.detach(first) && b.detach(below);
}

bool mount_tree()
{
    char claim[64], path[128];
    const int id = a.attach("/pt/m", 0, _FTYPE_FILE);
    snprintf(claim, sizeof claim, "0,%d,%d,7,%d", a.pid(), a.chid(), _FTYPE_FILE);
    snprintf(path, sizeof path, ". .. %s ", claim);
    CHECK(listing_is("/proc/mount/pt/m", path));
    CHECK(listing_is("/proc/mount/pt", ". .. m "));
    struct stat info;
    snprintf(path, sizeof path, "/proc/mount/pt/m/%s", claim);
    CHECK(stat(path, &info) == 0 && S_ISREG(info.st_mode));
    CHECK(stat("/proc/mount/pt/m/0,1,1,1,1", &info) == -1 && errno == ENOENT);
    CHECK(a.detach(id));
    CHECK(stat("/proc/mount/pt", &info) == -1 && errno == ENOENT);
    DIR* dir = opendir("/proc"); // hidden there
    for (const dirent* entry; (entry = readdir(dir));)
        CHECK(strcmp(entry->d_name, "mount") != 0);
    return closedir(dir) == 0;
}

bool links_are_made_once()
{
    constexpr int makers = 4;
    int made = 0;
    pid_t pids[makers];
    for (pid_t& pid : pids) {
        pid = fork();
        if (pid == 0)
            _exit(pathmgr_symlink("/tmp", "/pt-link") == 0 ? 1 : errno == EEXIST ? 0 : 2);
    }
    for (const pid_t pid : pids) {
        int status = 0;
        CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) < 2);
        made += WEXITSTATUS(status);
    }
    return made == 1 && pathmgr_unlink("/pt-link") == 0;
}

bool dots_after_links()
{
    struct stat info;
    char cwd[128];
    mkdir("/tmp/pt", 0755);
    CHECK(mkdir("/tmp/pt/deep", 0755) == 0);
    CHECK(symlink("/tmp/pt/deep", "/tmp/pt-link") == 0);
    CHECK(pathmgr_symlink("/tmp/pt/deep", "/pt-own-link") == 0);
    const int fd = open("/tmp/pt/file", O_WRONLY | O_CREAT, 0644);
    CHECK(fd != -1 && close(fd) == 0);
    CHECK(stat("/tmp/pt-link/../file", &info) == 0);
    CHECK(stat("/pt-own-link/../file", &info) == 0);
    CHECK(stat("/tmp/pt-link/../../pt/deep/../file", &info) == 0);
    CHECK(stat("/tmp/nothing/../pt", &info) == -1 && errno == ENOENT);
    CHECK(stat("/tmp/pt/file/../file", &info) == -1 && errno == ENOTDIR);
    CHECK(stat("/../tmp/pt/file", &info) == 0);
    CHECK(chdir("/tmp/pt-link") == 0 && getcwd(cwd, sizeof cwd) != nullptr);
    CHECK(strcmp(cwd, "/tmp/pt/deep") == 0);
    CHECK(stat("../file", &info) == 0);
    CHECK(symlink("x/../loop", "/tmp/pt/loop") == 0 && stat("/tmp/pt/loop/y", &info) == -1);
    CHECK(chdir("/") == 0 && unlink("/tmp/pt/loop") == 0 && unlink("/tmp/pt/file") == 0);
    CHECK(unlink("/tmp/pt-link") == 0 && pathmgr_unlink("/pt-own-link") == 0);
    return rmdir("/tmp/pt/deep") == 0 && rmdir("/tmp/pt") == 0;
}

bool device_numbers()
{
    static const char* const names[] = {"/dev",      "/dev/ser1",  "/tmp",      "/dev/slog",
                                        "/dev/null", "/dev/shmem", "/proc/boot"};
    struct stat seen[sizeof names / sizeof *names]{};
    for (unsigned i = 0; i < sizeof names / sizeof *names; ++i) {
        CHECK(stat(names[i], &seen[i]) == 0 && seen[i].st_dev != 0);
        for (unsigned j = 0; j < i; ++j) {
            if (seen[i].st_dev == seen[j].st_dev && seen[i].st_ino == seen[j].st_ino)
                printf("# %s and %s\n", names[i], names[j]);
            CHECK(seen[i].st_dev != seen[j].st_dev || seen[i].st_ino != seen[j].st_ino);
        }
    }
    const int fd = open("/dev/ser1", O_RDONLY | O_NOCTTY);
    struct stat opened {};
    CHECK(fd >= 0 && fstat(fd, &opened) == 0 && close(fd) == 0);
    return opened.st_dev == seen[1].st_dev && opened.st_ino == seen[1].st_ino;
}

const TapTest tests[] = {
    {"PATH-0101 names match by component", match_is_by_component},
    {"PATH-0102 the longest name wins", longest_match_wins},
    {"PATH-0103 who does not have it passes on, OPAQUE does not", refusals_go_on},
    {"PATH-0104 newest first, BEFORE, AFTER", order_on_one_name},
    {"PATH-0105 EXCLUSIVE names", exclusive_names},
    {"PATH-0106 one's own names only with SELF", own_names_are_skipped},
    {"PATH-0107 file types", file_types},
    {"PATH-0108 stat() is one message", stat_is_one_message},
    {"PATH-0109 a folder of several servers is read as one", folders_are_merged},
    {"PATH-0110 /proc/mount shows the claims", mount_tree},
    {"PATH-0111 a link is made once", links_are_made_once},
    {"PATH-0112 dots after links lead to the real parent", dots_after_links},
    {"PATH-0113 every server's names have a device number of their own", device_numbers},
};

} // namespace

int main()
{
    const bool ready = a.start('A') && b.start('B');
    const int status = ready ? run_tests(tests) : 1;
    a.stop();
    b.stop();
    return status;
}
