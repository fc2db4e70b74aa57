/* SPDX-License-Identifier: Apache-2.0 */
/* Stop the world: every thread that touches packets waits in quiesce_block() until unquiesce_all(). */
#ifndef _QUIESCE_H
#define _QUIESCE_H
#ifdef __cplusplus
extern "C" {
#endif
int quiesce_all(void);
void unquiesce_all(void);
void quiesce_block(int die);    /* from a thread's quiesce_callout */
int quiesce_force_exit(void);
#ifdef __cplusplus
}
#endif
#endif
