// SPDX-License-Identifier: Apache-2.0
// The ELF core file: headers, notes, memory (System V ABI; note layouts as gdb reads them for x86-64).
#include "core_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace dumper {

namespace {

constexpr size_t page = 4096, chunk = 65536;

struct SignalInfo {
    int32_t signo, code, error;
};
/// NT_PRSTATUS
struct ThreadStatus {
    SignalInfo info;
    int16_t cursig, pad0;
    uint64_t pending, held;
    int32_t tid, parent, group, session;
    uint64_t times[8];
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip,
        cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
    int32_t has_floats, pad1;
};
static_assert(sizeof(ThreadStatus) == 336);
/// NT_PRPSINFO
struct ProcessInfo {
    char state, state_name, zombie, nice;
    uint32_t pad;
    uint64_t flags;
    uint32_t uid, gid;
    int32_t pid, parent, group, session;
    char name[16], arguments[80];
};
static_assert(sizeof(ProcessInfo) == 136);

using Bytes = std::vector<char>;

void append(Bytes& to, const void* data, size_t size)
{
    const auto* bytes = static_cast<const char*>(data);
    to.insert(to.end(), bytes, bytes + size);
}

void pad(Bytes& to, size_t to_multiple_of)
{
    while (to.size() % to_multiple_of != 0)
        to.push_back(0);
}

void add_note(Bytes& notes, uint32_t type, const void* data, size_t size)
{
    const Elf64_Nhdr head{5, static_cast<Elf64_Word>(size), type};
    append(notes, &head, sizeof head);
    append(notes, "CORE\0\0\0", 8);
    append(notes, data, size);
    pad(notes, 4);
}

ThreadStatus status_note(const Crash& crash, const Thread& thread)
{
    const X86_64_CPU_REGISTERS& r = thread.registers.x86_64;
    ThreadStatus out{};
    if (thread.status.tid == crash.tid)
        out.info.signo = out.cursig = static_cast<int16_t>(crash.signo);
    out.tid = thread.status.tid;
    out.parent = crash.info.parent;
    out.group = crash.info.pgrp;
    out.session = crash.info.sid;
    out.r15 = r.r15, out.r14 = r.r14, out.r13 = r.r13, out.r12 = r.r12;
    out.rbp = r.rbp, out.rbx = r.rbx, out.r11 = r.r11, out.r10 = r.r10;
    out.r9 = r.r9, out.r8 = r.r8, out.rax = r.rax, out.rcx = r.rcx;
    out.rdx = r.rdx, out.rsi = r.rsi, out.rdi = r.rdi, out.orig_rax = ~uint64_t{0};
    out.rip = r.rip, out.cs = r.cs, out.rflags = r.rflags, out.rsp = r.rsp, out.ss = r.ss;
    out.fs_base = thread.status.tls;
    out.has_floats = 1;
    return out;
}

ProcessInfo process_note(const Crash& crash)
{
    ProcessInfo out{};
    out.state_name = 'R';
    out.uid = static_cast<uint32_t>(crash.info.uid);
    out.gid = static_cast<uint32_t>(crash.info.gid);
    out.pid = crash.pid;
    out.parent = crash.info.parent;
    out.group = crash.info.pgrp;
    out.session = crash.info.sid;
    const size_t slash = crash.path.rfind('/');
    strncpy(out.name, crash.path.c_str() + (slash == std::string::npos ? 0 : slash + 1),
            sizeof out.name - 1);
    std::string all;
    for (const std::string& argument : crash.arguments)
        all += (all.empty() ? "" : " ") + argument;
    strncpy(out.arguments, all.c_str(), sizeof out.arguments - 1);
    return out;
}

// The vector lies behind the arguments and the environment, where the program began.
Bytes auxiliary_vector(const Crash& crash)
{
    Bytes out;
    uint64_t at = crash.info.initial_stack, word = 0;
    if (!peek(crash, at, &word, sizeof word) || word > 100000)
        return out;
    at += (word + 2) * sizeof word; // argc, argv, its null
    for (int i = 0; i < 100000 && peek(crash, at, &word, sizeof word) && word != 0; ++i)
        at += sizeof word;
    at += sizeof word;
    for (int i = 0; i < 64; ++i, at += 16) {
        uint64_t pair[2];
        if (!peek(crash, at, pair, sizeof pair))
            break;
        append(out, pair, sizeof pair);
        if (pair[0] == 0)
            break;
    }
    return out;
}

// NT_FILE: count and page size, then start, end and page offset of each, then their names.
Bytes file_note(const Crash& crash)
{
    Bytes numbers, names;
    uint64_t count = 0;
    for (const Mapping& mapping : crash.mappings) {
        if (mapping.name.empty() || mapping.name[0] != '/')
            continue;
        const uint64_t one[3] = {mapping.info.vaddr, mapping.info.vaddr + mapping.info.size,
                                 static_cast<uint64_t>(mapping.info.offset) / page};
        append(numbers, one, sizeof one);
        append(names, mapping.name.c_str(), mapping.name.size() + 1);
        ++count;
    }
    const uint64_t head[2] = {count, page};
    Bytes out;
    append(out, head, sizeof head);
    out.insert(out.end(), numbers.begin(), numbers.end());
    out.insert(out.end(), names.begin(), names.end());
    return out;
}

Bytes all_notes(const Crash& crash)
{
    Bytes notes;
    for (const Thread& thread : crash.threads) {
        const ThreadStatus status = status_note(crash, thread);
        add_note(notes, NT_PRSTATUS, &status, sizeof status);
        if (&thread == &crash.threads.front()) {
            const ProcessInfo info = process_note(crash);
            add_note(notes, NT_PRPSINFO, &info, sizeof info);
            const Bytes vector = auxiliary_vector(crash), files = file_note(crash);
            add_note(notes, NT_AUXV, vector.data(), vector.size());
            add_note(notes, 0x46494c45 /* NT_FILE */, files.data(), files.size());
        }
        add_note(notes, NT_FPREGSET, thread.floats.fxsave, sizeof thread.floats.fxsave);
    }
    return notes;
}

Elf64_Phdr segment(const Mapping& mapping, uint64_t offset)
{
    Elf64_Phdr out{};
    out.p_type = PT_LOAD;
    out.p_offset = offset;
    out.p_vaddr = mapping.info.vaddr;
    out.p_memsz = mapping.info.size;
    out.p_filesz = mapping.written() ? mapping.info.size : 0;
    out.p_align = page;
    out.p_flags = ((mapping.info.flags & PROT_READ) != 0 ? PF_R : 0u) |
                  ((mapping.info.flags & PROT_WRITE) != 0 ? PF_W : 0u) |
                  ((mapping.info.flags & PROT_EXEC) != 0 ? PF_X : 0u);
    return out;
}

bool put(int fd, const void* data, size_t size)
{
    const auto* bytes = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n <= 0)
            return false;
        bytes += n;
        size -= static_cast<size_t>(n);
    }
    return true;
}

