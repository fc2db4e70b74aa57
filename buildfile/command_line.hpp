// SPDX-License-Identifier: Apache-2.0
// The command line of mkifs and of mkxfs -t ifs.
#pragma once

#include "collector.hpp"

#include <string>
#include <vector>

namespace buildfile {

enum class Job { image, check, json };

struct CommandLineArgs {
    Job job = Job::image;
    Options options;
    std::string lines; // -l
    std::string buildfile = "-";
    std::string directory;
    std::string output = "-";
    std::string graph;               // --graph: where the picture goes
    std::vector<std::string> checks; // --check: the files
    bool help = false;
};

extern const char* const mkifs_usage;

// Throws std::runtime_error with what is wrong, "" when getopt has said it.
CommandLineArgs parse_command_line(int argc, char** argv);

} // namespace buildfile
