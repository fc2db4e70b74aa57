# SPDX-License-Identifier: Apache-2.0
"""The network programs against real servers: dnsmasq for DHCP and TFTP, Linux's stack for traceroute, python for HTTP."""
import re

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from conftest import GUEST_ADDRESS, PEER_ADDRESS, read_until, running_dnsmasq, start_pci, start_stack

BROADCAST = "ff:ff:ff:ff:ff:ff"
OFFERED = "10.9.0.50"


@pytest.fixture
def nic_model():
    """These programs do not see the card: one model is enough."""
    return "e1000"


def bare_stack(guest) -> str:
    """io-pkt with a card and no address."""
    start_pci(guest)
    guest.check("io-pkt-v4-hc -d e1000 &")
    guest.check("waitfor /dev/socket 10")
    guest.check("if_up -p wm0")
    return "wm0"


@pytest.fixture
def dnsmasq(peer, tmp_path):
    """A DHCP and TFTP server in the namespace."""
    with running_dnsmasq(peer, tmp_path, "--port=0", "--log-dhcp", "--interface=tap0", "--bind-interfaces",
                         "--dhcp-range=10.9.0.50,10.9.0.60,255.255.255.0,600", f"--dhcp-leasefile={tmp_path}/leases",
                         f"--dhcp-option=option:router,{PEER_ADDRESS}", "--dhcp-option=option:dns-server,10.9.0.1",
                         "--dhcp-option=option:domain-name,example.test", "--dhcp-option=option:mtu,1400") as server:
        yield server


def test_dhcp_life(lab, peer, dnsmasq):
    """NETUT-0001 DORA with a real server, the options' effects, release at the end."""
    guest = lab.boot(nics=[lab.nic(peer, "e1000")])
    interface = bare_stack(guest)
    guest.check("dhcp.client -m -u -h board -i wm0", timeout=60)
    text = guest.check(f"ifconfig {interface}")
    address = re.search(r"inet (10\.9\.0\.\d+) netmask 0xffffff00 broadcast 10\.9\.0\.255", text)[1]
    assert address in {f"10.9.0.{n}" for n in range(50, 61)} and "mtu 1400" in text
    assert guest.check("hostname").strip() == "board"
    read_until(dnsmasq.stdout, r"DHCPACK.* " + address)
    assert " 0% packet loss" in guest.check(f"ping -c 1 {PEER_ADDRESS}")
    guest.run("slay dhcp.client")
    read_until(dnsmasq.stdout, r"DHCPRELEASE.* " + address)
    assert address not in guest.check(f"ifconfig {interface}")


class ScriptedServer:
    """A DHCP server that does what the test wants with requests sent to it alone."""

    def __init__(self, link):
        self.link, self.unicast, self.broadcast, self.naks = link, 0, 0, 0
        self.renewals = 2       # so many requests sent to it alone are granted, the others meet silence
        self.say_nak = False
        link.handlers.append(self.handle)

    def answer(self, packet, kind: str):
        """An offer, ack or nak with times of a few seconds."""
        options = [("message-type", kind), ("server_id", PEER_ADDRESS)]
        if kind != "nak":
            options += [("subnet_mask", "255.255.255.0"), ("lease_time", 60), ("renewal_time", 1), ("rebinding_time", 2)]
        return bytes(Ether(src=self.link.mac, dst=BROADCAST) / IP(src=PEER_ADDRESS, dst="255.255.255.255") /
                     UDP(sport=67, dport=68) /
                     BOOTP(op=2, xid=packet[BOOTP].xid, chaddr=packet[BOOTP].chaddr,
                           yiaddr="0.0.0.0" if kind == "nak" else OFFERED) / DHCP(options=options + ["end"]))

    def handle(self, raw):
        """Offers at once; requests to all are granted, or refused when the test says so."""
        packet = Ether(raw)
        if DHCP not in packet:
            return None
        kind = dict(o for o in packet[DHCP].options if isinstance(o, tuple))["message-type"]
        if kind == 1:
            return self.answer(packet, "offer")
        if kind != 3:
            return None
        if packet[IP].dst != "255.255.255.255":
            self.unicast += 1
            return self.answer(packet, "ack") if self.unicast <= self.renewals else None
        renewing = packet[BOOTP].ciaddr != "0.0.0.0"
        self.broadcast += renewing
        if renewing and self.say_nak:
            self.naks += 1
            self.say_nak = False
            return self.answer(packet, "nak")
        return self.answer(packet, "ack")


