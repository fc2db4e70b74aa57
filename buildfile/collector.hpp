// SPDX-License-Identifier: Apache-2.0
// Carries out the statements of a buildfile: attribute scoping, host files, inline files, boot section and script.
#pragma once

#include "boot.hpp"
#include "resolver.hpp"
#include "tree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

struct Options {
    unsigned zero_mtime = 0; // -n: 1 inline files, -nn: 2 all files
    unsigned verbose = 0;
    std::vector<std::string> roots;
    std::vector<std::string> keep_sections{"QNX_usage", "QNX_info"};
    std::string by_products = "."; // -o
    std::string sym_suffix;        // -a
    std::string patch_file;        // -p
};

// Everything the layout needs.
struct Image {
    explicit Image(Diagnostics& diagnostics) : tree(diagnostics) {}

    Tree tree;
    std::optional<BootSection> boot;
    Bytes startup; // the startup program's file
    std::string startup_name;
    std::string procnto_path; // in the tree
    std::string script_path;  // "" when there is none
    std::string mount = "/";
    ImageSpec spec;
};

class Collector {
public:
    Collector(const Options& options, Variables& variables, Diagnostics& diagnostics);

    void run(const std::vector<Statement>& statements);
    void add_directory(const std::string& host); // the command line's directory argument
    Image finish();

private:
    void add(const Statement& statement, const FileAttributes& attributes);
    void add_host(const Statement& statement, const FileAttributes& attributes);
    void add_host_file(Entry entry, const FileAttributes& attributes);
    void add_host_dir(const std::string& target, const std::string& host, const Position& at,
                      const FileAttributes& attributes);
    void add_inline(const Statement& statement, const FileAttributes& attributes);
    void add_link(const Statement& statement, const FileAttributes& attributes);
    void add_dir(const Statement& statement, const FileAttributes& attributes);
    void add_script(const Statement& statement, const FileAttributes& attributes);
    void add_boot(const Statement& statement, const FileAttributes& attributes);
    void add_boot_file(const BootExecutable& executable, const FileAttributes& global,
                       bool startup);
    void apply_autolink(Entry& entry, const FileAttributes& attributes);
    bool load(const std::string& host, const Position& at, Bytes& out);
    void keep_linked(const std::string& host, const Position& at);

    std::string target_path(const std::string& target, const FileAttributes& attributes) const;
    Entry make_entry(const Statement& statement, const FileAttributes& attributes) const;
    void own(Entry& entry, const FileAttributes& attributes, const std::string& host) const;

    const Options& options_;
    Variables& variables_;
    Diagnostics& diagnostics_;
    Resolver resolver_;
    FileAttributes global_;
    Image image_;
    Bytes script_;
    std::vector<Entry> autolinks_; // added last: an explicit entry of the same name wins
    bool any_file_ = false;
    bool bootable_ = false;
};

} // namespace buildfile
