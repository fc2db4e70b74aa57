# SPDX-License-Identifier: Apache-2.0
"""The stack seen from the wire: the test is the peer and speaks in single frames."""
import re

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from conftest import GUEST_ADDRESS, PEER_ADDRESS
from harness import wire_check


def frame(station):
    """The start of a frame to the guest."""
    return Ether(src=station.wire.mac, dst=station.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS)


def test_arp_request(wired):
    """NET-0001 the guest answers ARP requests for its address, and for no other."""
    ask = Ether(src=wired.wire.mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=wired.wire.mac, psrc=PEER_ADDRESS,
                                                                   pdst=GUEST_ADDRESS)
    answer = wired.wire.ask(ask, lambda p: ARP in p and p[ARP].op == 2)
    assert answer[ARP].hwsrc == wired.mac and answer[ARP].psrc == GUEST_ADDRESS
    ask[ARP].pdst = "10.9.0.77"
    wired.wire.drain()
    wired.wire.send(ask)
    echo = wired.wire.ask(frame(wired) / ICMP(id=1, seq=1), lambda p: ARP in p and p[ARP].op == 2 or ICMP in p)
    assert ICMP in echo, "an answer to somebody else's address came first"


def test_echo_request(wired):
    """NET-0002 ICMP echo requests of all kinds of sizes come back with their content."""
    for size in (0, 1, 56, 57, 1000, 1472):
        data = bytes(i * 7 & 0xFF for i in range(size))
        answer = wired.wire.ask(frame(wired) / ICMP(id=7, seq=size) / Raw(data),
                                lambda p, n=size: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq == n)
        assert answer[IP].src == GUEST_ADDRESS and answer[ICMP].id == 7
        assert bytes(answer[ICMP].payload)[:size] == data
    assert wire_check.bad_frames(wired.pcap) == []


def test_guest_pings(wired):
    """NET-0003 the guest's ping asks with correct requests and counts the answers."""
    def answer_ping(raw):
        packet = Ether(raw)
        if ICMP in packet and packet[ICMP].type == 8:
            return bytes(Ether(src=packet.dst, dst=packet.src) / IP(src=packet[IP].dst, dst=packet[IP].src) /
                         ICMP(type=0, id=packet[ICMP].id, seq=packet[ICMP].seq) / packet[ICMP].payload)
        return None
    wired.wire.handlers.append(answer_ping)
    out = wired.guest.check(f"ping -c 3 {PEER_ADDRESS}")
    assert "3 packets transmitted" in out and " 0% packet loss" in out
    assert wire_check.bad_frames(wired.pcap) == []


def test_ping_nobody(wired):
    """NET-0004 without an answer ping ends with an error status and says 100%."""
    result = wired.guest.run("ping -c 2 10.9.0.99", timeout=60)
    assert result.status != 0 and "100% packet loss" in result.output


def test_udp_port_unreachable(wired):
    """NET-0005 a datagram to a closed port gives ICMP port unreachable with the header quoted."""
    answer = wired.wire.ask(frame(wired) / UDP(sport=4000, dport=4001) / Raw(b"anyone?"),
                            lambda p: ICMP in p and p[ICMP].type == 3)
    assert answer[ICMP].code == 3
    quoted = answer[ICMP].payload
    assert quoted.src == PEER_ADDRESS and quoted.dport == 4001


def test_udp_echo(wired):
    """NET-0006 a UDP server in the guest answers single datagrams with the same content."""
    wired.guest.background("udpecho serve 7777", "serving port 7777")
    for size in (1, 2, 18, 19, 512, 1471, 1472):
        data = bytes((i * 31 + size) & 0xFF for i in range(size))
        answer = wired.wire.ask(frame(wired) / UDP(sport=5000, dport=7777) / Raw(data), lambda p: UDP in p)
        assert bytes(answer[UDP].payload)[:answer[UDP].len - 8] == data
    assert wire_check.bad_frames(wired.pcap) == []


def test_bad_packets_are_dropped(wired):
    """NET-0007 damaged packets get no answer, and the stack goes on."""
    echo = ICMP(id=9, seq=1)
    bad = [
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS, chksum=1) / echo,
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS, ihl=3) / echo,
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS, len=4000) / echo,
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS, version=7) / echo,
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) /
        ICMP(id=9, seq=1, chksum=1),
        Ether(src=wired.wire.mac, dst="52:54:00:99:99:99") / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) / echo,
        Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst="10.9.0.88") / echo,
        Ether(src=wired.wire.mac, dst=wired.mac, type=0x0800) / Raw(b"\x45\x00"),
    ]
    for packet in bad:
        wired.wire.drain()
        wired.wire.send(packet)
        answer = wired.wire.ask(frame(wired) / ICMP(id=10, seq=2), lambda p: ICMP in p and p[ICMP].type == 0)
        assert answer[ICMP].id == 10, "a damaged packet was answered"


