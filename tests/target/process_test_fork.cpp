// SPDX-License-Identifier: Apache-2.0
// fork(): what is copied, what is shared, what is left behind.
#include "process_test.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/stat.h>
#include <time.h>
#include <wordexp.h>

namespace {

constexpr size_t page = 4096;
int in_data = 1;
volatile int caught;

char* map(size_t length, int flags, int fd = -1)
{
    void* at = mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, fd, 0);
    return at == MAP_FAILED ? nullptr : static_cast<char*>(at);
}

} // namespace

bool fork_copies()
{
    char* heap = static_cast<char*>(malloc(100000));
    int on_stack = 3;
    strcpy(heap + 50000, "parent");
    const pid_t me = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        const bool same = in_data == 1 && on_stack == 3 && strcmp(heap + 50000, "parent") == 0;
        in_data = on_stack = 9;
        strcpy(heap + 50000, "child");
        _exit(same && getpid() != me && getppid() == me && gettid() == 1 ? 33 : 1);
    }
    CHECK(pid > 0);
    const int status = finish(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 33);
    CHECK(in_data == 1 && on_stack == 3 && strcmp(heap + 50000, "parent") == 0);
    free(heap);
    return true;
}

bool fork_shares()
{
    char* shared = map(4 * page, MAP_SHARED | MAP_ANON);
    char* own = map(4 * page, MAP_PRIVATE | MAP_ANON);
    char* contiguous = map(4 * page, MAP_SHARED | MAP_ANON | MAP_PHYS);
    char* own_contiguous = map(4 * page, MAP_PRIVATE | MAP_ANON | MAP_PHYS);
    const int fd = shm_open(SHM_ANON, O_RDWR | O_CREAT, 0600);
    CHECK(shared && own && contiguous && own_contiguous && fd >= 0 && ftruncate(fd, 2 * page) == 0);
    char* object = map(2 * page, MAP_SHARED, fd);
    char* copy = map(2 * page, MAP_PRIVATE, fd);
    CHECK(object && copy);
    own[page] = own_contiguous[page] = copy[0] = 'p';
    CHECK(in_child([&] {
              const bool seen = own[page] == 'p' && own_contiguous[page] == 'p' && copy[0] == 'p';
              shared[page] = contiguous[3 * page] = object[page] = 'c'; // touched by nobody before
              own[page] = own_contiguous[page] = copy[0] = 'c';
              return seen ? 5 : 1;
          }) == 5);
    CHECK(shared[page] == 'c' && contiguous[3 * page] == 'c' && object[page] == 'c');
    CHECK(own[page] == 'p' && own_contiguous[page] == 'p' && copy[0] == 'p');
    close(fd);
    for (char* at : {shared, own, contiguous, own_contiguous})
        CHECK(munmap(at, 4 * page) == 0);
    return munmap(object, 2 * page) == 0 && munmap(copy, 2 * page) == 0;
}

bool fork_descriptors()
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    const char* name = "/tmp/process-test";
    const int file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file >= 0 && write(file, "abcdef", 6) == 6 && lseek(file, 2, SEEK_SET) == 2);
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    CHECK(chid > 0 && coid >= _NTO_SIDE_CHANNEL);
    const pid_t pid = fork();
    if (pid == 0) {
        char two[2];
        const bool read_on = read(file, two, 2) == 2 && memcmp(two, "cd", 2) == 0;
        const bool no_side = ConnectFlags(0, coid, 0, 0) == -1 && errno == EBADF;
        const bool no_channel = ChannelDestroy(chid) == -1 && errno == EINVAL;
        close(ends[0]);
        _exit(read_on && no_side && no_channel && write(ends[1], "hello", 5) == 5 ? 4 : 1);
    }
    close(ends[1]);
    char text[8] = "";
    CHECK(read(ends[0], text, sizeof text) == 5 && memcmp(text, "hello", 5) == 0);
    CHECK(read(ends[0], text, sizeof text) == 0); // the child's end closed with it
    const int status = finish(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
    CHECK(lseek(file, 0, SEEK_CUR) == 4); // one open file, one offset
    close(file);
    close(ends[0]);
    unlink(name);
    return ConnectDetach(coid) == 0 && ChannelDestroy(chid) == 0;
}

bool fork_of_threads()
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static volatile bool stop;
    pthread_t others[3];
    for (pthread_t& thread : others)
        CHECK(pthread_create(
                  &thread, nullptr,
                  [](void*) -> void* {
                      while (!stop) {
                          void* p = malloc(3000);
                          usleep(1000);
                          free(p);
                      }
                      return nullptr;
                  },
                  nullptr) == 0);
    // A thread that is not the first forks, too.
    pthread_t forker;
    CHECK(pthread_create(
              &forker, nullptr,
              [](void*) -> void* {
                  pthread_mutex_lock(&mutex);
                  for (intptr_t i = 0; i < 8; ++i) {
                      const int status = in_child([] {
                          void* p = malloc(70000);
                          const bool alone = ThreadCtl(_NTO_TCTL_THREADS_HOLD, nullptr) != -1;
                          pthread_t made;
                          const bool more =
                              pthread_create(
                                  &made, nullptr, [](void*) -> void* { return &in_data; },
                                  nullptr) == 0;
                          void* result = nullptr;
                          return p && alone && more && pthread_mutex_unlock(&mutex) == 0 &&
                                         pthread_join(made, &result) == 0 && result == &in_data
                                     ? 7
                                     : 1;
                      });
                      if (status != 7)
                          return reinterpret_cast<void*>(i + 1);
                  }
                  pthread_mutex_unlock(&mutex);
                  return nullptr;
              },
              nullptr) == 0);
    void* failed = &mutex;
    CHECK(pthread_join(forker, &failed) == 0);
    stop = true;
    for (pthread_t thread : others)
        CHECK(pthread_join(thread, nullptr) == 0);
    CHECK(failed == nullptr);
    return true;
}

