/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits in QNX's order. */
#define RLIMIT_NOFILE 5
#define RLIMIT_AS 6
#define RLIMIT_VMEM RLIMIT_AS
#define RLIMIT_RSS RLIMIT_AS
#define RLIMIT_MEMLOCK 7
#define RLIMIT_NPROC 8
