/* SPDX-License-Identifier: Apache-2.0 */
/* ioctl() requests: BSD encodings; ioctl() sends them as devctl commands. */
#include <sys/filio.h>
#include <sys/ttycom.h>
