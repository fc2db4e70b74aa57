# SPDX-License-Identifier: Apache-2.0
"""What the two cards' drivers ask of their hardware, seen from outside: checksums, filters, media, large frames."""
import re

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import rdpcap

from conftest import ENDS, GUEST_ADDRESS, PEER_ADDRESS, start_pci, start_stack
from harness import wire_check
from harness.tap import TapRefused
from test_drivers import Card
from test_linux_peer import ECHO_CLIENT, PYTHON, TCP_CLIENT

CTRL = 0x0000
FORCED, FULL, SPEED_100 = 0x1800, 0x1, 0x100    # CTRL: FRCSPD and FRCDPLX, FD, SPEED
HEED_PAUSE, SEND_PAUSE = 1 << 27, 1 << 28       # RFCE, TFCE


def ask(wire, mac: str, payload, reply):
    """A frame to the guest and its answer."""
    return wire.ask(Ether(src=wire.mac, dst=mac) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) / payload, reply)


def echo(wire, size: int, mac="52:54:00:12:34:56"):
    """One ping of that size, answered with its data."""
    data = bytes(i & 0xff for i in range(size))
    answer = ask(wire, mac, ICMP(id=6, seq=size) / Raw(data),
                 lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq == size)
    assert bytes(answer[ICMP].payload)[:size] == data


def test_e1000_checksums(lab, link):
    """CARD-0001 with ip4csum tcp4csum udp4csum the card fills in what the stack leaves out; the wire sees only right sums."""
    link.answer_arp()
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    start_pci(guest)
    start_stack(guest, "e1000")
    out = guest.check("ifconfig wm0")
    assert "capabilities tx=7<IP4CSUM,TCP4CSUM,UDP4CSUM>" in out and "enabled=0" in out
    guest.check("ifconfig wm0 ip4csum tcp4csum udp4csum")
    assert "enabled tx=7<IP4CSUM,TCP4CSUM,UDP4CSUM>" in guest.check("ifconfig wm0")
    guest.background("udpecho serve 7777", "serving port 7777")
    guest.check("tcpdump -n -i wm0 -w /tmp/inside.pcap -c 40 2>/tmp/log &")
    guest.check("while ! grep -q listening /tmp/log; do :; done")
    for size in list(range(1, 12)) + [500, 1471, 1472]:
        data = bytes((i * 31 + size) & 0xff for i in range(size))
        answer = ask(link, "52:54:00:12:34:56", UDP(sport=5000, dport=7777) / Raw(data), lambda p: UDP in p)
        assert bytes(answer[UDP].payload)[:size] == data
        for options in ([], [("MSS", 1000)]):
            ask(link, "52:54:00:12:34:56", TCP(sport=4000 + size, dport=9, flags="S", seq=size, options=options),
                lambda p: TCP in p)
        echo(link, size)
    # A datagram of several fragments: summed by the stack. And IP options: headers of another length.
    guest.check("ping -c 1 -s 4000 127.0.0.1")
    assert wire_check.bad_frames(guest.folder / "net.pcap") == []
    assert wire_check.count(guest.folder / "net.pcap", f"ip.src=={GUEST_ADDRESS} && udp.checksum.status==1") >= 14
    # Inside, before the card, the sums were not there yet.
    assert "bad cksum 0 (->" in guest.check("while test $(tcpdump -r /tmp/inside.pcap 2>/dev/null | wc -l) -lt 40; do :; done; "
                                          "tcpdump -n -v -r /tmp/inside.pcap udp 2>/dev/null", timeout=60)
    guest.check("ifconfig wm0 -ip4csum -tcp4csum -udp4csum")
    ask(link, "52:54:00:12:34:56", UDP(sport=5000, dport=7777) / Raw(b"again"), lambda p: UDP in p)
    assert wire_check.bad_frames(guest.folder / "net.pcap") == []


