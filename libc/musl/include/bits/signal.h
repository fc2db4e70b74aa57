/* SPDX-License-Identifier: Apache-2.0 */
/* Signal numbers, SA_* flags and the machine context. The context's layout is musl's for x86_64: the kernel builds the same. */
#if defined(_POSIX_SOURCE) || defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE) || defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
#define MINSIGSTKSZ 2048
#define SIGSTKSZ 8192

#if defined(_GNU_SOURCE) || defined(_BSD_SOURCE)
enum {
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RDI, REG_RSI, REG_RBP, REG_RBX,
    REG_RDX, REG_RAX, REG_RCX, REG_RSP, REG_RIP, REG_EFL, REG_CSGSFS, REG_ERR, REG_TRAPNO, REG_OLDMASK, REG_CR2
};
typedef long long greg_t, gregset_t[23];
typedef struct _fpstate {
    unsigned short cwd, swd, ftw, fop;
    unsigned long long rip, rdp;
    unsigned mxcsr, mxcr_mask;
    struct { unsigned short significand[4], exponent, padding[3]; } _st[8];
    struct { unsigned element[4]; } _xmm[16];
    unsigned padding[24];
} *fpregset_t;
typedef struct {
    gregset_t gregs;
    fpregset_t fpregs;
    unsigned long long __reserved1[8];
} mcontext_t;
#else
typedef struct { unsigned long __space[32]; } mcontext_t;
#endif

struct sigaltstack {
    void *ss_sp;
    int ss_flags;
    size_t ss_size;
};
typedef struct __ucontext {
    unsigned long uc_flags;
    struct __ucontext *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
    unsigned long __reserved2[15]; /* sigset_t has 128 bytes in musl; the frame keeps that room */
    unsigned long __fpregs_mem[64];
} ucontext_t;

#define SA_NOCLDSTOP 0x0001
#define SA_SIGINFO 0x0002
#define SA_RESETHAND 0x0004
#define SA_NODEFER 0x0020
#define SA_ONSTACK 0x0040
#define SA_NOCLDWAIT 0x0080
#define SA_RESTART 0x0100     /* accepted and without effect: an interrupted call ends with EINTR, as in QNX */
#define SA_RESTORER 0x04000000
#endif

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGIOT SIGABRT
#define SIGEMT 7
#define SIGDEADLK 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGBUS 10
#define SIGSEGV 11
#define SIGSYS 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGUSR1 16
#define SIGUSR2 17
#define SIGCHLD 18
#define SIGCLD SIGCHLD
#define SIGPWR 19
#define SIGWINCH 20
#define SIGURG 21
#define SIGPOLL 22
#define SIGIO SIGPOLL
#define SIGSTOP 23
#define SIGTSTP 24
#define SIGCONT 25
#define SIGTTIN 26
#define SIGTTOU 27
#define SIGVTALRM 28
#define SIGPROF 29
#define SIGXCPU 30
#define SIGXFSZ 31

#define _NSIG 65
