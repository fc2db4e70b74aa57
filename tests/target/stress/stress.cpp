// SPDX-License-Identifier: Apache-2.0
// 64 threads in 8 processes exchange messages, pulses and signals while processes die at random. Each message's content is checked, nothing
// may be lost, nobody may stand still, and nothing may be left in procnto. With -f its allocations fail meanwhile.
#include "fuzz/objects.hpp"
#include "fuzz/random.hpp"
#include "stress/load.hpp"

#include <abi/proc_msg.h>
#include <abi/usage.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE(
    "%C - load of messages, pulses, signals and deaths\n"
    "%C [-t seconds] [-s seed] [-k ms between deaths] [-f]\n"
    " -f  allocations of procnto fail during the load: ENOMEM and EAGAIN are right answers then\n");

namespace stress {
Shared* shared;
}

namespace {

using namespace stress;

struct Options {
    unsigned seconds = 600, death_ms = 100;
    uint64_t seed = 1;
    bool fail = false;
};

struct Slot {
    uint64_t steps = 0; // at the last look
    uint64_t all = 0;   // steps of all when it moved last
};

Slot looks[slots];
uint32_t lives;
uint64_t deaths, failures_asked, failures_made;
const char* program;
constexpr ObjectSlack heap_slack{2, 16}; // tables of the servers that took part
constexpr uint64_t patience =
    100000; // steps of all others without one of its own: stuck, however slow the machine is
constexpr time_t rest_patience = 120; // seconds at the end without any change

time_t now()
{
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

void pause_ms(unsigned ms)
{
    const timespec t{ms / 1000, 1000000l * (ms % 1000)};
    nanosleep(&t, nullptr);
}

// The n-th allocation of procnto from now on fails, and then each period-th. 0: none.
void fail_allocations(uint64_t nth, uint64_t period)
{
    const proc_simple message{
        SYS_FAIL_ALLOC, 0, 0, static_cast<int64_t>(nth), static_cast<int64_t>(period), 0, 0};
    uint64_t counts[2] = {0, 0};
    if (MsgSend(SYSMGR_COID, &message, sizeof message, counts, sizeof counts) == -1)
        wrong("SYS_FAIL_ALLOC", errno);
    failures_asked += counts[0];
    failures_made += counts[1];
}

uint64_t heap_pages()
{
    const proc_simple message{MEM_INFO, 0, 0, 0, 0, 0, 0};
    mem_info info{};
    if (MsgSend(SYSMGR_COID, &message, sizeof message, &info, sizeof info) == -1)
        wrong("MEM_INFO", errno);
    return info.kernel / 4096;
}

bool start(unsigned slot, Random& random)
{
    if (lives == max_lives)
        return false;
    const uint32_t life = lives;
    const uint64_t seed = random.next();
    const pid_t pid = fork();
    if (pid == 0)
        live(life, slot, seed, program);
    if (pid == -1) {
        if (!shared->failing || (errno != ENOMEM && errno != EAGAIN))
            wrong("fork", errno);
        ++shared->refused;
        return false;
    }
    ++lives;
    shared->lives[life].pid = pid;
    shared->current[slot] = life;
    looks[slot] = {~uint64_t{0}, 0}; // the first look begins it
    return true;
}

// What may be the end of a process: our signals, its own exit, or no memory at its start.
bool good_end(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM || shared->failing;
    return WIFEXITED(status) &&
           (WEXITSTATUS(status) <= 1 || (WEXITSTATUS(status) == 77 && shared->failing));
}

void reap(Random& random)
{
    for (unsigned slot = 0; slot < slots; ++slot) {
        Life& life = shared->lives[shared->current[slot]];
        int status = 0;
        if (life.state != State::dead && waitpid(life.pid, &status, WNOHANG) == life.pid) {
            life.state = State::dead;
            ++deaths;
            if (!good_end(status))
                wrong("end of a process", status);
        }
        if (life.state == State::dead && !shared->stop)
            start(slot, random);
    }
}

void kill_one(Random& random)
{
    Life& life = shared->lives[shared->current[random.below(slots)]];
    if (life.state == State::serving)
        kill(life.pid, random.one_in(3) ? SIGTERM : SIGKILL);
}

uint64_t steps_of_all()
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < lives; ++i)
        sum += shared->lives[i].steps;
    return sum;
}

void look_for_progress()
{
    const uint64_t all = steps_of_all();
    for (unsigned slot = 0; slot < slots; ++slot) {
        const Life& life = shared->lives[shared->current[slot]];
        if (life.state != State::serving || life.steps != looks[slot].steps) {
            looks[slot] = {life.steps, all};
        } else if (all - looks[slot].all > patience) {
            wrong("a process stands still, slot", slot);
            looks[slot].all = all;
        }
    }
}

void report(time_t began, const char* what)
{
    uint64_t messages = 0, pulses = 0, signals = 0;
    for (uint32_t i = 0; i < lives; ++i) {
        messages += shared->lives[i].messages.received;
        pulses += shared->lives[i].pulses.received;
        signals += shared->lives[i].signals.received;
    }
    printf("# %s %ld s: %lu messages, %lu MiB, %lu pulses, %lu signals; %lu deaths, %lu programs; "
           "%lu ended early, %lu refused, "
           "%lu of %lu allocations failed; %lu wrong\n",
           what, static_cast<long>(now() - began), messages, shared->bytes.load() >> 20, pulses,
           signals, deaths, shared->spawned.load(), shared->ended_early.load(),
           shared->refused.load(), failures_made, failures_asked, shared->wrong.load());
    fflush(stdout);
}

