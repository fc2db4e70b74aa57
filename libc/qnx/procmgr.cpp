// SPDX-License-Identifier: Apache-2.0
// Services of the process manager: abilities, daemons, events, its own symbolic links.
#include "result.hpp"
#include <abi/proc_msg.h>
#include <devctl.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/dcmd_chr.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr unsigned max_entries = 256;

long symlink_message(const char* target, const char* link)
{
    char full[PATH_MAX * 2];
    size_t used = 0;
    if (link[0] != '/') {
        if (getcwd(full, PATH_MAX) == nullptr)
            return -errno;
        used = strlen(full);
        if (full[used - 1] != '/')
            full[used++] = '/';
    }
    size_t length = strlen(link) + 1, target_length = strlen(target) + 1;
    if (length > PATH_MAX || target_length > PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(full + used, link, length);
    struct path_symlink request = {};
    request.type = PATH_SYMLINK;
    request.target_len = static_cast<uint32_t>(target_length);
    request.link_len = static_cast<uint32_t>(used + length);
    iov_t parts[3];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], target, target_length);
    SETIOV(&parts[2], full, used + length);
    return MsgSendvs_r(SYSMGR_COID, parts, 3, nullptr, 0);
}

// A proc_simple whose `length` bytes of text follow.
long text_message(uint16_t type, int64_t a, int64_t b, int64_t c, const char* text, size_t length)
{
    struct proc_simple request = {};
    request.type = type;
    request.a = a;
    request.b = b;
    request.c = c;
    iov_t parts[2];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], text, length);
    return MsgSendvs_r(SYSMGR_COID, parts, 2, nullptr, 0);
}

void replace_standard_files()
{
    int null = open("/dev/null", O_RDWR);
    if (null == -1)
        return;
    for (int fd = 0; fd < 3; ++fd) {
        if (fd != null)
            dup2(null, fd);
    }
    if (null > 2)
        close(null);
}

enum : uint16_t { event_replace, event_add, event_delete, event_trigger };

int event_message(uint16_t what, unsigned flags, const struct sigevent* event)
{
    struct proc_event_notify request = {};
    request.type = PROC_EVENT_NOTIFY;
    request.subtype = what;
    request.flags = flags;
    if (event != nullptr)
        memcpy(&request.event, event, sizeof request.event);
    return qnx::errno_of(MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0));
}

int simple_message(uint16_t type, int64_t a, int64_t b, int64_t c)
{
    struct proc_simple request = {};
    request.type = type;
    request.a = a;
    request.b = b;
    request.c = c;
    return qnx::errno_of(MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0));
}

int daemon_message(int status, unsigned flags)
{
    struct proc_daemon request = {};
    request.type = PROC_DAEMON;
    request.status = status;
    request.flags = flags;
    return qnx::errno_of(MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0));
}

} // namespace

int procmgr_ability(pid_t pid, unsigned ability, ...)
{
    struct proc_ability_entry entries[max_entries];
    unsigned count = 0;
    va_list list;
    va_start(list, ability);
    for (unsigned word = ability;; word = va_arg(list, unsigned)) {
        if (count == max_entries) {
            va_end(list);
            return E2BIG;
        }
        struct proc_ability_entry& entry = entries[count++];
        entry = {word, 0, 0, ~0ull};
        if ((word & PROCMGR_AID_MASK) == PROCMGR_AID_EOL)
            break;
        if ((word & PROCMGR_AOP_SUBRANGE) != 0) {
            entry.lo = va_arg(list, uint64_t);
            entry.hi = va_arg(list, uint64_t);
        }
    }
    va_end(list);
    struct proc_ability request = {};
    request.type = PROC_ABILITY;
    request.pid = pid;
    request.count = count;
    iov_t parts[2];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], entries, count * sizeof entries[0]);
    long result = MsgSendvs_r(SYSMGR_COID, parts, 2, nullptr, 0);
    return result < 0 ? static_cast<int>(-result) : EOK;
}

int procmgr_ability_create(const char* name, unsigned flags)
{
    size_t length = strlen(name) + 1;
    return static_cast<int>(
        text_message(PROC_ABILITY_CREATE, static_cast<int64_t>(length), flags, 1, name, length));
}

int procmgr_ability_lookup(const char* name)
{
    size_t length = strlen(name) + 1;
    return static_cast<int>(
        text_message(PROC_ABILITY_CREATE, static_cast<int64_t>(length), 0, 0, name, length));
}

int procmgr_daemon(int status, unsigned flags)
{
    if ((flags & PROCMGR_DAEMON_NOCHDIR) == 0 && chdir("/") == -1)
        return -1;
    if ((flags & PROCMGR_DAEMON_NODEVNULL) == 0)
        replace_standard_files();
    if ((flags & PROCMGR_DAEMON_NOCLOSE) == 0) {
        struct _server_info info;
        for (int fd = 3; (fd = ConnectServerInfo_r(0, fd, &info)) >= 0 && fd < _NTO_SIDE_CHANNEL;
             ++fd)
            close(fd);
    }
    if ((flags & PROCMGR_DAEMON_KEEPUMASK) == 0)
        umask(0);
    return daemon_message(status, flags);
}

int procmgr_detach(int status)
{
    return daemon_message(status, PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE |
                                      PROCMGR_DAEMON_NODEVNULL | PROCMGR_DAEMON_KEEPUMASK);
}

int procmgr_event_notify_add(unsigned flags, const struct sigevent* event)
{
    return event == nullptr ? qnx::errno_of(-EINVAL) : event_message(event_add, flags, event);
}

int procmgr_event_notify(unsigned flags, const struct sigevent* event)
{
    return event_message(event_replace, event == nullptr ? 0 : flags, event);
}

int procmgr_event_notify_delete(int id)
{
    return event_message(event_delete, static_cast<unsigned>(id), nullptr);
}

int procmgr_event_trigger_updateable(const unsigned flags, const int value)
{
    struct sigevent event = {};
    event.sigev_value.sival_int = value;
    return event_message(event_trigger, flags, &event);
}

int procmgr_event_trigger(const unsigned flags)
{
    return procmgr_event_trigger_updateable(flags, 0);
}

pid_t procmgr_guardian(pid_t pid)
{
    return simple_message(PROC_GUARDIAN, pid, 0, 0);
}

int procmgr_session(uint32_t nd, pid_t sid, int id, unsigned event)
{
    if (nd != 0)
        return qnx::errno_of(-ENOREMOTE);
    if (event == PROCMGR_SESSION_TCSETSID) {
        const int error = devctl(id, DCMD_CHR_TCSETSID, &sid, sizeof sid, nullptr);
        return error == EOK ? 0 : qnx::errno_of(-error);
    }
    return simple_message(PROC_SESSION, sid, id, event);
}

int procmgr_symlink(const char* target, const char* link)
{
    return qnx::errno_of(symlink_message(target, link));
}

int pathmgr_symlink(const char* target, const char* link)
{
    return qnx::errno_of(symlink_message(target, link));
}

int pathmgr_unlink(const char* link)
{
    size_t length = strlen(link) + 1;
    return qnx::errno_of(
        text_message(PATH_UNLINK, static_cast<int64_t>(length), 0, 0, link, length));
}
