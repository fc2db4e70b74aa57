// SPDX-License-Identifier: Apache-2.0
// io-pkt's command line, decoded. Everything is checked here, before anything is started; options that have no effect yet are
// refused by name, not accepted in silence.
#pragma once
#include "drv/module.hpp"
#include "drv/runtime.hpp"
#include "kern/stack.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

struct DriverSpec {
    const char* name;
    const char* options; // nullptr: none
};

struct CommandLine {
    static constexpr unsigned max_drivers = 32;
    DriverSpec drivers[max_drivers];
    unsigned driver_count = 0;
    DriverSpec modules[max_drivers]; // -p other than tcpip
    unsigned module_count = 0;
    RuntimeOptions runtime;
    ServerOptions server;
    StackOptions stack;
    LoadStack load_stack;
    const char* typed_memory = nullptr; // pkt_typed_mem=
    const char* bad_smmu = nullptr;     // a value of smmu= that is to be logged
    bool smmu_required = false;
    bool threads_min_given = false;
    bool catch_fault = true;  // -S clears it
    bool io_privilege = true; // -I clears it
    bool verbose = false;     // -v: log to the standard error too, even from the background
};

// False after a message on the standard error.
bool parse_command_line(int argc, char** argv, CommandLine& out);

// The list after -p tcpip; text is cut up.
bool parse_tcpip_options(char* text, CommandLine& out);
// What depends on several of them, after the last one.
bool check_tcpip_options(CommandLine& out);

// Decimal, octal (0) or hexadecimal (0x) number within limits; false after a message naming `what`, which is an option with the sign
// that stands before its value.
bool parse_number(const char* what, const char* text, long minimum, long maximum, long& out);

[[gnu::format(printf, 1, 2)]] bool complain(const char* format, ...); // returns false

} // namespace netmgr
