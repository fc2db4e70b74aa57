// SPDX-License-Identifier: Apache-2.0
// Files over HTTP: GET and HEAD with ranges, listings of directories, PUT.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "net/lib/net.hpp"
#include "net/slinger/connection.hpp"

namespace slinger {
namespace {

constexpr size_t block_size = 65536; // one message to the file's server and one to the stack
constexpr size_t max_path = 2 * max_target;

struct Kind {
    const char *ending, *type;
};
constexpr Kind kinds[] = {
    {".html", "text/html"},    {".htm", "text/html"},      {".txt", "text/plain"},
    {".css", "text/css"},      {".js", "text/javascript"}, {".json", "application/json"},
    {".png", "image/png"},     {".jpg", "image/jpeg"},     {".gif", "image/gif"},
    {".svg", "image/svg+xml"}, {".ico", "image/x-icon"},
};

const char* type_of(const char* path)
{
    const char* dot = strrchr(path, '.');
    for (const Kind& kind : kinds)
        if (dot != nullptr && strcmp(dot, kind.ending) == 0)
            return kind.type;
    return "application/octet-stream";
}

int status_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return 404;
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
        return 403;
    case ENOSPC:
        return 507;
    default:
        return 500;
    }
}

struct Range {
    int64_t first = 0, length = 0;
    bool partial = false;
};

// "bytes=a-b", "bytes=a-", "bytes=-n"; other forms mean the whole file (RFC 9110 14.2). False: outside the file.
bool parse_range(const char* text, int64_t size, Range* range)
{
    *range = {0, size, false};
    long long first = 0, last = size - 1;
    if (strncmp(text, "bytes=", 6) != 0 || strchr(text, ',') != nullptr)
        return true;
    const char* dash = strchr(text, '-');
    char* end = nullptr;
    if (dash == nullptr)
        return true;
    if (dash == text + 6) {
        long long count = strtoll(dash + 1, &end, 10);
        if (end == dash + 1)
            return true;
        first = count < size ? size - count : 0;
        if (count <= 0)
            return false;
    } else {
        first = strtoll(text + 6, &end, 10);
        if (end != dash || first < 0)
            return true;
        if (dash[1] != '\0')
            last = strtoll(dash + 1, &end, 10);
    }
    if (last >= size)
        last = size - 1;
    if (first >= size || last < first)
        return false;
    *range = {first, last - first + 1, true};
    return true;
}

bool send_bytes(Connection& connection, int file, const Range& range)
{
    std::unique_ptr<char[]> block(new char[block_size]);
    if (range.first != 0 && lseek(file, range.first, SEEK_SET) == -1)
        return false;
    for (int64_t left = range.length; left > 0;) {
        auto want =
            left < static_cast<int64_t>(block_size) ? static_cast<size_t>(left) : block_size;
        ssize_t n = read(file, block.get(), want);
        if (n <= 0 || !connection.write(block.get(), static_cast<size_t>(n)))
            return false; // the length is promised: only closing can tell the peer
        left -= n;
    }
    return true;
}

bool send_file(Connection& connection, const Request& request, const char* path, int file,
               int64_t size)
{
    Range range;
    char fields[128] = "Accept-Ranges: bytes\r\n";
    if (!parse_range(request.range, size, &range)) {
        snprintf(fields, sizeof fields, "Content-Range: bytes */%lld\r\n",
                 static_cast<long long>(size));
        return connection.head(request, 416, "text/plain", 0, fields) && request.keep_alive;
    }
    if (range.partial)
        snprintf(fields, sizeof fields, "Content-Range: bytes %lld-%lld/%lld\r\n",
                 static_cast<long long>(range.first),
                 static_cast<long long>(range.first + range.length - 1),
                 static_cast<long long>(size));
    if (!connection.head(request, range.partial ? 206 : 200, type_of(path), range.length, fields))
        return false;
    return (request.is("HEAD") || send_bytes(connection, file, range)) && request.keep_alive;
}

// A name inside a page: & < > and quotes would end its place there.
void print_escaped(FILE* out, const char* text)
{
    for (; *text != '\0'; ++text) {
        if (strchr("&<>\"'", *text) != nullptr)
            fprintf(out, "&#%d;", *text);
        else
            fputc(*text, out);
    }
}

