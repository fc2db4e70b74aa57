// SPDX-License-Identifier: Apache-2.0
// Left: a squarified treemap (Bruls, Huizing, van Wijk 2000) of the files. Right: programs and libraries with lines
// from each to the libraries it names in DT_NEEDED.
#include "graph.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

namespace buildfile {
namespace {

constexpr double map_width = 900, map_height = 700, margin = 20, head = 60;
constexpr double row_height = 18, column_gap = 320, text_width = 260;
constexpr size_t shown_files = 80; // smaller ones become one rectangle

struct Block {
    std::string name;
    uint64_t size = 0;
    int colour = 0;
};

struct Rect {
    double x, y, width, height;
};

std::string escape(const std::string& text)
{
    std::string out;
    for (char c : text) {
        switch (c) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
        }
    }
    return out;
}

std::string number(double value)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f", value);
    return text;
}

std::string size_text(uint64_t size)
{
    char text[32];
    if (size < 10240) {
        std::snprintf(text, sizeof(text), "%llu B", static_cast<unsigned long long>(size));
    } else {
        std::snprintf(text, sizeof(text), "%.0f KiB", static_cast<double>(size) / 1024);
    }
    return text;
}

// Grey-blue programs, green libraries, sand data, red boot parts.
const char* const colours[] = {"#c8d5e8", "#c9e3c6", "#ece2c4", "#ecc8c4"};
enum Colour { program, library, data, boot };

bool is_library(const std::string& path)
{
    std::string name = basename_of(path);
    return name.find(".so") != std::string::npos;
}

std::vector<Block> blocks_of(const Image& image)
{
    std::vector<Block> blocks;
    if (!image.startup.empty()) {
        blocks.push_back({image.startup_name, image.startup.size(), boot});
    }
    for (const auto& [path, entry] : image.tree.entries()) {
        if (entry.type == FileType::file && entry.same_as.empty() && !entry.data.empty()) {
            int colour = path == image.procnto_path ? boot
                         : is_library(path)         ? library
                         : is_elf(entry.data)       ? program
                                                    : data;
            blocks.push_back({path, entry.data.size(), colour});
        }
    }
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
        return a.size != b.size ? a.size > b.size : a.name < b.name;
    });
    if (blocks.size() > shown_files) {
        Block rest{std::to_string(blocks.size() - shown_files) + " smaller files", 0, data};
        for (size_t i = shown_files; i < blocks.size(); ++i) {
            rest.size += blocks[i].size;
        }
        blocks.resize(shown_files);
        blocks.push_back(rest);
    }
    return blocks;
}

std::string draw_block(const Block& block, const Rect& at)
{
    std::string label = block.name + " (" + size_text(block.size) + ")";
    std::string out = "<g><title>" + escape(label) + "</title><rect x=\"" + number(at.x) +
                      "\" y=\"" + number(at.y) + "\" width=\"" + number(at.width) + "\" height=\"" +
                      number(at.height) + "\" fill=\"" + colours[block.colour] +
                      "\" stroke=\"#ffffff\"/>";
    auto letters = static_cast<size_t>(at.width / 7);
    if (at.height >= 16 && letters >= 4) {
        out += "<text x=\"" + number(at.x + 4) + "\" y=\"" + number(at.y + 13) + "\">" +
               escape(basename_of(block.name).substr(0, letters)) + "</text>";
        if (at.height >= 32) {
            out += "<text x=\"" + number(at.x + 4) + "\" y=\"" + number(at.y + 27) + "\">" +
                   escape(size_text(block.size).substr(0, letters)) + "</text>";
        }
    }
    return out + "</g>\n";
}

// How long the longest side of a row's rectangles is against the shortest.
double worst_shape(const std::vector<Block>& blocks, size_t from, size_t to, double sum,
                   double side, double scale)
{
    double thick = sum * scale / side, worst = 1;
    for (size_t i = from; i < to; ++i) {
        double length = static_cast<double>(blocks[i].size) * scale / thick;
        worst = std::max({worst, thick / length, length / thick});
    }
    return worst;
}

