// SPDX-License-Identifier: Apache-2.0
// Names of local sockets as the socket manager wants them.
#pragma once
#include <sys/socket.h>

// An AF_LOCAL address whose path is relative, or goes through links, gets the folder's real path. Other addresses stay as they are.
// 0, or an errno (ENAMETOOLONG when the real path does not fit).
int make_local_name_absolute(struct sockaddr_storage& name, socklen_t& length);
