// SPDX-License-Identifier: Apache-2.0
// mkifs: makes an image, checks buildfiles, or prints what one says. A failed run leaves no output behind.
#include "command_line.hpp"
#include "graph.hpp"
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

std::optional<std::string> read_text(const std::string& name, Diagnostics& diagnostics)
{
    std::ifstream file;
    struct stat status {};
    if (name != "-") {
        file.open(name, std::ios::binary);
        if (!file || stat(name.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) {
            diagnostics.error({name}, "cannot open the buildfile");
            return std::nullopt;
        }
    }
    std::istream& in = name == "-" ? std::cin : file;
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

void write_output(const std::string& path, const char* bytes, size_t size)
{
    auto length = static_cast<std::streamsize>(size);
    if (path == "-") {
        std::cout.write(bytes, length);
        std::cout.flush();
        if (!std::cout) {
            throw std::runtime_error("cannot write to standard output");
        }
        return;
    }
    std::string temporary = path + ".tmp" + std::to_string(getpid());
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes, length);
    out.close();
    if (!out || std::rename(temporary.c_str(), path.c_str()) != 0) {
        std::string reason = std::strerror(errno);
        std::remove(temporary.c_str());
        throw std::runtime_error("cannot write '" + path + "': " + reason);
    }
}

void print_rows(std::ostream& out, const ImageFile& file)
{
    out << "  Offset     Size  Name\n";
    for (const LayoutRow& row : file.rows) {
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
    if (file.compressed_from) {
        out << "Compressed " << file.compressed_from << " bytes-> " << file.compressed_to
            << " bytes\n";
    }
}

// The statements of -l lines and of the buildfile; nothing when it cannot be read.
std::optional<Plan> read_plan(const std::string& lines, const std::string& name,
                              Variables& variables, Diagnostics& diagnostics)
{
    auto text = read_text(name, diagnostics);
    if (!text) {
        return std::nullopt;
    }
    if (variables.get("PROCESSOR").empty()) {
        variables.set_processor("x86_64");
    }
    Parser parser(variables, diagnostics);
    std::vector<Statement> statements = parser.parse("-l", lines);
    for (Statement& statement : parser.parse(name == "-" ? "stdin" : name, *text)) {
        statements.push_back(std::move(statement));
    }
    return make_plan(statements, variables, diagnostics, variables.keeps_unknown());
}

int check(const CommandLineArgs& args)
{
    bool failed = false;
    for (const std::string& name : args.checks) {
        Diagnostics diagnostics(std::cerr);
        Variables variables = Variables::from_environment();
        variables.keep_unknown();
        read_plan(args.lines, name, variables, diagnostics);
        failed = failed || diagnostics.failed();
    }
    return failed ? 1 : 0;
}

int print_json(const CommandLineArgs& args)
{
    Diagnostics diagnostics(std::cerr);
    Variables variables = Variables::from_environment();
    variables.keep_unknown();
    auto plan = read_plan(args.lines, args.buildfile, variables, diagnostics);
    if (!plan || diagnostics.failed()) {
        return 1;
    }
    std::string text = to_json(*plan);
    write_output(args.output, text.data(), text.size());
    return 0;
}

int make_image(const CommandLineArgs& args)
{
    Diagnostics diagnostics(std::cerr);
    Variables variables = Variables::from_environment();
    auto plan = read_plan(args.lines, args.buildfile, variables, diagnostics);
    if (!plan) {
        return 1;
    }
    Collector collector(args.options, variables, diagnostics);
    collector.run(*plan);
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
        diagnostics.error(image.boot ? image.boot->at : Position{args.buildfile}, problem.what());
        return 1;
    }
    write_output(args.output, reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    if (!args.graph.empty()) {
        std::string picture = draw(image, file.bytes.size(), basename_of(args.buildfile));
        write_output(args.graph, picture.data(), picture.size());
    }
    if (args.options.verbose) {
        print_rows(args.output == "-" ? std::cerr : std::cout, file);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        CommandLineArgs args = parse_command_line(argc, argv);
        if (args.help) {
            std::cout << mkifs_usage;
            return 0;
        }
        return args.job == Job::check  ? check(args)
               : args.job == Job::json ? print_json(args)
                                       : make_image(args);
    } catch (const std::exception& problem) {
        if (*problem.what()) {
            std::cerr << "mkifs: error: " << problem.what() << "\n";
        }
        std::cerr << mkifs_usage;
        return 1;
    }
}
