// SPDX-License-Identifier: Apache-2.0
// One HTTP connection: buffered reading, the request that was read, and writing an answer (RFC 9112).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

namespace slinger {

struct Settings {
    const char* root = "/usr/local/httpd"; // HTTPD_ROOT_DIR
    const char* document = "index.html";   // HTTPD_ROOT_DOC
    const char* scripts = nullptr;         // HTTPD_SCRIPTALIAS: directory of CGI programs
    const char* administrator = "nobody";  // -a
    uint16_t port = 80;
    bool debug = false, may_put = false;
};

extern Settings settings;

constexpr size_t max_target = 1024, max_header = 8192;
constexpr int64_t no_length = -1;

// A request line and the header fields that matter here.
struct Request {
    char method[8];
    char target[max_target]; // as sent
    char path[max_target];   // decoded, without the query, "/a/b", free of ".."
    char query[max_target];
    char host[256], content_type[128], range[64];
    int64_t length; // Content-Length or no_length
    bool keep_alive, chunked, expects_continue;
    bool is(const char* name) const { return strcmp(method, name) == 0; }
};

class Connection {
public:
    explicit Connection(int fd) : fd_(fd) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Reads the next head. 0: done, -1: the peer went, else the status of the refusal (400, 414, 431, 505).
    int read_request(Request* request);
    // Body bytes: what was read with the head first. 0 at the end, -1 on error.
    ssize_t read_body(void* data, size_t length);
    bool write(const void* data, size_t length);
    // Status line and fields common to all answers; length no_length leaves Content-Length out and closes.
    bool head(const Request& request, int status, const char* type, int64_t length,
              const char* more_fields = "");
    bool refuse(const Request& request, int status); // a head and a short page
    int fd() const { return fd_; }

private:
    int parse(char* text, Request* request);
    int fd_;
    char buffer_[max_header];
    size_t used_ = 0; // bytes in buffer_ that no request took yet
};

const char* reason(int status);

// Sends the file, directory index or CGI output that the request names, or takes a PUT. False ends the connection.
bool serve(Connection& connection, Request& request);
bool run_script(Connection& connection, Request& request); // CGI (RFC 3875)
bool names_script(const Request& request);

} // namespace slinger
