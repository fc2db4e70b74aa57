// SPDX-License-Identifier: Apache-2.0
// A thread that takes requests of the programs beside the plug, one after the other.
#include "packetdrill/control.hpp"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <string>

#include "packetdrill/engine.hpp"

namespace packetdrill {

namespace {

void put_folder_into_path()
{
    Dl_info info;
    const char* path = getenv("PATH");
    if (dladdr(reinterpret_cast<void*>(&put_folder_into_path), &info) == 0)
        return;
    std::string folder = info.dli_fname;
    folder.erase(folder.find_last_of('/') == std::string::npos ? 0 : folder.find_last_of('/'));
    const std::string old = path != nullptr ? path : "/usr/bin:/bin";
    if (!folder.empty() && old.rfind(folder + ":", 0) != 0)
        setenv("PATH", (folder + ":" + old).c_str(), 1);
}

// An abstract name: nothing to clean up.
socklen_t fill(sockaddr_un& a, const std::string& name)
{
    memset(&a, 0, sizeof(a));
    a.sun_family = AF_UNIX;
    memcpy(a.sun_path + 1, name.data(), name.size());
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

std::string perform(Engine& engine, const std::string& request)
{
    std::istringstream words(request);
    std::string verb, name, value;
    words >> verb >> name >> std::ws;
    std::getline(words, value);
    if (verb == "sockets")
        return "ok\n" + engine.list_connections();
    if (verb == "list")
        return "ok\n" + engine.list_variables(name == "writable");
    if (verb == "drop")
        return engine.drop_connections(name) != 0 ? "ok\n"
                                                  : "error " + std::to_string(ESRCH) + "\n";
    int error = EINVAL;
    if (verb == "set")
        error = -engine.set_variable(name.c_str(), value.c_str());
    else if (verb == "get")
        error = -engine.get_variable(name.c_str(), value);
    return error != 0 ? "error " + std::to_string(error) + "\n" : "ok\n" + value + "\n";
}

} // namespace

std::unique_ptr<Control> Control::create(Engine& engine)
{
    static std::atomic<unsigned> number{0};
    const std::string name =
        "iopkt-packetdrill." + std::to_string(getpid()) + "." + std::to_string(number++);
    sockaddr_un a;
    const socklen_t len = fill(a, name);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int stop = eventfd(0, EFD_CLOEXEC);
    if (listener < 0 || stop < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&a), len) != 0 ||
        ::listen(listener, 8) != 0) {
        fprintf(stderr, "libiopkt-packetdrill: no control socket: %s\n", strerror(errno));
        return nullptr;
    }
    setenv(control_variable, name.c_str(), 1);
    put_folder_into_path();
    std::unique_ptr<Control> control(new Control(engine, listener, stop));
    control->thread_ = std::thread([c = control.get()] { c->serve(); });
    return control;
}

Control::~Control()
{
    const uint64_t one = 1;
    if (::write(stop_, &one, sizeof(one)) == sizeof(one))
        thread_.join();
    ::close(listener_);
    ::close(stop_);
}

void Control::serve()
{
    pollfd both[2] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
    while (::poll(both, 2, -1) >= 0 || errno == EINTR) {
        if ((both[1].revents & POLLIN) != 0)
            return;
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        answer(connection);
        ::close(connection);
    }
}

void Control::answer(int connection)
{
    char text[1024];
    const ssize_t n = ::recv(connection, text, sizeof(text) - 1, 0);
    if (n <= 0)
        return;
    const std::string out = perform(engine_, std::string(text, static_cast<size_t>(n)));
    for (size_t at = 0; at < out.size();) {
        const ssize_t sent = ::send(connection, out.data() + at, out.size() - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += static_cast<size_t>(sent);
    }
}

} // namespace packetdrill
