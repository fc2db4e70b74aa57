// SPDX-License-Identifier: Apache-2.0
// What the plug's functions share: the engine, and the file numbers that are no sockets (epoll sets, pipes).
#pragma once
#include <errno.h>

#include <deque>
#include <map>
#include <memory>
#include <set>

#include "packetdrill/control.hpp"
#include "packetdrill/engine.hpp"
#include "packetdrill/interface.h"

namespace packetdrill {

struct EpollSet {
    struct Entry {
        epoll_event event;
        uint32_t reported; // EPOLLET: what was told already
    };
    std::map<int, Entry> entries;
};

struct Pipe {
    std::deque<char> bytes;
    bool write_closed = false;
};

struct PipeEnd {
    std::shared_ptr<Pipe> pipe;
    bool writes = false;
};

struct Plug {
    std::unique_ptr<Engine> engine;
    std::map<int, EpollSet> epolls;
    std::map<int, PipeEnd> pipes;
    std::set<int> more;               // corked by MSG_MORE, not by TCP_CORK
    int next_other = 1000;            // numbers no socket has
    std::unique_ptr<Control> control; // goes first: it uses the engine

    static Plug& of(void* userdata) { return *static_cast<Plug*>(userdata); }
};

// 0 or positive: the value; negative: errno is set and -1 returned.
template <typename T>
T answer(T value)
{
    if (value >= 0)
        return value;
    errno = static_cast<int>(-value);
    return -1;
}

void fill_socket_calls(packetdrill_interface& i); // plug_socket.cpp
void fill_option_calls(packetdrill_interface& i); // plug_option.cpp

} // namespace packetdrill
