/* SPDX-License-Identifier: Apache-2.0 */
/* Logging from the stack and its drivers, to the system logger: log(LOG_ERR, "%s: ...", ...). */
#ifndef _NETMGR_SYS_SYSLOG_H
#define _NETMGR_SYS_SYSLOG_H
#include <sys/slogcodes.h>

#define LOG_EMERG 0
#define LOG_ALERT 1
#define LOG_CRIT 2
#define LOG_ERR 3
#define LOG_WARNING 4
#define LOG_NOTICE 5
#define LOG_INFO 6
#define LOG_DEBUG 7

#ifdef __cplusplus
extern "C" {
#endif
void nw_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#ifdef __cplusplus
}
#endif
/* A macro, because C has a function of this name. */
#define log(...) nw_log(__VA_ARGS__)
#endif
