// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the scheduling test.
#pragma once

/// "sched-test states": does not come back.
int show_states();
