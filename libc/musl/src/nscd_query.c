// SPDX-License-Identifier: Apache-2.0
// There is no name-service cache daemon: user and group look-ups read the files only.
#include <stdio.h>
#include <stdint.h>
#include <features.h>

hidden FILE *__nscd_query(int32_t req, const char *key, int32_t *buf, size_t len, int *swap)
{
    (void)req, (void)key, (void)buf, (void)len, (void)swap;
    return 0;
}
