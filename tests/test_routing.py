# SPDX-License-Identifier: Apache-2.0
"""route, arp, netstat and sockstat against the routing socket and the stack's tables."""
import re

import pytest
from scapy.layers.l2 import ARP, Ether

from conftest import GUEST_ADDRESS, PEER_ADDRESS


BROADCAST = "ff:ff:ff:ff:ff:ff"
IN_THE_RING = 2     # frames the card has sent and the driver takes back with its next one


def held(guest) -> tuple[list[int], int, int]:
    """What must be as before when a test is over: mbufs and clusters, sockets, routes."""
    mbufs = re.findall(r"^(\d+)(?:/\d+)? (?:mbufs|mapped)", guest.check("netstat -m"), re.M)
    return [int(n) for n in mbufs], guest.check("netstat -an").count("\n"), guest.check("netstat -rn").count("\n")


def assert_nothing_leaked(before, after):
    """Sockets and routes are the same, mbufs but for what is on its way."""
    assert after[1:] == before[1:]
    assert all(new - old <= IN_THE_RING for old, new in zip(before[0], after[0], strict=True)), (before, after)


@pytest.mark.parametrize("nic_model", ["virtio"])
def test_route_arp_netstat(wired):
    """NET-0020 routes are added, asked for, changed and deleted; arp and netstat show and change the tables."""
    guest = wired.guest
    run = guest.run

    def check(command):
        return guest.check(command).rstrip("\n")
    before = held(guest)

    out = check("netstat -rn")
    assert re.search(r"^Destination +Gateway +Flags +Refs +Use +Mtu +Interface$", out, re.M)
    assert re.search(rf"^10\.9\.0\.0/24 +link#\d+ +UC +0 +\d+ +- +{wired.interface}$", out, re.M)
    assert re.search(r"^127\.0\.0\.1 +link#1 +UH +0 +\d+ +- +lo0$", out, re.M)

    assert check(f"route -n add default {PEER_ADDRESS}") == f"add net default: gateway {PEER_ADDRESS}"
    assert check(f"route -n add -net 172.16.0.0/12 {PEER_ADDRESS} -mtu 900 -lock -hopcount 3") == \
        f"add net 172.16.0.0: gateway {PEER_ADDRESS}"
    assert check(f"route -n add 128.32 {PEER_ADDRESS}") == f"add host 128.0.0.32: gateway {PEER_ADDRESS}"
    result = run(f"route -n add default {PEER_ADDRESS}")
    assert result.status == 1 and "entry already in table" in result.output
    result = run("route -n add 50.0.0.0/8 60.0.0.1")
    assert result.status == 1 and "unreachable" in result.output
    for word, shown in (("10.66", "10.66.0.0/16"), ("192.168.5", "192.168.5.0/24")):     # route(8): with -net what is missing is at the end
        assert check(f"route -n add -net {word} {PEER_ADDRESS}") == f"add net {shown.split('/')[0]}: gateway {PEER_ADDRESS}"
        assert shown in check("netstat -rn -f inet")
        check(f"route -n delete -net {word}")
    assert f"gateway: {PEER_ADDRESS}" in check("route -n get default")
    out = check("route -n get 172.16.5.5")
    for line in ("route to: 172.16.5.5", "destination: 172.16.0.0", "mask: 255.240.0.0", f"gateway: {PEER_ADDRESS}",
                 f"local addr: {GUEST_ADDRESS}", f"interface: {wired.interface}", "flags: <UP,GATEWAY,DONE,STATIC>"):
        assert line in out, out
    assert re.search(r" 3L +900 ", out)
    check("route -n change -net 172.16.0.0/12 10.9.0.7")
    assert "gateway: 10.9.0.7" in check("route -n get 172.16.5.5")
    out = check("route -n show")
    assert re.search(rf"^default +{re.escape(PEER_ADDRESS)} +UGS ", out, re.M)
    assert re.search(rf"^172\.16\.0\.0/12 +10\.9\.0\.7 +UGS +0 +\d+ +900 +{wired.interface}$", out, re.M)
    check("route -n add -net 33.0.0.0/8 127.0.0.1 -blackhole")
    check("route -n add -host 34.0.0.1 127.0.0.1 -reject")
    out = check("netstat -rn")
    assert re.search(r"^33\.0\.0\.0/8 .* UG?SB? *B? ", out, re.M) and re.search(r"^34\.0\.0\.1 .*R", out, re.M)
    assert run("ping -n -c 1 34.0.0.1").status != 0
    check("route -n delete default")
    result = run("route -n delete default")
    assert result.status == 1 and "not in table" in result.output
    for line in ("delete -net 172.16.0.0/12", "delete 128.0.0.32", "delete -net 33.0.0.0/8", "delete -host 34.0.0.1"):
        check(f"route -n {line}")
    check("route -n add -net 40.0.0.0/8 10.9.0.7")
    assert "40.0.0.0/8" in check("route -n flush")
    assert "40.0.0.0" not in check("netstat -rn")

    # A second forwarding table: empty until the interface belongs to it.
    assert run(f"route -n -F 3 add -net 41.0.0.0/8 {PEER_ADDRESS}").status == 1
    check(f"ifconfig {wired.interface} addfib 3")
    assert check(f"ifconfig {wired.interface} getfib") == f"{wired.interface}: fib 0 3"
    check(f"route -n -F 3 add -net 41.0.0.0/8 {PEER_ADDRESS}")
    assert "41.0.0.0/8" in check("netstat -rn -F 3") and "41.0.0.0/8" not in check("netstat -rn")
    check("route -n -F 3 flush")
    check(f"ifconfig {wired.interface} delfib 3")

    # ARP: set, shown, published on the wire, removed.
    check("arp -n -s 10.9.0.50 02:00:00:00:00:50")
    assert check("arp -n 10.9.0.50") == f"? (10.9.0.50) at 02:00:00:00:00:50 on {wired.interface} permanent"
    check("arp -n -s 10.9.0.51 02:00:00:00:00:51 temp pub")
    assert re.search(r"10\.9\.0\.51\) at 02:00:00:00:00:51 on \w+ published expires in 1\d\d\d s", check("arp -nva"))
    assert re.search(r"^10\.9\.0\.50 +02:00:00:00:00:50 +UHLS ", check("netstat -rn"), re.M)
    assert "deleted" in check("arp -n -d 10.9.0.50")
    # Proxy only: the wire hears the entry's address, while our own packets ask for the host itself.
    check(f"arp -s 10.9.0.52 02:00:00:00:00:52 pub pro {wired.interface}")
    check("arp -s 10.9.0.53 02:00:00:00:00:53 temp pub pro")
    assert f"10.9.0.52) at 02:00:00:00:00:52 on {wired.interface} permanent published (proxy only)\n" in check("arp -na") + "\n"
    wired.wire.send(Ether(src=wired.wire.mac, dst=BROADCAST) / ARP(psrc=PEER_ADDRESS, pdst="10.9.0.52", hwsrc=wired.wire.mac))
    told = wired.wire.receive(lambda p: ARP in p and p[ARP].op == 2 and p[ARP].psrc == "10.9.0.52")
    assert told[ARP].hwsrc == "02:00:00:00:00:52" and told.src == wired.mac
    guest.check("ping -n -c 1 -w 1 10.9.0.52 || true")
    wired.wire.receive(lambda p: ARP in p and p[ARP].op == 1 and p[ARP].pdst == "10.9.0.52" and p.src == wired.mac)
    assert run("arp -s 10.9.0.54 02:00:00:00:00:54 pub pro no7").output.strip() == "arp: no7: no such interface"
    assert "no entry" in run("arp -d 10.9.0.53 pro lo0").output and "deleted" in check(f"arp -d 10.9.0.52 pro {wired.interface}")
    assert "deleted" in check("arp -d 10.9.0.53 proxy") and "proxy only" not in check("arp -na")
    assert "no entry" in run("arp -n 10.9.0.50").output
    check("arp -n -d -a")

    # Interfaces, sockets, counters, mbufs.
    out = check("netstat -in")
    assert re.search(r"^Name +Mtu +Network +Address +Ipkts +Ierrs +Opkts +Oerrs +Coll$", out, re.M)
    assert re.search(rf"^{wired.interface} +1500 +<Link> +{wired.mac} ", out, re.M)
    assert re.search(rf"^{wired.interface} +1500 +10\.9\.0 +{re.escape(GUEST_ADDRESS)} ", out, re.M)
    assert re.search(r"^lo0 +\d+ +127 +127\.0\.0\.1 ", out, re.M)
    guest.background("udpecho serve 7777", "serving port 7777")
    assert re.search(r"^udp +0 +0 +\*\.7777 +\*\.\*", check("netstat -an"), re.M)
    assert re.search(r"^root +udpecho +\d+ +\d+ +udp +\*\.7777 +\*\.\*$", check("sockstat -n -p 7777"), re.M)
    check("slay udpecho; while sockstat -n -p 7777 | grep -q udpecho; do :; done")
    out = check("netstat -s -p icmp")
    assert out.startswith("icmp:") and "messages with bad checksum" in out
    blackholed = int(check("sysctl -n net.stats.ip.rejected"))
    assert blackholed > 0 and f"{blackholed} packets to rejected destinations" in check("netstat -s -p ip")
    assert "mbufs in use" in check("netstat -m")
    assert re.match(rf"Multicast Group Memberships\nInterface +Group +Refs\nlo0 +224\.0\.0\.1 +1\n{wired.interface} +224\.0\.0\.1 +1$", check("netstat -g"))
    assert_nothing_leaked(before, held(guest))

    # Control blocks; the connection's stays for a while.
    check("inetd")
    block = re.search(r"^([0-9a-f]{8}) tcp .*\*\.9 ", check("netstat -anA"), re.M)[1]
    out = check(f"netstat -P {block}")
    assert out.startswith(f"TCP Protocol Control Block {block}:") and "State: LISTEN, " in out and "rxtshift 0, " in out, out
    guest.check("sleep 600 | nc 127.0.0.1 discard &")
    guest.check(r"until netstat -n | grep -q '\.9 .*ESTAB'; do :; done")
    block = re.search(r"^([0-9a-f]{8}) tcp .*\.9 +ESTABLISHED$", check("netstat -nA"), re.M)[1]
    out = check(f"netstat -P {block} -p tcp")
    assert "State: ESTABLISHED, " in out and re.search(r"snd_una (\d+), snd_up \d+, snd_nxt \1, snd_max \1\n", out), out
    result = run(f"on -u 1000 netstat -P {block}")  # sequence numbers are nobody else's business
    assert result.status == 1 and "net.inet.tcp.pcb: Operation not permitted" in result.output
    assert re.search(r"srtt [1-9]|srtt 0\.\d*[1-9]", out) and re.search(r"segments in \d+, out [1-9]", out), out
    udp = re.search(r"^([0-9a-f]{8}) udp ", check("netstat -anA"), re.M)[1]
    for wrong, why in ((udp, "no TCP connection"), ("xyz", "not a control block"), (f"{block} -p udp", "only tcp")):
        assert why in run(f"netstat -P {wrong}").output
    check("slay sleep; slay inetd; wait")
