// SPDX-License-Identifier: Apache-2.0
// Replaces libstdc++'s glibc-specific file of that name: nothing to say about this system.
#pragma once
