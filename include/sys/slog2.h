/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System logger 2, client side (libslog2.so), after the public library reference: a program registers a set of up to four named
 * buffers and logs records of text with a code and a severity; slogger2 keeps them, slog2info shows them.
 */
#ifndef _SYS_SLOG2_H
#define _SYS_SLOG2_H
#include <stdarg.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SLOG2_MAX_BUFFERS 4

enum {
    SLOG2_SHUTDOWN = 0, SLOG2_CRITICAL, SLOG2_ERROR, SLOG2_WARNING, SLOG2_NOTICE, SLOG2_INFO, SLOG2_DEBUG1, SLOG2_DEBUG2
};
#define SLOG2_ALLOC_TRY_REUSE_BUFFER_SET 0x1u
#define SLOG2_LIMIT_BUFFER_SET 0x2u

typedef struct slog2_buffer *slog2_buffer_t;
typedef struct {
    const char *buffer_name;
    int num_pages;                  /* of 4 KiB */
} slog2_buffer_config_t;
typedef struct {
    const char *buffer_set_name;
    int num_buffers;
    uint8_t verbosity_level;        /* records above it are dropped */
    slog2_buffer_config_t buffer_config[SLOG2_MAX_BUFFERS];
    uint32_t max_retries;
} slog2_buffer_set_config_t;

int slog2_register(const slog2_buffer_set_config_t *config, slog2_buffer_t *handles, uint32_t flags);
slog2_buffer_t slog2_set_default_buffer(slog2_buffer_t buffer);
int slog2_set_verbosity(slog2_buffer_t buffer, uint8_t verbosity);
uint8_t slog2_get_verbosity(slog2_buffer_t buffer);
int slog2_reset(void);
int slog2c(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char *data);
int slog2f(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char *format, ...) __attribute__((format(printf, 4, 5)));
int vslog2f(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char *format, va_list arg);

#ifdef __cplusplus
}
#endif
#endif