std::string draw_map(const std::vector<Block>& blocks, Rect room)
{
    double total = 0;
    for (const Block& block : blocks) {
        total += static_cast<double>(block.size);
    }
    const double scale = total > 0 ? room.width * room.height / total : 0;
    std::string out;
    for (size_t from = 0; from < blocks.size();) {
        const double side = std::min(room.width, room.height);
        double sum = static_cast<double>(blocks[from].size);
        size_t to = from + 1;
        while (to < blocks.size()) { // the row grows as long as its shapes get better
            double more = sum + static_cast<double>(blocks[to].size);
            if (worst_shape(blocks, from, to + 1, more, side, scale) >
                worst_shape(blocks, from, to, sum, side, scale)) {
                break;
            }
            sum = more;
            ++to;
        }
        const double thick = sum * scale / std::max(side, 1e-9);
        const bool upright = room.width >= room.height;
        double at = 0;
        for (; from < to; ++from) {
            double length = static_cast<double>(blocks[from].size) * scale / std::max(thick, 1e-9);
            out += draw_block(blocks[from], upright ? Rect{room.x, room.y + at, thick, length}
                                                    : Rect{room.x + at, room.y, length, thick});
            at += length;
        }
        (upright ? room.x : room.y) += thick;
        (upright ? room.width : room.height) -= thick;
    }
    return out;
}

struct Needs {
    std::map<std::string, std::vector<std::string>> users; // file -> libraries it names
    std::set<std::string> libraries;                       // all that are named
};

Needs needs_of(const Image& image)
{
    Needs needs;
    for (const auto& [path, entry] : image.tree.entries()) {
        if (!is_elf64(entry.data) || !entry.same_as.empty()) {
            continue;
        }
        for (const std::string& name : ElfFile(entry.data).needed()) {
            needs.users[basename_of(path)].push_back(name);
            needs.libraries.insert(name);
        }
    }
    return needs;
}

bool in_image(const Image& image, const std::string& library)
{
    for (const auto& [path, entry] : image.tree.entries()) {
        if (basename_of(path) == library) {
            return true;
        }
    }
    return false;
}

std::string text_at(double x, double y, const std::string& text, const char* more = "")
{
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + more + ">" + escape(text) +
           "</text>\n";
}

std::string draw_needs(const Image& image, const Needs& needs, double x, double& height)
{
    std::map<std::string, double> library_y;
    std::string out, lines;
    double y = head + row_height;
    for (const std::string& name : needs.libraries) {
        bool there = in_image(image, name);
        library_y[name] = y;
        out += text_at(x + column_gap, y, there ? name : name + " (not in the image)",
                       there ? "" : " fill=\"#c00000\"");
        y += row_height;
    }
    height = std::max(height, y);
    y = head + row_height;
    for (const auto& [user, libraries] : needs.users) {
        out += text_at(x, y, user.substr(0, static_cast<size_t>(text_width / 7)));
        for (const std::string& library : libraries) {
            lines += "<line x1=\"" + number(x + text_width) + "\" y1=\"" + number(y - 4) +
                     "\" x2=\"" + number(x + column_gap - 6) + "\" y2=\"" +
                     number(library_y[library] - 4) + "\" stroke=\"#9aa7b8\"/>\n";
        }
        y += row_height;
    }
    height = std::max(height, y);
    return lines + out;
}

} // namespace

std::string draw(const Image& image, uint64_t image_size, const std::string& title)
{
    const Needs needs = needs_of(image);
    const double list_x = 2 * margin + map_width;
    double height = head + map_height + margin;
    std::string right = draw_needs(image, needs, list_x, height);
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
                      number(list_x + column_gap + text_width) + "\" height=\"" +
                      number(height + margin) +
                      "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    out += text_at(margin, 24, title + ": " + size_text(image_size), " font-size=\"16\"");
    out += text_at(margin, 44, "files by size: programs, libraries, data, boot parts");
    out += text_at(list_x, 44, "needs");
    out += text_at(list_x + column_gap, 44, "library");
    out += draw_map(blocks_of(image), {margin, head, map_width, map_height});
    return out + right + "</svg>\n";
}

} // namespace buildfile
