// SPDX-License-Identifier: Apache-2.0
// What libc_test.c loads with dlopen(): a function, a constructor and a thread-local variable.
int plugin_constructed;
static __thread int value = 77;

__attribute__((constructor)) static void construct(void)
{
    plugin_constructed++;
}

int plugin_add(int a, int b)
{
    return a + b;
}

int* plugin_thread_value(void)
{
    return &value;
}