def test_e1000_media(cards):
    """CARD-0002 media of ifconfig and the options speed, duplex, force_link, pauseignore, pausesuppress, max_read."""
    guest = cards.start_on("e1000")
    listed = guest.check("ifconfig -m wm0")
    for word in ("10baseT", "100baseTX mediaopt full-duplex", "1000baseT mediaopt full-duplex", "autoselect"):
        assert word in listed, listed
    card = Card(guest)
    assert card.register(CTRL) & (HEED_PAUSE | SEND_PAUSE) == HEED_PAUSE | SEND_PAUSE
    guest.check("ifconfig wm0 media 100baseTX mediaopt full-duplex")
    guest.check("until ifconfig wm0 | grep -q 'status: active'; do :; done")
    assert "media: Ethernet 100baseTX full-duplex" in guest.check("ifconfig wm0")
    assert "100.00 Mb/s full-duplex" in guest.check("nicinfo wm0")
    assert " 0% packet loss" in guest.check("ping -c 1 10.9.0.1")
    assert not card.register(CTRL) & FORCED
    assert guest.run("ifconfig wm0 media 10base2").status == 1
    guest.check("ifconfig wm0 media autoselect")
    guest.check("until ifconfig wm0 | grep -q 'status: active'; do :; done")
    assert "(1000baseT full-duplex)" in guest.check("ifconfig wm0")
    for options, bits in (("speed=100,force_link", FORCED | FULL | SPEED_100 | HEED_PAUSE | SEND_PAUSE),
                          ("speed=10,duplex=0,force_link,pauseignore", FORCED | SEND_PAUSE),
                          ("speed=100,duplex=1,pausesuppress", FULL | HEED_PAUSE), ("pauseignore,pausesuppress", FULL)):
        guest.check("ifconfig wm0 destroy")
        guest.check(f"mount -T io-pkt -o {options} devnp-e1000.so")
        guest.check("ifconfig wm0 10.9.0.2/24 up")
        card = Card(guest)
        assert card.register(CTRL) & (FORCED | FULL | 0x300 | HEED_PAUSE | SEND_PAUSE) == bits, options
        guest.check("until ifconfig wm0 | grep -q 'status: active'; do :; done")
        assert " 0% packet loss" in guest.check("ping -c 1 10.9.0.1")
    guest.check("ifconfig wm0 destroy")
    for options in ("speed=11", "duplex=1", "force_link", "speed=1000,duplex=0", "speed=1000,force_link", "max_read=1000",
                    "max_read=256", "pauseignore=1", "speed"):
        refused = guest.run(f"mount -T io-pkt -o {options} devnp-e1000.so")
        assert refused.status == 1 and "Invalid" in refused.output, options
    refused = guest.run("mount -T io-pkt -o max_read=512 devnp-e1000.so")
    assert refused.status == 1 and "not supported" in refused.output.lower()
    assert "not on PCI Express" in cards.log()
    guest.check("mount -T io-pkt devnp-e1000.so")


def test_82574_checksums(lab, link):
    """CARD-0003 the 82574L fills in checksums as the others; max_read= is refused where the card does not take it (QEMU's)."""
    link.answer_arp()
    guest = lab.boot(nics=[lab.nic(link, "e1000e")])
    start_pci(guest)
    start_stack(guest, "e1000")
    guest.check(f"ifconfig wm0 ip4csum tcp4csum udp4csum {GUEST_ADDRESS}/24 up")
    guest.background("udpecho serve 7777", "serving port 7777")
    for size in (1, 2, 1000):
        ask(link, "52:54:00:12:34:56", UDP(sport=5000, dport=7777) / Raw(bytes(size)), lambda p: UDP in p)
        ask(link, "52:54:00:12:34:56", TCP(sport=4000 + size, dport=9, flags="S"), lambda p: TCP in p)
    assert wire_check.bad_frames(guest.folder / "net.pcap") == []
    guest.check("ifconfig wm0 destroy")
    assert guest.run("mount -T io-pkt -o max_read=2048 devnp-e1000.so").status == 1
    assert "max_read: the card keeps 128 bytes" in guest.check("slog2info")


def virtio_filter(guest) -> dict:
    """What QEMU lets through to the virtio card."""
    return next(row for row in guest.qmp.command("query-rx-filter") if row["name"] == "nic1")


def test_virtio_filter_and_large_frames(cards):
    """CARD-0004 the control queue: groups, promiscuous mode, the address; frames of several buffers."""
    guest = cards.start_on("virtio")
    now = virtio_filter(guest)
    assert (now["promiscuous"], now["multicast"], now["multicast-overflow"]) == (False, "normal", False), now
    assert now["multicast-table"] == ["01:00:5e:00:00:01"] and now["main-mac"] == "52:54:00:12:34:57"
    guest.check("tcpdump -i vt0 -w /tmp/none 2>/tmp/log &")
    guest.check("while ! grep -q listening /tmp/log; do :; done")
    assert virtio_filter(guest)["promiscuous"]
    guest.check("slay -f tcpdump; until ifconfig vt0 | grep -qv PROMISC; do :; done")
    while virtio_filter(guest)["promiscuous"]:
        pass
    wire = cards.cables["virtio"]
    guest.check("ifconfig vt0 mtu 9000")
    for size in (2000, 4000, 8900, 56):
        data = bytes(i * 7 & 0xff for i in range(size))
        answer = wire.ask(Ether(src=wire.mac, dst="52:54:00:12:34:57") / IP(src="10.9.1.1", dst="10.9.1.2") /
                          ICMP(id=5, seq=size) / Raw(data), lambda p, n=size: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq == n)
        assert bytes(answer[ICMP].payload)[:size] == data
    guest.check("ifconfig vt0 destroy")
    guest.check("mount -T io-pkt -o mac=525400abcdef,nomulticast,mtu=4000 devnp-virtio.so && ifconfig vt0 10.9.1.2/24 up")
    now = virtio_filter(guest)
    assert now["main-mac"] == "52:54:00:ab:cd:ef" and now["multicast-table"] == []
    assert "mtu 4000" in guest.check("ifconfig vt0")
    assert " 0% packet loss" in guest.check("ping -c 2 10.9.1.1")


