// SPDX-License-Identifier: Apache-2.0
// The C library's test inside the guest: prints TAP lines. Needs procnto and the image's files only, except the tests that name a server
// (pipe, /tmp), which are skipped with the reason when it is not there. With an argument it is one of its own children.
#include "tap.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syspage.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;
static const char* self_path;
static int test_stdio(void)
{
    char buf[128];
    CHECK(snprintf(buf, sizeof buf, "%d %s %.3f %x %ld", -5, "abc", 3.14159, 0xbeef, LONG_MAX) ==
          37);
    CHECK(strcmp(buf, "-5 abc 3.142 beef 9223372036854775807") == 0);
    int a = 0;
    double d = 0;
    CHECK(sscanf("17 2.5", "%d %lf", &a, &d) == 2 && a == 17 && d == 2.5);
    char* text = 0;
    size_t size = 0;
    FILE* f = open_memstream(&text, &size);
    CHECK(f);
    fprintf(f, "%s-%d", "mem", 42);
    fclose(f);
    CHECK(size == 6 && strcmp(text, "mem-42") == 0);
    free(text);
    return 1;
}

static int test_malloc(void)
{
    char* blocks[200];
    for (int i = 0; i < 200; i++) {
        blocks[i] = malloc((size_t)(i * 37 + 1));
        CHECK(blocks[i]);
        memset(blocks[i], i, (size_t)(i * 37 + 1));
    }
    for (int i = 0; i < 200; i++) {
        CHECK(blocks[i][0] == (char)i && blocks[i][i * 37] == (char)i);
        if (i % 2)
            free(blocks[i]);
    }
    for (int i = 0; i < 200; i += 2) {
        blocks[i] = realloc(blocks[i], 5000);
        CHECK(blocks[i] && blocks[i][0] == (char)i);
        free(blocks[i]);
    }
    char* big = calloc(1, 3 << 20);
    CHECK(big && big[0] == 0 && big[(3 << 20) - 1] == 0);
    free(big);
    void* aligned = 0;
    CHECK(posix_memalign(&aligned, 4096, 100) == 0 && ((unsigned long)aligned & 4095) == 0);
    free(aligned);
    return 1;
}

static int compare(const void* a, const void* b)
{
    return *(const int*)a - *(const int*)b;
}

static int test_strings(void)
{
    int v[] = {5, 1, 4, 2, 3};
    qsort(v, 5, sizeof *v, compare);
    CHECK(v[0] == 1 && v[4] == 5);
    CHECK(strtol("0x1f", 0, 0) == 31 && strtod("1e3", 0) == 1000.0);
    CHECK(strcmp(strerror(ENOENT), "No such file or directory") == 0);
    CHECK(ENOSYS == 89 && EAGAIN == 11 && ETIMEDOUT == 260 && O_CREAT == 0400 &&
          PROT_READ == 0x100);
    unsigned char address[16];
    char text[64];
    CHECK(AF_INET6 == 24 && inet_pton(AF_INET6, "fe80::1", address) == 1 && address[0] == 0xfe &&
          address[15] == 1);
    CHECK(inet_ntop(AF_INET6, address, text, sizeof text) && strcmp(text, "fe80::1") == 0);
    CHECK(SIGUSR1 == 16 && SIGRTMIN == 41 && CLOCK_MONOTONIC == 2 && PATH_MAX == 1024);
    return 1;
}

static int test_memory(void)
{
    char* p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, NOFD, 0);
    CHECK(p != MAP_FAILED && p[0] == 0 && p[8191] == 0);
    p[4096] = 7;
    CHECK(mprotect(p, 4096, PROT_READ) == 0 && p[4096] == 7);
    CHECK(munmap(p, 8192) == 0);
    int fd = open(self_path, O_RDONLY);
    CHECK(fd >= 0);
    p = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED && memcmp(p, "\177ELF", 4) == 0);
    munmap(p, 4096);
    close(fd);
    fd = shm_open("/libc-test", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
    char* a = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char* b = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(a != MAP_FAILED && b != MAP_FAILED && a != b);
    strcpy(a + 4096, "shared");
    CHECK(strcmp(b + 4096, "shared") == 0);
    munmap(a, 8192);
    munmap(b, 8192);
    close(fd);
    CHECK(shm_unlink("/libc-test") == 0);
    errno = 0;
    CHECK(shm_open("/libc-test", O_RDWR, 0) == -1 && errno == ENOENT);
    return 1;
}