def test_fragments(wired):
    """NET-0008 fragments are put together in any order; the answer comes back in fragments."""
    data = bytes(i % 251 for i in range(4000))
    whole = IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS, id=77) / ICMP(id=3, seq=5) / Raw(data)
    pieces = whole.fragment(1480)
    assert len(pieces) == 3
    for piece in reversed(pieces):
        wired.wire.send(Ether(src=wired.wire.mac, dst=wired.mac) / piece)
    got = {}
    while sum(map(len, got.values())) < 4008:
        answer = wired.wire.receive(lambda p: IP in p and p[IP].proto == 1 and p[IP].src == GUEST_ADDRESS)
        got[answer[IP].frag * 8] = bytes(answer[IP].payload)[:answer[IP].len - 20]
    payload = b"".join(got[offset] for offset in sorted(got))
    assert payload[0] == 0 and payload[8:] == data


def test_utilities(wired):
    """NET-0009 ifconfig, nicinfo and sysctl tell about the interface and the stack."""
    guest = wired.guest
    out = guest.check(f"ifconfig {wired.interface}")
    assert wired.mac in out and GUEST_ADDRESS in out and "UP" in out
    assert wired.mac.replace(":", "").lower() in guest.check("nicinfo").replace(" ", "").replace(":", "").lower()
    assert "64" in guest.check("sysctl net.inet.ip.ttl")
    guest.check("sysctl -w net.inet.ip.ttl=33")
    answer = wired.wire.ask(frame(wired) / ICMP(id=1, seq=9), lambda p: ICMP in p and p[ICMP].type == 0)
    assert answer[IP].ttl in (33, 64, 255)
    out = guest.run("sysctl net.inet.ip.no_such_thing")
    assert out.status != 0


@pytest.mark.seed("DRV-mount", "EX-3")
def test_mount_second_driver(lab, link):
    """NET-0010 mount -T io-pkt adds a driver to a running stack, with options; destroy removes the interface."""
    from conftest import start_pci, start_stack
    other = lab.link(address="10.9.1.1")
    guest = lab.boot(nics=[lab.nic(link, "e1000"), lab.nic(other, "virtio")])
    start_pci(guest)
    start_stack(guest, "e1000")
    guest.check("mount -T io-pkt devnp-virtio.so")
    guest.check("if_up -p vt0")
    guest.check("ifconfig vt0 10.9.1.2/24 up")
    other.answer_arp()
    answer = other.ask(Ether(src=other.mac, dst="52:54:00:12:34:57") / IP(src="10.9.1.1", dst="10.9.1.2") /
                       ICMP(id=1, seq=1), lambda p: ICMP in p and p[ICMP].type == 0)
    assert answer[IP].src == "10.9.1.2"
    guest.check("ifconfig vt0 destroy")
    assert guest.run("ifconfig vt0").status != 0
    guest.check("mount -T io-pkt -o name=zz,mac=525400abcdef devnp-virtio.so")
    out = guest.check("ifconfig zz0")
    assert "52:54:00:ab:cd:ef" in out


def test_loopback(wired):
    """NET-0011 lo0 answers without a wire."""
    out = wired.guest.check("ping -c 2 127.0.0.1")
    assert " 0% packet loss" in out


def test_link_state(wired):
    """NET-0012 pulling the cable shows in ifconfig, and traffic comes back with it."""
    guest = wired.guest
    guest.qmp.set_link("nic0", False)
    guest.check(f"until ifconfig {wired.interface} | grep -q 'no carrier'; do :; done")
    guest.qmp.set_link("nic0", True)
    guest.check(f"until ifconfig {wired.interface} | grep -q 'status: active'; do :; done")
    answer = wired.wire.ask(frame(wired) / ICMP(id=4, seq=4), lambda p: ICMP in p and p[ICMP].type == 0)
    assert answer[ICMP].seq == 4


def test_log(wired):
    """NET-0013 slog2info shows what io-pkt and the driver logged at their start."""
    out = wired.guest.check("slog2info")
    assert "io-pkt-v4-hc" in out and f"devnp-{wired.model}.so" in out


