// SPDX-License-Identifier: Apache-2.0
// Each program and shared object's own identity for __cxa_atexit(): what gcc's crtbegin would define.
__attribute__((visibility("hidden"))) void *__dso_handle = &__dso_handle;
