// SPDX-License-Identifier: Apache-2.0
// The operations: each uses one kind of kernel object, or a handful in the way programs do.
#include "fuzz/alloc_operations.hpp"

#include <abi/proc_msg.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/pathmgr.h>
#include <sys/procmgr.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

int channel, loop; // a channel of this process, and a connection to it
int server_coid;   // to a thread that answers

int error_or_ok(bool good)
{
    return good ? EOK : errno;
}

void* serve(void* arg)
{
    char text[64];
    for (;;) {
        const int rcvid =
            MsgReceive(static_cast<int>(reinterpret_cast<long>(arg)), text, sizeof text, nullptr);
        if (rcvid > 0)
            MsgReply(rcvid, 0, text, sizeof text);
    }
}

int channels()
{
    const int chid = ChannelCreate(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT);
    if (chid == -1)
        return errno;
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    const int error = error_or_ok(coid != -1);
    if (coid != -1)
        ConnectDetach(coid);
    ChannelDestroy(chid);
    return error;
}

int pulses()
{
    for (int i = 0; i < 3; ++i) {
        const int error = error_or_ok(MsgSendPulse(loop, 10, 1, i) == 0);
        _pulse pulse;
        if (error == EOK && MsgReceivePulse(channel, &pulse, sizeof pulse, nullptr) == -1)
            return errno;
        if (error != EOK)
            return error;
    }
    return EOK;
}

int long_message()
{
    static char out[100], in[100];
    iov_t send[50], receive[50];
    for (int i = 0; i < 50; ++i) {
        SETIOV(&send[i], out + i * 2, 2);
        SETIOV(&receive[i], in + i * 2, 2);
    }
    return error_or_ok(MsgSendv(server_coid, send, 50, receive, 50) != -1);
}

void* nothing(void*)
{
    return nullptr;
}

int threads()
{
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, nothing, nullptr);
    return error != EOK ? error : pthread_join(thread, nullptr);
}

int timers()
{
    sigevent event{};
    SIGEV_PULSE_INIT(&event, loop, 10, 2, 0);
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return errno;
    const itimerspec when{{0, 0}, {0, 1000000}};
    const int error = error_or_ok(timer_settime(timer, 0, &when, nullptr) == 0);
    usleep(3000); // the pulse may be lost for want of memory: no one waits for it
    timer_delete(timer);
    const uint64_t no_wait = 0;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &no_wait, nullptr);
    _pulse pulse;
    MsgReceivePulse(channel, &pulse, sizeof pulse, nullptr);
    return error;
}

int memory()
{
    constexpr size_t size = 64 * 4096;
    auto* at = static_cast<char*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0));
    if (at == MAP_FAILED)
        return errno;
    for (size_t i = 0; i < size; i += 4096)
        at[i] = 1; // promised: cannot fail
    int error = error_or_ok(mprotect(at + 4 * 4096, 4096, PROT_READ) == 0);
    if (error == EOK)
        error = error_or_ok(munmap(at + 20 * 4096, 4096) == 0);
    munmap(at, size);
    munmap(at, size); // what an unlucky split has left
    return error;
}

int contiguous_memory()
{
    void* at =
        mmap(nullptr, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PHYS | MAP_ANON | MAP_PRIVATE, -1, 0);
    if (at == MAP_FAILED)
        return errno;
    return error_or_ok(munmap(at, 16 * 4096) == 0);
}

int shared_memory()
{
    const int fd = shm_open("/alloc-fail", O_RDWR | O_CREAT, 0600);
    if (fd == -1)
        return errno;
    int error = error_or_ok(ftruncate(fd, 5 * 4096) == 0);
    if (error == EOK) {
        auto* at =
            static_cast<char*>(mmap(nullptr, 5 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        error = error_or_ok(at != MAP_FAILED);
        if (error == EOK) {
            at[4096] = 1;
            munmap(at, 5 * 4096);
        }
    }
    close(fd);
    stopped_failures += fail_allocation(0); // the name goes away under all circumstances
    shm_unlink("/alloc-fail");
    return error;
}

int files()
{
    const int null = open("/dev/null", O_RDWR);
    if (null == -1)
        return errno;
    const int copy = dup(null);
    int error = error_or_ok(copy != -1);
    close(null);
    close(copy);
    const int file = open("/proc/boot/alloc-fail", O_RDONLY);
    char text[64];
    if (error == EOK)
        error = error_or_ok(file != -1 && read(file, text, sizeof text) == sizeof text);
    close(file);
    return error;
}

int directories()
{
    DIR* dir = opendir("/proc/boot");
    if (dir == nullptr)
        return errno;
    errno = EOK;
    while (readdir(dir) != nullptr) {
    }
    const int error = errno;
    closedir(dir);
    return error;
}

int finish_child(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) == -1) { // waiting needs memory, too
        if (errno != EAGAIN && errno != ENOMEM)
            return errno;
    }
    // An image that could not be completed when its predecessor was gone; musl's loader, which cannot always say why.
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGSEGV))
        return ENOMEM;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return ENOMEM;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINVAL;
}

