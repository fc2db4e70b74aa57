/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's event trace. Logging functions do nothing and return ENOSYS until the kernel has its event ring. */
#pragma once
#include <sys/platform.h>
__NTO_BEGIN_DECLS
int TraceEvent(int mode, ...);
int trace_logf(int code, const char *fmt, ...);
int trace_logi(int code, unsigned d1, unsigned d2);
int trace_logb(int code, const void *buf, unsigned len);
int trace_vnlogf(int code, int max, const char *fmt, __builtin_va_list args);
__NTO_END_DECLS
