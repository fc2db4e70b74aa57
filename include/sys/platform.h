/* SPDX-License-Identifier: Apache-2.0 */
/* QNX's names for sized integers and physical addresses. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

typedef int8_t _Int8t;
typedef uint8_t _Uint8t;
typedef int16_t _Int16t;
typedef uint16_t _Uint16t;
typedef int32_t _Int32t;
typedef uint32_t _Uint32t;
typedef int64_t _Int64t;
typedef uint64_t _Uint64t;
typedef intptr_t _Intptrt;
typedef uintptr_t _Uintptrt;
typedef uint64_t paddr_t;
typedef uint64_t paddr64_t;
typedef uint32_t paddr32_t;
#ifdef __cplusplus
#define __NTO_BEGIN_DECLS extern "C" {
#define __NTO_END_DECLS }
#define __NTO_STATIC_ASSERT static_assert
#else
#define __NTO_BEGIN_DECLS
#define __NTO_END_DECLS
#define __NTO_STATIC_ASSERT _Static_assert
#endif