static int test_files(void)
{
    struct stat st;
    CHECK(stat("/proc/boot", &st) == 0 && S_ISDIR(st.st_mode));
    CHECK(stat(self_path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 1000);
    int fd = open(self_path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    char magic[4];
    CHECK(pread(fd, magic, 4, 1) == 4 && memcmp(magic, "ELF", 3) == 0);
    CHECK(read(fd, magic, 4) == 4 && memcmp(magic, "\177ELF", 4) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 4 && lseek(fd, 0, SEEK_END) == st.st_size);
    int copy = dup(fd);
    CHECK(copy > fd && lseek(copy, 0, SEEK_CUR) == st.st_size && fcntl(copy, F_GETFD) == 0);
    CHECK(dup2(fd, 40) == 40 && lseek(40, 1, SEEK_SET) == 1 && lseek(fd, 0, SEEK_CUR) == 1);
    CHECK(close(40) == 0 && close(copy) == 0 && close(fd) == 0);
    errno = 0;
    CHECK(close(fd) == -1 && errno == EBADF);
    errno = 0;
    CHECK(open("/no/such/file", O_RDONLY) == -1 && errno == ENOENT);
    errno = 0;
    CHECK(open("/proc/boot/no-such-file", O_RDONLY) == -1 && errno == ENOENT);
    return 1;
}

static int test_directories(void)
{
    DIR* d = opendir("/proc/boot");
    CHECK(d);
    const char* name = strrchr(self_path, '/') + 1;
    int found = 0, count = 0;
    struct dirent* entry;
    while ((entry = readdir(d))) {
        count++;
        CHECK(strlen(entry->d_name) == (size_t)entry->d_namelen);
        if (strcmp(entry->d_name, name) == 0)
            found = 1;
    }
    CHECK(found && count > 2 && closedir(d) == 0);
    errno = 0;
    CHECK(!opendir(self_path) && errno == ENOTDIR);
    char cwd[PATH_MAX];
    CHECK(chdir("/proc/boot/../boot/.") == 0 && getcwd(cwd, sizeof cwd) &&
          strcmp(cwd, "/proc/boot") == 0);
    CHECK(access(name, R_OK) == 0);
    CHECK(chdir("/") == 0);
    return 1;
}

/* Names below an open folder, of procnto and of a file system. */
static int test_relative(void)
{
    struct stat st;
    int boot = open("/proc/boot", O_RDONLY);
    int file = openat(boot, strrchr(self_path, '/') + 1, O_RDONLY);
    CHECK(boot >= 0 && file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode));
    close(boot), close(file);
    if (stat("/tmp", &st) < 0)
        SKIP("no /tmp");
    CHECK(mkdir("/tmp/outer", 0755) == 0 && mkdir("/tmp/outer/inner", 0755) == 0);
    int outer = open("/tmp/outer", O_RDONLY), inner = openat(outer, "inner", O_RDONLY);
    CHECK(outer >= 0 && inner >= 0);
    file = openat(inner, "deep", O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0 && write(file, "x", 1) == 1 && close(file) == 0);
    CHECK(stat("/tmp/outer/inner/deep", &st) == 0 && st.st_size == 1);
    DIR* d = fdopendir(inner);
    struct dirent* entry;
    int found = 0;
    while (d && (entry = readdir(d)))
        found += strcmp(entry->d_name, "deep") == 0;
    CHECK(found == 1 && unlinkat(dirfd(d), "deep", 0) == 0 && closedir(d) == 0);
    d = opendir("/tmp/outer/inner");
    CHECK(d && unlinkat(outer, "inner", AT_REMOVEDIR) == 0 && close(outer) == 0);
    CHECK(rmdir("/tmp/outer") == 0);
    CHECK(!readdir(d) && closedir(d) == 0); /* a folder that is gone is empty */
    return 1;
}

static int test_tmp_files(void)
{
    struct stat st;
    if (stat("/tmp", &st) < 0)
        SKIP("no /tmp");
    FILE* f = fopen("/tmp/libc-test.txt", "w");
    if (!f && (errno == ENOENT || errno == EROFS))
        SKIP("/tmp cannot be written (errno %d)", errno);
    CHECK(f);
    CHECK(fprintf(f, "line 1\nline 2\n") == 14 && fclose(f) == 0);
    CHECK(stat("/tmp/libc-test.txt", &st) == 0 && st.st_size == 14 && S_ISREG(st.st_mode));
    if (mkdir("/tmp/libc-dir", 0755) < 0 && errno == EROFS) { /* /dev/shmem has no folders */
        CHECK(unlink("/tmp/libc-test.txt") == 0);
        SKIP("/tmp has no folders");
    }
    CHECK(stat("/tmp/libc-dir", &st) == 0 && S_ISDIR(st.st_mode));
    CHECK(rename("/tmp/libc-test.txt", "/tmp/libc-dir/moved") == 0);
    f = fopen("/tmp/libc-dir/moved", "r+");
    char line[32];
    CHECK(f && fgets(line, sizeof line, f) && strcmp(line, "line 1\n") == 0);
    CHECK(ftruncate(fileno(f), 3) == 0 && fstat(fileno(f), &st) == 0 && st.st_size == 3);
    fclose(f);
    errno = 0;
    CHECK(rmdir("/tmp/libc-dir") == -1 && errno == ENOTEMPTY);
    CHECK(unlink("/tmp/libc-dir/moved") == 0 && rmdir("/tmp/libc-dir") == 0);
    errno = 0;
    CHECK(stat("/tmp/libc-dir", &st) == -1 && errno == ENOENT);
    return 1;
}

static int test_time(void)
{
    struct timespec a, b, t = {.tv_nsec = 30000000};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && nanosleep(&t, 0) == 0 &&
          clock_gettime(CLOCK_MONOTONIC, &b) == 0);
    long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
    CHECK(ms >= 29 && ms < 10000);
    CHECK(time(0) > 1600000000); /* QEMU's clock is the host's */
    struct tm tm;
    time_t when = 1000000000;
    char text[40];
    CHECK(gmtime_r(&when, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm) &&
          !strcmp(text, "2001-09-09 01:46:40"));
    return 1;
}

