// SPDX-License-Identifier: Apache-2.0
// ACPI tables (ACPI 6.4, chapter 5): CPUs and I/O APICs (MADT), ECAM (MCFG), power off and PM timer (FADT, \_S5 of the DSDT).
#include "startup/startup.hpp"

namespace startup {

Acpi acpi;

namespace {

struct [[gnu::packed]] Rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
};
struct [[gnu::packed]] Header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
};
static_assert(sizeof(Header) == 36);

template <class T>
T field(const void* table, uint32_t offset)
{
    T value;
    memcpy(&value, static_cast<const uint8_t*>(table) + offset, sizeof value);
    return value;
}

const Rsdp* scan_for_rsdp()
{
    for (uint64_t at = 0xe0000; at < 0x100000; at += 16) {
        if (memcmp(reinterpret_cast<const void*>(at), "RSD PTR ", 8) == 0)
            return reinterpret_cast<const Rsdp*>(at);
    }
    return nullptr;
}

void read_madt_entry(const uint8_t* entry)
{
    switch (entry[0]) {
    case 0: // local APIC: flags bit 0 = enabled
        if ((field<uint32_t>(entry, 4) & 1) && acpi.cpu_count < max_cpus)
            acpi.apic_ids[acpi.cpu_count++] = entry[3];
        break;
    case 1:
        if (acpi.ioapic_count < max_ioapics) {
            auto& ioapic = acpi.ioapics[acpi.ioapic_count++];
            ioapic.id = entry[2];
            ioapic.address = field<uint32_t>(entry, 4);
            ioapic.gsi_base = field<uint32_t>(entry, 8);
        }
        break;
    case 2:
        if (acpi.route_count < max_routes)
            acpi.routes[acpi.route_count++] = {entry[3], 0, field<uint16_t>(entry, 8),
                                               field<uint32_t>(entry, 4)};
        break;
    default:
        break;
    }
}

void read_madt(const Header* table)
{
    const auto* at = reinterpret_cast<const uint8_t*>(table);
    acpi.lapic = field<uint32_t>(at, 36);
    for (uint32_t offset = 44; offset + 2 <= table->length;) {
        if (at[offset + 1] < 2)
            break;
        read_madt_entry(at + offset);
        offset += at[offset + 1];
    }
}

void read_mcfg(const Header* table)
{
    if (table->length < 44 + 16)
        return;
    acpi.pci.ecam = field<uint64_t>(table, 44);
    acpi.pci.segment = field<uint16_t>(table, 52);
    acpi.pci.bus_start = field<uint8_t>(table, 54);
    acpi.pci.bus_end = field<uint8_t>(table, 55);
}

/// Name(_S5_, Package(n){SLP_TYPa, ...}): the bytes are "_S5_" 0x12 length count value...
void read_s5(const Header* dsdt)
{
    const auto* aml = reinterpret_cast<const uint8_t*>(dsdt);
    for (uint32_t i = sizeof(Header); i + 12 < dsdt->length; ++i) {
        if (memcmp(aml + i, "_S5_", 4) != 0 || aml[i + 4] != 0x12)
            continue;
        const uint32_t length_bytes = 1 + (aml[i + 5] >> 6);
        uint32_t at = i + 5 + length_bytes + 1; // behind the element count
        if (aml[at] == 0x0a)                    // BytePrefix; else ZeroOp or OneOp
            ++at;
        acpi.slp_typa = aml[at] & 7;
        return;
    }
}

void read_fadt(const Header* table)
{
    acpi.pm1a_cnt = field<uint32_t>(table, 64);
    acpi.pm_timer = field<uint32_t>(table, 76);
    if (table->length >= 129 && (field<uint32_t>(table, 112) & (1u << 10))) { // RESET_REG_SUP
        if (field<uint8_t>(table, 116) == 1)                                  // in I/O space
            acpi.reset_register = static_cast<uint32_t>(field<uint64_t>(table, 120));
        acpi.reset_value = field<uint8_t>(table, 128);
    }
    const uint64_t dsdt = field<uint32_t>(table, 40);
    if (dsdt)
        read_s5(reinterpret_cast<const Header*>(dsdt));
}

void read_table(uint64_t address)
{
    if (address == 0 || address >= uint64_t{1} << 32)
        return;
    const auto* table = reinterpret_cast<const Header*>(address);
    if (memcmp(table->signature, "APIC", 4) == 0)
        read_madt(table);
    else if (memcmp(table->signature, "MCFG", 4) == 0)
        read_mcfg(table);
    else if (memcmp(table->signature, "FACP", 4) == 0)
        read_fadt(table);
}

} // namespace

void read_acpi(uint64_t rsdp_address)
{
    const auto* rsdp = rsdp_address ? reinterpret_cast<const Rsdp*>(rsdp_address) : scan_for_rsdp();
    if (!rsdp)
        fail("no ACPI tables");
    const bool wide = rsdp->revision >= 2 && rsdp->xsdt != 0;
    const auto* root = reinterpret_cast<const Header*>(wide ? rsdp->xsdt : uint64_t{rsdp->rsdt});
    const uint32_t entry_size = wide ? 8 : 4;
    for (uint32_t offset = sizeof(Header); offset + entry_size <= root->length;
         offset += entry_size)
        read_table(wide ? field<uint64_t>(root, offset) : field<uint32_t>(root, offset));
    if (acpi.cpu_count == 0 || acpi.ioapic_count == 0 || acpi.lapic == 0)
        fail("ACPI names no CPU or no I/O APIC");
    memory.rsdp = reinterpret_cast<uint64_t>(rsdp);
}

} // namespace startup
