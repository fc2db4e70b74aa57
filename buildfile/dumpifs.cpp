// SPDX-License-Identifier: Apache-2.0
// dumpifs: lists and extracts images.
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

const char* const usage = "dumpifs [-bvx] [-d dir] [-f file] image [files]\n"
                          " -b       extract under base names only\n"
                          " -d dir   extract into this directory\n"
                          " -f file  extract this file only; repeatable\n"
                          " -v       owner, mode, inode and time; twice: the startup script\n"
                          " -x       extract\n";

struct Options {
    bool basenames = false;
    bool extract = false;
    unsigned verbose = 0;
    std::string dir = ".";
    std::string image;
    std::vector<std::string> files;
};

Options parse_command_line(int argc, char** argv)
{
    Options options;
    for (int option; (option = getopt(argc, argv, "bd:f:vx")) != -1;) {
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
        case 'x':
            options.extract = true;
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

void row(int64_t offset, uint64_t size, const std::string& name)
{
    if (offset < 0) {
        std::printf("    ---- ");
    } else {
        std::printf("%8llx ", static_cast<unsigned long long>(offset));
    }
    std::printf("%8llx  %s\n", static_cast<unsigned long long>(size), name.c_str());
}

void no_size_row(const std::string& name)
{
    std::printf("    ----     ----  %s\n", name.c_str());
}

void print_details(const ReadEntry& entry)
{
    time_t time = entry.mtime;
    char text[32];
    std::strftime(text, sizeof(text), "%Y-%m-%d-%H:%M:%S", std::gmtime(&time));
    std::printf("                       gid=%u uid=%u mode=%04o ino=%u mtime=%s\n", entry.gid,
                entry.uid, entry.mode & 07777, entry.ino, text);
}

void print_startup(const ReadImage& image, unsigned verbose)
{
    const startup_header& header = *image.startup;
    if (image.region) {
        row(-1, image.region, "*.boot");
    }
    char text[96];
    std::snprintf(text, sizeof(text), "Startup-header flags1=%#x flags2=%#x paddr_bias=%#x",
                  header.flags1, header.flags2, header.paddr_bias);
    row(0, header.header_size, text);
    if (verbose) {
        std::printf("                       image_paddr=%#x imagefs_paddr=%#x imagefs_size=%#x "
                    "stored_size=%#x\n"
                    "                       startup_size=%#x startup_vaddr=%#x ram_paddr=%#x "
                    "ram_size=%#x\n",
                    header.image_paddr, header.imagefs_paddr, header.imagefs_size,
                    header.stored_size, header.startup_size, header.startup_vaddr, header.ram_paddr,
                    header.ram_size);
    }
    row(header.header_size, header.startup_size - header.header_size - 4, "startup.*");
}

void print_script(const Bytes& file, const ReadImage& image, const ReadEntry& entry)
{
    for (const std::string& line : describe_script(read_content(file, image, entry))) {
        std::printf("                       %s\n", line.c_str());
    }
}

void list(const Bytes& file, const ReadImage& image, unsigned verbose)
{
    std::printf("  Offset     Size  Name\n");
    if (image.startup) {
        print_startup(image, verbose);
    }
    auto base = static_cast<int64_t>(image.imagefs - image.region);
    row(base, image.header.dir_offset, "Image-header mountpoint=" + image.mount);
    if (verbose) {
        std::printf("                       flags=%#x script=%u boot=%u,%u,%u,%u mntflg=%#x\n",
                    image.header.flags, image.header.script_ino, image.header.boot_ino[0],
                    image.header.boot_ino[1], image.header.boot_ino[2], image.header.boot_ino[3],
                    image.header.mountflags);
        for (const BootRecord& record : image.boot) {
            std::printf("                      ");
            for (const auto& strings : {record.env, record.argv}) {
                for (const std::string& text : strings) {
                    std::printf(" %s", text.c_str());
                }
            }
            std::printf("\n");
        }
    }
    row(base + image.header.dir_offset, image.header.hdr_dir_size - image.header.dir_offset,
        "Image-directory");
    for (const ReadEntry& entry : image.entries) {
        if (S_ISDIR(entry.mode)) {
            no_size_row(entry.path.empty() ? "Root-dirent" : entry.path);
        } else if (S_ISLNK(entry.mode)) {
            row(-1, entry.size, entry.path + " -> " + entry.text);
        } else {
            row(base + static_cast<int64_t>(entry.offset), entry.size, entry.path);
        }
        if (verbose) {
            print_details(entry);
        }
        if (verbose > 1 && entry.ino == image.header.script_ino) {
            print_script(file, image, entry);
        }
    }
    std::printf("Checksums: image=%#010x%s", image.image_cksum,
                image.image_sum_good ? "" : " (bad)");
    if (image.startup) {
        std::printf(" startup=%#010x%s", image.startup_cksum,
                    image.startup_sum_good ? "" : " (bad)");
    }
    std::printf("\n");
}

bool wanted(const Options& options, const ReadEntry& entry)
{
    return options.files.empty() ||
           std::any_of(options.files.begin(), options.files.end(), [&](const std::string& name) {
               return name == entry.path || name == "/" + entry.path ||
                      name == entry.path.substr(entry.path.rfind('/') + 1);
           });
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

void extract(const Bytes& file, const ReadImage& image, const Options& options)
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
        fs::create_directories(target.parent_path());
        if (S_ISLNK(entry.mode)) {
            links.emplace_back(target, entry.text);
            continue;
        }
        Bytes content = read_content(file, image, entry);
        std::ofstream out(target, std::ios::binary);
        out.write(reinterpret_cast<const char*>(content.data()),
                  static_cast<std::streamsize>(content.size()));
        out.close();
        if (!out) {
            throw std::runtime_error("cannot write " + target.string());
        }
        chmod(target.c_str(), entry.mode & 0777);
    }
    for (const auto& [target, text] : links) {
        fs::remove(target);
        fs::create_symlink(text, target);
    }
}

int run(const Options& options)
{
    std::ifstream in(options.image, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot open " + options.image);
    }
    Bytes file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    ReadImage image = read_image(file);
    if (options.extract) {
        extract(file, image, options);
    } else {
        list(file, image, options.verbose);
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
