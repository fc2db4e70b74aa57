# SPDX-License-Identifier: Apache-2.0
"""Killing io-pkt: clients get errors, the system lives, and a new one works, again and again."""
import pytest

from conftest import GUEST_ADDRESS, counters
from harness.restarts import Restarts, growth

ROUNDS = 50
WARM_UP = 10
TRAFFIC_ROUNDS = 15


def restarts(station, seed: int = 1) -> Restarts:
    """The restarting of this station."""
    return Restarts(station.guest, station.wire, station.model, station.interface, station.mac, GUEST_ADDRESS, seed)


def kill_stack(guest):
    """Ends io-pkt without any chance to clean up, and waits until it is gone."""
    guest.check("slay -f -s SIGKILL io-pkt-v4-hc; while test -e /dev/socket; do :; done")


@pytest.mark.seed("VAR-mgr")
def test_fifty_times(wired):
    """RST-0001 io-pkt is killed and started 50 times; it answers each time and procnto loses nothing."""
    guest = wired.guest
    guest.check("slay -f slogger2; true")  # its log of io-pkt's starts would grow
    run = restarts(wired)
    run.loop(WARM_UP)                      # what the first rounds fill stays filled
    kill_stack(guest)
    before = counters(guest)
    run.loop(ROUNDS - WARM_UP)
    kill_stack(guest)
    # The shell and the serial driver may take a little more heap; a loss in every round would be 40.
    assert growth(before, counters(guest)) == {}


def test_killed_under_traffic(wired):
    """RST-0003 killed at random moments between bursts of frames; the first ping after each restart is answered."""
    guest = wired.guest
    guest.check("slay -f slogger2; true")
    run = restarts(wired, seed=3)
    run.loop(5, traffic=True)
    kill_stack(guest)
    before = counters(guest)
    run.loop(TRAFFIC_ROUNDS, traffic=True)
    kill_stack(guest)
    assert growth(before, counters(guest)) == {}
    assert guest.check("echo alive") == "alive\n"


@pytest.mark.parametrize("nic_model", ["e1000"], indirect=True)
def test_clients_get_errors(wired):
    """RST-0002 a client blocked in a call when io-pkt dies gets an error, and so do later calls."""
    guest = wired.guest
    guest.background("udpecho serve 7777 2> /dev/shmem/complaint", "serving port 7777")
    kill_stack(guest)
    guest.run("wait", timeout=10)
    assert guest.check("cat /dev/shmem/complaint") == "udpecho: recvfrom: No such process\n"  # ESRCH: MsgSend's errno for this
    result = guest.run("ping -c 1 10.9.0.1")
    assert result.status != 0
    assert guest.check("echo alive") == "alive\n"
