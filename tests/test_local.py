# SPDX-License-Identifier: Apache-2.0
"""Local sockets and the resolver, judged from inside the guest."""
import pytest
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from conftest import GUEST_ADDRESS, PEER_ADDRESS
from test_libc import failures


@pytest.mark.seed("NET-unix")
def test_local_sockets(station):
    """SOCK-0010 names, streams, descriptors, credentials; nothing is left in the stack afterwards."""
    guest = station()
    guest.check("random -t &")  # descriptors travel under names nobody can guess
    guest.check("waitfor /dev/urandom 10")
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/socket 10")
    before = guest.check("netstat -m"), guest.check("netstat -an | wc -l")
    result = guest.run("local-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 12 " in result.output
    # What its last processes held goes back a moment after their death.
    guest.check(f"until test $(netstat -an | wc -l) = {before[1].strip()}; do :; done")
    assert before[0].split()[0] == guest.check("netstat -m").split()[0]


ZONE = {"host.example.": "10.9.0.1", "deep.sub.example.": "10.9.0.7"}


def name_server(asked):
    """Answers DNS questions that come to the peer; notes them in `asked`."""
    def answer(raw):
        packet = Ether(raw)
        if UDP not in packet or packet[UDP].dport != 53 or DNS not in packet or packet[DNS].qr:
            return None
        question = packet[DNS].qd
        name = question.qname.decode().lower()
        asked.append(name)
        records, code = None, 0
        if question.qtype == 1 and name in ZONE:
            records = DNSRR(rrname=name, type="A", rdata=ZONE[name])
        elif question.qtype == 1 and name == "alias.example.":
            records = DNSRR(rrname=name, type="CNAME", rdata="host.example") / \
                DNSRR(rrname="host.example", type="A", rdata=ZONE["host.example."])
        elif question.qtype == 12 and name == "7.0.9.10.in-addr.arpa.":
            records = DNSRR(rrname=name, type="PTR", rdata="deep.sub.example")
        else:
            code = 3
        count = 2 if name == "alias.example." else 1 if records else 0
        reply = DNS(id=packet[DNS].id, qr=1, rd=1, ra=1, rcode=code, qd=question, an=records, ancount=count)
        return bytes(Ether(src=packet.dst, dst=packet.src) / IP(src=PEER_ADDRESS, dst=GUEST_ADDRESS) /
                     UDP(sport=53, dport=packet[UDP].sport) / reply)
    return answer


@pytest.mark.parametrize("nic_model", ["virtio"])
def test_resolver(wired):
    """SOCK-0011 names by DNS: resolv.conf's server and search list, aliases, reverse, hosts first."""
    guest, asked = wired.guest, []
    wired.wire.handlers.append(name_server(asked))
    assert "route to: 10.9.0.1" in guest.check("route -n get host.example")
    assert "route to: 10.9.0.7" in guest.check("route -n get deep")       # by the search list
    assert "route to: 10.9.0.1" in guest.check("route -n get alias.example")
    assert "deep.sub.example" in guest.check("route get 10.9.0.7")        # the reverse
    assert "deep.sub.example." in asked and "7.0.9.10.in-addr.arpa." in asked
    result = guest.run("route get nobody.example", timeout=60)
    assert result.status != 0 and "nobody.example" in result.output
    del asked[:]
    assert "127.0.0.1" in guest.check("route -n get localhost")
    assert asked == []
    guest.background("udpecho serve 7777", "serving port 7777")
    assert "*.7777" in guest.check("netstat -a") and asked == []          # every address has no name to ask for
    guest.run("slay udpecho")
