# SPDX-License-Identifier: Apache-2.0
"""The stack judged from outside by Linux: bulk transfers over bad cables, many connections, scans, floods, crowds of blocked clients.

The long form (60 s a transfer, 100 MB, 10,000 connections): /usr/bin/python3 -m pytest --long -s tests/test_outside.py
"""
import hashlib
import pathlib
import re
import time

import pytest

from conftest import start_pci
from harness import wire_check
from harness.plugin import make_lab
from harness.relay import Impairment
from harness.tap import TapRefused

PEER_PROGRAM = str(pathlib.Path(__file__).with_name("linux_peer.py"))
ATTACKER = str(pathlib.Path(__file__).with_name("attacker.py"))
PYTHON = "/usr/bin/python3"
STREAM_PORT = 5001
SILENT = "10.9.0.77"
CABLES = {
    "good": Impairment(),
    "loss1": Impairment(loss=0.01),
    "loss5": Impairment(loss=0.05),
    "delay": Impairment(delay_ms=50),
    "reorder": Impairment(reorder=0.02),
    "duplicate": Impairment(duplicate=0.02),
    "all": Impairment(loss=0.01, duplicate=0.01, reorder=0.02, delay_ms=5),
}
LOSSLESS = ("good", "delay")
# Bytes of a short transfer: a second or so each.
SHORT_BYTES = {"good": 4_000_000, "loss1": 1_000_000, "loss5": 200_000, "delay": 1_000_000, "reorder": 1_500_000,
               "duplicate": 1_500_000, "all": 300_000}
NEVER_ON_A_GOOD_CABLE = ("tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.lost_segment || "
                         "tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order || tcp.analysis.duplicate_ack || "
                         "tcp.analysis.spurious_retransmission")


