// SPDX-License-Identifier: Apache-2.0
// Threads made by nw_pthread_create(), and stopping the world.
#pragma once
#include <quiesce.h>
