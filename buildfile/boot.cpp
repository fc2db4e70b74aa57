// SPDX-License-Identifier: Apache-2.0
// Reads virtual= and the lines of the boot section.
#include "boot.hpp"

#include "parser.hpp"

#include <abi/image.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace buildfile {
namespace {

// QEMU boots all of them from the same PVH ELF file; other boot files need a prefix we do not write.
bool is_known_bootfile(const std::string& name)
{
    return name == "elf" || name == "multiboot" || name == "bios";
}

void check_virtual(BootSection& boot, const std::string& spec, Diagnostics& diagnostics)
{
    std::string first = split(spec, ' ').empty() ? "" : split(spec, ' ')[0];
    size_t separator = first.find_first_of(",/");
    if (separator == std::string::npos) {
        diagnostics.warning(boot.at, "no processor in virtual=, taking x86_64");
        boot.processor = "x86_64";
        boot.bootfile = first;
    } else {
        boot.processor = first.substr(0, separator);
        boot.bootfile = first.substr(separator + 1);
    }
    if (boot.processor != "x86_64") {
        diagnostics.error(boot.at, "processor '" + boot.processor + "' is not supported",
                          "use virtual=x86_64,elf");
    }
    if (!is_known_bootfile(boot.bootfile)) {
        diagnostics.error(boot.at, "boot file '" + boot.bootfile + "' is not known",
                          "use elf, multiboot or bios: virtual=x86_64,elf");
    }
}

} // namespace

BootSection parse_boot(const Statement& statement, const std::string& virtual_spec,
                       const Variables& variables, Diagnostics& diagnostics)
{
    BootSection boot;
    boot.at = statement.at;
    check_virtual(boot, virtual_spec, diagnostics);
    if (!statement.file->body) {
        diagnostics.error(statement.at, "the boot file has no body",
                          "write [virtual=x86_64,elf] boot = { startup and procnto lines }");
        return boot;
    }
    std::vector<Attribute> pending;
    std::vector<std::string> env;
    for (const CommandLine& line : parse_commands(*statement.file->body, variables, diagnostics)) {
        pending.insert(pending.end(), line.attributes.begin(), line.attributes.end());
        size_t i = 0;
        for (; i < line.words.size() && line.words[i].glued_equals; ++i) {
            env.push_back(line.words[i].text);
        }
        if (i == line.words.size()) {
            continue; // attributes or environment for the executable that follows
        }
        BootExecutable executable{line.at, std::move(pending), {}, std::move(env)};
        pending.clear();
        env.clear();
        for (; i < line.words.size(); ++i) {
            executable.argv.push_back(line.words[i].text);
        }
        boot.executables.push_back(std::move(executable));
    }
    if (boot.executables.size() < 2) {
        diagnostics.error(boot.at, "No startup program found while creating bootable image",
                          "the boot section names a startup program first and procnto last");
    }
    return boot;
}

Bytes boot_records(const BootSection& boot)
{
    Bytes out;
    for (const BootExecutable& executable : boot.executables) {
        std::string strings;
        for (const std::string& word : executable.argv) {
            strings += word + '\0';
        }
        for (const std::string& word : executable.env) {
            strings += word + '\0';
        }
        size_t size = (offsetof(image_bootrec, strings) + strings.size() + 3) / 4 * 4;
        if (size > UINT16_MAX) {
            throw std::runtime_error("boot arguments are too long");
        }
        image_bootrec head{};
        head.size = static_cast<uint16_t>(size);
        head.argc = static_cast<uint16_t>(executable.argv.size());
        head.envc = static_cast<uint16_t>(executable.env.size());
        size_t at = out.size();
        out.resize(at + size);
        std::memcpy(out.data() + at, &head, offsetof(image_bootrec, strings));
        std::memcpy(out.data() + at + offsetof(image_bootrec, strings), strings.data(),
                    strings.size());
    }
    out.resize(out.size() + 4);
    return out;
}

} // namespace buildfile
