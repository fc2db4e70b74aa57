/* SPDX-License-Identifier: Apache-2.0 */
/* Names the process manager keeps itself. */
#pragma once
#include <sys/platform.h>
__NTO_BEGIN_DECLS
int pathmgr_symlink(const char *target, const char *link);
int pathmgr_unlink(const char *link);
__NTO_END_DECLS
