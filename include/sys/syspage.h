/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system page: what startup learned about the machine. Made by startup-x86, extended by procnto (qtime), mapped read-only into every
 * process; `_syspage_ptr` points at it. Access: SYSPAGE_ENTRY(qtime)->cycles_per_sec, _syspage_ptr->num_cpu.
 */
#ifndef _SYS_SYSPAGE_H
#define _SYS_SYSPAGE_H
#include <stdint.h>

struct syspage_section { uint16_t entry_off, entry_size; uint32_t total_size; }; /* offsets from the syspage start */

struct qtime_entry {
    uint64_t cycles_per_sec;
    volatile uint64_t nsec_tod_adjust;  /* ns to add to time since boot for wall time */
    volatile uint64_t nsec;             /* since boot, at the last tick */
    uint32_t nsec_inc;                  /* ns a tick */
    uint32_t boot_time;                 /* seconds since 1970 at boot */
    uint64_t cycles_at_boot;            /* ClockCycles() at nsec 0 */
    int32_t timer_scale, rr_interval_mul;
    uint32_t intr, epoch, flags, spare;
};
struct asinfo_entry { uint64_t start, end; uint32_t owner; uint32_t name; uint32_t attr, priority; }; /* name: offset into strings */
enum { AS_RAM = 0, AS_RESERVED, AS_IMAGE, AS_STARTUP, AS_DEVICE };                                   /* owner */
struct cpuinfo_entry { uint32_t cpu, speed_mhz, flags, apic_id; uint32_t name; uint32_t spare[3]; };
struct intrinfo_entry { uint32_t vector_base, num_vectors, flags, gsi_base; uint64_t mmio; uint32_t id, spare; }; /* one for each I/O APIC, and one with flags 1 = MSI */
struct irqroute_entry { uint8_t irq, zero; uint16_t flags; uint32_t gsi; };      /* MADT overrides; flags: polarity and trigger as in ACPI */
struct pciinfo_entry { uint64_t ecam; uint8_t bus_start, bus_end; uint16_t segment; uint32_t spare; };
struct platform_entry { uint64_t rsdp, lapic, imagefs_paddr, imagefs_size; uint64_t tsc_hz; uint32_t pm1a_cnt, slp_typa; uint32_t acpi_reset_reg, acpi_reset_val; };

#define SYSPAGE_SIGNATURE 0x50535953u /* "SYSP" */
#define SYSPAGE_SIZE 8192u
struct syspage_entry {
    uint32_t signature; uint16_t size; uint16_t total_size; /* bytes used; at most SYSPAGE_SIZE */
    uint16_t type, num_cpu; uint32_t spare;
    struct syspage_section system_private, asinfo, cpuinfo, qtime, strings, intrinfo, irqroute, pciinfo, platform, hwinfo;
};
#ifdef __cplusplus
extern "C" {
#endif
extern struct syspage_entry *_syspage_ptr;
#ifdef __cplusplus
}
#endif
#define _SYSPAGE_ENTRY(spp, entry) ((struct entry##_entry *)((char *)(spp) + (spp)->entry.entry_off))
#define SYSPAGE_ENTRY(entry) _SYSPAGE_ENTRY(_syspage_ptr, entry)
#define SYSPAGE_ENTRY_SIZE(entry) (_syspage_ptr->entry.total_size)
#define SYSPAGE_ELEMENT_SIZE(entry) (_syspage_ptr->entry.entry_size)
#endif
