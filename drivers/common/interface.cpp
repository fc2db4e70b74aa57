// SPDX-License-Identifier: Apache-2.0
// Standing still, nicinfo's request, and where headers are.
#include "common/interface.hpp"

#include <errno.h>
#include <string.h>
#include <sys/io-pkt.h>

namespace nic {

Standstill::Standstill(pthread_mutex_t& receive_lock, ifnet& ifp, _iopkt_self* iopkt)
    : receive_lock_(receive_lock), ifp_(ifp), iopkt_(iopkt)
{
    pthread_mutex_lock(&receive_lock_);
    NW_SIGLOCK(&ifp_.if_snd_ex, iopkt_);
}

Standstill::~Standstill()
{
    NW_SIGUNLOCK(&ifp_.if_snd_ex, iopkt_);
    pthread_mutex_unlock(&receive_lock_);
}

int drvcom(char* data, const nic_config_t& config, const nic_stats_t& stats)
{
    const auto* cmd = reinterpret_cast<const drvcom_cmd*>(data);
    switch (cmd->ifdc_cmd) {
    case DRVCOM_CONFIG:
        if (cmd->ifdc_len != sizeof config)
            return EINVAL;
        memcpy(&reinterpret_cast<drvcom_config*>(data)->dcom_config, &config, sizeof config);
        return 0;
    case DRVCOM_STATS:
        if (cmd->ifdc_len != sizeof stats)
            return EINVAL;
        memcpy(&reinterpret_cast<drvcom_stats*>(data)->dcom_stats, &stats, sizeof stats);
        return 0;
    default:
        return EOPNOTSUPP;
    }
}

unsigned transport_start(const mbuf* frame)
{
    uint8_t version_and_length = 0;
    if (frame->m_pkthdr.len < ETHER_HDR_LEN + 20)
        return 0;
    m_copydata(frame, ETHER_HDR_LEN, 1, &version_and_length);
    const unsigned bytes = (version_and_length & 0xfu) * 4;
    const unsigned at = ETHER_HDR_LEN + bytes;
    return bytes >= 20 && at < static_cast<unsigned>(frame->m_pkthdr.len) ? at : 0;
}

} // namespace nic
