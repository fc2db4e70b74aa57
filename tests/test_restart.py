# SPDX-License-Identifier: Apache-2.0
"""Killing io-pkt: clients get errors, the system lives, and a new one works, again and again."""
import pytest

from conftest import GUEST_ADDRESS, PEER_ADDRESS, start_stack
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

ROUNDS = 50
PAGES_SLACK = 16  # the log grows by a few lines a start, up to 256 KiB


def counters(guest) -> dict[str, int]:
    """procnto's live objects."""
    return {name: int(value) for name, value in (line.split() for line in guest.check("objects").splitlines())}


def ping(station, number: int):
    """One echo request from the wire."""
    answer = station.wire.ask(Ether(src=station.wire.mac, dst=station.mac) /
                              IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) / ICMP(id=2, seq=number),
                              lambda p: ICMP in p and p[ICMP].type == 0)
    assert answer[ICMP].seq == number


def kill_stack(guest):
    """Ends io-pkt without any chance to clean up, and waits until it is gone."""
    guest.check("slay -f -s SIGKILL io-pkt-v4-hc; true")
    for _ in range(50):
        if guest.run("test -e /dev/socket").status != 0:
            return
    raise AssertionError("/dev/socket is still there after io-pkt was killed")


def test_fifty_times(wired):
    """RST-0001 io-pkt is killed and started 50 times; it answers each time and procnto loses nothing."""
    guest = wired.guest
    guest.check("slay -f slogger2; true")  # its log of io-pkt's starts would grow
    before = None
    for number in range(ROUNDS):
        kill_stack(guest)
        if number == 2:  # what the first rounds fill stays filled
            before = counters(guest)
        start_stack(guest, wired.model)
        ping(wired, number + 1)
    kill_stack(guest)
    after = counters(guest)
    changed = {k: (before[k], after[k]) for k in after if after[k] != before[k] and k != "pages_free"}
    assert changed == {}
    assert before["pages_free"] - after["pages_free"] <= PAGES_SLACK


@pytest.mark.parametrize("nic_model", ["e1000"], indirect=True)
def test_clients_get_errors(wired):
    """RST-0002 a client blocked in a call when io-pkt dies gets an error, and so do later calls."""
    guest = wired.guest
    guest.check("udpecho serve 7777 &")
    guest.console.expect("serving port 7777")
    kill_stack(guest)
    guest.run("wait", timeout=10)
    assert "udpecho: recvfrom: No such process" in guest.console.transcript  # ESRCH: MsgSend's errno for this
    result = guest.run("ping -c 1 10.9.0.1")
    assert result.status != 0
    assert guest.check("echo alive") == "alive\n"
