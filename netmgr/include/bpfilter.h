/* SPDX-License-Identifier: Apache-2.0 */
/* BSD kernels' configuration header: is capture built in? It is. */
#ifndef _BPFILTER_H
#define _BPFILTER_H
#define NBPFILTER 1
#endif
