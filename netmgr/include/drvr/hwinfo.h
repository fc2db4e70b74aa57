/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that startup has put into the system page's hwinfo section, for drivers of boards. A PC's devices are found through PCI and
 * ACPI: startup-x86 writes no hwinfo items, so that every search ends with "not there", as on a board without the item.
 */
#ifndef _DRVR_HWINFO_H
#define _DRVR_HWINFO_H
#include <stddef.h>
#include <stdint.h>

#define HWI_NULL_OFF 0xffffffffu        /* no item */
#define HWI_ILLEGAL_VECTOR 0xffffffffu  /* no interrupt */
#define HWI_TAG_NAME_location "location"

typedef union hwi_tag {
    struct {
        uint64_t base;
        uint64_t len;
    } location;
} hwi_tag;

/* The unit-th device of that name, or HWI_NULL_OFF. */
static inline unsigned hwi_find_device(const char *name, unsigned unit)
{
    (void)name;
    (void)unit;
    return HWI_NULL_OFF;
}
/* A tag of an item (*index: which one, moved on), or NULL. */
static inline hwi_tag *hwi_tag_find(unsigned item, const char *tag, unsigned *index)
{
    (void)item;
    (void)tag;
    (void)index;
    return NULL;
}
/* An interrupt of an item, or HWI_ILLEGAL_VECTOR. */
static inline unsigned hwitag_find_ivec(unsigned item, unsigned *index)
{
    (void)item;
    (void)index;
    return HWI_ILLEGAL_VECTOR;
}
/* 0, or -1: the item has none. */
static inline int hwitag_find_nicaddr(unsigned item, unsigned *index, uint8_t *mac)
{
    (void)item;
    (void)index;
    (void)mac;
    return -1;
}
static inline int hwitag_find_phyaddr(unsigned item, unsigned *index)
{
    (void)item;
    (void)index;
    return -1;
}
#endif
