// SPDX-License-Identifier: Apache-2.0
// Signals on the main thread, the last actions on a fault, and blockop_dispatch().
#include "drv/blockop.hpp"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "drv/autoconf.hpp"
#include "drv/runtime.hpp"
#include "drv/sleep.hpp"

namespace netmgr {

namespace {

constexpr int signal_blockop = SIGUSR1; // to the main thread itself: look at the request

struct Request {
    bop_dispatch* bop = nullptr;
    bool done = false;
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
Request* pending;
pthread_t main_thread;
nw_work_thread main_wtp;

// The hardware must not go on writing into memory that is about to be freed. Runs on the faulting thread.
void fault_handler(int signo, siginfo_t* info, void*)
{
    run_shutdown_hooks();
    signal(signo, SIG_DFL); // returning repeats the fault, now with the default action
    if (info->si_code <= 0)
        raise(signo); // somebody sent it: nothing will repeat
}

constexpr size_t fault_stack_size = 32 * 1024;

void catch_faults()
{
    prepare_fault_stack();
    struct sigaction action = {};
    action.sa_sigaction = fault_handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
}

sigset_t waited_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, signal_blockop);
    return set;
}

void run_request()
{
    pthread_mutex_lock(&mutex);
    Request* request = pending;
    pending = nullptr;
    pthread_mutex_unlock(&mutex);
    if (request == nullptr)
        return;
    request->bop->bop_func(request->bop->bop_arg);
    pthread_mutex_lock(&mutex);
    request->done = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

} // namespace

void signals_prepare(bool catch_fault)
{
    sigset_t set = waited_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    if (catch_fault)
        catch_faults();
    main_thread = pthread_self();
    main_wtp.tidx = tidx_main;
    main_wtp.iopkt = &runtime.self();
    Runtime::set_current(&main_wtp);
    pthread_setname_np(pthread_self(), "io-pkt main");
}

// Without memory the handler runs on the thread's stack.
void prepare_fault_stack()
{
    stack_t stack = {};
    stack.ss_sp = malloc(fault_stack_size);
    stack.ss_size = fault_stack_size;
    if (stack.ss_sp != nullptr && sigaltstack(&stack, nullptr) == -1)
        free(stack.ss_sp);
}

void main_thread_loop()
{
    sigset_t set = waited_signals();
    for (;;) {
        siginfo_t info;
        int signo = sigwaitinfo(&set, &info);
        if (signo == signal_blockop) {
            run_request();
        } else if (signo == SIGTERM || signo == SIGINT) {
            runtime.context().enter(); // nobody starts a NIC again
            run_shutdown_hooks();
            _exit(EXIT_SUCCESS);
        }
    }
}

} // namespace netmgr

using namespace netmgr;

// Stack context. The stack context is given up while the main thread works, so sockets go on; the caller comes back into it.
extern "C" void blockop_dispatch(bop_dispatch* bop)
{
    Request request;
    request.bop = bop;
    OutsideCall outside;
    pthread_mutex_lock(&mutex);
    while (pending != nullptr)
        pthread_cond_wait(&changed, &mutex);
    pending = &request;
    pthread_kill(main_thread, signal_blockop);
    while (!request.done)
        pthread_cond_wait(&changed, &mutex);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}
