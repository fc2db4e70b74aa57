// SPDX-License-Identifier: Apache-2.0
// What the system says about itself: configuration strings, uname, memory and CPU counts; entropy and the system log.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/sysinfo.h>
#include <limits.h>
#include <sys/syspage.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "sys.h"

struct default_string {
    int name;
    char value[64];
};
static const struct default_string defaults[] = {
    {_CS_PATH, "/proc/boot:/bin:/usr/bin:/sbin:/usr/sbin"},
    {_CS_LIBPATH, "/proc/boot:/lib:/usr/lib:/lib/dll"},
    {_CS_HOSTNAME, "localhost"},
    {_CS_SYSNAME, "QNX"},
    {_CS_RELEASE, "7.1.0"},
    {_CS_VERSION, "iopkt-0.1.0"},
    {_CS_MACHINE, "x86pc"},
    {_CS_ARCHITECTURE, "x86_64"},
    {_CS_DOMAIN, ""},
    {_CS_RESOLVE, ""},
    {_CS_TIMEZONE, ""},
    {_CS_LOCALE, "C"},
};

/* What the process manager has stored under the name, or our own default. Returns the length with the NUL, or -errno. */
static long get_string(int name, char *out, size_t size)
{
    char text[512] = "";
    long r = proc_simple(PROC_CONFSTR, name, 0, 0, 0, text, sizeof text - 1);
    if (r < 0 || !text[0]) {
        r = -EINVAL;
        for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
            if (defaults[i].name != name) continue;
            strcpy(text, defaults[i].value);
            r = 0;
        }
    }
    if (r < 0) return r;
    size_t n = strlen(text) + 1;
    if (out && size) {
        size_t k = n < size ? n : size;
        memcpy(out, text, k);
        out[k - 1] = 0;
    }
    return (long)n;
}

static long set_string(int name, const char *text)
{
    size_t n = strlen(text) + 1;
    if (n > 512) return -EINVAL;
    struct proc_simple message = {.type = PROC_CONFSTR, .a = name, .b = 1, .c = (int64_t)n};
    struct iovec send[2] = {{&message, sizeof message}, {(char *)text, n}};
    long r = msg_sendv(SYSMGR_COID, send, 2, 0, 0);
    return r < 0 ? r : (long)n;
}

size_t confstr(int name, char *buf, size_t size)
{
    long r = name & _CS_SET ? set_string(name & ~_CS_SET, buf) : get_string(name, buf, size);
    if (r >= 0) return (size_t)r;
    errno = (int)-r;
    return 0;
}

/* The dynamic linker's folders; called before relocation is complete, so it stays with plain messages. */
hidden char *__nto_libpath(void)
{
    static char path[512];
    if (get_string(_CS_LIBPATH, path, sizeof path) < 0) path[0] = 0;
    return path;
}

int sethostname(const char *name, size_t length)
{
    char text[HOST_NAME_MAX + 1];
    if (length > HOST_NAME_MAX) return (int)__syscall_ret(-EINVAL);
    memcpy(text, name, length);
    text[length] = 0;
    long r = set_string(_CS_HOSTNAME, text);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : 0));
}

hidden long sys_uname(void *buf)
{
    struct utsname *name = buf;
    *name = (struct utsname){0};
    get_string(_CS_SYSNAME, name->sysname, sizeof name->sysname);
    get_string(_CS_HOSTNAME, name->nodename, sizeof name->nodename);
    get_string(_CS_RELEASE, name->release, sizeof name->release);
    get_string(_CS_VERSION, name->version, sizeof name->version);
    get_string(_CS_MACHINE, name->machine, sizeof name->machine);
    return 0;
}

hidden long sys_sysinfo(void *out)
{
    struct mem_info memory = {0};
    struct sysinfo *info = out;
    struct timespec now = {0};
    long r = proc_simple(MEM_INFO, 0, 0, 0, 0, &memory, sizeof memory);
    if (r < 0) return r;
    sys_clock_gettime(CLOCK_MONOTONIC, &now);
    *info = (struct sysinfo){.uptime = (unsigned long)now.tv_sec, .totalram = memory.total, .freeram = memory.free, .mem_unit = 1};
    return 0;
}

/* sysconf() counts the bits. */
hidden long sys_affinity(size_t size, void *set)
{
    memset(set, 0, size);
    for (unsigned i = 0; i < _syspage_ptr->num_cpu && i < size * 8; i++) ((unsigned char *)set)[i / 8] |= (unsigned char)(1u << i % 8);
    return (long)size;
}

int getentropy(void *buf, size_t length)
{
    if (length > 256) return (int)__syscall_ret(-EIO);
    long fd = sys_openat(AT_FDCWD, "/dev/urandom", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return (int)__syscall_ret((unsigned long)fd);
    char *to = buf;
    long r = 0;
    while (length && r >= 0) {
        struct iovec part = {to, length};
        r = sys_readv((int)fd, &part, 1, 0, 0);
        if (r == 0) r = -EIO;
        if (r > 0) to += r, length -= (size_t)r;
    }
    sys_close((int)fd);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : 0));
}