class Card:
    """One of the guest's two cards and the Linux peer behind its cable."""

    def __init__(self, model: str, relay, interface: str, net: int):
        self.model, self.relay, self.interface = model, relay, interface
        self.address, self.peer_address = f"10.{net}.0.2", f"10.{net}.0.1"

    def run(self, *command: str, timeout: float = 300):
        """A program of the peer that must succeed; its output."""
        done = self.relay.peer.run(*command, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def peer_program(self, *words, timeout: float = 300) -> str:
        """linux_peer.py to its end."""
        return self.run(PYTHON, PEER_PROGRAM, *map(str, words), timeout=timeout)


class Outside:
    """A guest with an e1000 and a virtio card, a Linux peer behind each."""

    def __init__(self, lab):
        self.lab = lab
        relays = {"e1000": lab.relay(address="10.9.0.1"), "virtio": lab.relay(address="10.8.0.1")}
        self.guest = lab.boot(nics=[lab.nic(relay, model) for model, relay in relays.items()], memory=512, capture=False)
        self.cards = {"e1000": Card("e1000", relays["e1000"], "wm0", 9),
                      "virtio": Card("virtio", relays["virtio"], "vt0", 8)}
        start_pci(self.guest)
        self.guest.check("io-pkt-v4-hc -d e1000 -d virtio &")
        self.guest.check("waitfor /dev/socket 10")
        for card in self.cards.values():
            self.guest.check(f"if_up -p {card.interface}")
            self.guest.check(f"ifconfig {card.interface} {card.address}/24 up")
        # TIME-WAIT would hide a leak for a minute.
        self.guest.check("sysctl -w net.inet.tcp.msl=2")
        for card in self.cards.values():
            self.guest.check(f"ping -o -w 10 {card.peer_address}")
            # Tail loss probes of the peer would be retransmissions without loss whenever this machine is slow for some milliseconds.
            card.run("sysctl", "-w", "net.ipv4.tcp_early_retrans=0")

    def held(self) -> dict:
        """What must be as before when a test is over."""
        out = self.guest.check("netstat -m")
        mbufs, clusters = (int(re.search(rf"^(\d+)(?:/\d+)? {word}", out, re.M)[1]) for word in ("mbufs", "mapped"))
        return {"mbufs": mbufs, "clusters": clusters, "sockets": self.guest.check("netstat -an").count("\n"),
                "routes": len([line for line in self.guest.check("netstat -rn").splitlines() if "UHL" not in line])}


@pytest.fixture(scope="module")
def outside(request):
    """One guest for all tests of this file."""
    lab = make_lab(request, "test_outside")
    try:
        yield Outside(lab)
        lab.check()
    except TapRefused as reason:
        pytest.skip(f"needs a tap device in a network namespace: {reason}")
    finally:
        lab.close()


@pytest.fixture(autouse=True)
def nothing_leaks(outside):
    """After every test: sockets, mbufs, clusters and routes are back, and the log names no trouble."""
    guest = outside.guest
    before, log = outside.held(), guest.check("slog2info").splitlines()
    yield
    for card in outside.cards.values():
        card.relay.impair()
        card.relay.capture(None)
    limit = time.monotonic() + 60
    grown = None
    while grown != {} and time.monotonic() < limit:
        for card in outside.cards.values():     # it works, and cards give back what they have sent
            guest.check(f"ping -o -w 10 {card.peer_address}")
        after = outside.held()
        grown = {name: after[name] - before[name] for name in before if after[name] > before[name]}
    assert not grown, (before, after, guest.check("netstat -rn"))
    assert [line for line in guest.check("slog2info").splitlines() if line not in log and "threads_max" not in line] == []


def bulk(outside, card, cable: str, to_guest: bool, seconds: int, size: int) -> str:
    """One checked stream; returns the peer's line."""
    guest = outside.guest
    if to_guest:
        guest.background("ttcp -r -s -c", "listening on port 5001")
        line = card.peer_program("send", card.address, STREAM_PORT, seconds, size, timeout=seconds + 120)
        report = guest.console.expect(r"ttcp-r: (\d+) bytes in", timeout=60)
        assert int(report[1]) == int(re.search(r"sent (\d+) bytes", line)[1])
        guest.check("wait")
        return line
    sink = card.relay.peer.start(PYTHON, PEER_PROGRAM, "take", str(STREAM_PORT))
    try:
        assert sink.stdout.readline().strip() == "ready"
        amount = f"-T {seconds}" if size > 1 << 40 else f"-n {size // 8192}"
        sent = guest.check(f"ttcp -t -s {amount} {card.peer_address} 2>&1", timeout=seconds + 120)
        line = sink.communicate(timeout=60)[0]
        assert re.search(r"took (\d+) bytes", line)[1] == re.search(r"(\d+) bytes in", sent)[1], line + sent
        return line
    finally:
        sink.kill()
        sink.wait()


def least_timeouts(outside, card, milliseconds: int):
    """How soon both ends send again what nobody acknowledged, when they start a connection from now on."""
    net = card.peer_address.rsplit(".", 1)[0] + ".0/24"
    card.run("ip", "route", "change", net, "dev", "tap0", "proto", "kernel", "scope", "link", "src", card.peer_address,
             "rto_min", f"{milliseconds}ms")
    outside.guest.check(f"sysctl -w net.inet.tcp.rto_min={milliseconds}")


def loss_probes(guest) -> int:
    """How often the guest asked with its last segment whether it was lost (RFC 8985 7): a stall of this machine makes it do so."""
    return int(guest.check("sysctl -n net.stats.tcp.loss_probes"))


def assert_right_on_the_wire(pcap, card, cable: str, probes: int):
    """No malformed frame of the guest; and on a cable that loses nothing, nothing is sent again but the guest's loss probes."""
    assert wire_check.tshark(pcap, "-Y", f"ip.src == {card.address} && ({wire_check.BAD})").splitlines()[:10] == []
    if cable not in LOSSLESS:
        return
    strange = wire_check.tshark(pcap, "-Y", NEVER_ON_A_GOOD_CABLE).splitlines()
    again = [line for line in strange if "Retransmission" in line and f"{card.address} → " in line]
    echoes = [line for line in strange if "Dup ACK" in line and f"→ {card.address}" in line]
    assert len(again) <= probes and len(echoes) <= probes and len(again) + len(echoes) == len(strange), (probes, strange[:10])


@pytest.mark.parametrize("cable", CABLES)
def test_bulk(outside, cable, long_form, tmp_path):
    """OUT-0001 streams both ways on both cards arrive byte for byte whatever the cable does; tshark finds nothing wrong."""
    for card in outside.cards.values():
        for to_guest in (True, False):
            if not long_form and cable != "good" and (card.model == "e1000") == to_guest:
                continue    # the short form takes one direction a card
            pcap = tmp_path / f"{card.model}-{to_guest}.pcap"
            card.relay.impair(CABLES[cable])
            card.relay.capture(pcap)
            # What is late because this machine stood still is not lost.
            least_timeouts(outside, card, 5000 if cable in LOSSLESS else 200)
            probes = loss_probes(outside.guest)
            line = bulk(outside, card, cable, to_guest, 60, 1 << 50 if long_form else SHORT_BYTES[cable])
            card.relay.capture(None)
            card.relay.impair()
            print(f"{cable:9} {card.model:6} {'to' if to_guest else 'from'} guest: {line.strip().splitlines()[-1]}")
            assert_right_on_the_wire(pcap, card, cable, loss_probes(outside.guest) - probes)
            pcap.unlink()


def test_web(outside, long_form, tmp_path):
    """OUT-0002 curl puts a file and gets it back; the hashes are equal (100 MB in the long form)."""
    guest, card = outside.guest, outside.cards["virtio"]
    blocks = (100_000_000 if long_form else 5_000_000) // 64
    data = b"".join(hashlib.sha512(i.to_bytes(8, "big")).digest() for i in range(blocks))
    (tmp_path / "up").write_bytes(data)
    guest.check("HTTPD_ROOT_DIR=/tmp slinger -w -p 8080 &")
    url = f"http://{card.address}:8080/file"
    card.run("curl", "-sS", "--fail", "-T", str(tmp_path / "up"), url)
    card.run("curl", "-sS", "--fail", "-o", str(tmp_path / "down"), url)
    assert hashlib.sha256((tmp_path / "down").read_bytes()).digest() == hashlib.sha256(data).digest()
    guest.check("rm /tmp/file")
    guest.run("slay -f slinger")


def test_connections(outside, long_form):
    """OUT-0003 many connections one after the other, and 500 at once (10,000 in the long form)."""
    guest = outside.guest
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    for card, count in zip(outside.cards.values(), (500, 100), strict=True):
        print(card.model, card.peer_program("connections", card.address, 7002, 10000 if long_form else 100, 1, timeout=900).strip())
        print(card.model, card.peer_program("connections", card.address, 7002, 500 if long_form else count, 500).strip())
    guest.run("slay -f -s SIGKILL tcp-test")


def test_scan(outside, long_form, tmp_path):
    """OUT-0004 nmap scans ports and guesses the system; nothing odd is logged, and it finds what is open."""
    guest, card = outside.guest, outside.cards["virtio"]
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    ports = "1-65535" if long_form else "1-60,7000-7010"
    card.relay.capture(tmp_path / "scan.pcap")
    out = card.run("nmap", "-sS", "-O", "--max-os-tries", "1", "-n", "-p", ports, card.address, timeout=1200)
    card.relay.capture(None)
    print(out)
    assert re.search(r"^7002/tcp +open ", out, re.M)
    assert re.findall(r"^(\d+)/tcp +open", out, re.M) == ["7002"]
    few = "1-65535" if long_form else "20-30,7002"
    for kind in ("-sN", "-sF", "-sX"):      # RFC 9293 3.10.7.1 and .2: closed ports answer, open ones drop what has neither SYN, ACK nor RST
        found = card.run("nmap", kind, "-n", "-p", few, card.address, timeout=1200)
        assert re.findall(r"^(\d+)/tcp +(\S+)", found, re.M) == [("7002", "open|filtered")] or not long_form, found
        assert re.search(r"^7002/tcp +open\|filtered ", found, re.M), found
        assert not re.search(r"^2\d/tcp +(?!closed)\S", found, re.M), found
    found = card.run("nmap", "-sO", "-n", "-p", "0-255" if long_form else "1,6,17,99", card.address, timeout=1200)
    assert re.search(r"^1 +open +icmp", found, re.M) and re.search(r"^6 +open", found, re.M), found
    found = card.run("nmap", "-sU", "-n", "-p", "1-1000" if long_form else "50-60", card.address, timeout=1200)
    assert "open" not in found.replace("open|filtered", "") and "closed" in found, found
    for flags in ("SYNFIN", "SYNRST", "URGACKPSHRSTSYNFIN", "ECECWR"):
        card.run("nmap", "-sS", "--scanflags", flags, "-n", "-p", "20-30,7002", card.address)
    own = f"ip.src == {card.address} && !(icmp.type == 3)"     # errors quote what nmap made wrong on purpose
    assert wire_check.tshark(tmp_path / "scan.pcap", "-Y", f"({own}) && ({wire_check.BAD})").splitlines()[:10] == []
    guest.run("slay -f -s SIGKILL tcp-test")


def test_blocked_clients(outside, long_form):
    """OUT-0005 500 clients blocked in accept, read, recvfrom, select and connect: woken by signals, time-outs and closes, or killed."""
    guest = outside.guest
    guest.check(f"arp -s {SILENT} 02:00:00:00:00:77")
    processes = 20 if long_form else 5
    for mode in ("signals", "timeouts", "closes"):
        out = guest.check(f"net-clients {mode} {processes} 25 {SILENT} 2>&1", timeout=120)
        assert f"0 of {processes} processes failed" in out
    guest.background(f"net-clients wait 20 25 {SILENT}", "blocked 500", timeout=60)
    guest.run("slay -f -s SIGKILL net-clients")
    guest.run("wait")
    guest.check(f"arp -d {SILENT}")


def test_syn_flood(outside, long_form):
    """OUT-0006 a flood of SYNs while a stream runs: the stream ends right, memory stays bounded (100,000 in the long form)."""
    guest, card = outside.guest, outside.cards["e1000"]
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    guest.check(f"route add default {card.peer_address}")
    guest.background("ttcp -r -s -c", "listening on port 5001")
    stream = card.relay.peer.start(PYTHON, PEER_PROGRAM, "send", card.address, str(STREAM_PORT), "600", str(20_000_000 if long_form else 4_000_000))
    try:
        count = 100_000 if long_form else 8_000
        card.peer_program("flood", "tap0", card.address, "52:54:00:12:34:56", 7002, count, 1)
        line = stream.communicate(timeout=600)[0]
        assert "sent" in line, line
    finally:
        stream.kill()
        stream.wait()
    print(line.strip())
    assert int(guest.console.expect(r"ttcp-r: (\d+) bytes in", timeout=60)[1]) == int(re.search(r"sent (\d+)", line)[1])
    allocated = re.search(r"/(\d+) mapped", guest.check("netstat -m"))[1]
    print("clusters ever allocated:", allocated)
    assert int(guest.check("sysctl -n net.stats.tcp.syncache_added")) > 0
    card.peer_program("connections", card.address, 7002, 20, 1)
    guest.run("slay -f -s SIGKILL tcp-test")
    guest.check("route delete default")


def test_attacks(outside, long_form):
    """OUT-0008 broken, lying and overlapping packets of every protocol: the stack serves on and keeps nothing (100,000 in the long form)."""
    guest = outside.guest
    guest.background("tcp-test serve 7002", "serving TCP port 7002")
    guest.background("udpecho serve 7777", "serving port 7777")
    most = guest.check("sysctl -n net.inet.ip.maxfragpackets").strip()
    for card, mac in zip(outside.cards.values(), ("52:54:00:12:34:56", "52:54:00:12:34:57"), strict=True):
        for seed in range(10 if long_form else 1):
            print(card.model, seed, card.run(PYTHON, ATTACKER, "tap0", card.address, mac, "5000" if long_form else "700", str(seed)).strip())
            card.peer_program("connections", card.address, 7002, 5, 1)      # first of all it still serves
        # What waits for other fragments or for an ARP answer is let go: nothing but time would do it otherwise.
        guest.check("sysctl -w net.inet.ip.maxfragpackets=0")
        card.run(PYTHON, ATTACKER, "tap0", card.address, mac, "0", "1")
        guest.check(f"sysctl -w net.inet.ip.maxfragpackets={most}")
    counted = dict(line.split(": " if ": " in line else " = ", 1) for line in guest.check("sysctl net.stats").splitlines())
    for name in ("arp.bad", "ip.bad_options", "ip.bad_source", "ip.fragment_overlap", "icmp.bad_len", "igmp.bad", "udp.bad_len",
                 "udp.bad_checksum", "vlan.unknown_tag"):
        assert int(counted[f"net.stats.{name}"]) > 0, name
    guest.run("slay -f -s SIGKILL tcp-test")     # half-open connections go with it, and ask for nobody's address any more
    guest.run("slay -f -s SIGKILL udpecho")
    guest.check("arp -n -d -a")


def test_ip_options(outside):
    """OUT-0007 routes and times recorded by Linux and by the guest agree; ping's options for them."""
    guest, card = outside.guest, outside.cards["virtio"]
    out = card.run("ping", "-n", "-R", "-c", "1", "-W", "5", card.address)
    assert re.search(rf"RR:\s+{re.escape(card.peer_address)}\s+{re.escape(card.address)}\s", out), out
    out = card.run("ping", "-n", "-T", "tsandaddr", "-c", "1", "-W", "5", card.address)
    assert re.search(rf"TS:\s+{re.escape(card.peer_address)}\s.*{re.escape(card.address)}\s", out, re.S), out
    out = guest.check(f"ping -R -c 1 {card.peer_address}")
    assert re.search(rf"^RR:\t{re.escape(card.peer_address)}$.*^\t{re.escape(card.address)}$", out, re.M | re.S), out
    assert "1 packets received" in guest.check(f"ping -D -c 1 -s 1400 {card.peer_address}")
    assert "Message too long" in guest.run(f"ping -D -w 2 -c 1 -s 4000 {card.peer_address} 2>&1").output
    assert "1 packets received" in guest.check(f"ping -P -Q -L -c 1 -h {card.peer_address}")
    result = guest.run(f"ping -g {card.peer_address} -w 3 -c 1 {card.peer_address} 2>&1")
    assert result.status == 1 and "1 packets transmitted, 0 packets received" in result.output     # Linux refuses source routes
