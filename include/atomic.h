/* SPDX-License-Identifier: Apache-2.0 */
/* QNX's atomic operations on unsigned; the _value forms return the value before. */
#pragma once
static inline void atomic_add(volatile unsigned *loc, unsigned v) { __atomic_fetch_add(loc, v, __ATOMIC_SEQ_CST); }
static inline unsigned atomic_add_value(volatile unsigned *loc, unsigned v) { return __atomic_fetch_add(loc, v, __ATOMIC_SEQ_CST); }
static inline void atomic_sub(volatile unsigned *loc, unsigned v) { __atomic_fetch_sub(loc, v, __ATOMIC_SEQ_CST); }
static inline unsigned atomic_sub_value(volatile unsigned *loc, unsigned v) { return __atomic_fetch_sub(loc, v, __ATOMIC_SEQ_CST); }
static inline void atomic_set(volatile unsigned *loc, unsigned v) { __atomic_fetch_or(loc, v, __ATOMIC_SEQ_CST); }
static inline unsigned atomic_set_value(volatile unsigned *loc, unsigned v) { return __atomic_fetch_or(loc, v, __ATOMIC_SEQ_CST); }
static inline void atomic_clr(volatile unsigned *loc, unsigned v) { __atomic_fetch_and(loc, ~v, __ATOMIC_SEQ_CST); }
static inline unsigned atomic_clr_value(volatile unsigned *loc, unsigned v) { return __atomic_fetch_and(loc, ~v, __ATOMIC_SEQ_CST); }
static inline void atomic_toggle(volatile unsigned *loc, unsigned v) { __atomic_fetch_xor(loc, v, __ATOMIC_SEQ_CST); }
static inline unsigned atomic_toggle_value(volatile unsigned *loc, unsigned v) { return __atomic_fetch_xor(loc, v, __ATOMIC_SEQ_CST); }