static volatile sig_atomic_t got_signal, got_pid;
static void handler(int signo, siginfo_t* info, void* context)
{
    (void)context;
    got_signal = signo;
    got_pid = info->si_pid;
}
static jmp_buf jump;
static void fault_handler(int signo)
{
    longjmp(jump, signo);
}

static int test_signals(void)
{
    struct sigaction sa = {.sa_flags = SA_SIGINFO, .sa_sigaction = handler};
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0 && sigaction(SIGALRM, &sa, 0) == 0);
    double kept = 1.5;
    CHECK(raise(SIGUSR1) == 0 && got_signal == SIGUSR1 && kept * 2 == 3.0);
    CHECK(kill(getpid(), SIGUSR1) == 0 && got_pid == getpid());
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    got_signal = 0;
    raise(SIGUSR1);
    CHECK(got_signal == 0 && sigpending(&old) == 0 && sigismember(&old, SIGUSR1));
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_signo == SIGUSR1 && got_signal == 0);
    struct timespec none = {0};
    errno = 0;
    CHECK(sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, 0) == 0);
    struct itimerval timer = {.it_value = {.tv_usec = 20000}};
    CHECK(setitimer(ITIMER_REAL, &timer, 0) == 0);
    errno = 0;
    CHECK(pause() == -1 && errno == EINTR && got_signal == SIGALRM);
    struct sigaction fault = {.sa_handler = fault_handler, .sa_flags = SA_NODEFER};
    CHECK(sigaction(SIGSEGV, &fault, 0) == 0);
    int jumped = setjmp(jump);
    int* volatile nowhere = (int*)8;
    if (!jumped)
        *nowhere = 1;
    signal(SIGSEGV, SIG_DFL);
    CHECK(jumped == SIGSEGV);
    return 1;
}

static int run_child(const char* what, int* status)
{
    char* argv[] = {(char*)self_path, (char*)what, 0};
    pid_t pid;
    if (posix_spawn(&pid, self_path, 0, 0, argv, environ) != 0)
        return -1;
    return waitpid(pid, status, 0) == pid ? 0 : -1;
}

