// SPDX-License-Identifier: Apache-2.0
// A server made of bare messages, in a process of its own, that the path test tells what to attach and how to answer.
#pragma once

#include <stdint.h>
#include <sys/types.h>

class PathServer {
public:
    /// Forks it. It answers every read with `letter`.
    bool start(char letter);
    void stop();

    /// resmgr-like attach; the id (> 0) or a negative errno.
    int attach(const char* path, uint32_t flags, uint32_t file_type = 0);
    bool detach(int id);
    /// From now on opens are refused with this (0 = taken).
    bool refuse(int error);
    /// Names it has in its directories, separated by spaces; with names, what is opened is a directory.
    bool names(const char* list);
    /// Messages since the last call, apart from these commands.
    int messages();
    /// How many candidates the server itself gets for a path.
    int resolve(const char* path);
    /// What came behind the prefix in the last connect message.
    bool last_path_is(const char* path);

    pid_t pid() const { return pid_; }
    int chid() const { return chid_; }

private:
    int command(int what, const char* text, uint32_t a = 0, uint32_t b = 0);

    pid_t pid_ = -1;
    int chid_ = -1, coid_ = -1;
};
