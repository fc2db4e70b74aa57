// SPDX-License-Identifier: Apache-2.0
// Redirections: as a descriptor map for a child, or applied to the shell itself and undone.
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "shell.hpp"

namespace sh {

namespace {

constexpr int private_fd = 10; // the shell's own descriptors start here
constexpr size_t pipe_safe = 4096;

// Out of the way of descriptors a command can name.
int move_up(int fd)
{
    if (fd < 0 || fd >= private_fd) {
        return fd;
    }
    const int up = fcntl(fd, F_DUPFD_CLOEXEC, private_fd);
    if (up < 0) {
        return fd;
    }
    close(fd);
    return up;
}

int text_in_file(const std::string& text)
{
    static int serial = 0;
    for (const char* dir : {"/dev/shmem", "/tmp"}) {
        char path[64];
        std::snprintf(path, sizeof path, "%s/sh.%d.%d", dir, static_cast<int>(getpid()), ++serial);
        const int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd < 0) {
            continue;
        }
        write_all(fd, text);
        lseek(fd, 0, SEEK_SET);
        unlink(path);
        return fd;
    }
    return -1;
}

// A descriptor that reads `text`.
int text_source(const std::string& text)
{
    int ends[2];
    if (text.size() > pipe_safe || pipe(ends) != 0) {
        return text_in_file(text);
    }
    write_all(ends[1], text);
    close(ends[1]);
    return ends[0];
}

int open_flags(RedirOp op)
{
    switch (op) {
    case RedirOp::in:
        return O_RDONLY;
    case RedirOp::append:
        return O_WRONLY | O_CREAT | O_APPEND;
    case RedirOp::read_write:
        return O_RDWR | O_CREAT;
    default:
        return O_WRONLY | O_CREAT | O_TRUNC;
    }
}

} // namespace

void write_all(int fd, const std::string& text)
{
    size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = write(fd, text.data() + done, text.size() - done);
        if (n > 0) {
            done += static_cast<size_t>(n);
        } else if (n == 0 || errno != EINTR) {
            return;
        }
    }
}

FdMap Shell::inherited() const
{
    FdMap fds;
    for (int i = 0; i < FdMap::size; ++i) {
        const int flags = i < 3 ? 0 : fcntl(i, F_GETFD);
        fds.fd[i] = flags >= 0 && !(flags & FD_CLOEXEC) ? i : -1;
    }
    return fds;
}

void Shell::close_owned(FdMap& fds)
{
    for (const int fd : fds.owned) {
        close(fd);
    }
    fds.owned.clear();
}

bool Shell::redirect(const std::vector<Redirect>& redirects, FdMap& fds)
{
    for (const Redirect& r : redirects) {
        std::string word;
        int fd = -1;
        if (r.fd < 0 || r.fd >= FdMap::size) {
            error("%d: bad file descriptor", r.fd);
            return false;
        }
        if (r.op == RedirOp::heredoc) {
            if (r.literal) {
                word = r.body;
            } else if (!expand_heredoc(r.body, word)) {
                return false;
            }
            fd = text_source(word);
            word = "here-document";
        } else if (!expand_text(r.word, word)) {
            return false;
        } else if (r.op == RedirOp::dup_in || r.op == RedirOp::dup_out) {
            if (word == "-") {
                fds.fd[r.fd] = -1;
                continue;
            }
            const bool number =
                word.size() == 1 && std::isdigit(static_cast<unsigned char>(word[0]));
            if (!number || fds.fd[word[0] - '0'] < 0) {
                error("%s: bad file descriptor", word.c_str());
                return false;
            }
            fds.fd[r.fd] = fds.fd[word[0] - '0'];
            continue;
        } else {
            fd = open(word.c_str(), open_flags(r.op), 0666);
        }
        if (fd < 0) {
            error("%s: %s", word.c_str(), std::strerror(errno));
            return false;
        }
        fd = move_up(fd);
        fds.owned.push_back(fd);
        fds.fd[r.fd] = fd;
    }
    return true;
}

// saved: {fd, copy of what it was, or -1}. Sources that are themselves replaced are taken from their copies.
bool Shell::apply(FdMap& fds, std::vector<std::pair<int, int>>& saved, bool keep)
{
    int copy[FdMap::size];
    bool changed[FdMap::size] = {};
    for (int i = 0; i < FdMap::size; ++i) {
        copy[i] = -1;
        if (fds.fd[i] != i && (fds.fd[i] >= 0 || fcntl(i, F_GETFD) >= 0)) {
            changed[i] = true;
            copy[i] = fcntl(i, F_DUPFD_CLOEXEC, private_fd);
        }
    }
    bool good = true;
    for (int i = 0; i < FdMap::size; ++i) {
        if (!changed[i]) {
            continue;
        }
        const int from = fds.fd[i] >= 0 && fds.fd[i] < FdMap::size && changed[fds.fd[i]]
                             ? copy[fds.fd[i]]
                             : fds.fd[i];
        if (from < 0) {
            close(i);
        } else if (dup2(from, i) < 0) {
            error("%d: %s", i, std::strerror(errno));
            good = false;
        }
        if (keep && copy[i] >= 0) {
            fds.owned.push_back(copy[i]);
        } else if (!keep) {
            saved.emplace_back(i, copy[i]);
        }
    }
    close_owned(fds);
    return good;
}

void Shell::undo(std::vector<std::pair<int, int>>& saved)
{
    for (size_t i = saved.size(); i-- > 0;) {
        if (saved[i].second >= 0) {
            dup2(saved[i].second, saved[i].first);
            close(saved[i].second);
        } else {
            close(saved[i].first);
        }
    }
    saved.clear();
}

int Shell::with_redirects(const Node& node, int (Shell::*body)(const Node&))
{
    if (node.redirects.empty()) {
        return (this->*body)(node);
    }
    FdMap fds = inherited();
    std::vector<std::pair<int, int>> saved;
    if (!redirect(node.redirects, fds) || !apply(fds, saved, false)) {
        close_owned(fds);
        undo(saved);
        return status = 1;
    }
    (this->*body)(node);
    undo(saved);
    return status;
}

} // namespace sh
