// SPDX-License-Identifier: Apache-2.0
// Reads and checks an HTTP request's head, and writes an answer's.
#include "net/slinger/connection.hpp"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/lib/net.hpp"

namespace slinger {

Settings settings;

namespace {

int hex(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

// %XX to bytes; false for a wrong or zero one.
bool decode(const char* from, char* to)
{
    for (; *from != '\0'; ++from, ++to) {
        *to = *from;
        if (*from != '%')
            continue;
        int high = hex(from[1]), low = high < 0 ? -1 : hex(from[2]);
        if (low < 0 || (high | low) == 0)
            return false;
        *to = static_cast<char>(high << 4 | low);
        from += 2;
    }
    *to = '\0';
    return true;
}

// No component may be "..": nothing outside the root is served.
bool stays_inside(const char* path)
{
    for (const char* part = path; part != nullptr; part = strchr(part, '/')) {
        if (*part == '/')
            ++part;
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return path[0] == '/';
}

char* trimmed(char* text)
{
    while (*text == ' ' || *text == '\t')
        ++text;
    char* end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        *--end = '\0';
    return text;
}

template <size_t size>
void keep(char (&to)[size], const char* value)
{
    snprintf(to, size, "%s", value);
}

bool take_length(const char* value, Request* request)
{
    char* end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 ||
        (request->length != no_length && request->length != number))
        return false; // several different lengths are a smuggling attempt (RFC 9112 6.3)
    request->length = number;
    return true;
}

bool take_field(const char* name, char* value, Request* request)
{
    if (strcasecmp(name, "Content-Length") == 0)
        return take_length(value, request);
    if (strcasecmp(name, "Host") == 0)
        keep(request->host, value);
    else if (strcasecmp(name, "Content-Type") == 0)
        keep(request->content_type, value);
    else if (strcasecmp(name, "Range") == 0)
        keep(request->range, value);
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        request->chunked = true;
    else if (strcasecmp(name, "Expect") == 0)
        request->expects_continue = strcasecmp(value, "100-continue") == 0;
    else if (strcasecmp(name, "Connection") == 0)
        request->keep_alive = strcasecmp(value, "close") != 0 &&
                              (request->keep_alive || strcasecmp(value, "keep-alive") == 0);
    return true;
}

int take_request_line(char* line, Request* request)
{
    char* target = strchr(line, ' ');
    char* version = target != nullptr ? strrchr(target + 1, ' ') : nullptr;
    if (version == nullptr || target == version)
        return 400;
    *target++ = *version++ = '\0';
    if (strlen(line) >= sizeof request->method)
        return 501;
    if (strncmp(version, "HTTP/1.", 7) != 0)
        return 505;
    if (strlen(target) >= max_target)
        return 414;
    keep(request->method, line);
    keep(request->target, target);
    request->keep_alive = version[7] >= '1';
    if (char* mark = strchr(target, '?')) {
        *mark = '\0';
        keep(request->query, mark + 1);
    }
    return decode(target, request->path) && stays_inside(request->path) ? 0 : 400;
}

} // namespace

Connection::~Connection()
{
    close(fd_);
}

int Connection::parse(char* text, Request* request)
{
    *request = {};
    request->length = no_length;
    char* line_end = strstr(text, "\r\n");
    *line_end = '\0';
    int status = take_request_line(text, request);
    for (char* line = line_end + 2; *line != '\0' && status == 0; line = line_end + 2) {
        line_end = strstr(line, "\r\n");
        *line_end = '\0';
        char* colon = strchr(line, ':');
        if (colon == nullptr)
            return 400;
        *colon = '\0';
        if (!take_field(line, trimmed(colon + 1), request))
            return 400;
    }
    if (status == 0 && request->chunked)
        return 501; // only bodies of a known length are taken
    return status;
}

int Connection::read_request(Request* request)
{
    *request = {};
    for (;;) {
        buffer_[used_] = '\0';
        if (char* end = strstr(buffer_, "\r\n\r\n")) {
            char head[max_header];
            auto length = static_cast<size_t>(end + 4 - buffer_);
            memcpy(head, buffer_, length - 2);
            head[length - 2] = '\0';
            memmove(buffer_, buffer_ + length, used_ -= length);
            return parse(head, request);
        }
        if (used_ + 1 == sizeof buffer_)
            return 431;
        ssize_t n = read(fd_, buffer_ + used_, sizeof buffer_ - 1 - used_);
        if (n <= 0)
            return -1;
        used_ += static_cast<size_t>(n);
    }
}

ssize_t Connection::read_body(void* data, size_t length)
{
    if (used_ == 0)
        return read(fd_, data, length);
    size_t n = used_ < length ? used_ : length;
    memcpy(data, buffer_, n);
    memmove(buffer_, buffer_ + n, used_ -= n);
    return static_cast<ssize_t>(n);
}

bool Connection::write(const void* data, size_t length)
{
    return net::write_all(fd_, data, length);
}

const char* reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 414:
        return "URI Too Long";
    case 416:
        return "Range Not Satisfiable";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        return "Internal Server Error";
    }
}

bool Connection::head(const Request& request, int status, const char* type, int64_t length,
                      const char* more_fields)
{
    char date[64], text[1024], length_field[48] = "";
    time_t now = time(nullptr);
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &parts));
    if (length != no_length)
        snprintf(length_field, sizeof length_field, "Content-Length: %lld\r\n",
                 static_cast<long long>(length));
    bool keep_open = request.keep_alive && length != no_length;
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: slinger\r\nContent-Type: %s\r\n%s%s"
                        "Connection: %s\r\n\r\n",
                        status, reason(status), date, type, length_field, more_fields,
                        keep_open ? "keep-alive" : "close");
    return size > 0 && static_cast<size_t>(size) < sizeof text &&
           write(text, static_cast<size_t>(size));
}

bool Connection::refuse(const Request& request, int status)
{
    char page[256];
    int size = snprintf(page, sizeof page,
                        "<html><head><title>%d %s</title></head><body><h1>%s</h1></body></html>\n",
                        status, reason(status), reason(status));
    return head(request, status, "text/html", size) &&
           (request.is("HEAD") || write(page, static_cast<size_t>(size))) && request.keep_alive;
}

} // namespace slinger
