#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an attacker on the wire sends (test_outside.py): broken, lying and overlapping packets of every protocol, by a seed.

INTERFACE HOST MAC COUNT SEED
"""
import random
import socket
import struct
import sys

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw

BROADCAST = "ff:ff:ff:ff:ff:ff"


class Attacker:
    """Makes frames; everything comes from one generator of random numbers."""

    def __init__(self, host: str, mac: str, own: str, seed: int):
        self.dice = random.Random(seed)
        self.host, self.mac, self.own = host, mac, own
        self.net = host.rsplit(".", 1)[0]
        self.kinds = [self.arp, self.header, self.fragments, self.icmp, self.icmp_error, self.igmp, self.udp, self.tcp, self.link]

    def junk(self, most: int) -> bytes:
        """Random bytes, their number random too."""
        return self.dice.randbytes(self.dice.randrange(most + 1))

    def stranger(self) -> str:
        """A source address: a neighbour that is not there, one of far away, or one that cannot be."""
        pick = self.dice.choice
        return pick([f"{self.net}.{self.dice.randrange(100, 200)}", f"198.18.{self.dice.randrange(256)}.{self.dice.randrange(1, 255)}",
                     "255.255.255.255", "0.0.0.0", "127.0.0.1", "224.0.0.1", "240.1.2.3", f"{self.net}.255", self.host])

    def to_host(self, **fields) -> Packet:
        """Ethernet and IP to the guest, its broadcast address or a group."""
        to = self.dice.choice([self.host] * 6 + [f"{self.net}.255", "255.255.255.255", "224.0.0.1", "239.1.1.1"])
        return Ether(src=self.own, dst=self.dice.choice([self.mac] * 4 + [BROADCAST])) / IP(**({"src": self.stranger(), "dst": to} | fields))

    def arp(self) -> list:
        """Wrong kinds and lengths, impossible senders, claims of the guest's own address."""
        d = self.dice

        def mac(text: str) -> bytes:
            return bytes.fromhex(text.replace(":", ""))
        neighbour = f"{self.net}.{d.randrange(100, 200)}"
        head = struct.pack(">HHBBH", d.choice([1, 1, 6, 0]), d.choice([0x800, 0x800, 0x86DD]), d.choice([6, 6, 0, 255]), d.choice([4, 4, 0, 16, 255]),
                           d.choice([1, 2, 0, 3, 8, 9, 65535]))
        sender = mac(d.choice([self.own, BROADCAST, "00:00:00:00:00:00", "01:00:5e:00:00:01", self.mac]))
        claims = d.choice([neighbour, neighbour, self.host, "0.0.0.0", "255.255.255.255", "224.0.0.1"])
        wanted = d.choice([self.host, neighbour, "0.0.0.0"])
        body = head + sender + socket.inet_aton(claims) + bytes(6) + socket.inet_aton(wanted)
        return [Ether(src=self.own, dst=d.choice([self.mac, BROADCAST]), type=0x806) / Raw(body)]

    def header(self) -> list:
        """IP headers that lie, with options of junk."""
        d = self.dice
        options = self.junk(40)
        packet = bytearray(bytes(self.to_host(proto=d.randrange(256), ttl=d.choice([0, 1, 64])) / Raw(options + self.junk(80))))
        packet[14] = 0x40 | d.choice([5, 5 + len(options) // 4, d.randrange(16)])
        if d.random() < 0.3:
            packet[16:18] = d.randbytes(2)
        self.sum_header(packet)
        return [bytes(packet)]

    @staticmethod
    def sum_header(packet: bytearray):
        """A right header checksum, so that the other lies are looked at."""
        size = (packet[14] & 15) * 4
        if size < 20 or len(packet) < 14 + size:
            return
        packet[24:26] = b"\0\0"
        total = sum(int.from_bytes(packet[at:at + 2], "big") for at in range(14, 14 + size, 2))
        total = (total & 0xFFFF) + (total >> 16)
        packet[24:26] = (~((total & 0xFFFF) + (total >> 16)) & 0xFFFF).to_bytes(2, "big")

    def fragments(self) -> list:
        """Overlapping, tiny, empty, repeated and too long ones, in any order; often one is missing."""
        d = self.dice
        number, proto = d.randrange(65536), d.choice([1, 6, 17, 2, 99])
        source = f"{self.net}.{d.randrange(100, 110)}"
        many = [self.to_host(src=source, dst=self.host, id=number, proto=proto, frag=d.choice([0, 0, 1, 2, 3, 100, 8189, 8191]), flags=d.choice([1, 1, 0])) /
                Raw(d.randbytes(d.choice([0, 1, 7, 8, 16, 24, 600, 1400]))) for _ in range(d.randrange(1, 7))]
        return many + many[:d.randrange(2)]

    def icmp(self) -> list:
        """Every type and code with any body."""
        return [self.to_host() / ICMP(type=self.dice.randrange(256), code=self.dice.randrange(20)) / Raw(self.junk(120))]

    def icmp_error(self) -> list:
        """Errors and redirects about packets that never were."""
        d = self.dice
        quoted = bytes(IP(src=d.choice([self.host, self.stranger()]), dst=self.stranger(), proto=d.choice([1, 6, 17, 2]), ihl=d.choice([5, 5, 15, 4])) /
                       Raw(self.junk(40)))
        return [self.to_host(dst=self.host) / ICMP(type=d.choice([3, 3, 3, 4, 5, 11, 12]), code=d.randrange(16)) /
                Raw(quoted[:d.choice([0, 8, 20, 27, 28, 100])])]

    def igmp(self) -> list:
        """Queries and reports with counts that lie."""
        d = self.dice
        body = bytearray(bytes([d.choice([0x11, 0x12, 0x16, 0x17, 0x22]), d.randrange(256), 0, 0]) + self.junk(64))
        if len(body) % 2:
            body.append(0)
        total = sum(int.from_bytes(body[at:at + 2], "big") for at in range(0, len(body), 2))
        total = (total & 0xFFFF) + (total >> 16)
        body[2:4] = (~((total & 0xFFFF) + (total >> 16)) & 0xFFFF).to_bytes(2, "big")
        return [self.to_host(proto=2, ttl=1) / Raw(bytes(body))]

    def udp(self) -> list:
        """Lengths that lie, no checksum, ports that answer each other."""
        d = self.dice
        fields = {"sport": d.choice([7, 19, 0, 7777, 5000]), "dport": d.choice([7777, 7777, 7, 0, 4000])}
        if d.random() < 0.5:
            fields["len"] = d.choice([0, 7, 8, 9, 2000, 65535])
        if d.random() < 0.3:
            fields["chksum"] = d.choice([0, 1])
        return [self.to_host() / UDP(**fields) / Raw(self.junk(100))]

    def tcp(self) -> list:
        """Any flags, numbers and options, to an open port and to closed ones."""
        d = self.dice
        segment = TCP(sport=d.randrange(65536), dport=d.choice([7002, 7002, 80, 0]), flags=d.randrange(512), seq=d.getrandbits(32),
                      ack=d.getrandbits(32), window=d.randrange(65536), urgptr=d.randrange(65536), dataofs=d.choice([5, 5, 5, 6, 15, 4, 0]))
        source = d.choice([f"{self.net}.{d.randrange(100, 200)}", self.stranger()])
        return [self.to_host(src=source, dst=self.host) / segment / Raw(self.junk(60))]

    def link(self) -> list:
        """Tags in tags, 802.3 lengths, types of others, frames that end early."""
        d = self.dice
        inner = bytes(self.to_host())[14:]
        frame = Ether(src=self.own, dst=d.choice([self.mac, BROADCAST]), type=d.choice([0x8100, 0x88A8, 0x0800, 0x0806, 0x86DD, 3, 0x600, d.randrange(65536)]))
        if d.random() < 0.5:
            frame = Ether(src=self.own, dst=self.mac) / Dot1Q(vlan=d.randrange(4096)) / Dot1Q(vlan=d.randrange(4096))
        return [bytes(frame / Raw(inner))[:d.choice([14, 15, 18, 33, 34, 60, 200])]]

    def frames(self) -> list[bytes]:
        """The next few frames; some are damaged a little more."""
        out = []
        for packet in self.dice.choice(self.kinds)():
            raw = bytearray(bytes(packet))
            if self.dice.random() < 0.2:
                for _ in range(self.dice.randrange(1, 4)):
                    raw[self.dice.randrange(12, len(raw))] ^= 1 << self.dice.randrange(8)
            if self.dice.random() < 0.05:
                raw = raw[:self.dice.randrange(14, len(raw) + 1)]
            out.append(bytes(raw[:1514]))
        return out


def main(interface: str, host: str, mac: str, count: int, seed: int):
    """Sends so many frames."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    own = ":".join(f"{byte:02x}" for byte in wire.getsockname()[4])
    attacker, sent = Attacker(host, mac, own, seed), 0
    while sent < count:
        for frame in attacker.frames():
            wire.send(frame)
            sent += 1
    # The last fragment makes the guest look at its limit for them.
    wire.send(bytes(Ether(src=own, dst=mac) / IP(src=f"{attacker.net}.99", dst=host, id=1, flags=1, proto=17) / Raw(bytes(8))))
    print(f"{sent} frames sent")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
