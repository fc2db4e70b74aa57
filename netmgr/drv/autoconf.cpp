// SPDX-License-Identifier: Apache-2.0
// dev_attach(), dev_detach() and shutdown hooks: NetBSD's autoconfiguration as far as io-pkt's drivers know it.
#include "drv/autoconf.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drv/module.hpp"
#include "drv/sleep.hpp"
#include "kern/stack.hpp"
#include "net/net.hpp"

namespace netmgr {

namespace {

struct Attached {
    device* dev;
    Module* module;
    char prefix[12];
    Attached* next;
};

struct Hook {
    void (*fn)(void*);
    void* arg;
    Hook* next;
};

// Stack context only.
NamingOptions naming;
Module* loading;
Attached* devices;
// Read by the fault handler too: a hook is linked in with one store.
Hook* hooks;

bool unit_in_use(const char* prefix, int unit)
{
    for (const Attached* a = devices; a != nullptr; a = a->next)
        if (a->dev->dv_unit == unit && strcmp(a->prefix, prefix) == 0)
            return true;
    return false;
}

int first_free_unit(const char* prefix)
{
    int unit = 0;
    while (unit_in_use(prefix, unit))
        unit++;
    return unit;
}

int choose_unit(const char* prefix, int wanted, int& unit)
{
    unit = wanted >= 0 ? wanted : first_free_unit(prefix);
    return wanted >= 0 && unit_in_use(prefix, wanted) ? EEXIST : 0;
}

// Takes name= and unit= out of the driver's option text, if the driver passes one.
int take_naming(char* options, NamingOptions& out)
{
    if (options == nullptr || *options == '\0')
        return 0;
    return eat_generic_options(options, out);
}

} // namespace

void autoconf_start(Stack& stack)
{
    stack.net().destroy_device = [](Stack&, ifnet& ifp) { return dev_detach(ifp.if_dev, 0); };
}

void (*on_module_idle)(Module& module);

void set_naming(const NamingOptions& n)
{
    naming = n;
}

void set_loading_module(Module* module)
{
    loading = module;
}

void detach_devices(const Module& module)
{
    for (Attached* a = devices; a != nullptr;) {
        device* dev = a->module == &module ? a->dev : nullptr;
        a = a->next;
        if (dev != nullptr)
            dev_detach(dev, 0);
    }
}

unsigned device_count(const Module& module)
{
    unsigned n = 0;
    for (const Attached* a = devices; a != nullptr; a = a->next)
        n += a->module == &module;
    return n;
}

void run_shutdown_hooks()
{
    while (Hook* hook = __atomic_load_n(&hooks, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&hooks, hook->next,
                         __ATOMIC_RELEASE); // a hook that faults is not called again
        hook->fn(hook->arg);
    }
}

} // namespace netmgr

using namespace netmgr;

extern "C" int dev_attach(const char* prefix, char* options, cfattach* ca, void* aux, int* single,
                          device** devp, int (*)(void* aux, const char* name))
{
    NamingOptions names = naming;
    if (int err = take_naming(options, names))
        return err;
    if (names.prefix[0] != '\0')
        prefix = names.prefix;
    if (strlen(prefix) >= sizeof Attached::prefix || ca->ca_devsize < sizeof(device) ||
        ca->ca_attach == nullptr)
        return EINVAL;
    int unit;
    if (int err = choose_unit(prefix, names.unit, unit))
        return err;
    auto* dev = static_cast<device*>(calloc(1, ca->ca_devsize));
    auto* entry = new (std::nothrow) Attached;
    if (dev == nullptr || entry == nullptr) {
        free(dev);
        delete entry;
        return ENOMEM;
    }
    dev->dv_ca = ca;
    dev->dv_unit = unit;
    snprintf(dev->dv_xname, sizeof dev->dv_xname, "%s%d", prefix, unit);
    *entry = {dev, loading, "", devices};
    snprintf(entry->prefix, sizeof entry->prefix, "%s", prefix);
    devices = entry;
    int err = ca->ca_attach(nullptr, dev, aux);
    if (err != 0) {
        devices = entry->next;
        delete entry;
        free(dev);
        return err;
    }
    if (single != nullptr)
        *single = names.unit >= 0;
    if (devp != nullptr)
        *devp = dev;
    return 0;
}

extern "C" int dev_detach(device* dev, int flags)
{
    Attached** at = &devices;
    while (*at != nullptr && (*at)->dev != dev)
        at = &(*at)->next;
    if (*at == nullptr)
        return ENODEV;
    if (dev->dv_ca->ca_detach == nullptr)
        return EOPNOTSUPP;
    if (OutsideCall::count() != 0)
        return EBUSY;
    if (int err = dev->dv_ca->ca_detach(dev, flags))
        return err;
    Attached* entry = *at;
    Module* module = entry->module;
    *at = entry->next;
    delete entry;
    free(dev);
    if (module != nullptr && module != loading && device_count(*module) == 0 &&
        on_module_idle != nullptr)
        on_module_idle(*module);
    return 0;
}

extern "C" void* shutdownhook_establish(void (*fn)(void*), void* arg)
{
    auto* hook = new (std::nothrow) Hook{fn, arg, hooks};
    if (hook != nullptr)
        __atomic_store_n(&hooks, hook, __ATOMIC_RELEASE);
    return hook;
}

extern "C" void shutdownhook_disestablish(void* cookie)
{
    for (Hook** at = &hooks; *at != nullptr; at = &(*at)->next) {
        if (*at != cookie)
            continue;
        Hook* gone = *at;
        *at = gone->next;
        delete gone;
        return;
    }
}
