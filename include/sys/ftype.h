/* SPDX-License-Identifier: Apache-2.0 */
/* _FTYPE_*: kinds of names in the path space. */
#pragma once
#include <sys/iomsg.h>