def test_dhcp_rebind_and_nak(lab, link):
    """NETUT-0002 renewals at T1; a server that is silent then is asked by broadcast at T2; a NAK begins again."""
    link.answer_arp()
    server = ScriptedServer(link)
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    bare_stack(guest)
    guest.check("dhcp.client -m -n -u -i wm0", timeout=60)
    is_request = lambda p: DHCP in p and ("message-type", 3) in p[DHCP].options   # noqa: E731
    is_discover = lambda p: DHCP in p and ("message-type", 1) in p[DHCP].options  # noqa: E731
    link.drain()
    link.receive(lambda p: is_request(p) and p[IP].dst == PEER_ADDRESS and p[BOOTP].ciaddr == OFFERED, timeout=30)
    link.receive(lambda p: is_request(p) and p[IP].dst == "255.255.255.255" and p[BOOTP].ciaddr == OFFERED, timeout=30)
    assert f"inet {OFFERED}" in guest.check("ifconfig wm0")
    server.say_nak = True
    link.receive(is_discover, timeout=60)
    assert server.naks == 1 and server.unicast > server.renewals and server.broadcast >= 1


def test_dhcp_declines(lab, link):
    """NETUT-0005 dhcp-check declines an address, -A one that somebody has; dhcp-up hears of the third."""
    link.answer_arp()
    offers, declined, probes = ["10.9.0.51", "10.9.0.50", "10.9.0.52"], [], []

    def serve(raw):
        packet = Ether(raw)
        if ARP in packet and packet[ARP].psrc == "0.0.0.0":
            probes.append(packet[ARP].pdst)
            if packet[ARP].pdst == "10.9.0.50":
                return bytes(Ether(src="02:00:00:00:00:50", dst=packet.src) /
                             ARP(op=2, hwsrc="02:00:00:00:00:50", psrc="10.9.0.50", hwdst=packet.src, pdst="0.0.0.0"))
        if DHCP not in packet:
            return None
        told = dict(o for o in packet[DHCP].options if isinstance(o, tuple))
        if told["message-type"] == 4:
            declined.append(told["requested_addr"])
        if told["message-type"] not in (1, 3):
            return None
        options = [("message-type", "offer" if told["message-type"] == 1 else "ack"), ("server_id", PEER_ADDRESS),
                   ("subnet_mask", "255.255.255.0"), ("router", PEER_ADDRESS), ("lease_time", 600), "end"]
        return bytes(Ether(src=link.mac, dst=BROADCAST) / IP(src=PEER_ADDRESS, dst="255.255.255.255") / UDP(sport=67, dport=68) /
                     BOOTP(op=2, xid=packet[BOOTP].xid, chaddr=packet[BOOTP].chaddr, yiaddr=offers[len(declined)]) / DHCP(options=options))

    link.handlers.append(serve)
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    bare_stack(guest)
    guest.check("dhcp.client -n -u -i wm0 > /tmp/first 2>&1 &")
    link.receive(lambda p: DHCP in p and ("message-type", 4) in p[DHCP].options, timeout=60)
    guest.run("slay -f dhcp.client")    # it would ask again after ten seconds (RFC 2131 3.1.5)
    guest.run("wait")
    assert "dhcp-check refuses 10.9.0.51" in guest.check("cat /tmp/first") and probes == []
    assert "10.9.0.50 is in use" in guest.check("dhcp.client -A 1 -n -u -i wm0 2>&1", timeout=90)
    assert declined == ["10.9.0.51", "10.9.0.50"] and probes == ["10.9.0.50", "10.9.0.52"]
    assert "inet 10.9.0.52" in guest.check("ifconfig wm0")
    assert guest.check("cat /tmp/dhcp-up").strip() == f"wm0 is 10.9.0.52 mask 255.255.255.0 router {PEER_ADDRESS}"


def test_dhcp_no_server(lab, link):
    """NETUT-0003 exit status 3 when nobody answers, 2 when there is no interface."""
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    bare_stack(guest)
    assert guest.run("dhcp.client -u -T 1 -t 1 -i wm0", timeout=60).status == 3
    assert guest.run("dhcp.client -u -I 1 -i wm7").status == 2