bool fork_handlers()
{
    static char order[16];
    const auto note = [](char c) { order[strlen(order)] = c; };
    static auto said = note;
    CHECK(pthread_atfork([] { said('1'); }, [] { said('p'); }, [] { said('c'); }) == 0);
    CHECK(pthread_atfork([] { said('2'); }, [] { said('P'); }, [] { said('C'); }) == 0);
    CHECK(in_child([] { return strcmp(order, "21cC") == 0 ? 6 : 1; }) == 6);
    CHECK(strcmp(order, "21pP") == 0);
    return true;
}

// Timers, pending signals and alarms stay with the parent; handlers and the mask are the child's, too.
bool fork_leaves_out()
{
    sigset_t block, old, pending;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigaddset(&block, SIGALRM);
    sigprocmask(SIG_BLOCK, &block, &old);
    raise(SIGUSR1);
    alarm(100);
    struct sigevent event;
    SIGEV_SIGNAL_INIT(&event, SIGUSR2);
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    signal(SIGUSR2, [](int) { caught = 1; });
    CHECK(in_child([&] {
              sigset_t mask;
              sigprocmask(SIG_BLOCK, nullptr, &mask);
              sigpending(&pending);
              struct itimerspec left;
              const bool clean = !sigismember(&pending, SIGUSR1) && alarm(0) == 0 &&
                                 timer_gettime(timer, &left) == -1;
              raise(SIGUSR2);
              return clean && sigismember(&mask, SIGUSR1) && caught == 1 ? 8 : 1;
          }) == 8);
    CHECK(caught == 0 && alarm(0) > 0 && timer_delete(timer) == 0);
    sigemptyset(&pending);
    sigaddset(&pending, SIGUSR1);
    int signo = 0;
    CHECK(sigwait(&pending, &signo) == 0 && signo == SIGUSR1);
    sigprocmask(SIG_SETMASK, &old, nullptr);
    signal(SIGUSR2, SIG_DFL);
    return true;
}

bool fork_registers()
{
    volatile double third = 1.0 / 3;
    double sum = third;
    const pid_t pid = fork();
    for (int i = 0; i < 1000; ++i)
        sum = sum * 1.0000001 + third;
    static double expected;
    if (pid == 0)
        _exit(sum > 333 && sum < 334 ? 2 : 1);
    expected = sum;
    const int status = finish(pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 2 && expected > 333;
}

// The calls that are made of fork().
bool fork_users()
{
    const pid_t pid = vfork();
    if (pid == 0) {
        execl("/proc/boot/sh", "sh", "-c", "exit 12", static_cast<char*>(nullptr));
        _exit(1);
    }
    int status = finish(pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 12);
    CHECK(in_child([] {
              // the process that called daemon() ends; its child is in a session of its own
              int ends[2];
              if (pipe(ends) != 0)
                  return 1;
              const pid_t middle = fork();
              if (middle == 0) {
                  if (daemon(0, 1) != 0)
                      _exit(1);
                  const pid_t sid = getsid(0);
                  _exit(write(ends[1], &sid, sizeof sid) == sizeof sid ? 0 : 1);
              }
              pid_t sid = 0;
              close(ends[1]);
              const bool told = read(ends[0], &sid, sizeof sid) == sizeof sid;
              return finish(middle) == 0 && told && sid > 0 && sid != getsid(0) ? 3 : 1;
          }) == 3);
    wordexp_t words;
    setenv("WORD", "a b", 1);
    CHECK(wordexp("x $WORD \"$WORD\"", &words, 0) == 0);
    CHECK(words.we_wordc == 4 && strcmp(words.we_wordv[3], "a b") == 0);
    wordfree(&words);
    FILE* command = popen("echo from popen", "r");
    char line[32] = "";
    CHECK(command && fgets(line, sizeof line, command) && strcmp(line, "from popen\n") == 0);
    CHECK(pclose(command) == 0 && WEXITSTATUS(system("exit 5")) == 5);
    return true;
}

// A child that is killed while it is made, memory that is not there: fork() fails, nothing is left.
bool fork_errors()
{
    sys_objects before{};
    CHECK(settled_objects(before));
    const size_t half = before.pages_free * page / 3 * 2;
    char* large = map(half, MAP_PRIVATE | MAP_ANON);
    CHECK(large);
    for (size_t at = 0; at < half; at += 64 * page)
        large[at] = 1;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(1);
    const int why = errno;
    CHECK(munmap(large, half) == 0);
    CHECK(pid == -1 && why == ENOMEM);
    return same_objects(before);
}

bool fork_leaves_nothing()
{
    CHECK(in_child([] { return 1; }) == 1);
    sys_objects before{};
    CHECK(settled_objects(before));
    for (int i = 0; i < 100; ++i) {
        const int status = in_child([i] {
            char* more = map(20 * page, MAP_PRIVATE | MAP_ANON);
            more[0] = 1;
            return i % 50;
        });
        CHECK(status == i % 50);
    }
    return same_objects(before);
}
