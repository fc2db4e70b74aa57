# SPDX-License-Identifier: Apache-2.0
"""Packets as bytes: TCP segments, UDP datagrams and ICMP errors over IPv4, built and taken apart."""
import socket
import struct

from .script import Packet, ScriptError

ECN = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}
UNREACHABLE = ("net_unreachable host_unreachable protocol_unreachable port_unreachable frag_needed source_route_failed net_unknown "
               "host_unknown source_host_isolated net_prohibited host_prohibited net_unreachable_for_tos host_unreachable_for_tos "
               "communication_prohibited precedence_violation precedence_cutoff").split()
ICMP = {"unreachable": (3, {name: code for code, name in enumerate(UNREACHABLE)} | {"packet_filtered": 13}),
        "time_exceeded": (11, {"exp_ttl": 0, "ttl_exceeded_in_transit": 0, "exp_fragtime": 1, "frag_reass_exceeded": 1}),
        "parameter_problem": (12, {"code_0": 0, "code_1": 1, "code_2": 2}),
        "source_quench": (4, {None: 0, "0": 0}), "redirect": (5, {None: 0, "net_redirect": 0, "host_redirect": 1})}


def checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(proto: int, source: str, destination: str, payload: bytes, ttl: int = 255, tos: int = 0) -> bytes:
    """A whole packet."""
    if ":" in source:
        return struct.pack("!IHBB", 6 << 28 | tos << 20, len(payload), proto, ttl) + address_bytes(source) + address_bytes(destination) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), 0, 0, ttl, proto, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


ICMP6 = {"unreachable": (1, {"no_route": 0, "admin_prohibited": 1, "beyond_scope": 2, "address_unreachable": 3, "port_unreachable": 4}),
         "packet_too_big": (2, {None: 0, "code_0": 0}), "time_exceeded": (3, {"hop_limit_exceeded_in_transit": 0, "exceeded_hops": 0, "frag_reass_exceeded": 1}),
         "parameter_problem": (4, {"erroneous_header": 0, "unknown_next_header": 1, "unknown_option": 2})}


def address_bytes(text: str) -> bytes:
    """Of either family."""
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def pseudo_header(proto: int, source: str, destination: str, size: int) -> bytes:
    """What transport checksums cover besides."""
    form = "!IHBB" if ":" in source else "!BBH"
    return address_bytes(source) + address_bytes(destination) + (struct.pack(form, size, 0, 0, proto) if ":" in source
                                                                 else struct.pack(form, 0, proto, size))


def with_checksum(proto: int, source: str, destination: str, segment: bytes, at: int) -> bytes:
    """The segment with its checksum at offset `at`."""
    pseudo = pseudo_header(proto, source, destination, len(segment))
    return segment[:at] + struct.pack("!H", checksum(pseudo + segment)) + segment[at + 2:]


def options_bytes(options: list, sack_base: int, echo) -> bytes:
    """TCP options; sack_base is added to SACK edges, echo() maps the script's echoed timestamps to real ones."""
    out = b""
    for option in options:
        name = option[0]
        if name in ("nop", "eol"):
            out += b"\x01" if name == "nop" else b"\0"
        elif name == "mss":
            out += struct.pack("!BBH", 2, 4, option[1])
        elif name == "wscale":
            out += struct.pack("!BBB", 3, 3, option[1])
        elif name == "sackOK":
            out += b"\x04\x02"
        elif name == "TS":
            out += struct.pack("!BBII", 8, 10, option[1] & 0xffffffff, echo(option[2]))
        elif name == "FO":
            out += struct.pack("!BB", 34, 2 + len(option[1]) // 2) + bytes.fromhex(option[1])
        elif name == "sack":
            out += struct.pack("!BB", 5, 2 + 8 * len(option[1]))
            for left, right in option[1]:
                out += struct.pack("!II", left + sack_base & 0xffffffff, right + sack_base & 0xffffffff)
        else:
            raise ScriptError(f"TCP option {name} cannot be sent")
    if len(out) % 4:
        raise ScriptError("TCP options are no multiple of four bytes: pad with nop or eol")
    return out


def tcp(p: Packet, ends: tuple, seq: int, ack: int, options: bytes) -> bytes:
    """The packet of a segment; ends are (address, port) of the sender and of the receiver."""
    (source, sport), (destination, dport) = ends
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 + len(options) // 4 << 4, p.flags,
                       (p.window or 0) & 0xffff, 0, p.urgent or 0)
    segment = with_checksum(6, source, destination, head + options + bytes(p.size), 16)
    return ip(6, source, destination, segment, p.ttl or 255, (p.tos or 0) | ECN.get(p.ecn, 0))


