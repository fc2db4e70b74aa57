// SPDX-License-Identifier: Apache-2.0
// The readers of untrusted bytes: image directory, startup script, ELF headers.
#include "proc/elf_file.hpp"
#include "proc/image_directory.hpp"
#include "proc/script.hpp"

#include <abi/proc_msg.h>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

/// Builds an image in memory, record by record.
class ImageBuilder {
public:
    ImageBuilder() : bytes_(sizeof(image_header)) {}
    void add_file(const std::string& path, uint32_t ino, uint32_t offset, uint32_t size)
    {
        struct {
            uint32_t offset, size;
        } place{offset, size};
        add(path, ino, 0100644, &place, sizeof place, "");
    }
    void add_directory(const std::string& path, uint32_t ino)
    {
        add(path, ino, 0040755, nullptr, 0, "");
    }
    void add_link(const std::string& path, uint32_t ino, const std::string& text)
    {
        struct {
            uint16_t offset, size;
        } place{static_cast<uint16_t>(path.size() + 1), static_cast<uint16_t>(text.size())};
        add(path, ino, 0120777, &place, sizeof place, text);
    }
    std::vector<uint8_t>& finish(size_t size)
    {
        bytes_.resize(bytes_.size() + 4); // size 0 ends the directory
        image_header header{};
        std::memcpy(header.signature, IMAGE_SIGNATURE, 7);
        header.dir_offset = sizeof header;
        header.hdr_dir_size = static_cast<uint32_t>(bytes_.size());
        bytes_.resize(size);
        header.image_size = static_cast<uint32_t>(size);
        std::memcpy(bytes_.data(), &header, sizeof header);
        return bytes_;
    }

private:
    void add(const std::string& path, uint32_t ino, uint32_t mode, const void* fixed,
             size_t fixed_size, const std::string& text)
    {
        struct {
            uint16_t size, extattr;
            uint32_t ino, mode, gid, uid, mtime;
        } head{0, 0, ino, mode, 1, 2, 3};
        size_t size =
            sizeof head + fixed_size + path.size() + 1 + (text.empty() ? 0 : text.size() + 1);
        size = (size + 3) & ~size_t{3};
        head.size = static_cast<uint16_t>(size);
        const size_t at = bytes_.size();
        bytes_.resize(at + size);
        std::memcpy(&bytes_[at], &head, sizeof head);
        if (fixed_size != 0) {
            std::memcpy(&bytes_[at + sizeof head], fixed, fixed_size);
        }
        std::memcpy(&bytes_[at + sizeof head + fixed_size], path.c_str(), path.size() + 1);
        if (!text.empty()) {
            std::memcpy(&bytes_[at + sizeof head + fixed_size + path.size() + 1], text.c_str(),
                        text.size() + 1);
        }
    }
    std::vector<uint8_t> bytes_;
};

TEST(ImageDirectory, FindsFilesLinksAndImpliedDirectories)
{
    ImageBuilder builder;
    builder.add_directory("", 1);
    builder.add_file("proc/boot/ls", 2, 2048, 10);
    builder.add_link("usr/lib/ld.so", 3, "/proc/boot/libc.so");
    auto& bytes = builder.finish(4096);
    proc::ImageDirectory image;
    ASSERT_TRUE(image.open(bytes.data(), bytes.size()));
    proc::ImageEntry entry;
    ASSERT_TRUE(image.lookup("proc/boot/ls", entry));
    EXPECT_EQ(entry.kind, proc::ImageEntry::Kind::file);
    EXPECT_EQ(entry.size, 10u);
    ASSERT_TRUE(image.lookup("usr/lib/ld.so", entry));
    EXPECT_EQ(entry.link, "/proc/boot/libc.so");
    ASSERT_TRUE(image.lookup("proc", entry));
    EXPECT_EQ(entry.kind, proc::ImageEntry::Kind::directory);
    EXPECT_FALSE(image.lookup("pro", entry));
    EXPECT_FALSE(image.lookup("proc/boot/ls/x", entry));
}

TEST(ImageDirectory, RefusesDamage)
{
    ImageBuilder builder;
    builder.add_file("a", 2, 4000, 200); // data past the end
    builder.add_file("b", 3, 1000, 5);
    auto bytes = builder.finish(4096);
    proc::ImageDirectory image;
    ASSERT_TRUE(image.open(bytes.data(), bytes.size()));
    proc::ImageEntry entry;
    EXPECT_FALSE(image.lookup("a", entry));
    EXPECT_TRUE(image.lookup("b", entry));
    EXPECT_FALSE(proc::ImageDirectory().open(bytes.data(), 4095));
    bytes[0] = 'x';
    EXPECT_FALSE(proc::ImageDirectory().open(bytes.data(), bytes.size()));
}

TEST(ImageDirectory, EveryTruncationIsSafe)
{
    ImageBuilder builder;
    builder.add_link("l", 2, "target");
    builder.add_file("f", 3, 600, 5);
    const auto whole = builder.finish(1024);
    for (size_t cut = 0; cut < 200; ++cut) { // every directory byte once as 0xff
        auto bytes = whole;
        bytes[cut] = 0xff;
        std::vector<uint8_t> copy(bytes.begin(), bytes.end());
        proc::ImageDirectory image;
        if (image.open(copy.data(), copy.size())) {
            proc::ImageEntry entry;
            image.lookup("nothing", entry);
        }
    }
}

