# SPDX-License-Identifier: Apache-2.0
"""Killing io-pkt under traffic and starting it again, and counting what procnto has left afterwards."""
import random

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

HEAP_SLACK = 20  # pages and regions that heaps (procnto's too) may take for good; one lost in every round would be 40


class Restarts:
    """One guest with one card, whose io-pkt ends by SIGKILL at moments a seed decides."""

    def __init__(self, guest, wire, model: str, card: str, mac: str, address: str, seed: int = 1):
        self.guest, self.wire, self.model, self.card = guest, wire, model, card
        self.mac, self.address = mac, address
        self._random = random.Random(seed)
        self._done = 0

    def _frame(self):
        return Ether(src=self.wire.mac, dst=self.mac) / IP(src=self.wire.address, dst=self.address)

    def ping(self):
        """The first echo request after the restart is answered."""
        self._done += 1
        number = self._done & 0xFFFF
        self.wire.drain()
        self.wire.ask(self._frame() / ICMP(id=2, seq=number),
                      lambda p: ICMP in p and p[ICMP].type == 0 and (p[ICMP].id, p[ICMP].seq) == (2, number), timeout=60)

    def _burst(self):
        """Some frames in a row: echo requests and datagrams to a closed port, so that the guest sends as well."""
        for _ in range(self._random.randrange(40)):
            size = self._random.randrange(1400)
            inner = ICMP(id=9, seq=size) if self._random.random() < 0.5 else UDP(sport=4000, dport=4001)
            self.wire.send(self._frame() / inner / Raw(bytes(size)))

    def loop(self, rounds: int, traffic: bool = False, progress=lambda number: None):
        """Restarts io-pkt by one command line of the guest, so that the shell's history stays as it is."""
        console, card = self.guest.console, self.card
        self.guest.shell.start("n=0; while read go && test $go = go; do slay -f -s SIGKILL io-pkt-v4-hc; "
                               "while test -e /dev/socket; do :; done; "
                               f"io-pkt-v4-hc -d {self.model} & waitfor /dev/socket 10 && if_up -p {card} && "
                               f"ifconfig {card} {self.address}/24 up && echo up-$n; n=$((n + 1)); done; echo loop ends")
        for number in range(rounds):
            if traffic:
                self._burst()
            console.send("go\n")
            if traffic:
                self._burst()
            console.expect(rf"^up-{number}\b", timeout=60)
            self.ping()
            progress(number)
        console.send("stop\n")
        console.expect("^loop ends")


def growth(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What procnto has more of; pages and regions within HEAP_SLACK are not told."""
    grown = {k: after[k] - before[k] for k in after if after[k] != before[k]}
    owners = {k: grown.pop(k) for k in list(grown) if k.startswith("pages_")}
    pages = -owners.pop("pages_free", 0)
    regions = grown.pop("regions", 0)
    if pages > HEAP_SLACK:
        grown["pages"] = pages
        grown |= owners  # who has them
    if regions > HEAP_SLACK:
        grown["regions"] = regions
    return grown