bool put_memory(const Crash& crash, const Mapping& mapping, int fd)
{
    Bytes buffer(chunk);
    for (uint64_t done = 0; done < mapping.info.size; done += chunk) {
        const uint64_t left = mapping.info.size - done;
        const size_t part = left < chunk ? static_cast<size_t>(left) : chunk;
        peek(crash, mapping.info.vaddr + done, buffer.data(), part);
        if (!put(fd, buffer.data(), part))
            return false;
    }
    return true;
}

bool put_all(const Crash& crash, int fd)
{
    const Bytes notes = all_notes(crash);
    Elf64_Ehdr head{};
    memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_ident[EI_VERSION] = EV_CURRENT;
    head.e_type = ET_CORE;
    head.e_machine = EM_X86_64;
    head.e_version = EV_CURRENT;
    head.e_phoff = head.e_ehsize = sizeof head;
    head.e_phentsize = sizeof(Elf64_Phdr);
    head.e_phnum = static_cast<Elf64_Half>(crash.mappings.size() + 1);
    Bytes front;
    append(front, &head, sizeof head);
    Elf64_Phdr note{};
    note.p_type = PT_NOTE;
    note.p_offset = sizeof head + head.e_phnum * sizeof(Elf64_Phdr);
    note.p_filesz = notes.size();
    note.p_align = 4;
    append(front, &note, sizeof note);
    const size_t behind = static_cast<size_t>(note.p_offset) + notes.size();
    uint64_t offset = (behind + page - 1) / page * page;
    for (const Mapping& mapping : crash.mappings) {
        const Elf64_Phdr one = segment(mapping, offset);
        append(front, &one, sizeof one);
        offset += one.p_filesz;
    }
    front.insert(front.end(), notes.begin(), notes.end());
    pad(front, page);
    bool good = put(fd, front.data(), front.size());
    for (const Mapping& mapping : crash.mappings)
        good = good && (!mapping.written() || put_memory(crash, mapping, fd));
    return good;
}

} // namespace

bool Mapping::written() const
{
    constexpr uint32_t map_phys = 0x10000, map_anon = 0x80000;
    const bool device = (info.flags & map_phys) != 0 && (info.flags & map_anon) == 0;
    return !device && (info.flags & PROT_WRITE) != 0;
}

bool peek(const Crash& crash, uint64_t address, void* to, size_t size)
{
    auto* bytes = static_cast<char*>(to);
    memset(to, 0, size);
    if (pread(crash.as, to, size, static_cast<off_t>(address)) == static_cast<ssize_t>(size))
        return true;
    bool any = false; // page by page, around what is not there
    for (size_t done = 0; done < size;) {
        size_t part = page - (address + done) % page;
        part = part < size - done ? part : size - done;
        any = pread(crash.as, bytes + done, part, static_cast<off_t>(address + done)) > 0 || any;
        done += part;
    }
    return any;
}

bool write_core(const Crash& crash, const std::string& path)
{
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd == -1)
        return false;
    const bool good = put_all(crash, fd);
    return close(fd) == 0 && good;
}

} // namespace dumper
