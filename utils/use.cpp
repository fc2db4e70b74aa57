// SPDX-License-Identifier: Apache-2.0
// use: prints the usage text that lies inside a program, in its ELF section QNX_usage.
#include <elf.h>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <abi/usage.h>

#include "lib/util.hpp"

QNX_USAGE("%C - print a program's usage message\n\n%C file...\nFiles without a slash are looked "
          "for on PATH and LD_LIBRARY_PATH.\n")

namespace {

std::string find_on(const char* variable, const char* fallback, const std::string& name)
{
    const char* value = getenv(variable);
    const std::string list = value ? value : fallback;
    for (size_t begin = 0; begin <= list.size();) {
        size_t end = list.find(':', begin);
        end = end == std::string::npos ? list.size() : end;
        const std::string path = list.substr(begin, end - begin) + "/" + name;
        struct stat st;
        if (stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
            return path;
        }
        begin = end + 1;
    }
    return "";
}

bool read_at(int fd, uint64_t offset, void* data, size_t n)
{
    return pread(fd, data, n, static_cast<off_t>(offset)) == static_cast<ssize_t>(n);
}

enum class Found { yes, no, no_elf };

Found usage_text(int fd, std::string& text)
{
    Elf64_Ehdr header;
    if (!read_at(fd, 0, &header, sizeof header) ||
        std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64) {
        return Found::no_elf;
    }
    if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
        header.e_shstrndx >= header.e_shnum) {
        return Found::no;
    }
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    if (!read_at(fd, header.e_shoff, sections.data(), sections.size() * sizeof sections[0])) {
        return Found::no;
    }
    constexpr uint64_t most = 64 * 1024;
    for (const Elf64_Shdr& s : sections) {
        char name[sizeof ABI_USAGE_SECTION] = "";
        read_at(fd, sections[header.e_shstrndx].sh_offset + s.sh_name, name, sizeof name);
        if (std::memcmp(name, ABI_USAGE_SECTION, sizeof name) == 0 && s.sh_size > 0 &&
            s.sh_size <= most) {
            text.resize(s.sh_size);
            return read_at(fd, s.sh_offset, text.data(), text.size()) ? Found::yes : Found::no;
        }
    }
    return Found::no;
}

void print(const std::string& text, const char* name)
{
    for (size_t i = 0; i < text.size() && text[i]; ++i) {
        if (text[i] == '%' && i + 1 < text.size() && (text[i + 1] == 'C' || text[i + 1] == '%')) {
            std::fputs(text[++i] == 'C' ? name : "%", stdout);
        } else {
            std::putchar(text[i]);
        }
    }
}

int use(const char* file)
{
    std::string path = file;
    if (path.find('/') == std::string::npos) {
        path = find_on("PATH", "/proc/boot:/bin:/usr/bin:/sbin:/usr/sbin", file);
        path = path.empty() ? find_on("LD_LIBRARY_PATH", "/proc/boot:/lib:/usr/lib:/lib/dll", file)
                            : path;
        path = path.empty() ? file : path;
    }
    const int fd = open(path.c_str(), O_RDONLY);
    if (fd < 0) {
        return util::complain(file);
    }
    std::string text;
    const Found found = usage_text(fd, text);
    close(fd);
    if (found != Found::yes) {
        return util::say(found == Found::no ? "No usage available in %s." : "%s: not an ELF file",
                         file);
    }
    const char* slash = std::strrchr(file, '/');
    print(text, slash ? slash + 1 : file);
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (argc < 2) {
        return util::say("usage: %s file...", util::program);
    }
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        status |= use(argv[i]);
    }
    return util::finish(status);
}
