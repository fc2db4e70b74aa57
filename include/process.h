/* SPDX-License-Identifier: Apache-2.0 */
/* Process control: the spawn family by argument list. */
#pragma once
#include <spawn.h>
#include <sys/types.h>
#include <unistd.h>
#define P_WAIT 0
#define P_NOWAIT 1
#define P_OVERLAY 2
#define P_NOWAITO 3
#ifdef __cplusplus
extern "C" {
#endif
int spawnl(int mode, const char *path, const char *arg0, ...);
int spawnle(int mode, const char *path, const char *arg0, ...);
int spawnlp(int mode, const char *path, const char *arg0, ...);
int spawnlpe(int mode, const char *path, const char *arg0, ...);
int spawnv(int mode, const char *path, char *const argv[]);
int spawnve(int mode, const char *path, char *const argv[], char *const envp[]);
int spawnvp(int mode, const char *file, char *const argv[]);
int spawnvpe(int mode, const char *file, char *const argv[], char *const envp[]);
#ifdef __cplusplus
}
#endif
