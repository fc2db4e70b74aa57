/* SPDX-License-Identifier: Apache-2.0 */
/* devctl commands of character devices. */
#pragma once
#include <devctl.h>
#include <termios.h>
#include <sys/ioctl.h>
#define DCMD_CHR_TCGETATTR __DIOF(_DCMD_CHR, 0x01, struct termios)
#define DCMD_CHR_TCSETATTR __DIOT(_DCMD_CHR, 0x02, struct termios)
#define DCMD_CHR_TCSETATTRD __DIOT(_DCMD_CHR, 0x03, struct termios)
#define DCMD_CHR_TCSETATTRF __DIOT(_DCMD_CHR, 0x04, struct termios)
#define DCMD_CHR_TCSETSID __DIOT(_DCMD_CHR, 0x07, pid_t)
#define DCMD_CHR_TCGETPGRP __DIOF(_DCMD_CHR, 0x08, pid_t)
#define DCMD_CHR_TCSETPGRP __DIOT(_DCMD_CHR, 0x09, pid_t)
#define DCMD_CHR_TCGETSID __DIOF(_DCMD_CHR, 0x0a, pid_t)
#define DCMD_CHR_TCSENDBREAK __DIOT(_DCMD_CHR, 0x0b, int)
#define DCMD_CHR_TCFLOW __DIOT(_DCMD_CHR, 0x0c, int)
#define DCMD_CHR_TCFLUSH __DIOT(_DCMD_CHR, 0x0d, int)
#define DCMD_CHR_TCINJECTC __DIOT(_DCMD_CHR, 0x0e, char)
#define DCMD_CHR_TCDRAIN __DION(_DCMD_CHR, 0x0f)
#define DCMD_CHR_ISATTY __DION(_DCMD_CHR, 0x10)
#define DCMD_CHR_GETSIZE __DIOF(_DCMD_CHR, 0x11, struct winsize)
#define DCMD_CHR_SETSIZE __DIOT(_DCMD_CHR, 0x12, struct winsize)
#define DCMD_CHR_ISCHARS __DIOF(_DCMD_CHR, 0x13, unsigned)
#define DCMD_CHR_ISSIZE __DIOF(_DCMD_CHR, 0x14, unsigned)
#define DCMD_CHR_OSCHARS __DIOF(_DCMD_CHR, 0x15, unsigned)
#define DCMD_CHR_OSSIZE __DIOF(_DCMD_CHR, 0x16, unsigned)
#define DCMD_CHR_LINESTATUS __DIOF(_DCMD_CHR, 0x17, int)
#define DCMD_CHR_SERCTL __DIOT(_DCMD_CHR, 0x18, int)
#define DCMD_CHR_IDLE __DIOTF(_DCMD_CHR, 0x19, int)
