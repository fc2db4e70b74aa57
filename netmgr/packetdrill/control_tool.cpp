// SPDX-License-Identifier: Apache-2.0
// `sysctl`, `sockstat` and `tcpdrop` for the instance of the plug that started this program: for commands in scripts.
// usage: sysctl [-nqw] NAME[=VALUE]... | sysctl -a[W]      sockstat [ignored options] [-p PORT]      tcpdrop -a | -s STATE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "packetdrill/control.hpp"

namespace {

// The whole answer; "error 5" (EIO) when nobody answers.
std::string ask(const std::string& request)
{
    const char* name = getenv(packetdrill::control_variable);
    if (name == nullptr) {
        fprintf(stderr, "no instance of libiopkt-packetdrill.so: %s is not set\n",
                packetdrill::control_variable);
        exit(1);
    }
    sockaddr_un a = {};
    a.sun_family = AF_UNIX;
    const size_t size = strnlen(name, sizeof(a.sun_path) - 1);
    memcpy(a.sun_path + 1, name, size);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    std::string out;
    char text[4096];
    if (connect(fd, reinterpret_cast<sockaddr*>(&a),
                static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size)) == 0 &&
        send(fd, request.data(), request.size(), MSG_NOSIGNAL) >= 0)
        for (ssize_t n; (n = recv(fd, text, sizeof(text), 0)) > 0;)
            out.append(text, static_cast<size_t>(n));
    close(fd);
    return out.empty() ? "error 5\n" : out;
}

int one_variable(const std::string& text, bool quiet, bool only_value)
{
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const bool sets = equals != std::string::npos;
    const std::string out =
        ask(sets ? "set " + name + " " + text.substr(equals + 1) : "get " + name);
    if (out.rfind("ok\n", 0) != 0) {
        fprintf(stderr, "sysctl: %s: %s\n", name.c_str(), strerror(atoi(out.c_str() + 6)));
        return 1;
    }
    const std::string value = sets ? text.substr(equals + 1) + "\n" : out.substr(3);
    if (!quiet)
        printf("%s%s%s", only_value ? "" : name.c_str(), only_value ? "" : ": ", value.c_str());
    return 0;
}

int sysctl_main(int argc, char** argv)
{
    bool quiet = false, only_value = false, all = false, writable = false;
    int failed = 0;
    for (int c; (c = getopt(argc, argv, "nqweiaW")) != -1;) {
        quiet = quiet || c == 'q';
        all = all || c == 'a';
        writable = writable || c == 'W';
        only_value = only_value || c == 'n';
        if (c == '?')
            return 2;
    }
    if (all) {
        const std::string out = ask(writable ? "list writable" : "list all");
        fputs(out.c_str() + (out.rfind("ok\n", 0) == 0 ? 3 : 0), stdout);
    }
    for (int i = optind; i < argc; ++i)
        failed |= one_variable(argv[i], quiet, only_value);
    return failed;
}

int sockstat_main(int argc, char** argv)
{
    std::string port, families;
    for (int c; (c = getopt(argc, argv, "46LlcusnqSp:P:j:")) != -1;) {
        if (c == 'p')
            port = std::string(":") + optarg;
        if (c == '4' || c == '6')
            families += static_cast<char>(c);
    }
    std::istringstream lines(ask("sockets"));
    std::string line;
    printf(
        "USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS       STATE\n");
    for (std::getline(lines, line); std::getline(lines, line);) {
        char local[64], foreign[64], state[32];
        if (sscanf(line.c_str(), "%63s %63s %31s", local, foreign, state) != 3)
            continue;
        const char family = strchr(local, ':') != strrchr(local, ':') ? '6' : '4';
        if ((port.empty() || line.find(port + " ") != std::string::npos) &&
            (families.empty() || families.find(family) != std::string::npos))
            printf("root     packetdril %-5d -  tcp%c   %-21s %-21s %s\n", getppid(), family, local,
                   foreign, state);
    }
    return 0;
}

int tcpdrop_main(int argc, char** argv)
{
    std::string state;
    for (int c; (c = getopt(argc, argv, "as:")) != -1;)
        state = c == 'a' ? "*" : c == 's' ? optarg : "";
    if (state.empty() || optind != argc) {
        fprintf(stderr, "usage: tcpdrop -a | -s STATE\n");
        return 2;
    }
    if (ask("drop " + state).rfind("ok\n", 0) == 0)
        return 0;
    fprintf(stderr, "tcpdrop: no such connection\n");
    return 1;
}

} // namespace

int main(int argc, char** argv)
{
    const char* slash = strrchr(argv[0], '/');
    const std::string name = slash != nullptr ? slash + 1 : argv[0];
    if (name == "sockstat")
        return sockstat_main(argc, argv);
    return name == "tcpdrop" ? tcpdrop_main(argc, argv) : sysctl_main(argc, argv);
}