bool send_listing(Connection& connection, const Request& request, const char* path)
{
    DIR* directory = opendir(path);
    if (directory == nullptr)
        return connection.refuse(request, status_of(errno));
    char* page = nullptr;
    size_t size = 0;
    FILE* out = open_memstream(&page, &size);
    fprintf(out, "<html><head><title>");
    print_escaped(out, request.path);
    fprintf(out, "</title></head><body><ul>\n");
    while (struct dirent* entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") == 0)
            continue;
        fprintf(out, "<li><a href=\"");
        print_escaped(out, entry->d_name);
        fprintf(out, "\">");
        print_escaped(out, entry->d_name);
        fprintf(out, "</a></li>\n");
    }
    closedir(directory);
    fprintf(out, "</ul></body></html>\n");
    fclose(out);
    bool good = connection.head(request, 200, "text/html", static_cast<int64_t>(size)) &&
                (request.is("HEAD") || connection.write(page, size));
    free(page);
    return good && request.keep_alive;
}

bool redirect_to_directory(Connection& connection, const Request& request)
{
    char fields[max_target + 32];
    if (strpbrk(request.path, "\r\n") != nullptr)
        return connection.refuse(request, 400);
    snprintf(fields, sizeof fields, "Location: %.900s/\r\n", request.path);
    return connection.head(request, 301, "text/html", 0, fields) && request.keep_alive;
}

bool send_directory(Connection& connection, const Request& request, char* path, size_t room)
{
    size_t length = strlen(path);
    if (path[length - 1] != '/')
        return redirect_to_directory(connection, request);
    snprintf(path + length, room - length, "%s", settings.document);
    struct stat facts;
    int file = open(path, O_RDONLY);
    if (file != -1 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode)) {
        bool again = send_file(connection, request, path, file, facts.st_size);
        close(file);
        return again;
    }
    if (file != -1)
        close(file);
    path[length] = '\0';
    return send_listing(connection, request, path);
}

bool get(Connection& connection, const Request& request, char* path, size_t room)
{
    struct stat facts;
    if (stat(path, &facts) == -1)
        return connection.refuse(request, status_of(errno));
    if (S_ISDIR(facts.st_mode))
        return send_directory(connection, request, path, room);
    if (!S_ISREG(facts.st_mode))
        return connection.refuse(request, 403);
    int file = open(path, O_RDONLY);
    if (file == -1)
        return connection.refuse(request, status_of(errno));
    bool again = send_file(connection, request, path, file, facts.st_size);
    close(file);
    return again;
}

// 0, or the status that tells what went wrong; -1 when the peer went away.
int take_bytes(Connection& connection, int file, int64_t length)
{
    std::unique_ptr<char[]> block(new char[block_size]);
    for (int64_t left = length; left > 0;) {
        auto want =
            left < static_cast<int64_t>(block_size) ? static_cast<size_t>(left) : block_size;
        ssize_t n = connection.read_body(block.get(), want);
        if (n <= 0)
            return -1;
        if (!net::write_all(file, block.get(), static_cast<size_t>(n)))
            return status_of(errno);
        left -= n;
    }
    return 0;
}

bool put(Connection& connection, Request& request, const char* path)
{
    if (request.length == no_length)
        return request.keep_alive = false, connection.refuse(request, 411);
    if (!settings.may_put)
        return request.keep_alive = false, connection.refuse(request, 405);
    bool is_new = access(path, F_OK) != 0;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file == -1)
        return request.keep_alive = false, connection.refuse(request, status_of(errno));
    constexpr char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int status = -1;
    if (!request.expects_continue || connection.write(go_on, sizeof go_on - 1))
        status = take_bytes(connection, file, request.length);
    close(file);
    if (status != 0) {
        unlink(path); // half a file is no file
        request.keep_alive = false;
        return status > 0 && connection.refuse(request, status);
    }
    return connection.head(request, is_new ? 201 : 200, "text/plain", 0) && request.keep_alive;
}

} // namespace

bool serve(Connection& connection, Request& request)
{
    char path[max_path];
    snprintf(path, sizeof path, "%s%s", settings.root, request.path);
    if (names_script(request))
        return run_script(connection, request);
    if (request.is("PUT"))
        return put(connection, request, path);
    bool readable = request.is("GET") || request.is("HEAD");
    if (request.length > 0) // a body nobody wants: it must not be taken for the next request
        request.keep_alive = false;
    return readable ? get(connection, request, path, sizeof path)
                    : connection.refuse(request, request.is("POST") ? 405 : 501);
}

} // namespace slinger
