/* SPDX-License-Identifier: Apache-2.0 */
/* ioctls of terminals: the BSD encodings. */
#pragma once
#include <sys/ioccom.h>
#include <sys/types.h>
#include <termios.h>
#ifndef __NTO_WINSIZE
#define __NTO_WINSIZE
#define __NEED_struct_winsize
#include <bits/alltypes.h>
#endif
#ifdef TIOCGWINSZ
#undef TIOCGWINSZ
#undef TIOCSWINSZ
#undef TIOCGPGRP
#undef TIOCSPGRP
#undef TIOCSCTTY
#undef TIOCNOTTY
#undef TIOCOUTQ
#undef TIOCSTI
#undef TIOCGSID
#undef TIOCDRAIN
#undef TIOCEXCL
#undef TIOCNXCL
#undef TIOCSBRK
#undef TIOCCBRK
#endif
#define TIOCEXCL _IO('t', 13)
#define TIOCNXCL _IO('t', 14)
#define TIOCFLUSH _IOW('t', 16, int)
#define TIOCGETA _IOR('t', 19, struct termios)
#define TIOCSETA _IOW('t', 20, struct termios)
#define TIOCSETAW _IOW('t', 21, struct termios)
#define TIOCSETAF _IOW('t', 22, struct termios)
#define TIOCDRAIN _IO('t', 94)
#define TIOCSCTTY _IO('t', 97)
#define TIOCGSID _IOR('t', 99, int)
#define TIOCSWINSZ _IOW('t', 103, struct winsize)
#define TIOCGWINSZ _IOR('t', 104, struct winsize)
#define TIOCNOTTY _IO('t', 113)
#define TIOCSTI _IOW('t', 114, char)
#define TIOCOUTQ _IOR('t', 115, int)
#define TIOCSPGRP _IOW('t', 118, int)
#define TIOCGPGRP _IOR('t', 119, int)
#define TIOCCBRK _IO('t', 122)
#define TIOCSBRK _IO('t', 123)