SENDERS = ("guest", "Linux")


def requests_sum(frame, sender: str) -> bool:
    """Whether a captured frame, whose virtio header QEMU's capture keeps, asks for its checksum to be made."""
    raw = bytes(frame)
    from_guest = bytes.fromhex("525400123456") in (raw[16:22], raw[18:24])
    return bool(raw[0] & 1) and from_guest == (sender == "guest")


def test_virtio_checksums(lab):
    """CARD-0005 with tcp4csum udp4csum the virtio card and Linux leave sums to each other: data is right, Linux counts no wrong sum."""
    try:
        peer = lab.linux_peer(offload=True)
    except TapRefused as reason:
        pytest.skip(f"needs a tap device in a network namespace: {reason}")
    guest = lab.boot(nics=[lab.nic(peer, "virtio")])
    start_pci(guest)
    start_stack(guest, "virtio")
    out = guest.check("ifconfig vt0")
    assert "rx=6<TCP4CSUM,UDP4CSUM>" in out and "tx=6<TCP4CSUM,UDP4CSUM>" in out
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    guest.background("udpecho serve 7000", "serving port 7000")
    seen = []
    for words in ("tcp4csum udp4csum", "-tcp4csum-rx -udp4csum-rx", "-tcp4csum -udp4csum"):
        guest.check(f"ifconfig vt0 {words}")
        run = peer.run(PYTHON, "-c", TCP_CLIENT, GUEST_ADDRESS, "7002", "300000", timeout=60)
        assert run.stdout.strip() == "all right 300000", (words, run.stderr)
        run = peer.run(PYTHON, "-c", ECHO_CLIENT, GUEST_ADDRESS, "7000", *map(str, [*range(1, 40), 1471, 1472]), timeout=60)
        assert run.stdout.strip() == "all right 41", (words, run.stderr)
        seen.append([sum(requests_sum(frame, sender) for frame in rdpcap(str(guest.folder / "net.pcap"))) for sender in SENDERS])
    both, only_out, none = seen
    assert both[0] > 80 and both[1] > 80  # the guest's and Linux's frames without their sums
    assert only_out[0] > both[0] + 80 and only_out[1] == both[1]
    assert none == only_out
    counted = peer.run("cat", "/proc/net/snmp").stdout
    for name in ("Tcp", "Udp"):
        heads, values = (line.split() for line in counted.splitlines() if line.startswith(f"{name}:"))
        assert dict(zip(heads, values))["InCsumErrors"] == "0", name


@pytest.mark.seed("TCP-mcl")
def test_jumbo_recipe(lab, peer, nic_model):
    """CARD-0006 the guide's recipe for jumbo frames: TCP in segments of 8060 bytes both ways, each frame in one cluster."""
    peer.run("ip", "link", "set", "tap0", "mtu", "8100")
    guest, card = lab.boot(nics=[lab.nic(peer, nic_model)]), ENDS[nic_model].interface
    start_pci(guest)
    guest.check(f"io-pkt-v4-hc -ptcpip pagesize=16384,mclbytes=16384 -d {nic_model}")
    sums = "ip4csum tcp4csum udp4csum" if nic_model == "e1000" else ""  # this back end of QEMU's virtio offers none
    guest.check(f"if_up -p {card} && ifconfig {card} {GUEST_ADDRESS}/24 up {sums} && ifconfig {card} mtu 8100")
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    run = peer.run(PYTHON, "-c", TCP_CLIENT, GUEST_ADDRESS, "7002", "2000000", timeout=60)
    assert run.stdout.strip() == "all right 2000000", run.stderr
    frames = [frame for frame in rdpcap(str(guest.folder / "net.pcap")) if TCP in frame]
    for source in (GUEST_ADDRESS, PEER_ADDRESS):
        sizes = [frame[IP].len for frame in frames if frame[IP].src == source]
        assert max(sizes) == 8100 and sizes.count(8100) > 100, source
    assert re.search(r"cluster size 16384", guest.check("sysctl qnx.kern.pools"))
    assert int(guest.check("sysctl -n net.stats.tcp.bad_checksum")) == 0
