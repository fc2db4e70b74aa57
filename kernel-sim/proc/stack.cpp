// SPDX-License-Identifier: Apache-2.0
// The first stack of a program: strings, auxiliary vector, environment, arguments.
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "proc/loader.hpp"
#include "proc/process_info.hpp"

#include <abi/errno.h>
#include <sys/syspage.h>

namespace proc {

namespace {

// From the top of the address space down:
//   path of the program, random bytes, environment strings, argument strings
//   auxv ... AT_NULL / envp ... NULL / argv ... NULL / argc        <- rsp, 16-byte aligned
constexpr uint64_t default_stack = 1u << 20, min_stack = 128u << 10, max_stack = 64u << 20;

enum : uint64_t {
    at_null = 0,
    at_phdr = 3,
    at_phent = 4,
    at_phnum = 5,
    at_pagesz = 6,
    at_base = 7,
    at_entry = 9,
    at_uid = 11,
    at_euid = 12,
    at_gid = 13,
    at_egid = 14,
    at_secure = 23,
    at_random = 25,
    at_execfn = 31
};

/// Writes downwards from the top, then upwards the vectors.
class StackWriter {
public:
    StackWriter(mm::AddressSpace& space, uint64_t top) : space_(space), at_(top) {}
    uint64_t at() const { return at_; }
    bool failed() const { return failed_; }
    uint64_t push(const void* data, uint64_t size)
    {
        at_ -= size;
        failed_ = failed_ || !space_.copy_out(at_, data, size);
        return at_;
    }
    void move_to(uint64_t address) { at_ = address; }
    void word(uint64_t value)
    {
        failed_ = failed_ || !space_.copy_out(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    void pair(uint64_t key, uint64_t value)
    {
        word(key);
        word(value);
    }
    /// Pointers to `count` strings that lie at `address`, and a null pointer.
    void pointers(std::string_view strings, uint32_t count, uint64_t address)
    {
        size_t offset = 0;
        for (uint32_t i = 0; i < count; ++i) {
            word(address + offset);
            offset += std::string_view(strings.data() + offset).size() + 1;
        }
        word(0);
    }

private:
    mm::AddressSpace& space_;
    uint64_t at_;
    bool failed_ = false;
};

int map_stack(mm::AddressSpace& space, uint64_t top, uint64_t size)
{
    mm::MapRequest guard;
    guard.addr = top - size - mm::page_size;
    guard.length = mm::page_size;
    guard.flags = MEM_MAP_FIXED | MEM_MAP_ANON | MEM_MAP_PRIVATE;
    mm::MapRequest stack = guard;
    stack.addr = top - size;
    stack.length = size;
    stack.prot = MEM_PROT_READ | MEM_PROT_WRITE;
    stack.flags |= MEM_MAP_STACK;
    uint64_t address;
    const int error = space.map(guard, address);
    return error != EOK ? error : space.map(stack, address);
}

int map_system_page(mm::AddressSpace& space, uint64_t& address)
{
    mm::MapRequest page;
    page.length = SYSPAGE_SIZE;
    page.prot = MEM_PROT_READ;
    page.flags = MEM_MAP_PHYS | MEM_MAP_SHARED;
    page.offset = arch::syspage_paddr();
    return space.map(page, address);
}

} // namespace

int build_stack(object::Process& process, mm::AddressSpace& space, const SpawnJob& job,
                ProgramStart& start)
{
    const uint64_t top = start.stack_top;
    uint64_t size = start.stack_size != 0
                        ? start.stack_size
                        : base::min_of(process.info->limits[3].soft, default_stack);
    size = base::align_up(base::min_of(base::max_of(size, min_stack), max_stack), mm::page_size);
    const uint64_t strings = job.arguments.view().size() + job.environment.view().size() +
                             job.path.view().size() +
                             (uint64_t{job.argc} + job.envc) * sizeof(uint64_t) + mm::page_size;
    if (strings > size / 2) {
        size = base::align_up(2 * strings, mm::page_size);
    }
    uint64_t system_page = 0;
    int error = map_stack(space, top, size);
    error = error == EOK ? map_system_page(space, system_page) : error;
    if (error != EOK) {
        return error;
    }
    uint64_t random[2] = {arch::random_seed(), 0};
    random[1] = arch::random_seed() * 0x9e3779b97f4a7c15u + random[0];

    StackWriter writer(space, top - 16);
    const uint64_t path = writer.push(job.path.c_str(), job.path.view().size() + 1);
    const uint64_t random_bytes = writer.push(random, sizeof random);
    const uint64_t environment =
        writer.push(job.environment.c_str(), job.environment.view().size());
    const uint64_t arguments = writer.push(job.arguments.c_str(), job.arguments.view().size());

    constexpr uint64_t auxv_pairs = 18;
    const uint64_t words = 1 + job.argc + 1 + uint64_t{job.envc} + 1 + 2 * auxv_pairs;
    start.stack = base::align_down(writer.at() - words * sizeof(uint64_t), 16);
    writer.move_to(start.stack);
    writer.word(job.argc);
    writer.pointers(job.arguments.view(), job.argc, arguments);
    writer.pointers(job.environment.view(), job.envc, environment);
    const nto_cred& cred = start.cred;
    writer.pair(at_phdr, start.headers);
    writer.pair(at_phent, 56);
    writer.pair(at_phnum, start.header_count);
    writer.pair(at_pagesz, mm::page_size);
    writer.pair(at_base, start.interpreter_base);
    writer.pair(at_entry, start.program_entry);
    writer.pair(at_uid, static_cast<uint32_t>(cred.ruid));
    writer.pair(at_euid, static_cast<uint32_t>(cred.euid));
    writer.pair(at_gid, static_cast<uint32_t>(cred.rgid));
    writer.pair(at_egid, static_cast<uint32_t>(cred.egid));
    writer.pair(at_secure, cred.ruid != cred.euid || cred.rgid != cred.egid ? 1 : 0);
    writer.pair(at_random, random_bytes);
    writer.pair(at_execfn, path);
    writer.pair(NTO_AT_SYSPAGE, system_page);
    writer.pair(NTO_AT_PID, static_cast<uint64_t>(process.pid));
    writer.pair(at_null, 0);
    return writer.failed() ? ENOMEM : EOK;
}

} // namespace proc
