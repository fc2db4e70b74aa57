// SPDX-License-Identifier: Apache-2.0
// Whole images: written, then read back with the reader of dumpifs.
#include "collector.hpp"
#include "image_reader.hpp"
#include "layout.hpp"
#include "parser.hpp"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <stdlib.h>
#include <sys/stat.h>

using namespace buildfile;

namespace {

template <typename T>
void append(Bytes& out, const T& value)
{
    const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
    out.insert(out.end(), bytes, bytes + sizeof(T));
}

// A small ELF: headers, `payload` in one PT_LOAD at `address`, and a PT_NOTE over its first 16 bytes.
Bytes make_elf(uint64_t address, const std::string& payload)
{
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_entry = address;
    header.e_phoff = sizeof(header);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    Elf64_Phdr load{};
    load.p_type = PT_LOAD;
    load.p_offset = sizeof(header) + 2 * sizeof(load);
    load.p_vaddr = load.p_paddr = address;
    load.p_filesz = payload.size();
    load.p_memsz = payload.size() + 100;
    Elf64_Phdr note = load;
    note.p_type = PT_NOTE;
    note.p_filesz = note.p_memsz = 16;
    Bytes out;
    append(out, header);
    append(out, load);
    append(out, note);
    out.insert(out.end(), payload.begin(), payload.end());
    out.insert(out.end(), 500, 'D'); // stands for debug sections
    return out;
}

class LayoutTest : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/layout_test.XXXXXX";
        dir = mkdtemp(name);
        std::string mark("@IMAGE@\1\0\0\0\0\0\0\0\0", 16);
        put("startup-x86", make_elf(0x100000, "note-of-16-bytes" + mark + "code"));
        put("procnto", make_elf(0x200000, std::string(5000, 'k')));
        Bytes small(100, 's');
        put("small", small);
        variables.set("MKIFS_PATH", dir);
    }
    void TearDown() override { ASSERT_EQ(system(("rm -rf " + dir).c_str()), 0); }

    void put(const std::string& name, const Bytes& content)
    {
        std::ofstream out(dir + "/" + name, std::ios::binary);
        out.write(reinterpret_cast<const char*>(content.data()),
                  static_cast<std::streamsize>(content.size()));
    }
    Bytes build(const std::string& text)
    {
        options.zero_mtime = 2;
        Collector collector(options, variables, diagnostics);
        collector.run(make_plan(Parser(variables, diagnostics).parse("t.build", text), variables,
                                diagnostics));
        Image image = collector.finish();
        return layout_image(image).bytes;
    }
    static const ReadEntry& entry(const ReadImage& image, const std::string& path)
    {
        for (const ReadEntry& item : image.entries) {
            if (item.path == path) {
                return item;
            }
        }
        throw std::runtime_error("no " + path);
    }

    const std::string boot =
        "[virtual=x86_64,elf] boot = {\n startup-x86 -v\n PATH=/proc/boot procnto -a b\n}\n";
    std::string dir;
    std::ostringstream messages;
    Diagnostics diagnostics{messages};
    Variables variables;
    Options options;
};

TEST_F(LayoutTest, BootableImageReadsBack)
{
    Bytes file =
        build(boot + "[+script] .script = {\n ls\n}\nsmall\n[type=link] /bin/sh=/proc/boot/sh\n");
    EXPECT_EQ(messages.str(), "");
    ReadImage image = read_image(file);
    EXPECT_TRUE(image.image_sum_good);
    EXPECT_TRUE(image.startup_sum_good);
    ASSERT_TRUE(image.startup);
    EXPECT_EQ(image.startup->image_paddr, default_image_base);
    EXPECT_EQ(image.fs_offset % page_size, 0u);
    ASSERT_EQ(image.boot.size(), 2u);
    EXPECT_EQ(image.boot[0].argv, (std::vector<std::string>{"startup-x86", "-v"}));
    EXPECT_EQ(image.boot[1].env, (std::vector<std::string>{"PATH=/proc/boot"}));
    EXPECT_EQ(image.header.boot_ino[1], entry(image, "proc/boot/procnto").ino);
    EXPECT_EQ(image.header.script_ino, entry(image, "proc/boot/.script").ino);
    EXPECT_EQ(entry(image, "bin/sh").text, "/proc/boot/sh");
    EXPECT_EQ(read_content(image, entry(image, "proc/boot/small")), Bytes(100, 's'));
    EXPECT_EQ(describe_script(read_content(image, entry(image, "proc/boot/.script"))),
              std::vector<std::string>{"ls"});
}

