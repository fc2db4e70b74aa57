// SPDX-License-Identifier: Apache-2.0
// Pieces of an interface's methods that do not depend on the card.
#pragma once

#include <net/if_ether.h>
#include <net/ifdrvcom.h>
#include <pthread.h>
#include <sys/io-pkt.h>

namespace nic {

// Nothing but the stack context moves packets while an object of this class lives.
// Lock order: stack context, the driver's receive lock, if_snd_ex.
class Standstill {
public:
    Standstill(pthread_mutex_t& receive_lock, ifnet& ifp, _iopkt_self* iopkt);
    ~Standstill();
    Standstill(const Standstill&) = delete;
    Standstill& operator=(const Standstill&) = delete;

private:
    pthread_mutex_t& receive_lock_;
    ifnet& ifp_;
    _iopkt_self* iopkt_;
};

// SIOCGDRVCOM: 0, EINVAL (wrong length) or EOPNOTSUPP.
int drvcom(char* data, const nic_config_t& config, const nic_stats_t& stats);

// Where the transport header of an IPv4 frame starts; 0: the frame is too short to say.
unsigned transport_start(const mbuf* frame);

} // namespace nic
