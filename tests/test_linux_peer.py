# SPDX-License-Identifier: Apache-2.0
"""The stack against Linux: a tap device in a network namespace."""
import re

import pytest

from conftest import GUEST_ADDRESS, PEER_ADDRESS
from harness import wire_check

ECHO_CLIENT = """
import socket, sys
peer, sizes = (sys.argv[1], int(sys.argv[2])), [int(n) for n in sys.argv[3:]]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
for size in sizes:
    data = bytes((i * 31 + size) & 0xff for i in range(size))
    s.sendto(data, peer)
    got = s.recv(65535)
    if got != data:
        sys.exit(f"size {size}: {len(got)} bytes came back, or others")
print("all right", len(sizes))
"""
ECHO_SERVER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(data, peer)
"""
TCP_CLIENT = """
import hashlib, socket, sys, threading
data = bytes((i * 131 + i // 251) & 0xff for i in range(int(sys.argv[3])))
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
def pump():
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=pump).start()
got, bytes_back = hashlib.sha256(), 0
while piece := s.recv(65536):
    got.update(piece)
    bytes_back += len(piece)
if got.digest() != hashlib.sha256(data).digest():
    sys.exit(f"{bytes_back} of {len(data)} bytes came back, or others")
print("all right", bytes_back)
"""
TCP_SERVER = """
import socket, sys, threading
l = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    c, _ = l.accept()
    def echo(c=c):
        while piece := c.recv(65536):
            c.sendall(piece)
        c.close()
    threading.Thread(target=echo, daemon=True).start()
"""
# Says by UDP that the answer does not fit; by TCP it has twelve addresses.
NAME_SERVER = """
import socket, struct, sys, threading
def answer(question, whole):
    end = question.index(b"\\0", 12) + 5
    records = b"".join(b"\\xc0\\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 10, 9, 0, n) for n in range(101, 113)) if whole else b""
    flags = 0x8180 | (0 if whole else 0x0200)
    return question[:2] + struct.pack(">HHHHH", flags, 1, 12 if whole else 0, 0, 0) + question[12:end] + records
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((sys.argv[1], 53))
listener = socket.create_server((sys.argv[1], 53))
def by_tcp():
    while True:
        c, _ = listener.accept()
        size = struct.unpack(">H", c.recv(2, socket.MSG_WAITALL))[0]
        reply = answer(c.recv(size, socket.MSG_WAITALL), True)
        whole = struct.pack(">H", len(reply)) + reply
        for at in range(0, len(whole), 7):      # in small pieces
            c.sendall(whole[at:at + 7])
        c.close()
        print("by tcp", flush=True)
threading.Thread(target=by_tcp, daemon=True).start()
print("ready", flush=True)
while True:
    question, peer = udp.recvfrom(65535)
    udp.sendto(answer(question, False), peer)
"""
PYTHON = "/usr/bin/python3"


def test_thousand_pings(linux_wired):
    """NETLX-0001 Linux pings the guest 1000 times at 10 ms; none is lost."""
    run = linux_wired.wire.run("ping", "-q", "-c", "1000", "-i", "0.01", "-W", "5", GUEST_ADDRESS, timeout=120)
    print(run.stdout)
    assert re.search(r"1000 packets transmitted, 1000 received, 0% packet loss", run.stdout), run.stdout + run.stderr
    assert wire_check.bad_frames(linux_wired.pcap) == []
    assert wire_check.count(linux_wired.pcap, "icmp.type == 0") == 1000


def test_guest_pings_linux(linux_wired):
    """NETLX-0002 the guest pings Linux."""
    out = linux_wired.guest.check(f"ping -c 10 -i 0.1 {PEER_ADDRESS}", timeout=60)
    assert "10 packets transmitted" in out and " 0% packet loss" in out


def test_udp_from_linux(linux_wired):
    """NETLX-0003 datagrams of 1 to 1472 bytes, and 8000 in fragments, come back from the guest unchanged."""
    linux_wired.guest.background("udpecho serve 7000", "serving port 7000")
    sizes = [*range(1, 1473), 8000]
    run = linux_wired.wire.run(PYTHON, "-c", ECHO_CLIENT, GUEST_ADDRESS, "7000", *map(str, sizes), timeout=180)
    assert run.stdout.strip() == f"all right {len(sizes)}", run.stderr
    assert wire_check.bad_frames(linux_wired.pcap) == []


def test_udp_from_guest(linux_wired):
    """NETLX-0004 the same the other way: the guest sends and compares what Linux gives back."""
    server = linux_wired.wire.start(PYTHON, "-c", ECHO_SERVER, PEER_ADDRESS, "7001")
    try:
        assert server.stdout.readline().strip() == "ready"
        out = linux_wired.guest.check(f"udpecho ask {PEER_ADDRESS} 7001 1 1472", timeout=180)
        assert "came back right" in out
        out = linux_wired.guest.check(f"udpecho ask {PEER_ADDRESS} 7001 8000 8000", timeout=30)
        assert "came back right" in out
    finally:
        server.kill()
        server.wait()
    assert wire_check.bad_frames(linux_wired.pcap) == []


def test_tcp_with_linux(linux_wired):
    """NETLX-0005 a megabyte to the guest's TCP echo and back, and the same from the guest to Linux; contents are compared."""
    linux_wired.guest.background("tcp-test serve 7002", "serving TCP port 7002")
    run = linux_wired.wire.run(PYTHON, "-c", TCP_CLIENT, GUEST_ADDRESS, "7002", "1000000", timeout=120)
    assert run.stdout.strip() == "all right 1000000", run.stderr
    server = linux_wired.wire.start(PYTHON, "-c", TCP_SERVER, PEER_ADDRESS, "7003")
    try:
        assert server.stdout.readline().strip() == "ready"
        out = linux_wired.guest.check(f"tcp-test ask {PEER_ADDRESS} 7003 1000000", timeout=120)
        assert "1000000 of 1000000 bytes came back right" in out
    finally:
        server.kill()
        server.wait()
    assert wire_check.bad_frames(linux_wired.pcap) == []


@pytest.mark.parametrize("nic_model", ["virtio"])
def test_names_and_ways(linux_wired):
    """NETLX-0006 an answer too long for UDP is fetched by TCP; AUTOCONNECT=1 runs /etc/autoconnect when there is no way, once."""
    guest, wire = linux_wired.guest, linux_wired.wire
    server = wire.start(PYTHON, "-c", NAME_SERVER, PEER_ADDRESS)
    try:
        assert server.stdout.readline().strip() == "ready"
        assert "route to: 10.9.0.101\n" in guest.run("route -n get long.example").output.replace("\r", "")
        assert server.stdout.readline().strip() == "by tcp"
    finally:
        server.kill()
        server.wait()
    assert wire.run("ip", "addr", "add", "77.0.0.1/32", "dev", "tap0").returncode == 0
    server = wire.start(PYTHON, "-c", TCP_SERVER, "77.0.0.1", "7003")
    try:
        assert server.stdout.readline().strip() == "ready"
        assert guest.run("tcp-test ask 77.0.0.1 7003 1000").status != 0
        assert "77.0.0.0/8" not in guest.check("netstat -rn")
        assert "1000 of 1000 bytes came back right" in guest.check("AUTOCONNECT=1 tcp-test ask 77.0.0.1 7003 1000", timeout=60)
        assert "77.0.0.0/8" in guest.check("netstat -rn")
        assert guest.run("AUTOCONNECT=1 tcp-test ask 78.0.0.1 7003 1000").status != 0     # it ran, and failed
    finally:
        server.kill()
        server.wait()
