# SPDX-License-Identifier: Apache-2.0
"""io-pkt's command line and what its options do, option by option (docs/seed-matrix.md)."""
import re

import pytest


def test_wrong_command_lines(station):
    """OPT-0001 250 and more wrong command lines: each is refused by name with status 1, before anything is started."""
    guest = station()
    result = guest.run("option-test", timeout=180)
    assert result.status == 0, result.output
    count = re.search(r"^(\d+) wrong command lines, 0 ", result.output, re.M)
    assert count and int(count[1]) >= 250, result.output


@pytest.mark.seed("VAR-use")
def test_usage(station):
    """OPT-0002 `use` names each option, so that nobody needs the manual for their names."""
    text = station().check("use io-pkt-v4-hc")
    letters = set(re.findall(r"^ (-\w)\b", text, re.M))
    assert letters >= {f"-{c}" for c in "DdIiPpqrStUuw"}
    for name in ("bigpage_strict bigstack cache confstr_monitor fastforward forward forward6 ipid_reserved mbuf_cache mclbytes "
                 "mfib_gid_map mtag_cache num_pool_cache num_tap_interface num_tun_control_interface pagesize pkt_cache "
                 "pkt_typed_mem prefix recv_ctxt reply_ctxt reuseport_unicast rx_prio rx_pulse_prio smmu so_txprio_enable "
                 "somaxconn stackguard stacksize strict_ts threads_incr threads_max threads_min timer_pulse_prio").split():
        assert re.search(rf"\b{name}\b", text), name
