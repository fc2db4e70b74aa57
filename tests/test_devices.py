# SPDX-License-Identifier: Apache-2.0
"""/dev/bpf with the real tcpdump, /dev/tun* and /dev/tap."""
import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import rdpcap

from conftest import GUEST_ADDRESS, PEER_ADDRESS, need_program


@pytest.mark.seed("NET-tuntap", "NET-bpf", "TCP-ntun", "TCP-ntap")
def test_device_programs(lab):
    """DEV-0001 one program walks through bpf, tun and tap: data, select, time-outs, limits, errors, permissions."""
    guest = lab.boot()
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/tap 10")
    out = guest.check("device-test", timeout=60)
    assert "not ok" not in out and "1..5" in out


@pytest.mark.seed("NET-tuntap", "RUN-multi", "TCP-prefix")
def test_tun_and_tap_examples(lab):
    """DEV-0002 a ping is answered through a tun program; two io-pkt processes talk over a tap cable."""
    guest = lab.boot()
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/tap 10")
    guest.check("io-pkt-v4-hc -i1 -ptcpip prefix=/alt &")
    guest.check("waitfor /alt/dev/tap 10")
    guest.background("tunecho /dev/tun0", "answering")
    guest.check("ifconfig tun0 10.8.0.1 10.8.0.2 up")
    out = guest.check("ping -n -c 3 10.8.0.2")
    assert "3 packets received" in out
    guest.background("tapbridge /dev/tap /alt/dev/tap", "bridging")
    guest.check("ifconfig tap0 10.7.0.1/24 up")
    guest.check("SOCK=/alt ifconfig tap0 10.7.0.2/24 up")
    out = guest.check("ping -n -c 3 10.7.0.2")
    assert "3 packets received" in out
    out = guest.check("SOCK=/alt ping -n -s 1400 -c 3 10.7.0.1")
    assert "3 packets received" in out
    assert "active" in guest.check("ifconfig tap0")
    # SOCK chooses the stack of tcpdump, too: it sees that one's interfaces and frames.
    need_program(guest, "tcpdump")
    guest.background("SOCK=/alt tcpdump -i tap0 -n --immediate-mode -c 2 -w /tmp/alt.pcap icmp", "listening on")
    assert "PROMISC" in guest.check("SOCK=/alt ifconfig tap0") and "PROMISC" not in guest.check("ifconfig tap0")
    guest.check("ping -n -c 1 10.7.0.2")
    guest.check("while pidin | grep -q tcpdump; do :; done")
    seen = guest.check("tcpdump -n -r /tmp/alt.pcap")
    assert "10.7.0.1 > 10.7.0.2" in seen and "10.7.0.2 > 10.7.0.1" in seen
    assert guest.run("SOCK=/none tcpdump -i tap0 -c 1").status == 1


@pytest.mark.seed("NET-bpf", "NET-pad")
def test_tcpdump_equals_the_wire(wired):
    """DEV-0003 tcpdump -w in the guest has the same frames, in the same order, as the link's own capture."""
    guest = wired.guest
    need_program(guest, "tcpdump")
    sizes = (1, 100, 1000, 1472)
    ports = range(4000, 4010)
    frames = 2 * (len(sizes) + len(ports))
    start = len(rdpcap(str(wired.pcap)))
    guest.background(f"tcpdump -i {wired.interface} -n --immediate-mode -c {frames} -w /tmp/t.pcap udp or icmp",
                     "listening on")
    assert "PROMISC" in guest.check(f"ifconfig {wired.interface}")
    for size in sizes:
        wired.wire.ask(Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) /
                       ICMP(id=7, seq=size) / Raw(b"q" * size), lambda p: ICMP in p and p[ICMP].type == 0)
    for port in ports:
        wired.wire.ask(Ether(src=wired.wire.mac, dst=wired.mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) /
                       UDP(sport=port, dport=9) / Raw(b"anyone?"), lambda p: ICMP in p and p[ICMP].type == 3)
    guest.check("wait")
    assert "PROMISC" not in guest.check(f"ifconfig {wired.interface}")
    seen = hex_frames(guest.check("tcpdump -n -xx -r /tmp/t.pcap"))
    wire = [bytes(p) for p in rdpcap(str(wired.pcap))[start:] if UDP in p or ICMP in p]
    assert len(seen) == len(wire) == frames
    for inside, outside in zip(seen, wire):
        both = min(len(inside), len(outside)) # either side may have padded a short frame
        assert inside[:both] == outside[:both]
        assert not any(inside[both:] + outside[both:]), "padding is zeros, never old memory"


def hex_frames(text: str) -> list[bytes]:
    """The frames of tcpdump -xx: lines of hexadecimal words behind an offset."""
    frames = []
    for line in text.splitlines():
        words = line.strip().split()
        if words and words[0].startswith("0x") and words[0].endswith(":"):
            if words[0] == "0x0000:":
                frames.append(b"")
            frames[-1] += bytes.fromhex("".join(words[1:]))
    return frames
