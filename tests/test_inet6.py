# SPDX-License-Identifier: Apache-2.0
"""io-pkt-v6-hc: IPv6 beside IPv4."""
import re

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

from conftest import ENDS, PEER_ADDRESS, running_dnsmasq, start_pci


@pytest.mark.seed("EX-1")
def test_first_example(lab, link, nic_model):
    """INET6-0001 the manual page's first example: a driver by path with options, an address, and IPv4 works as under io-pkt-v4-hc."""
    link.answer_arp()
    guest = lab.boot(nics=[lab.nic(link, nic_model)])
    start_pci(guest)
    device, window = {"e1000": ("0x100e", 0), "virtio": ("0x1000", 4)}[nic_model]
    card = re.search(rf"device {device}.*?line (\d+).*?address {window}: (0x[0-9a-f]+)", guest.check("pci-tool -v"), re.S)
    registers = int(card[2], 16) & ~0xF  # the low bits tell the kind of window
    where, driver = f"memrange={registers:#x},irq={card[1]},mac=00500a0b0c0d", f"/proc/boot/devnp-{nic_model}.so"
    output = guest.run(f"io-pkt-v6-hc -d {driver} memrange=0xfe000000,irq={card[1]}").output
    assert "No such device" in output
    guest.check("slay -f -s SIGKILL io-pkt-v6-hc; while test -e /dev/socket; do :; done")
    guest.check(f"io-pkt-v6-hc -d {driver} {where},name=abc -p tcpip forward6 &")
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


GUEST6, PEER6, OTHER6 = "2001:db8::2", "2001:db8::1", "2001:db8:1::1"
LINK_LOCAL = "fe80::5054:ff:fe12:3456"


@pytest.fixture
def six(lab, peer, nic_model):
    """A guest with io-pkt-v6-hc on a card; a Linux namespace is the peer, whose routes know of a second network."""
    for command in (f"addr add {PEER6}/64 dev tap0 nodad", f"addr add {OTHER6}/128 dev lo nodad"):
        peer.run("ip", "-6", *command.split())
    guest, card = lab.boot(nics=[lab.nic(peer, nic_model)]), ENDS[nic_model].interface
    start_pci(guest)
    guest.check(f"io-pkt-v6-hc -d {nic_model} &")
    guest.check("waitfor /dev/socket 10")
    guest.check(f"if_up -p {card}")
    guest.check(f"ifconfig {card} 10.9.0.2/24 up")
    guest.check(f"ifconfig {card} inet6 {GUEST6}/64")
    until_ready(guest, card)
    return guest


def until_ready(guest, card: str = "wm0"):
    """Waits for the end of duplicate address detection."""
    guest.check(f"while ifconfig {card} | grep tentative; do :; done", timeout=30)


