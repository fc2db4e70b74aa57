// SPDX-License-Identifier: Apache-2.0
// libslog2.so: buffers are names and a verbosity here; each record is one write to slogger2.
#include "record.hpp"

#include <sys/slog.h>
#include <sys/slog2.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct slog2_buffer {
    char name[slog::name_max];
    uint8_t verbosity;
};

namespace {

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards everything below
slog2_buffer buffers[SLOG2_MAX_BUFFERS];
int buffer_count; // 0 = not registered
char set_name[slog::name_max];
slog2_buffer_t default_buffer;
int server = -1;

void copy_name(char (&to)[slog::name_max], const char* from)
{
    std::snprintf(to, sizeof to, "%s", from ? from : "");
}

/// The descriptor, opened when first needed and again when slogger2 was started anew.
int open_server()
{
    pthread_mutex_lock(&lock);
    if (server == -1)
        server = open(slog::path, O_RDWR | O_CLOEXEC);
    const int fd = server;
    pthread_mutex_unlock(&lock);
    return fd;
}

int put(const char* set, const char* buffer, uint16_t code, uint8_t severity, const char* text)
{
    struct {
        slog::Record record;
        char text[slog::text_max];
    } out{};
    copy_name(out.record.set, set);
    copy_name(out.record.buffer, buffer);
    out.record.code = code;
    out.record.severity = severity;
    size_t length = strnlen(text, slog::text_max);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    out.record.text_len = static_cast<uint32_t>(length);
    std::memcpy(out.text, text, length);
    for (int attempt = 0; attempt < 2; attempt++) {
        const int fd = open_server();
        if (fd == -1)
            return -1;
        if (write(fd, &out, sizeof out.record + length) != -1)
            return 0;
        if (errno != EBADF && errno != ESRCH)
            return -1;
        pthread_mutex_lock(&lock);
        if (server == fd) {
            close(server);
            server = -1;
        }
        pthread_mutex_unlock(&lock);
    }
    return -1;
}

bool is_ours(slog2_buffer_t buffer)
{
    return buffer >= buffers && buffer < buffers + buffer_count;
}

/// The buffer meant, or nullptr with errno as the manual has it: EPERM, EFAULT, EINVAL.
slog2_buffer_t chosen(slog2_buffer_t buffer, uint8_t severity)
{
    if (buffer_count == 0) {
        errno = EPERM;
        return nullptr;
    }
    if (!buffer)
        buffer = default_buffer;
    if (!buffer) {
        errno = EFAULT;
        return nullptr;
    }
    if (!is_ours(buffer) || severity > SLOG2_DEBUG2) {
        errno = EINVAL;
        return nullptr;
    }
    return buffer;
}

} // namespace

int slog2_register(const slog2_buffer_set_config_t* config, slog2_buffer_t* handles, uint32_t)
{
    if (!config || !handles) {
        errno = EFAULT;
        return -1;
    }
    if (config->num_buffers < 1 || config->num_buffers > SLOG2_MAX_BUFFERS ||
        !config->buffer_set_name) {
        errno = EINVAL;
        return -1;
    }
    if (buffer_count != 0) {
        errno = EBUSY;
        return -1;
    }
    if (open_server() == -1)
        return -1;
    copy_name(set_name, config->buffer_set_name);
    for (int i = 0; i < config->num_buffers; i++) {
        copy_name(buffers[i].name, config->buffer_config[i].buffer_name);
        buffers[i].verbosity = config->verbosity_level;
        handles[i] = &buffers[i];
    }
    buffer_count = config->num_buffers;
    return 0;
}

slog2_buffer_t slog2_set_default_buffer(slog2_buffer_t buffer)
{
    slog2_buffer_t old = default_buffer;
    if (!is_ours(buffer)) {
        errno = EINVAL;
        return nullptr;
    }
    default_buffer = buffer;
    return old;
}

int slog2_set_verbosity(slog2_buffer_t buffer, uint8_t verbosity)
{
    if (!(buffer = chosen(buffer, verbosity)))
        return -1;
    buffer->verbosity = verbosity;
    return 0;
}

uint8_t slog2_get_verbosity(slog2_buffer_t buffer)
{
    buffer = chosen(buffer, 0);
    return buffer ? buffer->verbosity : 0;
}

int slog2_reset(void)
{
    buffer_count = 0;
    default_buffer = nullptr;
    return 0;
}

int slog2c(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char* data)
{
    if (!data) {
        errno = EINVAL;
        return -1;
    }
    if (!(buffer = chosen(buffer, severity)))
        return -1;
    return severity > buffer->verbosity ? 0 : put(set_name, buffer->name, code, severity, data);
}

int vslog2f(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char* format, va_list arg)
{
    char text[slog::text_max + 1];
    std::vsnprintf(text, sizeof text, format, arg);
    return slog2c(buffer, code, severity, text);
}

int slog2f(slog2_buffer_t buffer, uint16_t code, uint8_t severity, const char* format, ...)
{
    va_list arg;
    va_start(arg, format);
    const int result = vslog2f(buffer, code, severity, format, arg);
    va_end(arg);
    return result;
}

int vslogf(int code, int severity, const char* format, va_list arg)
{
    char text[slog::text_max + 1];
    if (severity < _SLOG_SHUTDOWN || severity > _SLOG_DEBUG2) {
        errno = EINVAL;
        return -1;
    }
    const int length = std::vsnprintf(text, sizeof text, format, arg);
    return put("slog", "slog", static_cast<uint16_t>(code), static_cast<uint8_t>(severity), text) ==
                   -1
               ? -1
               : length;
}

int slogf(int code, int severity, const char* format, ...)
{
    va_list arg;
    va_start(arg, format);
    const int result = vslogf(code, severity, format, arg);
    va_end(arg);
    return result;
}
