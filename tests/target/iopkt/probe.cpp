// SPDX-License-Identifier: Apache-2.0
// devnp-probe.so: a module for io-pkt that does what drivers may do wrong, as its options say, and logs what came of it.
//   stack=BYTES  its start uses that much stack        attach   one interface, pb0, which logs packets' TXQ tags
//   sleep=MS     keeps the stack context that long     quiesce  quiesce_all() and never undone
//   isr=N        InterruptAttach on line N             hook     logs when the shutdown hooks run
//   hostile      once io-pkt is not root any more: tries what a driver must not be able to do then
//   stranger=PID the process whose timers and connections it tries
//   fault        writes to nowhere a moment later      tags=N   makes N packet tags and frees them
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <time.h>
#include <unistd.h>

#include <io-pkt/iopkt_driver.h>
#include <net/if.h>
#include <net/if_ether.h>
#include <net/if_types.h>
#include <nw_dl.h>
#include <quiesce.h>
#include <sys/device.h>
#include <sys/syslog.h>

namespace {

struct Softc {
    device dev;
    ethercom ec;
};

callout watch;

// Every byte of the stack is written, page by page.
[[gnu::noinline]] void use_stack(long bytes)
{
    volatile char piece[1024];
    for (unsigned i = 0; i < sizeof piece; i += 64)
        piece[i] = 1;
    if (bytes > static_cast<long>(sizeof piece))
        use_stack(bytes - static_cast<long>(sizeof piece));
    piece[0] = 2;
}

void report(const char* what, int err)
{
    log(LOG_NOTICE, "probe: %s: %s", what, err == 0 ? "done" : strerror(err));
}

const sigevent* never(void*, int)
{
    return nullptr;
}

int try_isr(int line)
{
    const int id = InterruptAttach_r(line, never, nullptr, 0, _NTO_INTR_FLAGS_TRK_MSK);
    if (id >= 0)
        InterruptDetach(id);
    return id < 0 ? -id : 0;
}

int try_event(int line)
{
    sigevent event;
    SIGEV_INTR_INIT(&event);
    const int id = InterruptAttachEvent_r(line, &event, _NTO_INTR_FLAGS_TRK_MSK);
    if (id >= 0)
        InterruptDetach(id);
    return id < 0 ? -id : 0;
}

int try_map(int flags, int protection)
{
    void* p = mmap(nullptr, 4096, protection, flags | MAP_ANON | MAP_PRIVATE, NOFD, 0);
    if (p == MAP_FAILED)
        return errno;
    munmap(p, 4096);
    return 0;
}

int try_priority(int priority)
{
    sched_param param = {};
    int policy;
    pthread_getschedparam(pthread_self(), &policy, &param);
    const sched_param before = param;
    param.sched_priority = priority;
    const int err = pthread_setschedparam(pthread_self(), policy, &param);
    if (err == 0)
        pthread_setschedparam(pthread_self(), policy, &before);
    return err;
}

int try_open(const char* path, int flags)
{
    const int fd = open(path, flags);
    if (fd == -1)
        return errno;
    close(fd);
    return 0;
}

int try_channel()
{
    const int chid = ChannelCreate_r(0); // public: no _NTO_CHF_PRIVATE
    if (chid >= 0)
        ChannelDestroy(chid);
    return chid < 0 ? -chid : 0;
}

pid_t stranger; // the process whose things it tries to have

// A timer of another process. There is none: EINVAL says that asking was allowed.
int try_timer()
{
    _timer_info info;
    const int err = TimerInfo_r(stranger, 0, 0, &info);
    return err == -EPERM ? EPERM : 0;
}

int try_connection()
{
    const int err = ConnectFlags_r(stranger, 0, 0, 0);
    return err < 0 ? -err : 0;
}

// What the abilities that may be kept guard, and what nothing gives.
void be_hostile()
{
    report("interrupt handler", try_isr(5));
    report("interrupt event", try_event(5));
    report("executable memory", try_map(0, PROT_READ | PROT_EXEC));
    report("priority 200", try_priority(200));
    report("priority 30", try_priority(30));
    report("root's file", try_open("/tmp/secret", O_RDWR));
    report("physical memory", try_map(MAP_PHYS, PROT_READ | PROT_WRITE));
    report("public channel", try_channel());
    report("timer of another process", try_timer());
    report("connection of another process", try_connection());
    report("fork", fork() == -1 ? errno : 0);
    report("setuid", setuid(0) == -1 ? errno : 0);
    log(LOG_NOTICE, "probe: hostile end, uid %d", static_cast<int>(getuid()));
}

void wait_for_drop(void*)
{
    if (geteuid() == 0)
        callout_msec(&watch, 20, wait_for_drop, nullptr);
    else
        be_hostile();
}

void fault(void*)
{
    *reinterpret_cast<volatile int*>(8) = 1;
}

void hook(void*)
{
    log(LOG_NOTICE, "probe: shutdown hook");
}

void probe_start(ifnet* ifp)
{
    mbuf* m;
    for (;;) {
        IFQ_DEQUEUE(&ifp->if_snd, m);
        if (m == nullptr)
            break;
        const m_tag* tag = m_tag_find(m, PACKET_TAG_TXQ, nullptr);
        uint32_t priority = 99;
        if (tag != nullptr)
            memcpy(&priority, tag + 1, sizeof priority);
        log(LOG_NOTICE, "probe: packet of %d bytes, txq %u", m->m_pkthdr.len, priority);
        ifp->if_opackets++;
        m_freem(m);
    }
    NW_SIGUNLOCK(&ifp->if_snd_ex, iopkt_selfp);
}

int probe_init(ifnet* ifp)
{
    ifp->if_flags |= IFF_RUNNING;
    return 0;
}

void probe_stop(ifnet* ifp, int)
{
    ifp->if_flags &= ~static_cast<unsigned>(IFF_RUNNING);
}

int probe_ioctl(ifnet* ifp, unsigned long cmd, char* data)
{
    const int err = ether_ioctl(ifp, cmd, data);
    return err == ENETRESET ? 0 : err;
}

int probe_attach(device*, device* self, void*)
{
    auto* sc = reinterpret_cast<Softc*>(self);
    ifnet* ifp = &sc->ec.ec_if;
    ifp->if_softc = sc;
    ifp->if_dev = self;
    memcpy(ifp->if_xname, self->dv_xname, sizeof ifp->if_xname);
    ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp->if_start = probe_start;
    ifp->if_init = probe_init;
    ifp->if_stop = probe_stop;
    ifp->if_ioctl = probe_ioctl;
    IFQ_SET_MAXLEN(&ifp->if_snd, IFQ_MAXLEN);
    if_attach(ifp);
    const uint8_t mac[] = {2, 0, 0, 0, 0, 0x77};
    ether_ifattach(ifp, mac);
    return 0;
}

int probe_detach(device* self, int)
{
    ifnet* ifp = &reinterpret_cast<Softc*>(self)->ec.ec_if;
    ether_ifdetach(ifp);
    if_detach(ifp);
    return 0;
}

CFATTACH_DECL(probe, sizeof(Softc), nullptr, probe_attach, probe_detach, nullptr);

void make_tags(long count)
{
    constexpr long most = 1000;
    static m_tag* tags[most]; // too much for a driver's stack
    const long n = count < most ? count : most;
    for (long i = 0; i < n; i++)
        tags[i] = m_tag_get(PACKET_TAG_NONE, 8, M_DONTWAIT);
    for (long i = 0; i < n; i++)
        if (tags[i] != nullptr)
            m_tag_free(tags[i]);
}

int apply(const char* name, const char* value)
{
    const long n = value != nullptr ? strtol(value, nullptr, 0) : 0;
    if (strcmp(name, "stack") == 0) {
        use_stack(n);
    } else if (strcmp(name, "stranger") == 0) {
        stranger = static_cast<pid_t>(n);
    } else if (strcmp(name, "sleep") == 0) {
        const timespec ts = {n / 1000, n % 1000 * 1000000};
        nanosleep(&ts, nullptr);
    } else if (strcmp(name, "isr") == 0) {
        report("interrupt handler", try_isr(static_cast<int>(n)));
        report("interrupt event", try_event(static_cast<int>(n)));
    } else if (strcmp(name, "quiesce") == 0) {
        report("quiesce_all", quiesce_all());
    } else if (strcmp(name, "hook") == 0) {
        shutdownhook_establish(hook, nullptr);
    } else if (strcmp(name, "hostile") == 0 || strcmp(name, "fault") == 0) {
        callout_init(&watch);
        callout_msec(&watch, 200, *name == 'h' ? wait_for_drop : fault, nullptr);
    } else if (strcmp(name, "tags") == 0) {
        make_tags(n);
    } else if (strcmp(name, "attach") == 0) {
        device* dev = nullptr;
        return dev_attach("pb", nullptr, &probe_ca, nullptr, nullptr, &dev, nullptr);
    } else {
        log(LOG_ERR, "probe: unknown option %s", name);
        return EINVAL;
    }
    return 0;
}

int probe_entry(void*, _iopkt_self*, char* options)
{
    while (options != nullptr && *options != '\0') {
        char* name = strsep(&options, ",");
        char* value = strchr(name, '=');
        if (value != nullptr)
            *value++ = '\0';
        if (int err = apply(name, value))
            return err;
    }
    return 0;
}

} // namespace

// Stays loaded: callouts and hooks point into it.
extern "C" const _iopkt_lsm_entry
    IOPKT_LSM_ENTRY_SYM(probe) = IOPKT_LSM_ENTRY_SYM_INIT(probe_entry);
