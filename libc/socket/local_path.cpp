// SPDX-License-Identifier: Apache-2.0
// The manager does not know our working folder: names go to it as absolute paths.
#include "local_path.hpp"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

int make_local_name_absolute(struct sockaddr_storage& name, socklen_t& length)
{
    constexpr size_t head = offsetof(struct sockaddr_un, sun_path);
    if (name.ss_family != AF_LOCAL || length <= head)
        return 0;
    auto& un = reinterpret_cast<struct sockaddr_un&>(name);
    char path[sizeof name - head + 1] = {};
    memcpy(path, un.sun_path, length - head);
    if (path[0] == '\0')
        return EINVAL;
    char* slash = strrchr(path, '/');
    const char* last = slash != nullptr ? slash + 1 : path;
    char folder[PATH_MAX];
    if (slash != nullptr)
        *slash = '\0';
    const char* wanted = slash == nullptr ? "." : path[0] == '\0' ? "/" : path;
    if (realpath(wanted, folder) == nullptr)
        return errno;
    const size_t size = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    if (size + 1 + strlen(last) >= sizeof un.sun_path)
        return ENAMETOOLONG;
    char whole[sizeof un.sun_path] = {};
    memcpy(whole, folder, size);
    whole[size] = '/';
    strcpy(whole + size + 1, last);
    memcpy(un.sun_path, whole, sizeof whole);
    length = static_cast<socklen_t>(head + strlen(whole) + 1);
    name.ss_len = static_cast<uint8_t>(length);
    return 0;
}
