# SPDX-License-Identifier: Apache-2.0
"""Killing io-pkt: clients get errors, the system lives, and a new one works, again and again."""
import pytest

from conftest import GUEST_ADDRESS, PEER_ADDRESS, counters, start_stack
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

ROUNDS = 50
WARM_UP = 10
HEAP_SLACK = 10


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


def restart_loop(station, rounds: int, done: int):
    """Restarts io-pkt `rounds` times by one command line of the guest, so that the shell's history stays as it is."""
    guest, card = station.guest, station.interface
    guest.shell.start("n=0; while read go && test $go = go; do slay -f -s SIGKILL io-pkt-v4-hc; "
                      "while test -e /dev/socket; do :; done; "
                      f"io-pkt-v4-hc -d {station.model} & waitfor /dev/socket 10 && if_up -p {card} && "
                      f"ifconfig {card} {GUEST_ADDRESS}/24 up && echo up-$n; n=$((n + 1)); done; echo loop ends")
    for number in range(rounds):
        guest.console.send("go\n")
        guest.console.expect(rf"^up-{number}\b", timeout=60)
        ping(station, done + number + 1)
    guest.console.send("stop\n")
    guest.console.expect("^loop ends")


@pytest.mark.seed("VAR-mgr")
def test_fifty_times(wired):
    """RST-0001 io-pkt is killed and started 50 times; it answers each time and procnto loses nothing."""
    guest = wired.guest
    guest.check("slay -f slogger2; true")  # its log of io-pkt's starts would grow
    restart_loop(wired, WARM_UP, 0)        # what the first rounds fill stays filled
    kill_stack(guest)
    before = counters(guest)
    restart_loop(wired, ROUNDS - WARM_UP, WARM_UP)
    kill_stack(guest)
    after = counters(guest)
    grown = {k: after[k] - before[k] for k in after if after[k] != before[k]}
    lost = {"pages": -grown.pop("pages_free", 0), "regions": grown.pop("regions", 0)}
    assert grown == {}
    # The shell and the serial driver may take a little more heap; a loss in every round would be 40.
    assert all(count <= HEAP_SLACK for count in lost.values()), lost


@pytest.mark.parametrize("nic_model", ["e1000"], indirect=True)
def test_clients_get_errors(wired):
    """RST-0002 a client blocked in a call when io-pkt dies gets an error, and so do later calls."""
    guest = wired.guest
    guest.background("udpecho serve 7777", "serving port 7777")
    kill_stack(guest)
    guest.run("wait", timeout=10)
    assert "udpecho: recvfrom: No such process" in guest.console.transcript  # ESRCH: MsgSend's errno for this
    result = guest.run("ping -c 1 10.9.0.1")
    assert result.status != 0
    assert guest.check("echo alive") == "alive\n"
