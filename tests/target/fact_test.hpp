// SPDX-License-Identifier: Apache-2.0
// The parts of fact-test: rules of the manuals on messages, threads, signals and time that no other program shows.
#pragma once

#include "message_test.hpp"
#include "waiting.hpp"

#include <unistd.h>

bool set_priority(int priority);
int priority_of(int tid); // the effective one

// The tests.
bool numbers_match();
bool underscore_r();
bool cancellation_points();
bool size_limits();
bool foreign_messages();
bool sending_clients();
bool killed_clients();
bool inherited_connections();
bool pulse_priorities();
bool event_kinds();
bool thread_numbers();
bool thread_commands();
bool policies();
bool run_masks_and_io();
bool destroy_all();
bool suspended_threads();
bool mutex_waits();
bool own_priority_while_boosted();
bool signal_queues();
bool signal_masks();
bool system_page_time();
bool cycles_agree();
