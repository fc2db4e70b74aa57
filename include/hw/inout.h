/* SPDX-License-Identifier: Apache-2.0 */
/* Port input and output; the caller needs ThreadCtl(_NTO_TCTL_IO, 0). mmap_device_io() gives the port number back. */
#pragma once
#include <stdint.h>
static inline uint8_t in8(uintptr_t port) { uint8_t v; __asm__ __volatile__("inb %w1, %0" : "=a"(v) : "Nd"((uint16_t)port)); return v; }
static inline uint16_t in16(uintptr_t port) { uint16_t v; __asm__ __volatile__("inw %w1, %0" : "=a"(v) : "Nd"((uint16_t)port)); return v; }
static inline uint32_t in32(uintptr_t port) { uint32_t v; __asm__ __volatile__("inl %w1, %0" : "=a"(v) : "Nd"((uint16_t)port)); return v; }
static inline void out8(uintptr_t port, uint8_t v) { __asm__ __volatile__("outb %0, %w1" : : "a"(v), "Nd"((uint16_t)port)); }
static inline void out16(uintptr_t port, uint16_t v) { __asm__ __volatile__("outw %0, %w1" : : "a"(v), "Nd"((uint16_t)port)); }
static inline void out32(uintptr_t port, uint32_t v) { __asm__ __volatile__("outl %0, %w1" : : "a"(v), "Nd"((uint16_t)port)); }
