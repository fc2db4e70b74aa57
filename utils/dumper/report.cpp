// SPDX-License-Identifier: Apache-2.0
// The report for people.
#include "core_file.hpp"

#include <stdio.h>

namespace dumper {

namespace {

constexpr int deepest = 64;

const Mapping* find(const Crash& crash, uint64_t address)
{
    for (const Mapping& mapping : crash.mappings) {
        if (address >= mapping.info.vaddr && address < mapping.info.vaddr + mapping.info.size)
            return &mapping;
    }
    return nullptr;
}

void print_place(FILE* out, const Crash& crash, int depth, uint64_t address)
{
    const Mapping* mapping = find(crash, address);
    fprintf(out, "  #%-2d %016lx", depth, address);
    if (mapping)
        fprintf(out, "  %s+0x%lx", mapping->name.c_str(),
                address - mapping->info.vaddr + static_cast<uint64_t>(mapping->info.offset));
    fputc('\n', out);
}

// By frame pointers: code built without them ends the walk early or leaves callers out.
void print_backtrace(FILE* out, const Crash& crash, const X86_64_CPU_REGISTERS& r)
{
    print_place(out, crash, 0, r.rip);
    uint64_t frame = r.rbp;
    for (int depth = 1; depth < deepest; ++depth) {
        uint64_t words[2];
        if (frame < r.rsp || frame % 8 != 0 || !peek(crash, frame, words, sizeof words) ||
            words[1] == 0 || !find(crash, words[1]))
            break;
        print_place(out, crash, depth, words[1]);
        if (words[0] <= frame)
            break;
        frame = words[0];
    }
}

void print_thread(FILE* out, const Crash& crash, const Thread& thread)
{
    const X86_64_CPU_REGISTERS& r = thread.registers.x86_64;
    fprintf(out, "thread %d%s%s%s state %u priority %u\n", thread.status.tid,
            thread.status.name[0] ? " " : "", thread.status.name,
            thread.status.tid == crash.tid ? " (crashed)" : "", thread.status.state,
            thread.status.priority);
    fprintf(out, "  rip %016lx rsp %016lx rbp %016lx rflags %08lx\n", r.rip, r.rsp, r.rbp,
            r.rflags);
    fprintf(out, "  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r.rax, r.rbx, r.rcx, r.rdx);
    fprintf(out, "  rsi %016lx rdi %016lx r8  %016lx r9  %016lx\n", r.rsi, r.rdi, r.r8, r.r9);
    fprintf(out, "  r10 %016lx r11 %016lx r12 %016lx r13 %016lx\n", r.r10, r.r11, r.r12, r.r13);
    fprintf(out, "  r14 %016lx r15 %016lx tls %016lx\n", r.r14, r.r15, thread.status.tls);
    print_backtrace(out, crash, r);
}

} // namespace

bool write_report(const Crash& crash, const std::string& path)
{
    FILE* out = fopen(path.c_str(), "w");
    if (!out)
        return false;
    fprintf(out, "process %d %s\narguments", crash.pid, crash.path.c_str());
    for (const std::string& argument : crash.arguments)
        fprintf(out, " %s", argument.c_str());
    fprintf(out, "\nsignal %d in thread %d\n", crash.signo, crash.tid);
    for (const Thread& thread : crash.threads)
        print_thread(out, crash, thread);
    fprintf(out, "mappings\n");
    for (const Mapping& mapping : crash.mappings)
        fprintf(out, "  %012lx-%012lx %08x %s\n", mapping.info.vaddr,
                mapping.info.vaddr + mapping.info.size, mapping.info.flags, mapping.name.c_str());
    return fclose(out) == 0;
}

} // namespace dumper
