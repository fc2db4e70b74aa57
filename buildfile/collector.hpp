// SPDX-License-Identifier: Apache-2.0
// Carries out a plan: finds and reads host files, and fills the image's tree.
#pragma once

#include "plan.hpp"
#include "resolver.hpp"
#include "tree.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace buildfile {

struct Options {
    unsigned zero_mtime = 0; // -n: 1 inline files, -nn: 2 all files
    unsigned verbose = 0;
    bool hard_links = false; // -h
    std::vector<std::string> roots;
    SearchRules rules = SearchRules::sdp71;
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
    Bytes boot_prefix; // of the boot file's kind; empty for elf and multiboot
    Bytes startup;     // the startup program's file
    std::string startup_name;
    std::string procnto_path; // in the tree
    std::string script_path;  // "" when there is none
    std::string mount = "/";
    std::optional<uint64_t> chain;
    Compression compress = Compression::none;
    ImageSpec spec;
    ImageSpec ram;
};

class Collector {
public:
    Collector(const Options& options, Variables& variables, Diagnostics& diagnostics);

    void run(const Plan& plan);
    void add_directory(const std::string& host); // the command line's directory argument
    Image finish();

private:
    void add(const Item& item);
    void add_link(const Item& item);
    void add_hard_link(const Item& item);
    void add_dir(const Item& item);
    void add_fifo(const Item& item);
    void add_inline(const Item& item);
    void add_script(const Item& item);
    void add_boot(const Item& item);
    void add_boot_file(const BootExecutable& executable, bool startup);
    void read_boot_kind(const BootSection& boot, const FileAttributes& attributes);

    // host_files.cpp
    void add_host(const Item& item);
    void add_host_file(Entry entry, const FileAttributes& attributes);
    void add_elf(Entry& entry, const FileAttributes& attributes);
    void add_host_dir(const std::string& target, const std::string& host, const Position& at,
                      const FileAttributes& attributes);
    void apply_autolink(Entry& entry, const FileAttributes& attributes);
    void place(Entry& entry, const FileAttributes& attributes) const;
    bool shares_host_file(Entry& entry, const std::string& host);
    bool load(const std::string& host, const Position& at, Bytes& out);
    bool run_filter(const std::string& host, const Position& at, const std::string& filter,
                    Bytes& out);
    bool check_digests(const Entry& entry, const FileAttributes& attributes);
    void keep_linked(const std::string& host, const Position& at);
    void add_needed_libraries();
    bool provides(const std::string& soname) const;

    void own(Entry& entry, const FileAttributes& attributes, const std::string& host) const;

    const Options& options_;
    Variables& variables_;
    Diagnostics& diagnostics_;
    Resolver resolver_;
    FileAttributes last_;      // in force at the end of the buildfile
    FileAttributes own_place_; // of the boot section's line
    Image image_;
    Bytes script_;
    std::vector<Entry> autolinks_; // added last: an explicit entry of the same name wins
    std::map<std::pair<uint64_t, uint64_t>, std::string> host_inodes_; // -h: device, inode -> path
    bool any_file_ = false;
    bool bootable_ = false;
};

} // namespace buildfile