void run(const Options& options, Random& random)
{
    const time_t began = now();
    time_t told = began;
    for (uint64_t round = 0; now() - began < options.seconds && shared->wrong < 20; ++round) {
        if (options.fail)
            fail_allocations(1 + round % 400,
                             20 + random.below(300)); // every point comes to be the n-th
        pause_ms(1 + random.below(2 * options.death_ms));
        kill_one(random);
        reap(random);
        look_for_progress();
        if (now() - told >= 10) {
            told = now();
            report(began, "after");
        }
    }
    if (options.fail)
        fail_allocations(0, 0);
    report(began, "end of load,");
}

bool idle(const Life& life)
{
    return life.state != State::serving ||
           (life.idle_clients == clients && life.pulses.sent <= life.pulses.received &&
            life.signals.sent <= life.signals.received);
}

// Changes while anything still goes on.
uint64_t signature()
{
    uint64_t sum = steps_of_all();
    for (const auto& current : shared->current) {
        const Life& life = shared->lives[current];
        sum += life.idle_clients + life.messages.received + life.pulses.received +
               life.signals.received;
    }
    return sum + deaths;
}

// Clients have ended, and all that was sent has arrived. False: somebody never comes to an end.
bool drain(Random& random)
{
    shared->stop = true;
    uint64_t last = 0;
    for (time_t changed = now(); now() - changed < rest_patience;) {
        reap(random);
        bool all = true;
        for (const auto& life : shared->current)
            all = all && idle(shared->lives[life]);
        if (all)
            return true;
        if (signature() != last) {
            last = signature();
            changed = now();
        }
        pause_ms(10);
    }
    return false;
}

// Delivered <= received <= meant. What a dead process had not fetched yet is gone with it, but for messages that were answered.
void check_traffic(const char* what, uint32_t life, const Traffic& traffic, bool died)
{
    if (traffic.received > traffic.meant)
        wrong("received, but never sent", static_cast<long>(traffic.received - traffic.meant));
    if (!died && traffic.sent > traffic.received) {
        printf("# life %u: %s: %lu meant, %lu sent, %lu received\n", life, what,
               traffic.meant.load(), traffic.sent.load(), traffic.received.load());
        wrong("lost", static_cast<long>(traffic.sent - traffic.received));
    }
}

void check_lives()
{
    for (uint32_t i = 0; i < lives; ++i) {
        const Life& life = shared->lives[i];
        const bool died = life.state == State::dead;
        check_traffic("messages", i, life.messages, false);
        check_traffic("pulses", i, life.pulses, died);
        check_traffic("signals", i, life.signals, died);
    }
}

// procnto keeps kernel stacks for the next threads: twice as many as live at a time are made before the first count, as new processes
// start while old ones still end.
void warm_up(Random& random)
{
    for (unsigned i = 0; i < 2 * slots; ++i)
        start(i % slots, random);
    for (uint32_t i = 0; i < lives; ++i)
        while (shared->lives[i].state != State::serving)
            pause_ms(10);
    pause_ms(200);
    shared->stop = true;
    shared->finish = true;
    for (uint32_t i = 0; i < lives; ++i)
        waitpid(shared->lives[i].pid, nullptr, 0);
    memset(static_cast<void*>(shared), 0, sizeof *shared);
    lives = 0;
}

void finish()
{
    shared->finish = true;
    for (const auto& current : shared->current) {
        const Life& life = shared->lives[current];
        int status = 0;
        if (life.state != State::dead &&
            (waitpid(life.pid, &status, 0) != life.pid || !good_end(status)))
            wrong("last end of a process", status);
    }
}

bool parse(int argc, char** argv, Options& options)
{
    int letter;
    while ((letter = getopt(argc, argv, "t:s:k:f")) != -1) {
        switch (letter) {
        case 't':
            options.seconds = static_cast<unsigned>(atoi(optarg));
            break;
        case 's':
            options.seed = strtoull(optarg, nullptr, 0);
            break;
        case 'k':
            options.death_ms = static_cast<unsigned>(atoi(optarg));
            break;
        case 'f':
            options.fail = true;
            break;
        default:
            return false;
        }
    }
    return options.death_ms > 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "-end") == 0)
        return 0; // what the load starts
    Options options;
    if (!parse(argc, argv, options))
        return 2;
    program = "/proc/boot/stress";
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, NOFD, 0);
    if (memory == MAP_FAILED)
        return 2;
    shared = static_cast<Shared*>(memory);
    Random random(options.seed);
    warm_up(random);
    const ObjectCounts before = settled_objects();
    const uint64_t heap_before = heap_pages();
    for (unsigned slot = 0; slot < slots; ++slot)
        start(slot, random);
    shared->failing = options.fail;
    run(options, random);
    if (!drain(random))
        wrong("the load does not come to rest", 0);
    shared->failing = false;
    check_lives();
    finish();
    const uint64_t bad = shared->wrong;
    ObjectCounts after = settled_objects();
    const uint64_t heap =
        heap_pages() -
        heap_before; // kept for the next time; the objects in it are counted one by one
    printf("# pages that procnto's heap has grown by: %ld\n", static_cast<long>(heap));
    after.pages_free += heap;
    const bool same = same_objects(before, after, heap_slack);
    printf("%sok 1 - %s\n1..1\n", bad == 0 && same ? "" : "not ",
           options.fail ? "STRESS-0003 the same while allocations fail"
                        : "STRESS-0002 64 threads in 8 processes");
    return bad == 0 && same ? 0 : 1;
}