TEST(Script, DecodesAndStopsAtDamage)
{
    std::vector<uint8_t> bytes;
    const auto add = [&](uint8_t type, const std::string& strings, uint16_t size) {
        std::vector<uint8_t> record(offsetof(script_cmd, strings) + strings.size());
        script_cmd head{};
        head.size = size != 0 ? size : static_cast<uint16_t>(record.size());
        head.type = type;
        std::memcpy(record.data(), &head, offsetof(script_cmd, strings));
        std::memcpy(record.data() + offsetof(script_cmd, strings), strings.data(), strings.size());
        record.resize((record.size() + 3) & ~size_t{3});
        bytes.insert(bytes.end(), record.begin(), record.end());
    };
    add(SCRIPT_DISPLAY_MSG, std::string("hello\0", 6), 0);
    add(SCRIPT_PROCMGR_SYMLINK, std::string("/a\0/b\0", 6), 0);
    add(SCRIPT_WAITFOR, "/x", 2000); // longer than what is there
    proc::ScriptReader reader(bytes.data(), bytes.size());
    proc::ScriptCommand command;
    std::string_view text;
    ASSERT_TRUE(reader.next(command));
    ASSERT_TRUE(command.string(0, text));
    EXPECT_EQ(text, "hello");
    EXPECT_FALSE(command.string(1, text));
    ASSERT_TRUE(reader.next(command));
    ASSERT_TRUE(command.string(1, text));
    EXPECT_EQ(text, "/b");
    EXPECT_FALSE(reader.next(command));
}

struct ElfBytes {
    std::vector<uint8_t> bytes = std::vector<uint8_t>(8192);
    ElfBytes()
    {
        const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
        std::memcpy(bytes.data(), ident, sizeof ident);
        put<uint16_t>(16, 3);     // ET_DYN
        put<uint16_t>(18, 62);    // x86_64
        put<uint64_t>(24, 0x100); // entry
        put<uint64_t>(32, 64);    // phoff
        put<uint16_t>(54, 56);
        put<uint16_t>(56, 2);
        segment(0, 5, 0, 0, 0x1000, 0x1000);
        segment(1, 6, 0x1000, 0x2000, 0x800, 0x3000);
    }
    template <typename T>
    void put(size_t at, T value)
    {
        std::memcpy(&bytes[at], &value, sizeof value);
    }
    void segment(size_t index, uint32_t flags, uint64_t offset, uint64_t vaddr, uint64_t filesz,
                 uint64_t memsz)
    {
        const size_t at = 64 + index * 56;
        put<uint32_t>(at, 1);
        put<uint32_t>(at + 4, flags);
        put<uint64_t>(at + 8, offset);
        put<uint64_t>(at + 16, vaddr);
        put<uint64_t>(at + 32, filesz);
        put<uint64_t>(at + 40, memsz);
    }
    int parse(proc::ElfPlan& plan)
    {
        return proc::parse_elf(bytes.data(), 4096, bytes.size(), plan);
    }
};

TEST(ElfFile, TakesASoundProgram)
{
    ElfBytes elf;
    proc::ElfPlan plan;
    ASSERT_EQ(elf.parse(plan), 0);
    EXPECT_EQ(plan.segment_count, 2u);
    EXPECT_EQ(plan.low, 0u);
    EXPECT_EQ(plan.high, 0x5000u);
    EXPECT_EQ(plan.headers_vaddr, 64u);
    EXPECT_EQ(plan.segments[1].prot, MEM_PROT_READ | MEM_PROT_WRITE);
    EXPECT_TRUE(plan.position_independent);
}

TEST(ElfFile, RefusesWhatWouldHarm)
{
    constexpr int enoexec = 8;
    proc::ElfPlan plan;
    const auto with = [&](auto&& damage) {
        ElfBytes elf;
        damage(elf);
        return elf.parse(plan);
    };
    EXPECT_EQ(with([](ElfBytes& e) { e.put<uint8_t>(0, 0); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.put<uint16_t>(18, 3); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.put<uint64_t>(32, 4090); }),
              enoexec); // headers past the page
    EXPECT_EQ(with([](ElfBytes& e) { e.put<uint64_t>(32, ~uint64_t{0} - 8); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.put<uint64_t>(24, 0x9000); }), enoexec); // entry outside
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 7, 0x1000, 0x2000, 8, 8); }),
              enoexec); // writable and executable
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1000, 0x2000, 9000, 9000); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1000, 0x2000, 16, 8); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1001, 0x2000, 8, 8); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1000, 0x800, 8, 8); }),
              enoexec); // overlaps the first
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1000, ~uint64_t{0xfff}, 8, 8); }), enoexec);
    EXPECT_EQ(with([](ElfBytes& e) { e.segment(1, 6, 0x1000, 0x2000, 8, ~uint64_t{0}); }), enoexec);
}

} // namespace