TEST_F(LayoutTest, ElfFilesAreStrippedExecutableAndPageAligned)
{
    Bytes file = build(boot + "[+raw] data=procnto\n");
    ReadImage image = read_image(file);
    const ReadEntry& procnto = entry(image, "proc/boot/procnto");
    EXPECT_EQ(procnto.offset % page_size, 0u);
    EXPECT_EQ(procnto.mode & 0111, 0111u);
    Bytes content = read_content(image, procnto);
    EXPECT_EQ(content.size(), sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr) + 5000);
    EXPECT_EQ(entry(image, "proc/boot/data").size, content.size() + 500);
    EXPECT_EQ(entry(image, "proc/boot/data").mode & 0111, 0u);
}

TEST_F(LayoutTest, PrefixCarriesStartupNoteAndImageAddress)
{
    Bytes file = build("[image=8m]\n" + boot);
    ElfFile elf(file);
    ASSERT_EQ(elf.segments().size(), 3u);
    EXPECT_EQ(elf.segments()[0].p_paddr, 0x100000u);
    EXPECT_EQ(elf.segments()[1].p_type, static_cast<uint32_t>(PT_NOTE));
    EXPECT_EQ(std::memcmp(file.data() + elf.segments()[1].p_offset, "note-of-16-bytes", 16), 0);
    EXPECT_EQ(elf.segments()[2].p_paddr, 8u << 20);
    uint64_t patched;
    std::memcpy(&patched, file.data() + elf.segments()[0].p_offset + 24, 8);
    EXPECT_EQ(patched, 8u << 20);
}

TEST_F(LayoutTest, OverlapAndLimitsAreErrors)
{
    EXPECT_THROW(build("[image=0x100000]\n" + boot), std::runtime_error);
    EXPECT_THROW(build("[image=0x400001]\n" + boot), std::runtime_error);
    EXPECT_THROW(build("[image=4m-0x401000]\n" + boot), std::runtime_error);
    EXPECT_THROW(build("[image=4m,8k]\n" + boot), std::runtime_error);
}

TEST_F(LayoutTest, SmallFilesFillTheHoles)
{
    Bytes with = build(boot + "small\n");
    Bytes without = build(boot);
    EXPECT_EQ(with.size(), without.size());
}

TEST_F(LayoutTest, CompressedImagesReadBackTheSame)
{
    ReadImage plain = read_image(build(boot + "small\n"));
    for (const char* how : {"[compress=1]\n", "[compress=2]\n", "[+compress]\n"}) {
        Bytes file = build(how + boot + "small\n");
        ReadImage image = read_image(file);
        EXPECT_NE(image.packed_size, 0u);
        EXPECT_EQ(image.fs, plain.fs) << how;
        EXPECT_GE(image.startup->imagefs_paddr,
                  image.startup->image_paddr + image.startup->stored_size);
        ReadImage again = read_image(uncompressed_file(file, image));
        EXPECT_EQ(again.packed_size, 0u);
        EXPECT_EQ(again.fs, plain.fs);
        EXPECT_TRUE(again.startup_sum_good);
    }
}

TEST_F(LayoutTest, PhysAlignHoldsInPhysicalMemory)
{
    ReadImage image = read_image(build(boot + "[phys_align=64k] a=small\nsmall\n"));
    uint64_t address = image.startup->imagefs_paddr + entry(image, "proc/boot/a").offset;
    EXPECT_EQ(address % (64 << 10), 0u);
}

TEST_F(LayoutTest, ReaderSurvivesDamage)
{
    Bytes good = build(boot + "[+script] .script = {\n ls\n}\nsmall\n");
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        Bytes bad = good;
        for (int flips = 0; flips < 4; ++flips) {
            bad[page_size + random() % 1024 * (round % 8 + 1)] = static_cast<uint8_t>(random());
        }
        if (round % 10 == 0) {
            bad.resize(random() % bad.size());
        }
        try {
            ReadImage image = read_image(bad);
            for (const ReadEntry& item : image.entries) {
                if (S_ISREG(item.mode)) {
                    describe_script(read_content(image, item));
                }
            }
        } catch (const std::runtime_error&) {
        }
    }
}

} // namespace
