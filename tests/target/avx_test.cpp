// SPDX-License-Identifier: Apache-2.0
// The upper halves of the AVX registers belong to their thread: over switches, signal handlers, forks. Needs a CPU that has them.
#include "tap.hpp"

#include <abi/usage.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - AVX state test\n"
          "%C\n");

namespace {

struct Wide {
    alignas(32) uint64_t part[4];
};

Wide pattern(uint64_t n)
{
    return {{n, n * 3, n * 5, n * 7}};
}

void put(const Wide& from)
{
    __asm__ volatile("vmovdqa %0, %%ymm9" : : "m"(from));
}

bool holds(const Wide& expected)
{
    Wide now;
    __asm__ volatile("vmovdqa %%ymm9, %0" : "=m"(now));
    return memcmp(&now, &expected, sizeof now) == 0;
}

bool available()
{
    unsigned a = 1, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    CHECK((c & (1u << 27)) && (c & (1u << 28))); // OSXSAVE, AVX
    return true;
}

/// No call between put and holds may use the registers itself: the bare call does not.
void yield()
{
    for (int i = 0; i < 2; ++i)
        sched_yield();
}

void* keeps_its_own(void* number)
{
    const Wide mine = pattern(reinterpret_cast<uint64_t>(number));
    long failures = 0;
    for (int i = 0; i < 2000; ++i) {
        put(mine);
        yield();
        failures += !holds(mine);
    }
    return reinterpret_cast<void*>(failures);
}

bool over_switches()
{
    pthread_t threads[4];
    for (uint64_t i = 0; i < 4; ++i)
        CHECK(pthread_create(&threads[i], nullptr, keeps_its_own, reinterpret_cast<void*>(i + 1)) ==
              0);
    for (pthread_t thread : threads) {
        void* failures = nullptr;
        CHECK(pthread_join(thread, &failures) == 0 && failures == nullptr);
    }
    return true;
}

void overwrites(int)
{
    put(pattern(99));
}

bool over_handlers()
{
    const Wide mine = pattern(17);
    signal(SIGUSR1, overwrites);
    const pid_t self = getpid();
    put(mine);
    const int sent = kill(self, SIGUSR1);
    CHECK(holds(mine) && sent == 0);
    return true;
}

bool over_fork()
{
    const Wide mine = pattern(23);
    put(mine);
    const pid_t child = fork();
    if (child == 0)
        _exit(holds(mine) ? 0 : 1);
    const bool kept = holds(mine);
    int status = -1;
    CHECK(kept && waitpid(child, &status, 0) == child && status == 0);
    return true;
}

const TapTest tests[] = {
    {"AVX-0001 the CPU has AVX and the kernel allows it", available},
    {"AVX-0002 registers are each thread's own", over_switches},
    {"AVX-0003 a handler does not disturb them", over_handlers},
    {"AVX-0004 fork copies them", over_fork},
};

} // namespace

int main()
{
    return run_tests(tests);
}