int spawn_program()
{
    const char* argv[] = {"alloc-fail", "-end", nullptr};
    pid_t pid;
    const int error =
        posix_spawnp(&pid, "alloc-fail", nullptr, nullptr, const_cast<char**>(argv), environ);
    return error != EOK ? error : finish_child(pid);
}

int fork_process()
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid == -1 ? errno : finish_child(pid);
}

int replace_process()
{
    const pid_t pid = fork();
    if (pid == 0) {
        const char* argv[] = {"alloc-fail", "-end", nullptr};
        execvp("alloc-fail", const_cast<char**>(argv));
        _exit(errno);
    }
    return pid == -1 ? errno : finish_child(pid);
}

int queued_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigval value{};
    int sent = 0;
    while (sent < 3 && sigqueue(getpid(), SIGRTMIN, value) == 0)
        ++sent;
    const int error = sent == 3 ? EOK : errno;
    for (; sent > 0; --sent)
        sigwaitinfo(&set, nullptr);
    return error;
}

int registered_events()
{
    sigevent event{};
    SIGEV_PULSE_INIT(&event, loop, 10, 3, 0);
    if (MsgRegisterEvent(&event, loop) != 0)
        return errno;
    return error_or_ok(MsgUnregisterEvent(&event) == 0);
}

int notifications()
{
    sigevent event{};
    SIGEV_PULSE_INIT(&event, loop, 10, 4, 0);
    const int error = error_or_ok(procmgr_event_notify(PROCMGR_EVENT_DAEMON_DEATH, &event) != -1);
    procmgr_event_notify(0, nullptr);
    return error;
}

int links()
{
    if (pathmgr_symlink("/dev/null", "/dev/alloc-fail") != 0)
        return errno;
    const int fd = open("/dev/alloc-fail", O_RDWR);
    const int error = error_or_ok(fd != -1);
    close(fd);
    stopped_failures += fail_allocation(0);
    pathmgr_unlink("/dev/alloc-fail");
    return error;
}

int interrupts()
{
    sigevent event{};
    SIGEV_PULSE_INIT(&event, loop, 10, 5, 0);
    const int id = InterruptAttachEvent(7, &event, 0);
    if (id == -1)
        return errno;
    return error_or_ok(InterruptDetach(id) == 0);
}

int pipes()
{
    int ends[2];
    if (pipe(ends) != 0)
        return errno;
    char c = 'x';
    const int error = error_or_ok(write(ends[1], &c, 1) == 1 && read(ends[0], &c, 1) == 1);
    close(ends[0]);
    close(ends[1]);
    return error;
}

} // namespace

uint64_t stopped_failures;

const Operation operations[] = {{"channels", channels},
                                {"pulses", pulses},
                                {"long-message", long_message},
                                {"threads", threads},
                                {"timers", timers},
                                {"memory", memory},
                                {"contiguous-memory", contiguous_memory},
                                {"shared-memory", shared_memory},
                                {"files", files},
                                {"directories", directories},
                                {"queued-signals", queued_signals},
                                {"registered-events", registered_events},
                                {"notifications", notifications},
                                {"links", links},
                                {"interrupts", interrupts},
                                {"pipes", pipes},
                                {"spawn", spawn_program},
                                {"fork", fork_process},
                                {"exec", replace_process},
                                {nullptr, nullptr}};

bool set_up_operations()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO; // so that the signals are queued
    action.sa_sigaction = [](int, siginfo_t*, void*) {};
    sigaction(SIGRTMIN, &action, nullptr);
    channel = ChannelCreate(0);
    loop = ConnectAttach(0, 0, channel, _NTO_SIDE_CHANNEL, 0);
    const int other = ChannelCreate(0);
    server_coid = ConnectAttach(0, 0, other, _NTO_SIDE_CHANNEL, 0);
    pthread_t thread;
    return loop != -1 && server_coid != -1 &&
           pthread_create(&thread, nullptr, serve,
                          reinterpret_cast<void*>(static_cast<long>(other))) == 0;
}

uint64_t fail_allocation(uint64_t n, uint64_t period)
{
    proc_simple ask{};
    ask.type = SYS_FAIL_ALLOC;
    ask.a = static_cast<int64_t>(n);
    ask.b = static_cast<int64_t>(period);
    uint64_t counts[2] = {};
    if (MsgSend(SYSMGR_COID, &ask, sizeof ask, counts, sizeof counts) == -1)
        perror("SYS_FAIL_ALLOC");
    return counts[1];
}
