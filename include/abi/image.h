/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image file system (IFS): one layout for mkifs, dumpifs, startup and procnto. Little endian. Offsets in the directory count
 * from the image header. Order in the file:
 *
 *   the boot prefix, whole pages                   elf: ELF64 header, program headers, PVH note; multiboot: ELF32 and a multiboot
 *                                                  header; bios, raw: the code of NAME.boot, loaded at image= itself
 *   struct startup_header                          image_base, which is image= or, behind such code, the page after it
 *   startup: its loadable segments, flat           also a PT_LOAD of its own, at the addresses it was linked for
 *   struct startup_trailer
 *   (what follows may be compressed as one)
 *   struct image_header, mountpoint, boot records  page aligned: imagefs_paddr; compressed or with ram=: startup puts it there
 *   directory: struct image_dirent ...             ends with size == 0
 *   file data                                      ELF files and +page_align page aligned, others 8-byte aligned
 *   struct image_trailer
 *
 * One PT_LOAD carries startup_header .. image_trailer to physical image_base (default 4 MiB); startup itself is linked at 1 MiB.
 * Startup finds the image at a fixed place: mkifs stores image_base + offset in the startup's symbol-free slot: the 8 bytes after
 * the mark STARTUP_IMAGE_MARK in startup's .data are overwritten with the physical address of the startup_header.
 */
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H
#include <stdint.h>

#define STARTUP_HDR_SIGNATURE 0x00FF7EEBu
#define STARTUP_HDR_VERSION 1u
#define STARTUP_HDR_FLAGS1_VIRTUAL 0x01u
#define STARTUP_HDR_FLAGS1_BIGENDIAN 0x02u
#define STARTUP_HDR_FLAGS1_COMPRESS_MASK 0x1cu
#define STARTUP_HDR_FLAGS1_COMPRESS_NONE 0x00u
#define STARTUP_HDR_FLAGS1_COMPRESS_ZLIB 0x04u /* one zlib stream (RFC 1950) */
#define STARTUP_HDR_FLAGS1_COMPRESS_LZO 0x08u  /* blocks: 16-bit big-endian length, LZO1X data of at most 64 KiB; length 0 ends */
#define STARTUP_HDR_FLAGS1_COMPRESS_UCL 0x0cu  /* never written */
/* startup_header.info: info[0] is where the image begins as stored, counted from the startup header (it goes to imagefs_paddr);
 * info[1] is the number of startup's segments, then four words for each: offset from the startup header, bytes there, physical
 * address, bytes in memory. */
#define STARTUP_INFO_IMAGEFS 0
#define STARTUP_INFO_SEGMENTS 1
#define STARTUP_MAX_SEGMENTS 4
/* Boot prefixes (NAME.boot): mkifs finds this mark and fills in the words behind it; a multiboot header with addresses in the
 * prefix (flag bit 16) has load_paddr added to them. */
#define BOOT_PREFIX_MARK "@PREFIX@" /* 8 bytes, followed by struct boot_prefix_slot */
struct boot_prefix_slot { uint32_t load_paddr, file_size, prefix_size, startup_entry; };
#define STARTUP_IMAGE_MARK "@IMAGE@\1" /* 8 bytes, followed by uint64_t */

struct startup_header {
    uint32_t signature; uint16_t version; uint8_t flags1, flags2;
    uint16_t header_size, machine;
    uint32_t startup_vaddr, paddr_bias, image_paddr, ram_paddr, ram_size, startup_size;
    uint32_t stored_size;                   /* header .. end of the image as stored, compressed or not */
    uint32_t imagefs_paddr, imagefs_size;   /* imagefs_paddr: where the image header lies in memory */
    uint16_t preboot_size, zero0; uint32_t zero[3];
    uint32_t info[48];
};
struct startup_trailer { uint32_t cksum; };  /* 32-bit words of header + startup + trailer sum to 0 */