WHOIS = """
import socket
s = socket.create_server(("10.9.0.1", 43))
print("ready", flush=True)
while True:
    with s.accept()[0] as c, c.makefile("rw", newline="\\n") as f:
        for line in f:
            if line.startswith("!r10.") and line.endswith("/32,l\\n"):
                text = "route: 10.0.0.0/16\\norigin: AS64500\\n\\nroute: 10.0.0.0/8\\norigin: AS64501\\n"
                f.write(f"A{len(text)}\\n{text}C\\n")
                f.flush()
            elif line != "!!\\n":
                f.write("F what?\\n")
                f.flush()
"""


def test_traceroute_and_udp(linux_wired):
    """NETUT-0004 traceroute finds the peer with UDP and ICMP; ping's neighbour programs: nc and inetd over UDP."""
    guest = linux_wired.guest
    for flags in ("", "-I"):
        out = guest.check(f"traceroute -n {flags} -m 3 -q 2 -w 2 {PEER_ADDRESS}", timeout=30)
        assert re.search(rf"^ 1  {re.escape(PEER_ADDRESS)}  \d+\.\d{{3}} ms  \d+\.\d{{3}} ms$", out, re.M), out
        assert f"traceroute to {PEER_ADDRESS} ({PEER_ADDRESS}), 3 hops max, 40 byte packets" in out
    # Loose source routes: Linux takes the packet off its own address and on to the other one; the registry is asked on one connection.
    linux = linux_wired.wire
    for command in ("sysctl -q -w net.ipv4.conf.all.accept_source_route=1", "sysctl -q -w net.ipv4.conf.tap0.accept_source_route=1",
                    "ip address add 10.44.0.1/32 dev lo"):
        run = linux.run(*command.split())
        assert run.returncode == 0, run
    registry = linux.start("/usr/bin/python3", "-c", WHOIS)
    try:
        assert registry.stdout.readline() == "ready\n"
        for flags in ("", "-I"):
            out = guest.check(f"traceroute -n {flags} -A {PEER_ADDRESS} -g {PEER_ADDRESS} -m 3 -q 1 -w 2 10.44.0.1", timeout=30)
            assert "10.44.0.1), 3 hops max, 48 byte packets" in out
            assert re.search(r"^ 1  \[AS64500\] (10\.44\.0\.1|10\.9\.0\.1)  \d", out, re.M), out
    finally:
        registry.kill()
    out = guest.check(f"traceroute -n -A 127.0.0.1 -m 1 -q 1 {PEER_ADDRESS} 2>&1", timeout=30)
    assert "no numbers of autonomous systems" in out and f" 1  {PEER_ADDRESS}" in out
    # What a policy line asks for cannot be given: the service stays closed, those around it do not.
    guest.check("printf 'echo stream tcp nowait root internal\n#@ in ipsec esp/transport//require\n' > /tmp/policy.conf")
    guest.check("printf 'discard stream tcp nowait root internal\n#@\ntime stream tcp nowait root internal\n' >> /tmp/policy.conf")
    assert "/tmp/policy.conf:3: discard is not started" in guest.check("inetd /tmp/policy.conf 2>&1")
    listening = guest.check("netstat -an")
    assert "*.7 " in listening and "*.37 " in listening and "*.9 " not in listening
    guest.run("slay inetd")
    guest.check("inetd")
    probe = ("import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.settimeout(10)\n"
             "for port, want in ((7, b'hello'), (13, b':'), (19, b' !'), (37, b'')):\n"
             "    s.sendto(b'hello', (sys.argv[1], port))\n"
             "    got = s.recv(2000)\n"
             "    assert want in got and len(got) >= 4, (port, got)\n"
             "print('answered')\n")
    run = linux_wired.wire.run("/usr/bin/python3", "-c", probe, GUEST_ADDRESS)
    assert run.stdout.strip() == "answered", run.stderr
    assert guest.run("nc -u -z 127.0.0.1 9999").status == 1


def test_tftp(linux_wired, dnsmasq, tmp_path):
    """NETUT-0005 files come and go by TFTP unchanged, with the old block size and a negotiated one."""
    guest = linux_wired.guest
    (tmp_path / "tftp" / "up").touch(mode=0o666)
    for blksize in (512, 1400):
        out = guest.check(f"printf 'blksize {blksize}\\nget small /tmp/small\\n' | tftp {PEER_ADDRESS}", timeout=60)
        assert "Received 1280 bytes" in out
    assert guest.run(f"echo 'get nothing /tmp/n' | tftp {PEER_ADDRESS}", timeout=60).status == 1