@pytest.mark.seed("VAR-v6")
def test_with_linux(six, peer, nic_model):
    """INET6-0002 both families at once with Linux: addresses, ping6 both ways, UDP and TCP both ways, routes, path MTU."""
    guest, card = six, ENDS[nic_model].interface
    shown = guest.check(f"ifconfig {card}")
    assert f"inet6 {LINK_LOCAL}%{card} prefixlen 64 scopeid 0x2" in shown and f"inet6 {GUEST6} prefixlen 64" in shown
    assert "inet 10.9.0.2 netmask" in shown
    # Echo, there and back, by both kinds of addresses and with fragments.
    assert " 0% packet loss" in guest.check(f"ping6 -c 2 {PEER6}")
    assert peer.run("ping", "-6", "-c", "2", "-W", "5", "-s", "4000", GUEST6).returncode == 0
    assert peer.run("ping", "-6", "-c", "2", "-W", "5", f"{LINK_LOCAL}%tap0").returncode == 0
    assert peer.run("ping", "-c", "1", "-W", "5", "10.9.0.2").returncode == 0
    assert " 0% packet loss" in guest.check(f"ping6 -c 2 -s 3000 {PEER6}")
    # A route, and one's loss.
    assert guest.run(f"ping6 -c 1 {OTHER6}").status != 0
    guest.check(f"route add -inet6 2001:db8:1::/64 {PEER6}")
    assert "2001:db8:1::/64" in guest.check("netstat -rn")
    groups = guest.check("netstat -g -f inet6")
    assert re.match(r"IPv6 Multicast Group Memberships\nInterface +Group +Refs\n", groups)
    assert re.search(rf"^{card} +ff02::1 +\d+$", groups, re.M) and re.search(rf"^{card} +ff02::1:ff00:2 +1$", groups, re.M), groups
    assert re.search(rf"^{card} +224\.0\.0\.1 +1\n(.*\n)*\nIPv6 Multicast", guest.check("netstat -g"), re.M)
    one_family = guest.check("netstat -rn -f inet6; netstat -s -f inet6")
    assert "Internet6:" in one_family and "Internet:" not in one_family
    assert re.search(r"^ip6:", one_family, re.M) and not re.search(r"^ip:", one_family, re.M)
    assert " 0% packet loss" in guest.check(f"ping6 -c 1 {OTHER6}")
    # TCP out of the guest and into it.
    server = peer.start("python3", "-c", "import socket; s = socket.create_server(('::', 7001), family=socket.AF_INET6); c, _ = s.accept(); "
                        "d = b''\nwhile x := c.recv(65536): d += x\nc.sendall(b'%d bytes' % len(d)); c.close()")
    guest.check("cat /proc/boot/io-pkt-v6-hc | dd of=/tmp/file bs=1024 count=60")
    out = guest.check(f"until nc -6 -N {PEER6} 7001 < /tmp/file; do :; done", timeout=60)
    server.wait(timeout=20)
    size = int(guest.check("ls -l /tmp/file").split()[4])
    assert size > 30000 and f"{size} bytes" in out
    guest.check("sh -c 'nc -6 -l -N 7002 > /tmp/got < /tmp/file; echo over > /tmp/over' & while ! netstat -an | grep -q 7002; do :; done")
    client = peer.run("python3", "-c", f"""
import socket
s = socket.create_connection(('{GUEST6}', 7002), timeout=20)
s.sendall(b'q' * 200000); s.shutdown(socket.SHUT_WR)
n = 0
while x := s.recv(65536): n += len(x)
print(n)""", timeout=60)
    assert client.stdout.strip() == str(size), client
    guest.check("while test ! -e /tmp/over; do :; done")
    assert guest.check("ls -l /tmp/got").split()[4] == "200000"
    server = peer.start("python3", "-c", "import socket; s = socket.create_server(('::', 7005), family=socket.AF_INET6); c, _ = s.accept(); "
                        "n = 0\nwhile x := c.recv(65536): n += len(x)\nprint(n)")
    guest.check(f"until ttcp -t -s -n 16 -l 1024 -p 7005 {PEER6}; do :; done", timeout=60)
    assert server.communicate(timeout=20)[0].strip() == "16384"
    # UDP: to a closed port it is refused, to Linux and back it is not.
    assert "Connection refused" in guest.run(f"nc -6 -uvz {PEER6} 7003").output
    # An address that is taken is not used.
    peer.run("ip", "-6", "addr", "add", "2001:db8::77/64", "dev", "tap0", "nodad")
    guest.check(f"ifconfig {card} inet6 2001:db8::77/64")
    until_ready(guest, card)
    assert re.search(r"2001:db8::77 prefixlen 64 duplicated", guest.check(f"ifconfig {card}"))
    guest.check(f"ifconfig {card} inet6 2001:db8::77 delete")
    assert "::77" not in guest.check(f"ifconfig {card}")


@pytest.fixture
def names_and_files(peer, tmp_path):
    """dnsmasq in the namespace: hosts with addresses of both families, and files by TFTP."""
    with running_dnsmasq(peer, tmp_path, "--no-resolv", "--no-hosts", f"--host-record=both.example,{PEER_ADDRESS},{PEER6}",
                         f"--host-record=six.example,{PEER6}", f"--host-record=near.example,{PEER_ADDRESS},{OTHER6}") as server:
        yield server


@pytest.mark.parametrize("nic_model", ["e1000"])   # the programs do not see the card
def test_programs(six, peer, names_and_files):
    """INET6-0005 programs over IPv6: ttcp -r, inetd's tcp6 and udp6, tftp; names with two addresses; ndp -s; netstat -i."""
    guest = six
    # RFC 6724: IPv6 first where there is a way to it, IPv4 where there is none.
    for name, first in (("both.example", rf"\[?{PEER6}"), ("six.example", rf"\[?{PEER6}"), ("near.example", re.escape(PEER_ADDRESS))):
        assert re.search(rf"Trying {first}\]?:7010", guest.run(f"telnet {name} 7010").output), name
    # A stream from either family into the same listener.
    send = "import socket; s = socket.create_connection(('{}', 7011), timeout=20); s.sendall(b'z' * 50000); s.close()"
    for host in (GUEST6, "10.9.0.2"):
        guest.background("ttcp -r -s -p 7011", "listening on port 7011")
        done = peer.run("python3", "-c", send.format(host))
        assert done.returncode == 0, done.stderr
        assert guest.console.expect(r"ttcp-r: (\d+) bytes in", timeout=30)[1] == "50000"
        guest.check("wait")
    # Both families' services beside each other, UDP answered to whom it came from.
    for line in ("echo stream tcp nowait root internal", "echo stream tcp6 nowait root internal", "echo dgram udp6 wait root internal",
                 f"[{GUEST6}]:7012 stream tcp6 nowait root /proc/boot/cat cat"):
        guest.check(f"echo '{line}' >> /tmp/inetd.conf")
    guest.check("inetd /tmp/inetd.conf && while ! netstat -an -f inet6 | grep -q 7012; do :; done")
    talk = """
import socket
for kind, host, port in ((1, '10.9.0.2', 7), (1, '{0}', 7), (2, '{0}', 7), (1, '{0}', 7012)):
    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, kind)
    s.settimeout(20)
    s.connect((host, port))
    s.send(b'who is there')
    assert s.recv(100) == b'who is there', (kind, host, port)
"""
    done = peer.run("python3", "-c", talk.format(GUEST6))
    assert done.returncode == 0, done.stderr
    for server in (PEER6, "six.example"):
        out = guest.check(f"cd /tmp; rm -f small; echo 'get small' | tftp {server}; cd /")
        assert "Received 1280 bytes" in out, out
    # A neighbour set by hand.
    guest.check("ndp -s 2001:db8::99 00:11:22:33:44:55")
    assert re.search(r"2001:db8::99 +00:11:22:33:44:55 +wm0 +permanent", guest.check("ndp -n 2001:db8::99"))
    guest.check("ndp -d 2001:db8::99")
    assert guest.run("ndp 2001:db8::99").status == 1
    shown = guest.check("netstat -in")
    assert re.search(rf"^wm0 +1500 +2001:db8::/64 +{GUEST6} ", shown, re.M), shown
    assert re.search(rf"^wm0 +1500 +fe80::/64 +{LINK_LOCAL}%wm0 ", shown, re.M), shown


