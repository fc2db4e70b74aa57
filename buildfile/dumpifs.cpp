// SPDX-License-Identifier: Apache-2.0
// dumpifs: lists and extracts images.
#include "digest.hpp"
#include "image_reader.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace buildfile;
namespace fs = std::filesystem;

const char* const usage = "dumpifs [-bmvxz] [-d dir] [-f file] [-u file] image [files]\n"
                          " -b       extract under base names only\n"
                          " -d dir   extract into this directory\n"
                          " -f file  extract this file only; repeatable\n"
                          " -m       show each file's MD5\n"
                          " -u file  write a copy of the image here, unpacked\n"
                          " -v       owner, mode, inode and time; twice: the startup script; three "
                          "times: SHA-512 and cksum\n"
                          " -x       extract\n"
                          " -z       do not unpack: show a compressed image as it is stored\n"
                          " image '-' is stdin\n";

struct Options {
    bool basenames = false;
    bool extract = false;
    bool md5 = false;
    bool as_stored = false;
    std::string unpacked; // -u
    unsigned verbose = 0;
    std::string dir = ".";
    std::string image;
    std::vector<std::string> files;
};

Options parse_command_line(int argc, char** argv)
{
    Options options;
    for (int option; (option = getopt(argc, argv, "bd:f:mu:vxz")) != -1;) {
        switch (option) {
        case 'b':
            options.basenames = true;
            break;
        case 'd':
            options.dir = optarg;
            break;
        case 'f':
            options.files.push_back(optarg);
            options.extract = true;
            break;
        case 'v':
            ++options.verbose;
            break;
        case 'm':
            options.md5 = true;
            break;
        case 'u':
            options.unpacked = optarg;
            break;
        case 'x':
            options.extract = true;
            break;
        case 'z':
            options.as_stored = true;
            break;
        default:
            throw std::runtime_error("");
        }
    }
    if (optind >= argc) {
        throw std::runtime_error("no image given");
    }
    options.image = argv[optind++];
    options.files.insert(options.files.end(), argv + optind, argv + argc);
    return options;
}

class Listing {
public:
    Listing(const ReadImage& image, const Options& options) : image_(image), options_(options) {}

    void print()
    {
        if (image_.packed_size) {
            std::printf("Decompressed %llu bytes-> %llu bytes\n",
                        static_cast<unsigned long long>(image_.packed_size),
                        static_cast<unsigned long long>(image_.fs.size()));
        }
        std::printf("  Offset     Size  %sName\n",
                    options_.md5 ? "MD5                               " : "");
        if (image_.startup) {
            startup();
        }
        if (options_.as_stored && image_.packed_size) {
            row(base(), image_.packed_size, "Compressed image");
        } else {
            image_file_system();
        }
        checksums();
    }

private:
    int64_t base() const { return static_cast<int64_t>(image_.fs_offset); }

    // size < 0: not applicable
    void row(int64_t offset, int64_t size, const std::string& name, const std::string& md5 = "")
    {
        auto column = [](int64_t value) {
            value < 0 ? std::printf("    ---- ")
                      : std::printf("%8llx ", static_cast<unsigned long long>(value));
        };
        column(offset);
        column(size);
        std::printf(options_.md5 ? " %-32s  " : " %.0s", md5.c_str());
        std::printf("%s\n", name.c_str());
    }
    void row(int64_t offset, uint64_t size, const std::string& name)
    {
        row(offset, static_cast<int64_t>(size), name);
    }

    void startup()
    {
        const startup_header& header = *image_.startup;
        if (image_.region) {
            row(-1, image_.region, "*.boot");
        }
        char text[96];
        std::snprintf(text, sizeof(text), "Startup-header flags1=%#x flags2=%#x paddr_bias=%#x",
                      header.flags1, header.flags2, header.paddr_bias);
        row(0, uint64_t{header.header_size}, text);
        if (options_.verbose) {
            std::printf(
                "                       preboot_size=%#x image_paddr=%#x stored_size=%#x\n"
                "                       startup_size=%#x imagefs_size=%#x imagefs_paddr=%#x\n"
                "                       ram_paddr=%#x ram_size=%#x startup_vaddr=%#x\n",
                header.preboot_size, header.image_paddr, header.stored_size, header.startup_size,
                header.imagefs_size, header.imagefs_paddr, header.ram_paddr, header.ram_size,
                header.startup_vaddr);
        }
        row(header.header_size, uint64_t{header.startup_size} - header.header_size - 4,
            "startup.*");
    }

    void header_details()
    {
        const image_header& header = image_.header;
        std::printf("                       flags=%#x script=%u boot=%u,%u,%u,%u mntflg=%#x",
                    header.flags, header.script_ino, header.boot_ino[0], header.boot_ino[1],
                    header.boot_ino[2], header.boot_ino[3], header.mountflags);
        if (header.chain_paddr) {
            std::printf(" chain=%#x", header.chain_paddr);
        }
        std::printf("\n");
        for (const BootRecord& record : image_.boot) {
            std::printf("                      ");
            for (const auto& strings : {record.env, record.argv}) {
                for (const std::string& text : strings) {
                    std::printf(" %s", text.c_str());
                }
            }
            std::printf("\n");
        }
    }

