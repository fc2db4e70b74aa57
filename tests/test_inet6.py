# SPDX-License-Identifier: Apache-2.0
"""io-pkt-v6-hc: IPv6 beside IPv4."""
import re

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

from conftest import PEER_ADDRESS, start_pci


@pytest.mark.seed("EX-1")
def test_first_example(lab, link):
    """INET6-0001 the manual page's first example: a driver by path with options, an address, and IPv4 works as under io-pkt-v4-hc."""
    link.answer_arp()
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    start_pci(guest)
    card = re.search(r"device 0x100e.*?line (\d+).*?address 0: (0x[0-9a-f]+)", guest.check("pci-tool -v"), re.S)
    where = f"memrange={card[2]},irq={card[1]},mac=00500a0b0c0d"
    output = guest.run(f"io-pkt-v6-hc -d /proc/boot/devnp-e1000.so memrange=0xfe000000,irq={card[1]}").output
    assert "No such device" in output
    guest.check("slay -f -s SIGKILL io-pkt-v6-hc; while test -e /dev/socket; do :; done")
    guest.check(f"io-pkt-v6-hc -d /proc/boot/devnp-e1000.so {where},name=abc -p tcpip forward6 &")
    guest.check("waitfor /dev/socket 10")
    guest.check("ifconfig abc0 10.184")
    assert "inet 10.0.0.184 netmask 0xff000000" in guest.check("ifconfig abc0")
    assert "address: 00:50:0a:0b:0c:0d" in guest.check("ifconfig abc0")
    guest.check("ifconfig abc0 10.9.0.2/24")
    answer = link.ask(Ether(src=link.mac, dst="00:50:0a:0b:0c:0d") / IP(src=PEER_ADDRESS, dst="10.9.0.2") / ICMP(id=3, seq=1),
                      lambda p: ICMP in p and p[ICMP].type == 0)
    assert answer[IP].src == "10.9.0.2"
    text = guest.check("use io-pkt-v6-hc")
    assert "io-pkt-v6-hc" in text and "forward6" in text
