# SPDX-License-Identifier: Apache-2.0
"""What the options of -p tcpip and -u do, as a client, sysctl or the wire sees it."""
import re

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from conftest import ENDS, need_program

KB = 1024


def pools(cards) -> dict[str, dict[str, int]]:
    """The stack's memory pools: name -> size, page, pages, objects, used."""
    out = cards.guest.check("sysctl -n qnx.kern.pools")
    return {line.split()[0]: {key: int(value) for key, value in re.findall(r"(\w+) (\d+)", line.split(" ", 1)[1])}
            for line in out.splitlines() if line}


def cache(cards) -> dict[str, int]:
    """Counters of the threads' caches."""
    return {name: int(value) for name, value in re.findall(r"cache\.(\w+) = (-?\d+)", cards.guest.check("sysctl qnx.kern.cache"))}


def held(cards, size: int) -> dict[str, int]:
    """What a datagram of that size to itself cost a client."""
    return {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", cards.guest.check(f"option-client hold {size}"))}


@pytest.mark.seed("VAR-v4", "OPT-p-tcpip")
def test_variant(cards, nic_model):
    """TIO-0001 io-pkt-v4-hc knows no IPv6; its options are shown as they came out."""
    guest = cards.start_on(nic_model, "-p tcpip somaxconn=200 -p tcpip ipid_reserved=16")
    result = guest.run("option-client inet6")
    assert result.status == 1 and "Address family" in result.output
    assert "inet6" not in guest.check("ifconfig -a")
    shown = guest.check("sysctl qnx.kern.options")
    assert "somaxconn = 200" in shown and "ipid_reserved = 16" in shown
    assert " 0% packet loss" in guest.check(f"ping -c 1 {ENDS[nic_model].peer}")


@pytest.mark.seed("OPT-u")
def test_nodes(cards):
    """TIO-0002 -u sets owner and mode of each kind of node, later ones win, and opens are refused accordingly."""
    guest = cards.start("-u all,iopkt:33,0660 -u bpf,nobody:99,0600")
    listed = {line.split()[-1]: line.split() for line in guest.check("ls -l /dev/socket /dev/bpf /dev/tun0 /dev/tap").splitlines()
              if len(line.split()) > 8}
    for node in ("1", "2", "17", "/dev/tun0", "/dev/tap"):
        assert listed[node][0].endswith("rw-rw----") and listed[node][2:4] == ["iopkt", "iopkt"], listed
    assert listed["/dev/bpf"][0].endswith("rw-------") and listed["/dev/bpf"][2:4] == ["nobody", "nobody"], listed
    for user, socket, bpf in (("0", 0, 0), ("33:5", 0, 1), ("5:33", 0, 1), ("99:99", 1, 0), ("1000:1000", 1, 1)):
        for command, status in (("option-client bind 5000", socket), ("option-client open /dev/bpf", bpf)):
            result = guest.run(f"on -u {user} {command}")
            assert result.status == status and (status == 0 or "ermission denied" in result.output), (user, command, result.output)


@pytest.mark.seed("TCP-page", "TCP-mcl", "TCP-bigpage", "TCP-rcvctx", "TCP-repctx")
def test_sizes(cards):
    """TIO-0003 pagesize, mclbytes (rounded down) and bigpage_strict in the pools; recv_ctxt and reply_ctxt in what a message costs."""
    guest = cards.start()
    p = pools(cards)
    assert (p["mbuf"]["page"], p["cluster"]["page"], p["cluster"]["size"]) == (128 * KB, 128 * KB, 2 * KB)
    assert p["mtag"]["page"] == p["blockop"]["page"] == 4 * KB
    small = held(cards, 60000)
    assert small["fetched"] == 0 and small["clusters"] >= 29 and small["replies"] == 1
    assert cards.value("qnx.kern.messages.largest") >= 60000
    cards.start("-p tcpip pagesize=600000,mclbytes=65000,bigpage_strict,recv_ctxt=2048")
    p = pools(cards)
    assert (p["mbuf"]["page"], p["cluster"]["page"], p["cluster"]["size"]) == (512 * KB, 512 * KB, 32 * KB)
    assert p["mtag"]["page"] == p["blockop"]["page"] == 512 * KB
    assert guest.check("sysctl -n kern.mbuf.mclbytes") == "32768\n"
    large = held(cards, 30000)
    assert large["clusters"] == 1 and large["fetched"] == 30000
    assert cards.value("qnx.kern.messages.largest") <= 2048
    cards.start("-p tcpip reply_ctxt=32")
    assert held(cards, 65000)["replies"] == 2


@pytest.mark.seed("TCP-cache", "TCP-mbufc", "TCP-pkt", "TCP-mtagc", "TCP-npool")
def test_caches(cards):
    """TIO-0004 the threads' caches keep as much as they are told, nothing with cache=0; num_pool_cache spreads the threads."""
    guest = cards.start_on("e1000", "-t 1 -p tcpip mbuf_cache=3,pkt_cache=5,mtag_cache=7,bigstack -d virtio")
    guest.check("ifconfig vt0 10.9.1.2/24 up; ping -i 0.1 -c 10 10.9.0.1; ping -i 0.1 -c 10 10.9.1.1; option-client hold 60000")
    guest.check("mount -T io-pkt -o tags=20 devnp-probe.so; mount -T io-pkt -o tags=20 devnp-probe.so")
    c = cache(cards)
    threads = 3  # a worker and the cards' receive threads have caches of their own, at most
    assert 0 < c["mbuf_held"] <= 3 * threads and c["mbuf_hits"] > 0
    assert 0 < c["pkt_held"] <= 5 * threads and c["pkt_hits"] > 0
    assert c["mtag_held"] == 7 and c["mtag_hits"] == 7 and c["mtag_misses"] == 33
    assert len(guest.check("sysctl -n qnx.kern.pool_caches").split()) == 1
    guest = cards.start_on("e1000", "-t 2 -p tcpip cache=0,num_pool_cache=3,bigstack -d virtio")
    guest.check("ifconfig vt0 10.9.1.2/24 up; ping -i 0.1 -c 10 10.9.0.1; ping -i 0.1 -c 10 10.9.1.1; option-client hold 60000")
    guest.check("mount -T io-pkt -o tags=20 devnp-probe.so")
    c = cache(cards)
    assert {c[f"{kind}_{what}"] for kind in ("mbuf", "pkt", "mtag") for what in ("hits", "held", "puts")} == {0}
    assert c["mbuf_misses"] > 0
    used = [int(n) for n in guest.check("sysctl -n qnx.kern.pool_caches").split()]
    assert len(used) == 3 and sum(n > 0 for n in used) >= 2, used


@pytest.mark.seed("TCP-bigstack", "TCP-stack", "TCP-guard")
def test_load_stack(cards, nic_model):
    """TIO-0005 a driver that needs more stack than there is comes out again; bigstack= and stacksize= give it; stackguard faults."""
    guest = cards.start_on(nic_model)
    assert cards.value("qnx.kern.load_stack.size") == 8192 >= cards.value("qnx.kern.load_stack.deepest")
    refused = guest.run("mount -T io-pkt -o attach,stack=20000 devnp-probe.so")
    assert refused.status == 1 and "memory" in refused.output
    assert re.search(r"needs \d+ bytes more stack", cards.log())
    assert guest.run("ifconfig pb0").status != 0 and cards.value("qnx.kern.load_stack.overruns") == 1
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    for option, size in (("bigstack", 128 * KB), ("bigstack=40000", 40000), ("stacksize=30000", 30000)):
        cards.start_on(nic_model, f"-p tcpip {option}")
        guest.check("mount -T io-pkt -o attach,stack=20000 devnp-probe.so; ifconfig pb0")
        assert cards.value("qnx.kern.load_stack.size") == size
        assert 20000 <= cards.value("qnx.kern.load_stack.deepest") <= size
    cards.start_on(nic_model, "-p tcpip stackguard,stacksize=9000")
    assert cards.value("qnx.kern.load_stack.size") == 12288
    assert "stackguard: the stack size is now 12288 bytes" in cards.log()
    guest.tolerate_faults("io-pkt-v4-hc")
    guest.run("mount -T io-pkt -o stack=40000 devnp-probe.so")
    guest.check("while test -e /dev/socket; do :; done")


@pytest.mark.seed("TCP-thr", "NET-log")
def test_blocked_operations(cards):
    """TIO-0006 threads_max= blocked operations, others wait for a place and then go on; slogger2 is told."""
    guest = cards.start("-p tcpip threads_min=4,threads_incr=1,threads_max=6")
    assert [cards.value(f"qnx.kern.threads.{name}") for name in ("min", "incr", "max", "places")] == [4, 1, 6, 4]
    out = guest.check("option-client block 10 6 4", timeout=60)
    assert "all blocked" in out and "answered 10" in out
    assert [cards.value(f"qnx.kern.threads.{name}") for name in ("places", "used", "waiting", "exhausted")] == [6, 0, 0, 4]
    assert "out of threads: 6 blocked operations, threads_max=6" in cards.log()
    cards.start("-p tcpip threads_max=10")
    assert [cards.value(f"qnx.kern.threads.{name}") for name in ("min", "incr", "max")] == [10, 25, 10]
    cards.start()
    assert [cards.value(f"qnx.kern.threads.{name}") for name in ("min", "incr", "max")] == [15, 25, 200]
    assert "answered 40" in guest.check("option-client block 40 40 0", timeout=60)
    assert cards.value("qnx.kern.threads.places") == 40


@pytest.mark.seed("TCP-confstr")
def test_hostname(cards):
    """TIO-0007 the host's name is taken once; with confstr_monitor its changes are seen."""
    guest = cards.start("")
    before = guest.check("hostname")
    guest.check("hostname fresh")
    assert guest.check("sysctl -n kern.hostname") == before
    cards.start("-p tcpip confstr_monitor")
    assert guest.check("sysctl -n kern.hostname") == "fresh\n"
    guest.check("hostname again")
    guest.check("while test $(sysctl -n kern.hostname) != again; do :; done")
    assert cards.value("qnx.kern.hostname_changes") == 1
    guest.check(f"hostname {before.strip()}")


@pytest.mark.seed("TCP-fib")
def test_tables_of_groups(cards, nic_model):
    """TIO-0008 two groups' sockets use two forwarding tables, everybody else's the first."""
    guest, peer = cards.start_on(nic_model, "-p tcpip 'mfib_gid_map=750_1;760_2'"), ENDS[nic_model].peer
    guest.check(f"ifconfig {ENDS[nic_model].interface} addfib 1")
    assert " 0% packet loss" in guest.check(f"ping -c 1 {peer}")
    assert " 0% packet loss" in guest.check(f"on -u 0:750 ping -c 1 {peer}")
    assert guest.run(f"on -u 0:760 ping -c 1 {peer}").status != 0
    guest.check("on -u 0:760 route add -host 127.0.0.9 127.0.0.1")
    assert "127.0.0.9" in guest.check("netstat -rn -F 2") and "127.0.0.9" not in guest.check("netstat -rn -F 1")


@pytest.mark.seed("TCP-ipid")
def test_identifiers(cards, nic_model):
    """TIO-0009 with ipid_reserved=32768 no packet on the wire has a lower identifier; without it some have."""
    cable, peer = cards.cables[nic_model], ENDS[nic_model].peer
    seen: list[int] = []
    note = lambda raw: seen.append(Ether(raw)[IP].id) if IP in Ether(raw) else None
    cable.handlers.insert(0, note)
    try:
        guest = cards.start_on(nic_model, "-p tcpip ipid_reserved=32768")
        guest.check(f"ping -i 0.1 -c 20 {peer}")
        assert len(seen) >= 20 and min(seen) >= 32768
        seen.clear()
        cards.start_on(nic_model).check(f"ping -i 0.1 -c 20 {peer}")
        assert min(seen) < 32768
    finally:
        cable.handlers.remove(note)


@pytest.mark.seed("TCP-reuse", "TCP-txprio", "TCP-somax")
def test_socket_options(cards):
    """TIO-0010 reuseport_unicast, so_txprio_enable (the tag reaches the driver) and somaxconn."""
    guest = cards.start("-p tcpip bigstack")
    assert "received by 1" in guest.check("option-client reuse")
    refused = guest.run("option-client txprio 5 127.0.0.1")
    assert refused.status == 1 and "SO_TXPRIO: Operation not supported" in refused.output
    first = int(guest.check("option-client backlog 300", timeout=60).split()[1])
    cards.start("-p tcpip reuseport_unicast,so_txprio_enable,bigstack,somaxconn=150")
    assert "received by 3" in guest.check("option-client reuse")
    guest.check("mount -T io-pkt -o attach devnp-probe.so; ifconfig pb0 10.8.0.1/24 up; arp -s 10.8.0.2 02:00:00:00:00:99")
    for priority in (5, -1, 0):
        guest.check(f"option-client txprio {priority} 10.8.0.2")
    assert re.findall(r"probe: packet of 50 bytes, txq (\d+)", cards.log())[-3:] == ["5", "99", "0"]  # 99: no tag
    assert int(guest.check("option-client backlog 300", timeout=60).split()[1]) > first


@pytest.mark.seed("TCP-tymem", "TCP-smmu")
def test_memory(cards, nic_model):
    """TIO-0011 pkt_typed_mem= gives packets their addresses; smmu= without a manager ends io-pkt, a wrong value is logged."""
    guest = cards.start_on(nic_model, "-p tcpip pkt_typed_mem=isa/ram")
    assert 0 < cards.value("qnx.kern.packet_memory.lowest") < cards.value("qnx.kern.packet_memory.highest") < 16 * KB * KB
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    cards.start_on(nic_model, "-p tcpip pkt_typed_mem=ram/dma")  # as the page has it
    assert 16 * KB * KB <= cards.value("qnx.kern.packet_memory.lowest") < cards.value("qnx.kern.packet_memory.highest")
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    cards.start_on(nic_model, "-p tcpip smmu=off")
    assert " 0% packet loss" in guest.check(f"ping -c 2 {ENDS[nic_model].peer}")
    cards.start_on(nic_model, "-p tcpip smmu=perhaps")
    assert "smmu=perhaps" in cards.log() and "disabled" in cards.log()
    cards.stop()
    result = guest.run("io-pkt-v4-hc -p tcpip smmu=on")
    assert result.status == 1 and "SMMU" in result.output
    result = guest.run("io-pkt-v4-hc -p tcpip pkt_typed_mem=no/such")
    assert result.status == 1 and "no/such" in result.output


@pytest.mark.seed("TCP-ts")
def test_time_stamps(cards, nic_model):
    """TIO-0012 captured frames have microseconds; with strict_ts whole milliseconds that never go back."""
    def stamps(options: str) -> list[int]:
        guest = cards.start_on(nic_model, options)
        need_program(guest, "tcpdump")
        guest.background(f"tcpdump -i {ENDS[nic_model].interface} -n --immediate-mode -c 40 -w /tmp/stamps.pcap icmp", "listening on")
        guest.check(f"ping -i 0.02 -c 20 {ENDS[nic_model].peer}")
        guest.check("while pidin -p tcpdump | grep -q tcpdump; do :; done")
        times = re.findall(r"^(\d+)\.(\d{6}) IP", guest.check("tcpdump -tt -n -r /tmp/stamps.pcap"), re.M)
        assert len(times) == 40
        return [int(seconds) * 1000000 + int(us) for seconds, us in times]
    assert any(us % 1000 for us in stamps(""))
    strict = stamps("-p tcpip strict_ts")
    assert strict == sorted(strict) and not any(us % 1000 for us in strict)


@pytest.mark.seed("TCP-ff", "TCP-fwd")
def test_forwarding(cards):
    """TIO-0013 forward and fastforward enable each other; packets are forwarded either way, and flows are counted with the fast path."""
    left, right = cards.cables["e1000"], cards.cables["virtio"]
    for options, forwards, fast in (("", 0, 0), ("-p tcpip forward", 1, 1), ("-p tcpip fastforward=1", 1, 1),
                                    ("-p tcpip forward,fastforward=0", 1, 0)):
        guest = cards.start_on("e1000", f"{options} -d virtio")
        guest.check("ifconfig vt0 10.9.1.2/24 up; ping -c 1 10.9.1.1")
        assert cards.value("net.inet.ip.forwarding") == forwards, options
        assert (cards.value("net.inet.ip.maxflows") > 0) == bool(fast), options
        right.drain()
        refused = cards.value("net.stats.ip.not_for_us")
        for port in range(7000, 7005):  # one after another: the first makes the flow
            left.send(Ether(src=left.mac, dst="52:54:00:12:34:56") / IP(src="10.9.0.1", dst="10.9.1.1", ttl=9) /
                      UDP(sport=port, dport=9000) / b"through")
            if forwards:
                got = right.receive(lambda p, n=port: UDP in p and p[UDP].sport == n)
                assert got[IP].ttl == 8 and got[IP].src == "10.9.0.1"
        if not forwards:  # all are counted before the card goes to the next io-pkt, who would get the rest
            guest.check(f"while test $(sysctl -n net.stats.ip.not_for_us) -lt {refused + 5}; do :; done")
        assert (cards.value("net.stats.ip.flows_created") > 0) == bool(fast), options
        assert cards.value("net.stats.ip.fast_forwarded") == 4 * fast, options
