// SPDX-License-Identifier: Apache-2.0
// mkifs: the command line. Writes the image to a temporary file first, so that a failed run leaves nothing.
#include "collector.hpp"
#include "layout.hpp"
#include "parser.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace buildfile;

const char* const usage = "mkifs [-?] [-a suffix] [-h] [-l line] [-n[n]] [-o dir] [-p patchfile] "
                          "[-r root]... [-s section]...\n"
                          "      [-v...] [buildfile] [directory] [output]\n"
                          " -a suffix   appended to the .sym files of +keeplinked\n"
                          " -l line     taken as buildfile input before the buildfile; repeatable\n"
                          " -n, -nn     modification time 0 for inline files, for all files\n"
                          " -o dir      directory for .sym files\n"
                          " -p file     patch file: type:path:pattern:uid:gid:perms lines\n"
                          " -r root     look in root/${PROCESSOR}/... first; repeatable\n"
                          " -s section  ELF section that is not stripped; repeatable\n"
                          " -v          list what goes into the image\n"
                          " buildfile or output '-' is stdin or stdout\n";

struct CommandLineArgs {
    Options options;
    std::string lines; // -l
    std::string buildfile = "-";
    std::string directory;
    std::string output = "-";
};

std::string read_stream(std::istream& in)
{
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// mkifs [buildfile] [directory] [output]: two names are buildfile and output.
void take_names(CommandLineArgs& args, char** names, int count)
{
    if (count > 3) {
        throw std::runtime_error("too many arguments");
    }
    if (count > 0) {
        args.buildfile = names[0];
    }
    if (count == 3) {
        args.directory = names[1];
    }
    if (count > 1) {
        args.output = names[count - 1];
        struct stat status {};
        if (count == 2 && stat(names[1], &status) == 0 && S_ISDIR(status.st_mode)) {
            args.directory = names[1];
            args.output = "-";
        }
    }
}

CommandLineArgs parse_command_line(int argc, char** argv)
{
    CommandLineArgs args;
    for (int option; (option = getopt(argc, argv, "?a:hl:no:p:r:s:v")) != -1;) {
        switch (option) {
        case 'a':
            args.options.sym_suffix = optarg;
            break;
        case 'h':
            break;
        case 'l':
            args.lines += std::string(optarg) + "\n";
            break;
        case 'n':
            ++args.options.zero_mtime;
            break;
        case 'o':
            args.options.by_products = optarg;
            break;
        case 'p':
            args.options.patch_file = optarg;
            break;
        case 'r':
            args.options.roots.push_back(optarg);
            break;
        case 's':
            args.options.keep_sections.push_back(optarg);
            break;
        case 'v':
            ++args.options.verbose;
            break;
        default:
            throw std::runtime_error("");
        }
    }
    take_names(args, argv + optind, argc - optind);
    return args;
}

void write_output(const std::string& path, const Bytes& bytes)
{
    if (path == "-") {
        std::cout.write(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<std::streamsize>(bytes.size()));
        std::cout.flush();
        if (!std::cout) {
            throw std::runtime_error("cannot write to standard output");
        }
        return;
    }
    std::string temporary = path + ".tmp" + std::to_string(getpid());
    std::ofstream out(temporary, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
        std::string reason = std::strerror(errno);
        std::remove(temporary.c_str());
        throw std::runtime_error("cannot write '" + path + "': " + reason);
    }
}

void print_rows(std::ostream& out, const std::vector<LayoutRow>& rows)
{
    out << "  Offset     Size  Name\n";
    for (const LayoutRow& row : rows) {
        char line[64];
        if (row.offset < 0) {
            std::snprintf(line, sizeof(line), "    ---- %8llx  ",
                          static_cast<unsigned long long>(row.size));
        } else {
            std::snprintf(line, sizeof(line), "%8llx %8llx  ",
                          static_cast<unsigned long long>(row.offset),
                          static_cast<unsigned long long>(row.size));
        }
        out << line << row.name << "\n";
    }
}

int make_image(const CommandLineArgs& args)
{
    Diagnostics diagnostics(std::cerr);
    Variables variables = Variables::from_environment();
    if (variables.get("PROCESSOR").empty()) {
        variables.set("PROCESSOR", "x86_64");
    }
    std::string text;
    if (args.buildfile == "-") {
        text = read_stream(std::cin);
    } else {
        std::ifstream in(args.buildfile, std::ios::binary);
        if (!in) {
            diagnostics.error({args.buildfile, 0}, "cannot open the buildfile");
            return 1;
        }
        text = read_stream(in);
    }
    Parser parser(variables, diagnostics);
    Collector collector(args.options, variables, diagnostics);
    collector.run(parser.parse("-l", args.lines));
    collector.run(parser.parse(args.buildfile == "-" ? "stdin" : args.buildfile, text));
    if (!args.directory.empty()) {
        collector.add_directory(args.directory);
    }
    Image image = collector.finish();
    if (diagnostics.failed()) {
        return 1;
    }
    ImageFile file;
    try {
        file = layout_image(image);
    } catch (const std::runtime_error& problem) {
        Position at = image.boot ? image.boot->at : Position{args.buildfile, 0};
        diagnostics.error(at, problem.what());
        return 1;
    }
    write_output(args.output, file.bytes);
    if (args.options.verbose) {
        print_rows(args.output == "-" ? std::cerr : std::cout, file.rows);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return make_image(parse_command_line(argc, argv));
    } catch (const std::exception& problem) {
        if (*problem.what()) {
            std::cerr << "mkifs: error: " << problem.what() << "\n";
        }
        std::cerr << usage;
        return 1;
    }
}
