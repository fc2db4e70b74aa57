// SPDX-License-Identifier: Apache-2.0
// The plan as JSON: an array of items with their attributes, commands and content.
#include "parser.hpp"
#include "plan.hpp"

#include <cstdio>

namespace buildfile {
namespace {

std::string quote(const std::string& text)
{
    std::string out = "\"";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += std::string("\\") + c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < ' ') {
            char code[8];
            std::snprintf(code, sizeof(code), "\\u%04x", byte);
            out += code;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string attributes_json(const FileAttributes& attributes)
{
    std::string out;
    for (const auto& [name, value] : attributes.given()) {
        out += (out.empty() ? "" : ", ") + quote(name) + ": " + quote(value);
    }
    return "{" + out + "}";
}

std::string command_json(const CommandLine& line)
{
    std::string modifiers, words;
    for (const Attribute& attribute : line.attributes) {
        const RawAttribute& raw = attribute.raw;
        std::string text = raw.value ? raw.name + "=" + *raw.value : raw.sign + raw.name;
        modifiers += (modifiers.empty() ? "" : ", ") + quote(text);
    }
    for (const Word& word : line.words) {
        words += (words.empty() ? "" : ", ") + quote(word.text);
    }
    return "{\"line\": " + std::to_string(line.at.line) + ", \"modifiers\": [" + modifiers +
           "], \"words\": [" + words + "]}";
}

std::string item_json(const Item& item)
{
    static const char* const kinds[] = {"host", "inline", "link",   "hard_link",
                                        "dir",  "fifo",   "script", "boot"};
    std::string out = "  {\"kind\": " + quote(kinds[static_cast<int>(item.kind)]) +
                      ", \"at\": " + quote(to_string(item.at)) + ", \"path\": " + quote(item.path);
    bool from_host =
        item.kind == ItemKind::host || (item.kind == ItemKind::script && !item.spec.body);
    if (item.spec.host || from_host) {
        out += ", \"source\": " + quote(item.spec.host.value_or(item.spec.target));
    }
    out += ",\n   \"attributes\": " + attributes_json(item.attributes);
    if (item.kind == ItemKind::inline_file) {
        out += ",\n   \"content\": " + quote(inline_content(*item.spec.body));
    }
    if (!item.commands.empty()) {
        out += ",\n   \"commands\": [";
        for (size_t i = 0; i < item.commands.size(); ++i) {
            out += (i ? ",\n    " : "\n    ") + command_json(item.commands[i]);
        }
        out += "]";
    }
    return out + "}";
}

} // namespace

std::string to_json(const Plan& plan)
{
    std::string out = "{\"items\": [";
    for (size_t i = 0; i < plan.items.size(); ++i) {
        out += (i ? ",\n" : "\n") + item_json(plan.items[i]);
    }
    return out + "],\n \"attributes_at_end\": " + attributes_json(plan.last) + "}\n";
}

} // namespace buildfile