def udp(size: int, ends: tuple) -> bytes:
    """A datagram of zeros."""
    (source, sport), (destination, dport) = ends
    segment = struct.pack("!HHHH", sport, dport, 8 + size, 0) + bytes(size)
    return ip(17, source, destination, with_checksum(17, source, destination, segment, 6))


def icmp(p: Packet, router: str, to: str, quoted: bytes) -> bytes:
    """An ICMP error about a packet that the stack sent."""
    six = ":" in to
    kind, codes = (ICMP6 if six else ICMP).get(p.icmp[0], (0, {}))
    if p.icmp[1] not in codes:
        raise ScriptError(f"ICMP {p.icmp[0]} {p.icmp[1]}")
    if six:
        message = struct.pack("!BBHI", kind, codes[p.icmp[1]], 0, p.icmp[2]) + quoted[:1232]
        return ip(58, router, to, with_checksum(58, router, to, message, 2))
    message = struct.pack("!BBHHH", kind, codes[p.icmp[1]], 0, 0, p.icmp[2]) + quoted[:28]
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    return ip(1, router, to, message)


def parse_options(data: bytes) -> list:
    """The reverse of options_bytes, numbers as on the wire."""
    found, at = [], 0
    while at < len(data):
        kind = data[at]
        if kind < 2:
            found.append(("nop",) if kind else ("eol",))
            at += 1
            continue
        size = data[at + 1]
        body = data[at + 2:at + size]
        if kind == 2:
            found.append(("mss", struct.unpack("!H", body)[0]))
        elif kind == 3:
            found.append(("wscale", body[0]))
        elif kind == 4:
            found.append(("sackOK",))
        elif kind == 8:
            found.append(("TS", *struct.unpack("!II", body)))
        elif kind == 34:
            found.append(("FO", body.hex()))
        elif kind == 5:
            edges = struct.unpack(f"!{len(body) // 4}I", body)
            found.append(("sack", list(zip(edges[::2], edges[1::2]))))
        else:
            found.append(("md5" if kind == 19 else str(kind), ""))
        at += size
    return found


class Parsed:
    """A packet from the stack, checked on the way."""

    def __init__(self, raw: bytes):
        self.raw = raw
        if raw[0] >> 4 == 6:
            body = self.head6(raw)
        else:
            body = self.head4(raw)
        if self.proto == 6:
            if checksum(pseudo_header(6, self.source, self.destination, len(body)) + body) != 0:
                raise AssertionError("the stack sent a wrong TCP checksum")
            (self.sport, self.dport, self.seq, self.ack, offset, self.flags, self.window, _, self.urgent) = \
                struct.unpack("!HHIIBBHHH", body[:20])
            self.options = parse_options(body[20:(offset >> 4) * 4])
            self.size = len(body) - (offset >> 4) * 4
        elif self.proto == 17:
            self.sport, self.dport = struct.unpack("!HH", body[:4])
            self.size = len(body) - 8

    def head4(self, raw: bytes) -> bytes:
        """Checks the IPv4 header; what is behind it."""
        self.proto, self.ttl, self.tos = raw[9], raw[8], raw[1]
        self.source, self.destination = socket.inet_ntoa(raw[12:16]), socket.inet_ntoa(raw[16:20])
        size = (raw[0] & 15) * 4
        if raw[0] >> 4 != 4 or checksum(raw[:size]) != 0 or struct.unpack("!H", raw[2:4])[0] != len(raw):
            raise AssertionError("the stack sent a broken IPv4 header")
        return raw[size:]

    def head6(self, raw: bytes) -> bytes:
        """The same for IPv6."""
        first, size, self.proto, self.ttl = struct.unpack("!IHBB", raw[:8])
        self.tos = first >> 20 & 255
        self.source, self.destination = (socket.inet_ntop(socket.AF_INET6, raw[at:at + 16]) for at in (8, 24))
        if size != len(raw) - 40:
            raise AssertionError("the stack sent a broken IPv6 header")
        return raw[40:]
