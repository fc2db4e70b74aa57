// SPDX-License-Identifier: Apache-2.0
// The host's name as sysctl kern.hostname has it: read once, or followed (confstr_monitor).
#include <errno.h>
#include <string.h>
#include <sys/procmgr.h>
#include <unistd.h>

#include "resmgr/server.hpp"

namespace netmgr {

void Server::read_hostname()
{
    if (confstr(_CS_HOSTNAME, hostname_, sizeof hostname_) == 0)
        hostname_[0] = '\0';
    hostname_[sizeof hostname_ - 1] = '\0';
}

// confstr_monitor: every change of a configuration string makes procnto send a pulse.
int Server::monitor_hostname()
{
    sigevent event;
    SIGEV_PULSE_INIT(&event, runtime_->client_coid(), static_cast<short>(runtime_->rx_priority()),
                     pulse_confstr, 0);
    return procmgr_event_notify_add(PROCMGR_EVENT_CONFSTR, &event) == -1 ? errno : 0;
}

void Server::handle_confstr()
{
    StackEntry entry(runtime_->context());
    char old[sizeof hostname_];
    memcpy(old, hostname_, sizeof old);
    read_hostname();
    counts_.hostname_changes += strcmp(old, hostname_) != 0;
}

} // namespace netmgr