def test_vlan(wired):
    """NET-0010 vlan0 on a card: tagged ARP, pings of all sizes, priority; other tags are not heard; the errors of ifconfig."""
    guest, card, wire = wired.guest, wired.interface, wired.wire

    def tagged(tag, target=wired.mac, prio=0):
        return Ether(src=wire.mac, dst=target) / Dot1Q(vlan=tag, prio=prio)

    assert "vlan" in guest.check("ifconfig -C").split()
    guest.check("ifconfig vlan0 create")
    assert guest.run("ifconfig vlan0 up").status == 1
    result = guest.run("ifconfig vlan0 vlan 5 2>&1")
    assert result.status == 1 and "must be given together" in result.output
    guest.check(f"ifconfig vlan0 vlan 5 vlanif {card}")
    guest.check("ifconfig vlan0 10.5.0.2/24 up")
    out = guest.check("ifconfig vlan0")
    assert f"vlan: 5 parent: {card}" in out and f"address: {wired.mac}" in out and "mtu 1500" in out and "RUNNING" in out
    for words, why in ((f"vlan 6 vlanif {card}", "busy"), ("vlan 4095 vlanif x", "bad value"), ("vlanprio 8", "bad value")):
        result = guest.run(f"ifconfig vlan0 {words} 2>&1")
        assert result.status == 1 and why in result.output, result.output
    result = guest.run(f"ifconfig {card} vlan 5 vlanif {card} 2>&1")
    assert result.status == 1

    ask = tagged(5, "ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=wire.mac, psrc="10.5.0.1", pdst="10.5.0.2")
    answer = wire.ask(ask, lambda p: ARP in p and p[ARP].op == 2 and p[ARP].psrc == "10.5.0.2")
    assert answer[Dot1Q].vlan == 5 and answer[Dot1Q].prio == 0 and answer[ARP].hwsrc == wired.mac
    for size in (0, 1, 56, 1472):
        data = bytes(i * 7 & 0xFF for i in range(size))
        echo = tagged(5) / IP(src="10.5.0.1", dst="10.5.0.2") / ICMP(id=5, seq=size) / Raw(data)
        answer = wire.ask(echo, lambda p, n=size: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq == n)
        assert answer[Dot1Q].vlan == 5 and bytes(answer[ICMP].payload)[:size] == data
    guest.check("ifconfig vlan0 vlanprio 3")
    assert "priority: 3" in guest.check("ifconfig vlan0")
    answer = wire.ask(tagged(5) / IP(src="10.5.0.1", dst="10.5.0.2") / ICMP(id=5, seq=9), lambda p: ICMP in p and p[ICMP].seq == 9)
    assert answer[Dot1Q].prio == 3
    # Another tag: counted, not answered; an untagged and a priority-tagged one belong to the card.
    wire.send(tagged(6) / IP(src="10.5.0.1", dst="10.5.0.2") / ICMP(id=5, seq=20))
    answer = wire.ask(tagged(0, prio=5) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) / ICMP(id=5, seq=21),
                      lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq in (20, 21))
    assert answer[ICMP].seq == 21 and Dot1Q not in answer
    assert guest.check("sysctl -n net.stats.vlan.unknown_tag").strip() == "1"
    assert re.search(rf"^vlan0 +1500 +<Link> +{wired.mac} ", guest.check("netstat -in"), re.M)
    # Everything counted is shown by netstat -s, and nothing else.
    shown = [int(line.split()[0]) for line in guest.check("netstat -s").splitlines() if line.startswith("\t")]
    counted = guest.check("sysctl net.stats").splitlines()
    assert len(shown) == len(counted) > 100

    guest.check("ifconfig vlan0 -vlanif")
    out = guest.check("ifconfig vlan0")
    assert "vlan:" not in out and "UP" not in out
    guest.check("ifconfig vlan0 destroy")
    assert guest.run("ifconfig vlan0").status == 1
    guest.check(f"ifconfig {card} link 02:00:00:00:00:77 active")
    assert "address: 02:00:00:00:00:77" in guest.check(f"ifconfig {card}")
    result = guest.run(f"ifconfig {card} link 01:00:00:00:00:77 2>&1")
    assert result.status == 1 and "Invalid" in result.output
    guest.check(f"ifconfig {card} link {wired.mac}")
    assert wire_check.bad_frames(wired.pcap) == []
