// SPDX-License-Identifier: Apache-2.0
// Reads virtual= and the lines of the boot section.
#include "boot.hpp"

#include "tokenizer.hpp"

#include <abi/image.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace buildfile {
namespace {

// virtual=[cpu(,|/)]bootfile[ filter arguments]
void read_virtual(BootSection& boot, const std::string& spec, Diagnostics& diagnostics,
                  bool lenient)
{
    size_t blank = spec.find_first_of(" \t");
    std::string first = spec.substr(0, blank);
    boot.filter_arguments = blank == std::string::npos ? "" : spec.substr(blank + 1);
    size_t separator = first.find_first_of(",/");
    if (separator == std::string::npos) {
        if (!lenient) {
            diagnostics.warning(boot.at, "no processor in virtual=, taking x86_64");
        }
        boot.processor = "x86_64";
        boot.bootfile = first;
    } else {
        boot.processor = first.substr(0, separator);
        boot.bootfile = first.substr(separator + 1);
    }
    if (boot.bootfile.empty() || boot.processor.empty()) {
        diagnostics.error(boot.at, "virtual= names no processor or no boot file",
                          "write virtual=x86_64,elf (or multiboot, bios, raw)");
    }
}

} // namespace

BootSection parse_boot(const Position& at, const std::string& virtual_spec,
                       const std::vector<CommandLine>& lines, bool has_body,
                       Diagnostics& diagnostics, bool lenient)
{
    BootSection boot;
    boot.at = at;
    read_virtual(boot, virtual_spec, diagnostics, lenient);
    std::vector<Attribute> pending;
    std::vector<std::string> env;
    for (const CommandLine& line : lines) {
        pending.insert(pending.end(), line.attributes.begin(), line.attributes.end());
        size_t i = 0;
        for (; i < line.words.size() && line.words[i].glued_equals; ++i) {
            env.push_back(line.words[i].text);
        }
        if (i == line.words.size()) {
            continue; // attributes or environment for the executable that follows
        }
        Position at_word{line.at.file, line.at.line, line.words[i].column};
        BootExecutable executable{at_word, std::move(pending), {}, std::move(env), {}};
        pending.clear();
        env.clear();
        for (; i < line.words.size(); ++i) {
            executable.argv.push_back(line.words[i].text);
        }
        boot.executables.push_back(std::move(executable));
    }
    if (boot.executables.size() < 2 && (has_body || !lenient)) {
        const char* what = "No startup program found while creating bootable image";
        const char* mend = "the boot section names a startup program first and procnto last";
        if (lenient) {
            diagnostics.warning(boot.at, what, mend);
        } else {
            diagnostics.error(boot.at, what, mend);
        }
    }
    return boot;
}

BootFile parse_boot_file(const Bytes& file)
{
    constexpr size_t head_limit = 4096;
    std::string head(file.begin(),
                     file.begin() + static_cast<ptrdiff_t>(std::min(head_limit, file.size())));
    BootFile out;
    size_t at = head.find_first_not_of(" \t\r\n");
    if (at != std::string::npos && head[at] == '[') {
        size_t close = head.find(']', at);
        ExpandedLine line;
        line.add(std::string_view(head).substr(at, close - at + 1), 1, true);
        Tokenizer tokens(line);
        for (const RawAttribute& raw :
             tokens.attribute_group().value_or(std::vector<RawAttribute>{})) {
            if (raw.name == "default_image" && raw.value) {
                out.default_image = parse_size(*raw.value);
            }
        }
        at = close == std::string::npos ? close : head.find_first_not_of(" \t\r\n", close + 1);
    }
    if (at == std::string::npos || head.compare(at, 4, "boot") != 0) {
        throw std::runtime_error("not a boot file: the word 'boot' is missing");
    }
    at += 4;
    at += head.compare(at, 1, "\r") == 0;
    at += head.compare(at, 1, "\n") == 0;
    out.prefix.assign(file.begin() + static_cast<ptrdiff_t>(at), file.end());
    return out;
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
