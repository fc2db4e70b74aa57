// SPDX-License-Identifier: Apache-2.0
// dlclose(): libraries end and leave the address space when nobody needs them any more, and not before.
#include "tap.h"
#include <devctl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

static char diary[64];

/* Is a file of this name mapped at the address? Asked of procnto, not of the loader. */
static int is_mapped(const void* address, const char* name)
{
    int fd = open("/proc/self/as", O_RDONLY);
    procfs_debuginfo info = {.vaddr = (uint64_t)address};
    int found = fd >= 0 && devctl(fd, DCMD_PROC_MAPDEBUG, &info, sizeof info, NULL) == EOK && strstr(info.path, name);
    close(fd);
    return found;
}

static uint64_t memory_used(void)
{
    int fd = open("/proc/self/as", O_RDONLY);
    procfs_info info = {0};
    int error = fd < 0 ? errno : devctl(fd, DCMD_PROC_INFO, &info, sizeof info, NULL);
    close(fd);
    return error ? 0 : info.memory;
}

static void* load(const char* name, int mode)
{
    void* lib = dlopen(name, mode);
    if (!lib)
        printf("# %s\n", dlerror());
    return lib;
}

static int test_last_close_unmaps(void)
{
    void* lib = load("unload-plugin.so", RTLD_NOW);
    void* again = load("unload-plugin.so", RTLD_NOW);
    CHECK(lib && lib == again);
    int (*open_plugin)(char*) = (int (*)(char*))dlsym(lib, "plugin_open");
    void* part = dlsym(lib, "part_open");
    CHECK(open_plugin && part && open_plugin(diary) == 0);
    CHECK(is_mapped((void*)open_plugin, "unload-plugin") && is_mapped(part, "unload-part"));
    CHECK(dlclose(lib) == 0 && !*diary && is_mapped((void*)open_plugin, "unload-plugin"));
    CHECK(dlclose(lib) == 0);
    CHECK(strcmp(diary, "adp") == 0); // atexit(), its destructor, then the one it depends on
    CHECK(!is_mapped((void*)open_plugin, "unload-plugin") && !is_mapped(part, "unload-part"));
    Dl_info info;
    CHECK(dlclose(lib) != 0 && dlerror() && !dladdr((void*)open_plugin, &info));
    return 1;
}

static int test_a_needed_library_stays(void)
{
    *diary = 0;
    void* part = load("unload-part.so", RTLD_NOW);
    void* lib = load("unload-plugin.so", RTLD_NOW);
    CHECK(part && lib);
    void (*open_part)(char*) = (void (*)(char*))dlsym(part, "part_open");
    CHECK(dlclose(lib) == 0 && is_mapped((void*)open_part, "unload-part"));
    open_part(diary);
    CHECK(dlclose(part) == 0 && strcmp(diary, "p") == 0 && !is_mapped((void*)open_part, "unload-part"));
    return 1;
}

static int test_kept_libraries(void)
{
    *diary = 0;
    void* global = load("unload-part.so", RTLD_NOW | RTLD_GLOBAL);
    void* open_part = dlsym(RTLD_DEFAULT, "part_open");
    void* later = load("libc-test-plugin.so", RTLD_NOW); // thread-local variables: never unmapped
    CHECK(global && open_part && later);
    void* add = dlsym(later, "plugin_add");
    CHECK(dlclose(later) == 0 && is_mapped(add, "libc-test-plugin"));
    CHECK(dlclose(global) == 0 && is_mapped(open_part, "unload-part")); // the later one might call it
    void* lib = load("unload-plugin.so", RTLD_NOW | RTLD_NODELETE);
    void* function = lib ? dlsym(lib, "plugin_open") : NULL;
    CHECK(function && dlclose(lib) == 0 && is_mapped(function, "unload-plugin"));
    return 1;
}

static int test_a_hundred_times(void)
{
    uint64_t before = 0;
    for (int i = 0; i < 100; i++) {
        void* lib = load("unload-plugin.so", RTLD_NOW);
        int (*open_plugin)(char*) = lib ? (int (*)(char*))dlsym(lib, "plugin_open") : NULL;
        *diary = 0;
        CHECK(open_plugin && open_plugin(diary) == 0 && dlclose(lib) == 0 && strcmp(diary, "adp") == 0);
        if (i == 10) // the allocator has what it needs
            before = memory_used();
    }
    CHECK(before && memory_used() == before);
    return 1;
}

int main(int argc, char** argv)
{
    static const struct tap_test tests[] = {
        {"LIBC-0010 the last dlclose() runs destructors and unmaps", test_last_close_unmaps},
        {"LIBC-0011 what another library needs stays", test_a_needed_library_stays},
        {"LIBC-0012 loaded and unloaded a hundred times", test_a_hundred_times},
        {"LIBC-0013 thread-local, global and RTLD_NODELETE libraries stay", test_kept_libraries},
    };
    return tap_main("unload-test", tests, sizeof tests / sizeof *tests, argc > 1 ? argv[1] : NULL);
}
