// SPDX-License-Identifier: Apache-2.0
// Loading drivers (devnp-*.so) and modules (lsm-*.so), from the command line or by mount.
#pragma once
#include <stddef.h>

#include "drv/autoconf.hpp"
#include "drv/load_stack.hpp"

namespace netmgr {

constexpr size_t max_module_options = 1024;
constexpr size_t max_module_name = 200;

// name is "e1000", "devnp-e1000.so" or a path; options is the text after it or nullptr. Stack context. 0 or an errno:
// ENOENT no such module, ENOEXEC not a driver or module, what its entry function said.
int load_module(const char* name, const char* options);

// Is there a lsm-<protocol>.so where load_module() would look?
bool have_protocol_module(const char* protocol);

// Removes name= and unit= from a comma-separated option text. 0 or EINVAL (logged).
int eat_generic_options(char* options, NamingOptions& out);

} // namespace netmgr
