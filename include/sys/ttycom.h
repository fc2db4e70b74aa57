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
#define TIOCEXCL __IOC_NONE('t', 13)
#define TIOCNXCL __IOC_NONE('t', 14)
#define TIOCFLUSH __IOC_W('t', 16, int)
#define TIOCGETA __IOC_R('t', 19, struct termios)
#define TIOCSETA __IOC_W('t', 20, struct termios)
#define TIOCSETAW __IOC_W('t', 21, struct termios)
#define TIOCSETAF __IOC_W('t', 22, struct termios)
#define TIOCDRAIN __IOC_NONE('t', 94)
#define TIOCSCTTY __IOC_NONE('t', 97)
#define TIOCGSID __IOC_R('t', 99, int)
#define TIOCSWINSZ __IOC_W('t', 103, struct winsize)
#define TIOCGWINSZ __IOC_R('t', 104, struct winsize)
#define TIOCNOTTY __IOC_NONE('t', 113)
#define TIOCSTI __IOC_W('t', 114, char)
#define TIOCOUTQ __IOC_R('t', 115, int)
#define TIOCSPGRP __IOC_W('t', 118, int)
#define TIOCGPGRP __IOC_R('t', 119, int)
#define TIOCCBRK __IOC_NONE('t', 122)
#define TIOCSBRK __IOC_NONE('t', 123)
