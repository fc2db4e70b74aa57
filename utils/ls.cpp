// SPDX-License-Identifier: Apache-2.0
// ls: lists directories.
#include <algorithm>
#include <ctime>
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - list files\n\n%C [-1AadFhilRrSt] [file...]\n"
          " -1  one name a line          -l  long form\n"
          " -A  hidden ones, not . ..    -R  subdirectories too\n"
          " -a  hidden ones too          -r  reverse order\n"
          " -d  directories themselves   -S  by size\n"
          " -F  mark types with / * @    -t  by time\n"
          " -h  sizes with K, M, G       -i  inode numbers\n")

namespace {

struct Options {
    bool one = false, almost = false, all = false, self = false, mark = false, human = false,
         inode = false, details = false, recurse = false, reverse = false, by_size = false,
         by_time = false;
} options;

struct Entry {
    std::string name, path;
    struct stat st {};
    bool known = false;
};

Entry look(const std::string& name, const std::string& path, bool follow)
{
    Entry e;
    e.name = name;
    e.path = path;
    e.known = (follow ? stat(path.c_str(), &e.st) : lstat(path.c_str(), &e.st)) == 0;
    return e;
}

bool before(const Entry& a, const Entry& b)
{
    if (options.by_time && a.st.st_mtime != b.st.st_mtime) {
        return a.st.st_mtime > b.st.st_mtime;
    }
    if (options.by_size && a.st.st_size != b.st.st_size) {
        return a.st.st_size > b.st.st_size;
    }
    return a.name < b.name;
}

void sort(std::vector<Entry>& list)
{
    std::sort(list.begin(), list.end(), before);
    if (options.reverse) {
        std::reverse(list.begin(), list.end());
    }
}

char type_letter(mode_t m)
{
    return S_ISDIR(m)    ? 'd'
           : S_ISLNK(m)  ? 'l'
           : S_ISCHR(m)  ? 'c'
           : S_ISBLK(m)  ? 'b'
           : S_ISFIFO(m) ? 'p'
           : S_ISSOCK(m) ? 's'
           : S_ISREG(m)  ? '-'
           : S_ISNAM(m)  ? 'n'
                         : '?'; // its server told no status
}

std::string mode_text(mode_t m)
{
    std::string s(1, type_letter(m));
    for (int shift = 6; shift >= 0; shift -= 3) {
        s += (m >> shift) & 4 ? 'r' : '-';
        s += (m >> shift) & 2 ? 'w' : '-';
        s += (m >> shift) & 1 ? 'x' : '-';
    }
    if (m & S_ISUID)
        s[3] = m & 0100 ? 's' : 'S';
    if (m & S_ISGID)
        s[6] = m & 0010 ? 's' : 'S';
    if (m & S_ISVTX)
        s[9] = m & 0001 ? 't' : 'T';
    return s;
}

std::string owner(uid_t uid)
{
    const passwd* pw = getpwuid(uid);
    return pw ? pw->pw_name : uid == 0 ? "root" : std::to_string(uid);
}

std::string group(gid_t gid)
{
    const struct group* gr = getgrgid(gid);
    return gr ? gr->gr_name : gid == 0 ? "root" : std::to_string(gid);
}

std::string size_text(off_t size)
{
    if (!options.human || size < 1024) {
        return std::to_string(size);
    }
    const char* unit = "KMGT";
    double value = static_cast<double>(size) / 1024;
    while (value >= 1024 && unit[1]) {
        value /= 1024;
        ++unit;
    }
    char text[24];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f%c" : "%.0f%c", value, *unit);
    return text;
}

// "Nov 22 03:14", or the year instead of the time for what is older than half a year.
std::string time_text(time_t t)
{
    char text[32];
    struct tm tm;
    localtime_r(&t, &tm);
    const time_t now = time(nullptr);
    const bool recent = t <= now && now - t < 182 * 86400;
    std::strftime(text, sizeof text, recent ? "%b %d %H:%M" : "%b %d  %Y", &tm);
    return text;
}

std::string suffix(mode_t m)
{
    if (!options.mark) {
        return "";
    }
    return S_ISDIR(m)                 ? "/"
           : S_ISLNK(m)               ? "@"
           : S_ISFIFO(m)              ? "|"
           : S_ISREG(m) && (m & 0111) ? "*"
                                      : "";
}

std::string link_text(const Entry& e)
{
    char target[1024];
    const ssize_t n = readlink(e.path.c_str(), target, sizeof target - 1);
    return n < 0 ? "" : " -> " + std::string(target, static_cast<size_t>(n));
}

void print_long(const std::vector<Entry>& list)
{
    for (const Entry& e : list) {
        if (!e.known) {
            std::printf("?????????? %s\n", e.name.c_str());
            continue;
        }
        if (options.inode) {
            std::printf("%8llu ", static_cast<unsigned long long>(e.st.st_ino));
        }
        std::printf("%s %3lu %-8s  %-8s %10s %s %s%s%s\n", mode_text(e.st.st_mode).c_str(),
                    static_cast<unsigned long>(e.st.st_nlink), owner(e.st.st_uid).c_str(),
                    group(e.st.st_gid).c_str(), size_text(e.st.st_size).c_str(),
                    time_text(e.st.st_mtime).c_str(), e.name.c_str(), suffix(e.st.st_mode).c_str(),
                    S_ISLNK(e.st.st_mode) ? link_text(e).c_str() : "");
    }
}

void print_columns(const std::vector<Entry>& list)
{
    std::vector<std::string> names;
    size_t widest = 0;
    for (const Entry& e : list) {
        std::string name = options.inode ? std::to_string(e.st.st_ino) + " " : "";
        name += e.name + (e.known ? suffix(e.st.st_mode) : "");
        widest = std::max(widest, name.size());
        names.push_back(name);
    }
    winsize size{};
    const bool terminal = isatty(STDOUT_FILENO) && !options.one;
    const size_t width =
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    const size_t columns = terminal ? std::max<size_t>(1, width / (widest + 2)) : 1;
    const size_t rows = (names.size() + columns - 1) / columns;
    for (size_t r = 0; r < rows; ++r) {
        for (size_t c = 0; c < columns && c * rows + r < names.size(); ++c) {
            const bool last = (c + 1) * rows + r >= names.size();
            std::printf("%-*s", last ? 0 : static_cast<int>(widest + 2),
                        names[c * rows + r].c_str());
        }
        std::putchar('\n');
    }
}

void print(const std::vector<Entry>& list)
{
    options.details ? print_long(list) : print_columns(list);
}

int list_directory(const std::string& path, bool title, bool& first)
{
    DIR* dir = opendir(path.c_str());
    if (!dir) {
        return util::complain(path.c_str());
    }
    std::vector<Entry> list;
    errno = 0;
    while (const dirent* d = readdir(dir)) {
        const std::string name = d->d_name;
        const bool dots = name == "." || name == "..";
        if (name[0] == '.' && !options.all && !(options.almost && !dots)) {
            continue;
        }
        list.push_back(look(name, path == "/" ? "/" + name : path + "/" + name, false));
    }
    const int error = errno;
    closedir(dir);
    if (title) {
        std::printf("%s%s:\n", first ? "" : "\n", path.c_str());
    }
    first = false;
    sort(list);
    if (options.details && error == 0) {
        std::printf("total %zu\n", list.size());
    }
    print(list);
    int status = error ? util::complain(path.c_str(), error) : 0;
    for (const Entry& e : list) {
        if (options.recurse && e.known && S_ISDIR(e.st.st_mode) && e.name != "." &&
            e.name != "..") {
            status |= list_directory(e.path, true, first);
        }
    }
    return status;
}

bool parse(int argc, char* argv[])
{
    for (int c; (c = getopt(argc, argv, "1AadFhilRrSt")) != -1;) {
        switch (c) {
        case '1':
            options.one = true;
            break;
        case 'A':
            options.almost = true;
            break;
        case 'a':
            options.all = true;
            break;
        case 'd':
            options.self = true;
            break;
        case 'F':
            options.mark = true;
            break;
        case 'h':
            options.human = true;
            break;
        case 'i':
            options.inode = true;
            break;
        case 'l':
            options.details = true;
            break;
        case 'R':
            options.recurse = true;
            break;
        case 'r':
            options.reverse = true;
            break;
        case 'S':
            options.by_size = true;
            break;
        case 't':
            options.by_time = true;
            break;
        default:
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse(argc, argv)) {
        return EXIT_FAILURE;
    }
    std::vector<Entry> files, directories;
    int status = 0;
    for (int i = optind; i < argc || (i == optind && argc == optind); ++i) {
        const char* name = i < argc ? argv[i] : ".";
        Entry e = look(name, name, !options.details && !options.self);
        if (!e.known) {
            e = look(name, name, false); // a link that leads nowhere
        }
        if (!e.known) {
            status = util::complain(name);
        } else {
            (S_ISDIR(e.st.st_mode) && !options.self ? directories : files).push_back(e);
        }
    }
    sort(files);
    sort(directories);
    if (!files.empty()) {
        print(files);
    }
    bool first = files.empty();
    const bool title = options.recurse || directories.size() + files.size() > 1;
    for (const Entry& e : directories) {
        status |= list_directory(e.path, title, first);
    }
    return util::finish(status);
}
