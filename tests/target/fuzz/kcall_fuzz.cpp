// SPDX-License-Identifier: Apache-2.0
// System-call fuzzing: processes without privileges make random calls in batches, while witnesses look whether anybody
// else notices. The same seed and batch number make the same calls.
#include "fuzz/batch.hpp"
#include "fuzz/objects.hpp"
#include "fuzz/random.hpp"
#include "fuzz/witness.hpp"

#include <abi/usage.h>

#include <dirent.h>
#include <fcntl.h>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - random calls to the kernel and the process manager\n"
          "%C [-n calls] [-s seed] [-j processes] [-b batch] [-v]\n"
          " -n calls   in all (default 50000)\n"
          " -b batch   only this one of the seed's batches\n"
          " -v         each call on the debug console before it is made\n");

extern char** environ;

namespace {

constexpr char shared_name[] = "/kcall-fuzz";
constexpr uint32_t batch_calls = 4000;
constexpr int max_jobs = 8;
constexpr ObjectSlack server_slack{2, 40}; // servers that were asked odd things may have grown
constexpr unsigned report_seconds = 30;
constexpr int patience = 3; // looks without progress, a second apart

struct Options {
    uint64_t calls = 50000;
    uint64_t seed = 1;
    int jobs = 3;
    int64_t only_batch = -1;
    bool verbose = false;
};

struct Job {
    pid_t pid = -1;
    uint64_t seen = 0;
    int idle_looks = 0;
};

struct Totals {
    uint64_t calls, succeeded, refused, wrong;
    uint32_t batches, finished, died, stuck, left;
};

Job jobs[max_jobs];
pthread_mutex_t jobs_lock = PTHREAD_MUTEX_INITIALIZER; // pid is a live child while it is held
Progress* progress;
Totals totals;

Progress* share(int flags)
{
    const int fd = shm_open(shared_name, flags, 0600);
    if (fd == -1 || ((flags & O_CREAT) && ftruncate(fd, 4096) != 0))
        return nullptr;
    void* at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? nullptr : static_cast<Progress*>(at);
}

/// Kills a child that makes no more calls: random calls can put a process to sleep for ever.
void* watchdog(void*)
{
    for (unsigned seconds = 1;; ++seconds) {
        sleep(1);
        pthread_mutex_lock(&jobs_lock);
        if (seconds % report_seconds == 0) {
            printf("# after %u s: %lu calls, %u batches\n", seconds, totals.calls, totals.batches);
            fflush(stdout);
        }
        for (int i = 0; i < max_jobs; ++i) {
            Job& job = jobs[i];
            job.idle_looks = job.seen == progress[i].calls ? job.idle_looks + 1 : 0;
            job.seen = progress[i].calls;
            if (job.pid != -1 && job.idle_looks == patience) {
                ++totals.stuck;
                kill(job.pid, SIGKILL);
            }
        }
        pthread_mutex_unlock(&jobs_lock);
    }
    return nullptr;
}

bool start_batch(const Options& options, const char* self, int slot, uint64_t batch)
{
    new (&progress[slot]) Progress{};
    char seed[24], slot_text[8];
    snprintf(seed, sizeof seed, "%lu", Random(options.seed * 1000003 + batch).next());
    snprintf(slot_text, sizeof slot_text, "%d", slot);
    const char* argv[] = {self, "batch", seed, slot_text, options.verbose ? "v" : "-", nullptr};
    pthread_mutex_lock(&jobs_lock);
    Job fresh;
    const bool good =
        posix_spawnp(&fresh.pid, self, nullptr, nullptr, const_cast<char**>(argv), environ) == 0;
    jobs[slot] = good ? fresh : Job{};
    pthread_mutex_unlock(&jobs_lock);
    return good;
}

/// Takes the result of a child that has ended; its slot is free again.
void collect(pid_t pid)
{
    for (int i = 0; i < max_jobs; ++i) {
        if (jobs[i].pid != pid)
            continue;
        jobs[i].pid = -1;
        const Progress& p = progress[i];
        totals.calls += p.calls;
        totals.succeeded += p.succeeded;
        totals.refused += p.refused;
        if (p.wrong != 0 && totals.wrong == 0)
            printf("# call %#lx gave %ld\n", p.wrong_number.load(), p.wrong_result.load());
        totals.wrong += p.wrong;
        ++(p.calls >= batch_calls ? totals.finished : totals.died);
    }
}

bool run_batches(const Options& options, const char* self)
{
    uint64_t batch = options.only_batch < 0 ? 0 : static_cast<uint64_t>(options.only_batch);
    int running = 0;
    for (;;) {
        for (int i = 0; i < options.jobs &&
                        totals.calls + static_cast<uint64_t>(running) * batch_calls < options.calls;
             ++i) {
            if (jobs[i].pid != -1)
                continue;
            if (!start_batch(options, self, i, batch)) {
                if (running == 0) {
                    perror("kcall-fuzz: spawn");
                    return false;
                }
                break; // no memory just now: when a child has ended
            }
            ++running;
            ++batch;
            ++totals.batches;
        }
        if (running == 0)
            return true;
        int status;
        const pid_t pid = waitpid(-1, &status, WEXITED);
        pthread_mutex_lock(&jobs_lock);
        collect(pid);
        pthread_mutex_unlock(&jobs_lock);
        running = 0;
        for (const Job& job : jobs)
            running += job.pid != -1;
    }
}

int batch_main(char** argv)
{
    progress = share(O_RDWR);
    const int slot = atoi(argv[3]);
    if (progress == nullptr || slot < 0 || slot >= max_jobs)
        return 2;
    run_batch({strtoull(argv[2], nullptr, 10), batch_calls, *argv[4] == 'v'}, progress[slot]);
}

bool parse(int argc, char** argv, Options& options)
{
    for (int c; (c = getopt(argc, argv, "n:s:j:b:v")) != -1;) {
        switch (c) {
        case 'n':
            options.calls = strtoull(optarg, nullptr, 10);
            break;
        case 's':
            options.seed = strtoull(optarg, nullptr, 10);
            break;
        case 'j':
            options.jobs = atoi(optarg);
            break;
        case 'b':
            options.only_batch = atoll(optarg);
            break;
        case 'v':
            options.verbose = true;
            break;
        default:
            return false;
        }
    }
    return options.jobs >= 1 && options.jobs <= max_jobs;
}

/// Random opens make shared memory under any name; it stays, with its pages, until its name goes.
void unlink_shared_memory()
{
    DIR* names = opendir("/dev/shmem");
    while (const dirent* entry = names ? readdir(names) : nullptr) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, shared_name + 1) != 0)
            shm_unlink(entry->d_name);
    }
    if (names != nullptr)
        closedir(names);
}

