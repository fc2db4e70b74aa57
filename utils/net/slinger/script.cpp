// SPDX-License-Identifier: Apache-2.0
// CGI programs (RFC 3875): a request becomes environment and standard input, output the answer.
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "net/lib/net.hpp"
#include "net/slinger/connection.hpp"

namespace slinger {
namespace {

constexpr char prefix[] = "/cgi-bin/";
constexpr size_t prefix_length = sizeof prefix - 1;

struct Environment {
    static constexpr size_t room = 24;
    char text[room][max_target + 32];
    char* list[room + 1] = {};
    size_t count = 0;

    void set(const char* name, const char* value)
    {
        if (count == room)
            return;
        snprintf(text[count], sizeof text[count], "%s=%s", name, value);
        list[count] = text[count];
        count++;
    }
};

void describe(const Request& request, const char* script, const char* path_info, Environment* env)
{
    char number[24];
    env->set("GATEWAY_INTERFACE", "CGI/1.1");
    env->set("SERVER_PROTOCOL", "HTTP/1.1");
    env->set("SERVER_SOFTWARE", "slinger");
    env->set("SERVER_ADMIN", settings.administrator);
    env->set("SERVER_NAME", request.host);
    snprintf(number, sizeof number, "%u", settings.port);
    env->set("SERVER_PORT", number);
    env->set("REQUEST_METHOD", request.method);
    env->set("SCRIPT_NAME", script);
    env->set("PATH_INFO", path_info);
    env->set("QUERY_STRING", request.query);
    env->set("CONTENT_TYPE", request.content_type);
    if (request.length != no_length) {
        snprintf(number, sizeof number, "%lld", static_cast<long long>(request.length));
        env->set("CONTENT_LENGTH", number);
    }
    for (const char* name : {"PATH", "LD_LIBRARY_PATH", "SOCK"})
        if (const char* value = getenv(name))
            env->set(name, value);
}

bool feed(Connection& connection, int to, int64_t length)
{
    char block[4096];
    for (int64_t left = length; left > 0;) {
        auto want =
            left < static_cast<int64_t>(sizeof block) ? static_cast<size_t>(left) : sizeof block;
        ssize_t n = connection.read_body(block, want);
        if (n <= 0 || !net::write_all(to, block, static_cast<size_t>(n)))
            return false;
        left -= n;
    }
    return true;
}

// A program's "Status: 404 ..." field, else 200; its other fields and its page go out as they are.
int status_of(const char* head)
{
    const char* field = strncmp(head, "Status:", 7) == 0 ? head : strstr(head, "\nStatus:");
    if (field == nullptr)
        return 200;
    int status = atoi(strchr(field, ':') + 1);
    return status >= 100 && status < 600 ? status : 500;
}

void relay(Connection& connection, int from)
{
    char block[4096];
    char line[64];
    bool first = true;
    for (ssize_t n; (n = read(from, block, sizeof block - 1)) > 0;) {
        block[n] = '\0';
        if (first) {
            int status = status_of(block);
            int size = snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\nConnection: close\r\n",
                                status, reason(status));
            connection.write(line, static_cast<size_t>(size));
            first = false;
        }
        if (!connection.write(block, static_cast<size_t>(n)))
            return;
    }
    if (first)
        connection.refuse(Request(), 500);
}

bool run(Connection& connection, const Request& request, const char* path, Environment& env)
{
    int in[2], out[2];
    if (pipe(in) == -1)
        return connection.refuse(request, 500);
    if (pipe(out) == -1)
        return close(in[0]), close(in[1]), connection.refuse(request, 500);
    int map[3] = {in[0], out[1], STDERR_FILENO};
    char program[2 * max_target];
    snprintf(program, sizeof program, "%s", path);
    char* arguments[] = {program, nullptr};
    struct inheritance inherit = {};
    pid_t child = spawn(path, 3, map, &inherit, arguments, env.list);
    int error = errno;
    close(in[0]);
    close(out[1]);
    if (child != -1) {
        if (request.length > 0)
            feed(connection, in[1], request.length);
        close(in[1]);
        relay(connection, out[0]);
        int status;
        waitpid(child, &status, 0);
    } else {
        close(in[1]);
        connection.refuse(request, error == ENOENT ? 404 : 500);
    }
    close(out[0]);
    return false;
}

} // namespace

bool names_script(const Request& request)
{
    return settings.scripts != nullptr && strncmp(request.path, prefix, prefix_length) == 0;
}

bool run_script(Connection& connection, Request& request)
{
    request.keep_alive = false; // its length is known only at the end
    char name[max_target], path[2 * max_target], path_info[max_target] = "";
    snprintf(name, sizeof name, "%s", request.path);
    if (char* slash = strchr(name + prefix_length, '/')) {
        snprintf(path_info, sizeof path_info, "%s", slash);
        *slash = '\0';
    }
    snprintf(path, sizeof path, "%s/%s", settings.scripts, name + prefix_length);
    Environment env;
    describe(request, name, path_info, &env);
    return run(connection, request, path, env);
}

} // namespace slinger
