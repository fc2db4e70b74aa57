// SPDX-License-Identifier: Apache-2.0
// Terminals: the POSIX calls as devctls of character devices.
#include <string.h>
#include <sys/dcmd_chr.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "sys.h"

static int chr(int fd, int dcmd, void *data, size_t bytes)
{
    long r = sys_devctl(fd, dcmd, data, bytes, 0);
    return (int)__syscall_ret((unsigned long)(r == -ENOSYS ? -ENOTTY : r));
}

int tcgetattr(int fd, struct termios *attributes)
{
    return chr(fd, DCMD_CHR_TCGETATTR, attributes, sizeof *attributes);
}

int tcsetattr(int fd, int when, const struct termios *attributes)
{
    struct termios copy = *attributes;
    int dcmd = when == TCSANOW ? DCMD_CHR_TCSETATTR : when == TCSADRAIN ? DCMD_CHR_TCSETATTRD : when == TCSAFLUSH ? DCMD_CHR_TCSETATTRF : 0;
    if (!dcmd) return (int)__syscall_ret(-EINVAL);
    return chr(fd, dcmd, &copy, sizeof copy);
}

int isatty(int fd)
{
    struct termios attributes;
    return tcgetattr(fd, &attributes) == 0;
}

speed_t cfgetispeed(const struct termios *attributes)
{
    return attributes->c_ispeed;
}

speed_t cfgetospeed(const struct termios *attributes)
{
    return attributes->c_ospeed;
}

int cfsetispeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ispeed = speed;
    return 0;
}

int cfsetospeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ospeed = speed;
    return 0;
}

int cfsetspeed(struct termios *attributes, speed_t speed)
{
    attributes->c_ispeed = attributes->c_ospeed = speed;
    return 0;
}

void cfmakeraw(struct termios *t)
{
    t->c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    t->c_oflag &= ~OPOST;
    t->c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    t->c_cflag = (t->c_cflag & ~(CSIZE | PARENB)) | CS8;
    t->c_cc[VMIN] = 1;
    t->c_cc[VTIME] = 0;
}

int tcdrain(int fd)
{
    return chr(fd, DCMD_CHR_TCDRAIN, 0, 0);
}

int tcflow(int fd, int action)
{
    return chr(fd, DCMD_CHR_TCFLOW, &action, sizeof action);
}

int tcflush(int fd, int queue)
{
    return chr(fd, DCMD_CHR_TCFLUSH, &queue, sizeof queue);
}

int tcsendbreak(int fd, int duration)
{
    return chr(fd, DCMD_CHR_TCSENDBREAK, &duration, sizeof duration);
}

pid_t tcgetsid(int fd)
{
    pid_t sid = 0;
    return chr(fd, DCMD_CHR_TCGETSID, &sid, sizeof sid) < 0 ? -1 : sid;
}

pid_t tcgetpgrp(int fd)
{
    pid_t group = 0;
    return chr(fd, DCMD_CHR_TCGETPGRP, &group, sizeof group) < 0 ? -1 : group;
}

/* The process manager says whether the group is of the session (EPERM), and keeps it for the hangup at the leader's end. */
int tcsetpgrp(int fd, pid_t group)
{
    long r = proc_id_op(PROC_ID_FOREGROUND, 0, group, 1);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    if (chr(fd, DCMD_CHR_TCSETPGRP, &group, sizeof group) < 0) return -1;
    proc_id_op(PROC_ID_FOREGROUND, 0, group, 0);
    return 0;
}

int tcgetwinsize(int fd, struct winsize *size)
{
    return ioctl(fd, TIOCGWINSZ, size);
}

int tcsetwinsize(int fd, const struct winsize *size)
{
    struct winsize copy = *size;
    return ioctl(fd, TIOCSWINSZ, &copy);
}

int tcischars(int fd)
{
    unsigned count = 0;
    return chr(fd, DCMD_CHR_ISCHARS, &count, sizeof count) < 0 ? -1 : (int)count;
}

int ttyname_r(int fd, char *name, size_t size)
{
    char path[SYS_PATH_MAX];
    if (!isatty(fd)) return ENOTTY;
    long r = fd_path(fd, path);
    if (r < 0) return (int)-r;
    if (strlen(path) >= size) return ERANGE;
    strcpy(name, path);
    return 0;
}
