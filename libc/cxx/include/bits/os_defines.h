// SPDX-License-Identifier: Apache-2.0
// Replaces libstdc++'s glibc-specific file of that name.
#pragma once
#define _GLIBCXX_HAVE_GETS 0
