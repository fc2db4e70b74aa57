/* SPDX-License-Identifier: Apache-2.0 */
/* The older system logger calls, kept for source compatibility: records go to slogger2 (buffer "slog"). In libslog2.so. */
#ifndef _SYS_SLOG_H
#define _SYS_SLOG_H
#include <stdarg.h>
#ifdef __cplusplus
extern "C" {
#endif
#define _SLOG_SETCODE(major, minor) (((major) << 8) | (minor))
#define _SLOG_SHUTDOWN 0
#define _SLOG_CRITICAL 1
#define _SLOG_ERROR 2
#define _SLOG_WARNING 3
#define _SLOG_NOTICE 4
#define _SLOG_INFO 5
#define _SLOG_DEBUG1 6
#define _SLOG_DEBUG2 7
int slogf(int code, int severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vslogf(int code, int severity, const char *format, va_list arg);
#ifdef __cplusplus
}
#endif
#endif