static int test_spawn(void)
{
    int status;
    setenv("LIBC_TEST", "inherited", 1);
    CHECK(run_child("exit7", &status) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(run_child("env", &status) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(run_child("kill", &status) == 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK(run_child("exec", &status) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    pid_t pid;
    char* argv[] = {"nothing", 0};
    CHECK(posix_spawn(&pid, "/proc/boot/no-such-program", 0, 0, argv, environ) == ENOENT);
    errno = 0;
    CHECK(wait(&status) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
    return 1;
}

static int test_spawn_fds(void)
{
    posix_spawn_file_actions_t actions;
    char* argv[] = {(char*)self_path, "read33", 0};
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&actions);
    CHECK(posix_spawn_file_actions_addopen(&actions, 33, self_path, O_RDONLY, 0) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, 33, 34) == 0 &&
          posix_spawn_file_actions_addclose(&actions, 35) == 0);
    CHECK(posix_spawn(&pid, self_path, &actions, 0, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return 1;
}

static int test_pipe(void)
{
    int fd[2];
    char buf[16];
    if (pipe(fd) < 0)
        SKIP("no pipe server (errno %d)", errno);
    CHECK(write(fd[1], "through", 7) == 7 && read(fd[0], buf, sizeof buf) == 7 &&
          memcmp(buf, "through", 7) == 0);
    struct pollfd ends[2] = {{fd[0], POLLIN | POLLOUT, 0}, {fd[1], POLLIN, 0}};
    CHECK(poll(ends, 2, 0) == 0); /* nothing to read, and the other end is never readable */
    CHECK(write(fd[1], "x", 1) == 1 && poll(ends, 2, 0) == 1 && ends[0].revents == POLLIN);
    CHECK(read(fd[0], buf, sizeof buf) == 1);
    close(fd[1]);
    CHECK(read(fd[0], buf, sizeof buf) == 0);
    close(fd[0]);
    CHECK(pipe(fd) == 0);
    close(fd[0]);
    signal(SIGPIPE, SIG_IGN);
    errno = 0;
    CHECK(write(fd[1], "x", 1) == -1 && errno == EPIPE);
    signal(SIGPIPE, SIG_DFL);
    close(fd[1]);
    return 1;
}

static int test_shell(void)
{
    if (access("/bin/sh", X_OK) < 0)
        SKIP("no /bin/sh");
    int status = system("exit 3");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    int fd[2];
    if (pipe(fd) < 0)
        SKIP("no pipe server (errno %d)", errno);
    close(fd[0]), close(fd[1]);
    FILE* f = popen("echo from the shell", "r");
    char line[40];
    CHECK(f && fgets(line, sizeof line, f) && strcmp(line, "from the shell\n") == 0 &&
          pclose(f) == 0);
    return 1;
}

static int test_dlopen(void)
{
    void* lib = dlopen("libc-test-plugin.so", RTLD_NOW);
    if (!lib)
        printf("# %s\n", dlerror());
    CHECK(lib);
    int (*add)(int, int) = (int (*)(int, int))dlsym(lib, "plugin_add");
    int* constructed = dlsym(lib, "plugin_constructed");
    int* (*own_value)(void) = (int* (*)(void))dlsym(lib, "plugin_thread_value");
    CHECK(add && constructed && own_value && add(2, 3) == 5 && *constructed == 1 &&
          *own_value() == 77);
    CHECK(!dlsym(lib, "no_such_symbol") && dlerror());
    CHECK(dlclose(lib) == 0 && !dlopen("no-such-library.so", RTLD_NOW));
    return 1;
}

static int test_system(void)
{
    struct utsname name;
    CHECK(uname(&name) == 0 && strcmp(name.sysname, "QNX") == 0);
    CHECK(_syspage_ptr && _syspage_ptr->signature == SYSPAGE_SIGNATURE &&
          sysconf(_SC_NPROCESSORS_ONLN) == _syspage_ptr->num_cpu);
    CHECK(sysconf(_SC_PHYS_PAGES) > 1000);
    char text[128];
    CHECK(confstr(_CS_LIBPATH, text, sizeof text) > 0 && strstr(text, "/proc/boot"));
    CHECK(getuid() == 0 && geteuid() == 0 && getpid() > 1 && getppid() >= 1);
    return 1;
}

static int child(const char* what)
{
    char buf[4];
    if (!strcmp(what, "exit7"))
        return 7;
    if (!strcmp(what, "env"))
        return !getenv("LIBC_TEST") || strcmp(getenv("LIBC_TEST"), "inherited") != 0;
    if (!strcmp(what, "kill")) {
        kill(getpid(), SIGTERM);
        return 1;
    }
    if (!strcmp(what, "exec")) {
        execl(self_path, self_path, "exit7", (char*)0);
        return 1;
    }
    if (!strcmp(what, "read33"))
        return read(33, buf, 2) == 2 && read(34, buf + 2, 2) == 2 && !memcmp(buf, "\177ELF", 4) ? 0
                                                                                                : 1;
    return 99;
}

int main(int argc, char** argv)
{
    static const struct tap_test tests[] = {
        {"stdio", test_stdio},
        {"malloc", test_malloc},
        {"strings and numbers", test_strings},
        {"memory", test_memory},
        {"files", test_files},
        {"directories", test_directories},
        {"names below a folder", test_relative},
        {"files in /tmp", test_tmp_files},
        {"time", test_time},
        {"signals", test_signals},
        {"spawn and wait", test_spawn},
        {"spawn with descriptors", test_spawn_fds},
        {"pipe", test_pipe},
        {"system and popen", test_shell},
        {"dlopen", test_dlopen},
        {"system information", test_system},
    };
    self_path = argc && strchr(argv[0], '/') ? argv[0] : "/proc/boot/libc-test";
    if (argc > 1 && strcmp(argv[1], "-t") != 0)
        return child(argv[1]);
    return tap_main("libc-test", tests, (int)(sizeof tests / sizeof *tests),
                    argc > 2 ? argv[2] : 0);
}
