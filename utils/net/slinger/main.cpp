// SPDX-License-Identifier: Apache-2.0
// slinger: a small web server; one thread a connection.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/procmgr.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"
#include "net/slinger/connection.hpp"

QNX_USAGE("%C - small web server\n\n"
          "%C [-a administrator] [-d] [-i address] [-n] [-p port] [-w] &\n"
          " -a administrator  goes to CGI programs as SERVER_ADMIN (default nobody)\n"
          " -d                show each request on standard error\n"
          " -i address        listen on this address only\n"
          " -n                do not move to the background\n"
          " -p port           port number (default 80)\n"
          " -w                let clients store files with PUT\n"
          "HTTPD_ROOT_DIR (default /usr/local/httpd), HTTPD_ROOT_DOC (default index.html) and\n"
          "HTTPD_SCRIPTALIAS (directory of CGI programs, for /cgi-bin/...) are taken from the\n"
          "environment.\n")

namespace {

constexpr int max_connections = 64;
constexpr size_t stack_size = 128 * 1024;
sem_t free_places;

void log_request(const slinger::Request& request)
{
    if (slinger::settings.debug)
        util::say("%s %s", request.method, request.target);
}

void* converse(void* argument)
{
    {
        slinger::Connection connection(static_cast<int>(reinterpret_cast<intptr_t>(argument)));
        slinger::Request request;
        for (bool again = true; again;) {
            int status = connection.read_request(&request);
            if (status == 0)
                log_request(request);
            else
                request.keep_alive = false;
            again = status == 0 ? slinger::serve(connection, request)
                                : status > 0 && connection.refuse(request, status);
        }
        shutdown(connection.fd(), SHUT_WR);
    }
    sem_post(&free_places);
    return nullptr;
}

// The pool is bounded: who comes when all are busy waits in the accept queue.
void start(int fd, pthread_attr_t* attributes)
{
    pthread_t thread;
    if (pthread_create(&thread, attributes, converse,
                       reinterpret_cast<void*>(static_cast<intptr_t>(fd))) == 0)
        return;
    sem_post(&free_places);
    close(fd);
}

int run(int listener)
{
    sem_init(&free_places, 0, max_connections);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_size);
    for (;;) {
        while (sem_wait(&free_places) == -1)
            ;
        int fd = accept(listener, nullptr, nullptr);
        if (fd != -1)
            start(fd, &attributes);
        else
            sem_post(&free_places);
        if (fd == -1 && errno != EINTR && errno != ECONNABORTED)
            return util::complain("accept");
    }
}

bool parse_options(int argc, char* argv[], const char** address, bool* foreground)
{
    slinger::Settings& settings = slinger::settings;
    int port;
    for (int c; (c = getopt(argc, argv, "a:di:np:w")) != -1;) {
        switch (c) {
        case 'a':
            settings.administrator = optarg;
            break;
        case 'd':
            settings.debug = true;
            break;
        case 'i':
            *address = optarg;
            break;
        case 'n':
            *foreground = true;
            break;
        case 'p':
            if ((port = net::port_of(optarg, "tcp")) == -1)
                return false;
            settings.port = static_cast<uint16_t>(port);
            break;
        case 'w':
            settings.may_put = true;
            break;
        default:
            return util::say("see use %s", util::program), false;
        }
    }
    return argv[optind] == nullptr || (util::say("%s: one word too many", argv[optind]), false);
}

void read_environment()
{
    if (const char* root = getenv("HTTPD_ROOT_DIR"))
        slinger::settings.root = root;
    if (const char* document = getenv("HTTPD_ROOT_DOC"))
        slinger::settings.document = document;
    slinger::settings.scripts = getenv("HTTPD_SCRIPTALIAS");
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    const char* address = nullptr;
    bool foreground = false;
    if (!parse_options(argc, argv, &address, &foreground))
        return 1;
    read_environment();
    auto at = net::address(INADDR_ANY, slinger::settings.port);
    if (address != nullptr && !net::resolve(address, &at))
        return 1;
    int listener = net::listen_on(at, SOCK_STREAM, max_connections);
    if (listener == -1)
        return util::complain(net::text(at));
    signal(SIGPIPE, SIG_IGN);
    if (!foreground && procmgr_daemon(0, PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL |
                                             PROCMGR_DAEMON_NOCHDIR) == -1)
        return util::complain("procmgr_daemon");
    return run(listener);
}
