// SPDX-License-Identifier: Apache-2.0
// What unload_test.c loads and unloads: it writes down how it ends. Built twice: PART is the library the other one needs.
#include <stdlib.h>
#include <string.h>

static char* diary;

static void write_down(const char* what)
{
    if (diary)
        strcat(diary, what);
}

#ifdef PART
__attribute__((destructor)) static void end(void)
{
    write_down("p");
}

void part_open(char* text)
{
    diary = text;
}
#else
void part_open(char* text);
static char pages[3 * 4096] = {1}; // enough that a library left behind shows in the memory counters

__attribute__((destructor)) static void end(void)
{
    write_down("d");
}

static void at_exit(void)
{
    write_down("a");
}

int plugin_open(char* text)
{
    diary = text;
    part_open(text);
    for (size_t i = 0; i < sizeof pages; i += 512)
        pages[i]++;
    return atexit(at_exit);
}
#endif