/// What fuzzed processes may leave in places that outlive them.
void tidy()
{
    totals.left = static_cast<uint32_t>(kill_user(fuzz_uid));
    unlink_shared_memory();
    unlink("/tmp/fuzz");
    rmdir("/tmp/fuzz");
}

int report(bool good, const Options& options, const WitnessReport& witness)
{
    printf("# seed %lu: %lu calls, %lu succeeded, %lu refused; %u batches, %u finished, %u died, "
           "%u stuck; %u other processes killed\n",
           options.seed, totals.calls, totals.succeeded, totals.refused, totals.batches,
           totals.finished, totals.died, totals.stuck, totals.left);
    printf("# witnesses: %lu exchanges, %lu errors%s%s\n", witness.exchanges, witness.errors,
           witness.errors ? ": " : "", witness.what);
    printf("1..1\n%sok 1 - FUZZ-0001 %lu calls, seed %lu\n", good ? "" : "not ", totals.calls,
           options.seed);
    return good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    const int as_witness = witness_main(argc, argv);
    if (as_witness >= 0)
        return as_witness;
    if (argc == 5 && strcmp(argv[1], "batch") == 0)
        return batch_main(argv);
    Options options;
    if (!parse(argc, argv, options)) {
        fprintf(stderr, "kcall-fuzz: see use kcall-fuzz\n");
        return 2;
    }
    sched_param param{};
    param.sched_priority = 70; // above what a process without privileges can give itself
    SchedSet(0, 0, SCHED_RR, &param);
    const char* self = "kcall-fuzz";
    progress = share(O_RDWR | O_CREAT | O_TRUNC);
    Witnesses witnesses;
    if (progress == nullptr || !witnesses.start(self)) {
        perror("kcall-fuzz: set-up");
        return 2;
    }
    pthread_t thread;
    pthread_create(&thread, nullptr, watchdog, nullptr);
    if (options.only_batch >= 0) {
        options.calls = 1;
        options.jobs = 1;
    } else { // caches fill, in procnto and in the servers
        Options warm_up = options;
        warm_up.calls = options.calls / 5;
        warm_up.seed = ~options.seed;
        if (!run_batches(warm_up, self))
            return 2;
        tidy();
    }
    const ObjectCounts before = settled_objects();
    bool good = run_batches(options, self);
    tidy();
    good = same_objects(before, settled_objects(), server_slack) && good;
    WitnessReport witness{};
    good = witnesses.finish(witness) && good && totals.wrong == 0;
    shm_unlink(shared_name);
    return report(good, options, witness);
}