    void image_file_system()
    {
        const image_header& header = image_.header;
        row(base(), uint64_t{header.dir_offset}, "Image-header mountpoint=" + image_.mount);
        if (options_.verbose) {
            header_details();
        }
        row(base() + header.dir_offset, uint64_t{header.hdr_dir_size} - header.dir_offset,
            "Image-directory");
        for (const ReadEntry& entry : image_.entries) {
            entry_rows(entry);
        }
    }

    void entry_rows(const ReadEntry& entry)
    {
        if (S_ISLNK(entry.mode)) {
            row(-1, entry.size, entry.path + " -> " + entry.text);
        } else if (S_ISREG(entry.mode)) {
            row(base() + static_cast<int64_t>(entry.offset), static_cast<int64_t>(entry.size),
                entry.path, options_.md5 ? digest(Digest::md5, read_content(image_, entry)) : "");
        } else {
            row(-1, int64_t{-1}, entry.path.empty() ? "Root-dirent" : entry.path);
        }
        if (options_.verbose) {
            details(entry);
        }
        if (options_.verbose > 1 && S_ISREG(entry.mode) && entry.ino == image_.header.script_ino) {
            for (const std::string& line : describe_script(read_content(image_, entry))) {
                std::printf("                       %s\n", line.c_str());
            }
        }
    }

    void details(const ReadEntry& entry)
    {
        time_t time = entry.mtime;
        char text[32];
        std::strftime(text, sizeof(text), "%Y-%m-%d-%H:%M:%S", std::gmtime(&time));
        std::printf("                       gid=%u uid=%u mode=%04o ino=%u mtime=%s\n", entry.gid,
                    entry.uid, entry.mode & 07777, entry.ino, text);
    }

    void checksums()
    {
        std::printf("Checksums: image=%#010x%s", image_.image_cksum,
                    image_.image_sum_good ? "" : " (bad)");
        if (image_.startup) {
            std::printf(" startup=%#010x%s", image_.startup_cksum,
                        image_.startup_sum_good ? "" : " (bad)");
        }
        std::printf("\n");
        if (options_.verbose > 2) {
            std::printf("Image SHA512=%s\nImage cksum=%u\n",
                        digest(Digest::sha512, image_.fs).c_str(), posix_cksum(image_.fs));
        }
    }

    const ReadImage& image_;
    const Options& options_;
};

bool wanted(const Options& options, const ReadEntry& entry)
{
    return options.files.empty() ||
           std::any_of(options.files.begin(), options.files.end(), [&](const std::string& name) {
               return name == entry.path || name == "/" + entry.path ||
                      name == entry.path.substr(entry.path.rfind('/') + 1);
           });
}

void write_file(const fs::path& target, const Bytes& content)
{
    if (fs::is_symlink(target)) {
        fs::remove(target); // a file must not be written through a link an earlier run has made
    }
    std::ofstream out(target, std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
        throw std::runtime_error("cannot write " + target.string());
    }
}

// Path parts come from a file that is not trusted: nothing may leave the target directory.
fs::path safe_path(const Options& options, const std::string& path)
{
    fs::path relative = options.basenames ? fs::path(path).filename() : fs::path(path);
    for (const auto& part : relative) {
        if (part == ".." || relative.is_absolute()) {
            throw std::runtime_error("the image holds an unsafe path: " + path);
        }
    }
    return fs::path(options.dir) / relative;
}

void extract(const ReadImage& image, const Options& options)
{
    std::vector<std::pair<fs::path, std::string>>
        links; // made last: a file must not be written through one
    for (const ReadEntry& entry : image.entries) {
        if (entry.path.empty() || !wanted(options, entry)) {
            continue;
        }
        fs::path target = safe_path(options, entry.path);
        if (S_ISDIR(entry.mode)) {
            if (!options.basenames) {
                fs::create_directories(target);
            }
            continue;
        }
        if (S_ISFIFO(entry.mode)) {
            continue; // nothing to extract
        }
        fs::create_directories(target.parent_path());
        if (S_ISLNK(entry.mode)) {
            links.emplace_back(target, entry.text);
            continue;
        }
        write_file(target, read_content(image, entry));
        chmod(target.c_str(), entry.mode & 0777);
    }
    for (const auto& [target, text] : links) {
        fs::remove(target);
        fs::create_symlink(text, target);
    }
}

Bytes read_all(const std::string& name)
{
    std::ifstream file;
    if (name != "-") {
        file.open(name, std::ios::binary);
        if (!file || fs::is_directory(name)) {
            throw std::runtime_error("cannot open " + name);
        }
    }
    std::istream& in = name == "-" ? std::cin : file;
    return Bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

int run(const Options& options)
{
    Bytes file = read_all(options.image);
    ReadImage image = read_image(file);
    if (!options.unpacked.empty()) {
        write_file(options.unpacked, uncompressed_file(file, image));
    }
    if (options.extract) {
        extract(image, options);
    } else if (options.unpacked.empty() || options.verbose) {
        Listing(image, options).print();
    }
    return image.image_sum_good && image.startup_sum_good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(parse_command_line(argc, argv));
    } catch (const std::exception& problem) {
        if (*problem.what()) {
            std::cerr << "dumpifs: error: " << problem.what() << "\n";
        }
        std::cerr << usage;
        return 1;
    }
}
