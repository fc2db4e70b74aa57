// SPDX-License-Identifier: Apache-2.0
// Finds a driver's DLL, calls its entry function, and unloads it after its last interface is destroyed.
#include "drv/module.hpp"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <new>
#include <nw_dl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "drv/runtime.hpp"

namespace netmgr {

struct Module {
    void* handle = nullptr;
    char path[PATH_MAX] = "";
    bool resident = false; // lsm modules are never unloaded
    Module* next = nullptr;
};

namespace {

constexpr const char* default_path = "/lib/dll:/proc/boot";

Module* modules; // stack context

bool is_file(const char* path)
{
    return access(path, R_OK) == 0;
}

// Tries each directory of a colon-separated list.
bool find_in(const char* list, const char* file, char (&out)[PATH_MAX])
{
    while (list != nullptr && *list != '\0') {
        size_t n = strcspn(list, ":");
        int len = snprintf(out, sizeof out, "%.*s/%s", static_cast<int>(n), list, file);
        if (n != 0 && len > 0 && static_cast<size_t>(len) < sizeof out && is_file(out))
            return true;
        list += n;
        list += *list == ':';
    }
    return false;
}

bool find_file(const char* file, char (&out)[PATH_MAX])
{
    if (strchr(file, '/') != nullptr)
        return snprintf(out, sizeof out, "%s", file) < static_cast<int>(sizeof out) && is_file(out);
    return find_in(getenv("LD_LIBRARY_PATH"), file, out) || find_in(default_path, file, out);
}

// "e1000" -> devnp-e1000.so; full names and paths as they are.
bool find_module(const char* name, char (&out)[PATH_MAX])
{
    size_t n = strlen(name);
    if (n == 0 || n > max_module_name)
        return false;
    bool is_full = strchr(name, '/') != nullptr || (n > 3 && strcmp(name + n - 3, ".so") == 0);
    if (is_full && find_file(name, out))
        return true;
    char file[256];
    for (const char* form : {"devnp-%s.so", "%s.so"}) {
        snprintf(file, sizeof file, form, name);
        if (!is_full && find_file(file, out))
            return true;
    }
    return false;
}

int open_module(const char* path, Module*& out)
{
    for (Module* m = modules; m != nullptr; m = m->next) {
        if (strcmp(m->path, path) == 0) {
            out = m;
            return 0;
        }
    }
    auto* m = new (std::nothrow) Module;
    if (m == nullptr)
        return ENOMEM;
    errno = 0;
    m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (m->handle == nullptr) {
        const bool denied = errno == EPERM; // root was dropped without prot_exec
        log(LOG_ERR, "%s", dlerror());
        delete m;
        return denied ? EPERM : ENOEXEC;
    }
    snprintf(m->path, sizeof m->path, "%s", path);
    m->next = modules;
    modules = m;
    out = m;
    return 0;
}

void close_if_idle(Module& module)
{
    if (module.resident || device_count(module) != 0)
        return;
    for (Module** at = &modules; *at != nullptr; at = &(*at)->next) {
        if (*at != &module)
            continue;
        *at = module.next;
        dlclose(module.handle);
        delete &module;
        return;
    }
}

const _iopkt_drvr_entry* find_entry(const Module& module, bool& resident)
{
    resident = false;
    void* symbol = dlsym(module.handle, "iopkt_drvr_entry");
    if (symbol == nullptr) {
        symbol = dlsym(module.handle, "iopkt_lsm_entry");
        resident = true;
    }
    const auto* entry = static_cast<const _iopkt_drvr_entry*>(symbol);
    bool good =
        entry != nullptr && entry->version == IOPKT_DRVR_ENTRY_VERSION && entry->init != nullptr;
    return good ? entry : nullptr;
}

int parse_unit(const char* value, int& unit)
{
    char* end;
    errno = 0;
    long v = strtol(value, &end, 0);
    if (errno != 0 || end == value || *end != '\0' || v > 9999) {
        log(LOG_ERR, "option unit=%s: want a number up to 9999", value);
        return EINVAL;
    }
    unit = v < 0 ? -1 : static_cast<int>(v);
    return 0;
}

int parse_prefix(const char* value, NamingOptions& out)
{
    size_t n = strlen(value);
    bool good = n != 0 && n < sizeof out.prefix && strcspn(value, "0123456789/ ") == n;
    if (!good) {
        log(LOG_ERR, "option name=%s: want 1 to %zu characters without digits", value,
            sizeof out.prefix - 1);
        return EINVAL;
    }
    memcpy(out.prefix, value, n + 1);
    return 0;
}

struct EntryCall {
    Module& module;
    const _iopkt_drvr_entry& entry;
    char* options;
};

// On the stack that stacksize= or bigstack= gives. A driver that needs more is taken out again.
int call_entry(Module& module, const _iopkt_drvr_entry& entry, char* options)
{
    EntryCall call = {module, entry, options};
    int result = 0;
    size_t overrun = 0;
    const int err = call_on_load_stack(
        [](void* arg) {
            const auto& c = *static_cast<EntryCall*>(arg);
            return c.entry.init(c.module.handle, &runtime.self(), c.options);
        },
        &call, result, overrun);
    if (err == 0)
        return result;
    if (overrun != 0) {
        log(LOG_ERR, "%s: needs %zu bytes more stack: see -p tcpip bigstack", module.path, overrun);
        detach_devices(module);
    }
    return err;
}

int run_entry(Module& module, const char* options)
{
    bool resident;
    const _iopkt_drvr_entry* entry = find_entry(module, resident);
    if (entry == nullptr) {
        log(LOG_ERR, "%s: no entry point of a driver or module", module.path);
        return ENOEXEC;
    }
    char text[max_module_options] = "";
    if (options != nullptr && strlen(options) >= sizeof text)
        return ENAMETOOLONG;
    if (options != nullptr)
        strcpy(text, options);
    NamingOptions naming;
    if (int err = eat_generic_options(text, naming))
        return err;
    set_naming(naming);
    set_loading_module(&module);
    int err = call_entry(module, *entry, text);
    set_loading_module(nullptr);
    set_naming({});
    if (err == 0 && resident)
        module.resident = true;
    return err;
}

} // namespace

int eat_generic_options(char* options, NamingOptions& out)
{
    char* to = options;
    for (char* at = options; *at != '\0';) {
        size_t n = strcspn(at, ",");
        bool last = at[n] == '\0';
        at[n] = '\0';
        int err = 0;
        if (strncmp(at, "name=", 5) == 0) {
            err = parse_prefix(at + 5, out);
        } else if (strncmp(at, "unit=", 5) == 0) {
            err = parse_unit(at + 5, out.unit);
        } else if (n != 0) {
            if (to != options)
                *to++ = ',';
            memmove(to, at, n);
            to += n;
        }
        if (err != 0)
            return err;
        at += n + !last;
    }
    *to = '\0';
    return 0;
}

bool have_protocol_module(const char* protocol)
{
    char file[max_module_name + 16];
    char path[PATH_MAX];
    const int n = snprintf(file, sizeof file, "lsm-%s.so", protocol);
    return n < static_cast<int>(sizeof file) && find_file(file, path);
}

int load_module(const char* name, const char* options)
{
    char path[PATH_MAX];
    if (!find_module(name, path)) {
        log(LOG_ERR, "%s: no such driver or module", name);
        return ENOENT;
    }
    on_module_idle = close_if_idle;
    Module* module;
    if (int err = open_module(path, module))
        return err;
    int err = run_entry(*module, options);
    if (err != 0 && err != EBUSY)
        log(LOG_ERR, "%s: %s", path, strerror(err));
    if (err == 0)
        log(LOG_INFO, "%s: started, %u devices", path, device_count(*module));
    close_if_idle(*module);
    return err;
}

} // namespace netmgr