#define IMAGE_SIGNATURE "imagefs"            /* 7 bytes */
#define IMAGE_FLAGS_BIGENDIAN 1u
#define IMAGE_FLAGS_READONLY 2u
#define IMAGE_FLAGS_INO_BITS 4u
#define IMAGE_FLAGS_SORTED 8u
#define IMAGE_FLAGS_MOUNTED 0x40u            /* paths in the directory begin with the mount point */
struct image_header {
    char signature[7]; uint8_t flags;
    uint32_t image_size;    /* header .. trailer */
    uint32_t hdr_dir_size;  /* header + directory */
    uint32_t dir_offset;
    uint32_t boot_ino[4];   /* [0] startup's, last non-zero: procnto's inode */
    uint32_t script_ino;    /* 0 = none */
    uint32_t chain_paddr;
    uint32_t bootrec_offset;/* our use of a spare word: offset of the boot records, 0 = none */
    uint32_t spare[9];
    uint32_t mountflags;
    char mountpoint[4];     /* NUL-terminated, padded to 4 */
};
/* boot records: one for each bootstrap executable, in order; size 0 ends. Strings: argv[0..argc) then env, each with NUL. */
struct image_bootrec { uint16_t size; uint16_t argc; uint16_t envc; uint16_t zero; char strings[]; };

#define IMAGE_INO_PROCESSED_ELF 0x80000000u
struct image_dirent {       /* padded so that size is a multiple of 4 */
    uint16_t size, extattr_offset;
    uint32_t ino, mode, gid, uid, mtime;
    union {
        struct { uint32_t offset, size; char path[4]; } file;          /* S_IFREG */
        struct { char path[4]; } dir;                                  /* S_IFDIR; the root has the empty path */
        struct { uint16_t sym_offset, sym_size; char path[4]; } link;  /* S_IFLNK: text at path + sym_offset, sym_size without NUL */
        struct { uint32_t dev, rdev; char path[4]; } device;
    } u;                    /* paths have no leading '/', NUL-terminated */
};
struct image_trailer { uint32_t cksum; };    /* 32-bit words of header .. trailer sum to 0 */

/* The startup script, stored parsed (script_ino's file): commands back to back, each padded to 4; size_lo == size_hi == 0 ends. */
enum { SCRIPT_EXTERNAL, SCRIPT_WAITFOR, SCRIPT_REOPEN, SCRIPT_DISPLAY_MSG, SCRIPT_PROCMGR_SYMLINK, SCRIPT_EXTSCHED_APS, SCRIPT_SETENV };
#define SCRIPT_FLAG_BACKGROUND 0x01u
#define SCRIPT_FLAG_SESSION 0x02u     /* [+session] */
#define SCRIPT_FLAG_SCHED_SET 0x04u   /* policy, priority valid */
#define SCRIPT_FLAG_CPU_SET 0x08u
#define SCRIPT_FLAG_EXTERNAL 0x10u
#define SCRIPT_FLAG_PARTITION 0x20u   /* EXTERNAL: one more string follows env, the partition of [sched_aps=] */
struct script_cmd {
    uint16_t size;          /* of the whole record */
    uint8_t type, flags;
    uint8_t cpu;            /* CPU number when CPU_SET */
    uint8_t policy;         /* 1 f, 2 r, 3 o */
    uint8_t priority;       /* EXTSCHED_APS: the budget in percent */
    uint8_t zero;
    uint16_t argc, envc;    /* EXTERNAL: argv strings (argv[0] after argv0= is applied is string 1; string 0 is the path), then env */
    uint32_t value_ms;      /* WAITFOR, REOPEN: time limit. EXTSCHED_APS: critical budget */
    char strings[];         /* WAITFOR, REOPEN: path. DISPLAY_MSG: text. PROCMGR_SYMLINK: target, link. SETENV: NAME=value. EXTSCHED_APS: name. */
};
#endif