def test_router_advertisement(lab, link):
    """INET6-0003 a router's advertisement gives an address and the default route; a wrong one gives nothing."""
    from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6
    guest = lab.boot(nics=[lab.nic(link, "e1000")])
    start_pci(guest)
    guest.check("io-pkt-v6-hc -d e1000 &")
    guest.check("waitfor /dev/socket 10")
    guest.check("if_up -p wm0")
    guest.check("sysctl -w net.inet6.ip6.accept_rtadv=1")
    guest.check("ifconfig wm0 up")
    until_ready(guest)

    def advert(hops):
        return (Ether(src=link.mac, dst="33:33:00:00:00:01") / IPv6(src="fe80::1", dst="ff02::1", hlim=hops) /
                ICMPv6ND_RA(routerlifetime=1800) / ICMPv6NDOptSrcLLAddr(lladdr=link.mac) /
                ICMPv6NDOptPrefixInfo(prefix="2001:db8:5::", prefixlen=64, validlifetime=3600, preferredlifetime=1800))
    link.send(advert(64))
    link.send(advert(255))
    guest.check("while ! ifconfig wm0 | grep -q 2001:db8:5; do :; done", timeout=30)
    until_ready(guest)
    assert "2001:db8:5:0:5054:ff:fe12:3456 prefixlen 64 autoconf" in guest.check("ifconfig wm0")
    assert re.search(r"default +fe80::1%wm0", guest.check("netstat -rn"))
    assert int(guest.check("sysctl -n net.stats.nd6.bad")) == 1


@pytest.mark.seed("TCP-fwd6")
def test_forward6(lab, link):
    """INET6-0004 with -p tcpip forward6 packets go from card to card with one hop less, without it they do not."""
    from scapy.layers.inet import UDP
    from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptDstLLAddr, ICMPv6TimeExceeded, IPv6
    far = lab.link(address="10.9.1.1")

    def neighbour(cable, address):
        """Answers neighbour solicitations for the address."""
        def answer(raw):
            packet = Ether(raw)
            if ICMPv6ND_NS in packet and packet[ICMPv6ND_NS].tgt == address and packet[IPv6].src != "::":
                return bytes(Ether(src=cable.mac, dst=packet.src) / IPv6(src=address, dst=packet[IPv6].src, hlim=255) /
                             ICMPv6ND_NA(R=0, S=1, O=1, tgt=address) / ICMPv6NDOptDstLLAddr(lladdr=cable.mac))
            return None
        cable.handlers.append(answer)
    neighbour(link, "2001:db8:1::9")
    neighbour(far, "2001:db8:2::9")
    guest = lab.boot(nics=[lab.nic(link, "e1000"), lab.nic(far, "virtio")])
    start_pci(guest)
    guest.check("io-pkt-v6-hc -d e1000 -d virtio -p tcpip forward6 &")
    guest.check("waitfor /dev/socket 10")
    guest.check("ifconfig wm0 inet6 2001:db8:1::1/64 && ifconfig vt0 inet6 2001:db8:2::1/64")
    guest.check("while ifconfig -a | grep tentative; do :; done", timeout=30)
    assert guest.check("sysctl -n net.inet6.ip6.forwarding").strip() == "1"

    def datagram(hops):
        return (Ether(src=link.mac, dst="52:54:00:12:34:56") / IPv6(src="2001:db8:1::9", dst="2001:db8:2::9", hlim=hops) /
                UDP(sport=7, dport=9) / b"over the hill")
    far.drain()
    link.send(datagram(30))
    arrived = far.receive(lambda p: UDP in p and p[UDP].dport == 9)
    assert arrived[IPv6].hlim == 29 and bytes(arrived[UDP].payload) == b"over the hill"
    refused = link.ask(datagram(1), lambda p: ICMPv6TimeExceeded in p)
    assert refused[IPv6].src == "2001:db8:1::1"
    guest.check("sysctl -w net.inet6.ip6.forwarding=0")
    before = int(guest.check("sysctl -n net.stats.ip6.not_for_us"))
    link.send(datagram(30))
    guest.check(f"while test $(sysctl -n net.stats.ip6.not_for_us) = {before}; do :; done")
