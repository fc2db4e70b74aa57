/* SPDX-License-Identifier: Apache-2.0 */
/* Byte order: conversions, and access to numbers that are not aligned. This machine is little-endian. (lib_ref ENDIAN_*, UNALIGNED_*) */
#pragma once
#include <stdint.h>
#define ENDIAN_RET16(x) __builtin_bswap16((uint16_t)(x))
#define ENDIAN_RET32(x) __builtin_bswap32((uint32_t)(x))
#define ENDIAN_RET64(x) __builtin_bswap64((uint64_t)(x))
#define ENDIAN_SWAP16(x) (*(uint16_t *)(x) = ENDIAN_RET16(*(uint16_t *)(x)))
#define ENDIAN_SWAP32(x) (*(uint32_t *)(x) = ENDIAN_RET32(*(uint32_t *)(x)))
#define ENDIAN_SWAP64(x) (*(uint64_t *)(x) = ENDIAN_RET64(*(uint64_t *)(x)))
#define ENDIAN_LE16(x) ((uint16_t)(x))
#define ENDIAN_LE32(x) ((uint32_t)(x))
#define ENDIAN_LE64(x) ((uint64_t)(x))
#define ENDIAN_BE16(x) ENDIAN_RET16(x)
#define ENDIAN_BE32(x) ENDIAN_RET32(x)
#define ENDIAN_BE64(x) ENDIAN_RET64(x)
#define inswap16 ENDIAN_RET16
#define inswap32 ENDIAN_RET32
#define inswap64 ENDIAN_RET64
#define __UNALIGNED_ACCESS(bits)                                                             \
    static inline uint##bits##_t __unaligned_ret##bits(const void *at)                       \
    {                                                                                        \
        uint##bits##_t value;                                                                \
        __builtin_memcpy(&value, at, sizeof value);                                          \
        return value;                                                                        \
    }                                                                                        \
    static inline void __unaligned_put##bits(void *at, uint##bits##_t value)                 \
    {                                                                                        \
        __builtin_memcpy(at, &value, sizeof value);                                          \
    }
__UNALIGNED_ACCESS(16)
__UNALIGNED_ACCESS(32)
__UNALIGNED_ACCESS(64)
#undef __UNALIGNED_ACCESS
#define UNALIGNED_RET16(at) __unaligned_ret16(at)
#define UNALIGNED_RET32(at) __unaligned_ret32(at)
#define UNALIGNED_RET64(at) __unaligned_ret64(at)
#define UNALIGNED_PUT16(at, value) __unaligned_put16(at, value)
#define UNALIGNED_PUT32(at, value) __unaligned_put32(at, value)
#define UNALIGNED_PUT64(at, value) __unaligned_put64(at, value)
