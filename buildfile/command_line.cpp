// SPDX-License-Identifier: Apache-2.0
// Options of mkifs: the documented single letters, and our own long ones.
#include "command_line.hpp"

#include <getopt.h>
#include <stdexcept>
#include <sys/stat.h>

namespace buildfile {

const char* const mkifs_usage =
    "mkifs [-?] [-a suffix] [-h] [-l line] [-n[n]] [-o dir] [-p patchfile] [-r root]...\n"
    "      [-s section]... [-v...] [buildfile] [directory] [output]\n"
    "mkxfs -t ifs ...      the same\n"
    "mkifs --check FILE... grammar and attributes only; status 0 or 1\n"
    " -?          this text\n"
    " -a suffix   appended to the .sym files of +keeplinked\n"
    " -h          hard links of the host stay hard links\n"
    " -l line     taken as buildfile input before the buildfile; repeatable\n"
    " -n, -nn     modification time 0 for inline files, for all files\n"
    " -o dir      directory for .sym files\n"
    " -p file     patch file: type:path:pattern:uid:gid:perms lines\n"
    " -r root     look in root/${PROCESSOR}/... first; repeatable\n"
    " -s section  ELF section that is not stripped; repeatable\n"
    " -v          list what goes into the image\n"
    " --format json           print what the buildfile says, for tools; makes no image\n"
    " --graph FILE.svg        draw the image: who takes how much, who needs which library\n"
    " --search-rules 7.0|7.1  how -r and MKIFS_PATH go together (default 7.1: -r, MKIFS_PATH, "
    "QNX_TARGET;\n"
    "                         7.0: MKIFS_PATH alone when it is set)\n"
    " buildfile or output '-' is stdin or stdout\n";

namespace {

enum LongOption { check_option = 256, format_option, graph_option, rules_option };

const option long_options[] = {{"check", no_argument, nullptr, check_option},
                               {"format", required_argument, nullptr, format_option},
                               {"graph", required_argument, nullptr, graph_option},
                               {"search-rules", required_argument, nullptr, rules_option},
                               {nullptr, 0, nullptr, 0}};

// mkifs [buildfile] [directory] [output]: two names are buildfile and output, or buildfile and directory.
void take_names(CommandLineArgs& args, char** names, int count)
{
    if (args.job == Job::check) {
        args.checks.assign(names, names + count);
        if (count == 0) {
            throw std::runtime_error("--check needs a file");
        }
        return;
    }
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

void take_choice(CommandLineArgs& args, int option, const std::string& value)
{
    if (option == format_option && value == "json") {
        args.job = Job::json;
    } else if (option == rules_option && (value == "7.0" || value == "7.1")) {
        args.options.rules = value == "7.0" ? SearchRules::sdp70 : SearchRules::sdp71;
    } else if (option == 't' && value == "ifs") {
        return;
    } else if (option == 't') {
        throw std::runtime_error("file systems other than ifs cannot be made: -t " + value);
    } else {
        throw std::runtime_error("'" + value + "' is not known here");
    }
}

void take_option(CommandLineArgs& args, int option)
{
    switch (option) {
    case 'a':
        args.options.sym_suffix = optarg;
        break;
    case 'h':
        args.options.hard_links = true;
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
    case check_option:
        args.job = Job::check;
        break;
    case graph_option:
        args.graph = optarg;
        break;
    case 't':
    case format_option:
    case rules_option:
        take_choice(args, option, optarg);
        break;
    default: // getopt gives '?' for -? and for what it does not know
        if (optopt != 0 && optopt != '?') {
            throw std::runtime_error("");
        }
        args.help = true;
    }
}

} // namespace

CommandLineArgs parse_command_line(int argc, char** argv)
{
    CommandLineArgs args;
    optopt = 0;
    for (int option;
         (option = getopt_long(argc, argv, "?a:hl:no:p:r:s:t:v", long_options, nullptr)) != -1;) {
        take_option(args, option);
    }
    if (!args.help) {
        take_names(args, argv + optind, argc - optind);
    }
    return args;
}

} // namespace buildfile
