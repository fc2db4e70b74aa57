#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a Linux peer runs in its namespace (test_outside.py): streams of ttcp's pattern, many connections, a flood of SYNs.

take PORT | send HOST PORT SECONDS BYTES | connections HOST PORT COUNT AT-ONCE | flood INTERFACE HOST MAC PORT COUNT SEED
"""
import random
import select
import socket
import struct
import sys
import time

LETTERS = bytes(range(32, 127))     # ttcp's pattern: byte n is LETTERS[n % 95]
PIECE = 65536
PATTERN = LETTERS * (PIECE // len(LETTERS) + 2)
PATIENCE = 120


def take(port: int):
    """Accepts one stream, checks each byte."""
    listener = socket.create_server(("", port))
    print("ready", flush=True)
    stream, _ = listener.accept()
    stream.settimeout(PATIENCE)
    total, start = 0, time.monotonic()
    while piece := stream.recv(PIECE):
        at = total % len(LETTERS)
        if piece != PATTERN[at:at + len(piece)]:
            sys.exit(f"wrong bytes after {total}")
        total += len(piece)
    print(f"took {total} bytes, {total / 1e6 / max(time.monotonic() - start, 1e-6):.2f} MB/s")


def send(host: str, port: int, seconds: float, size: int):
    """Sends the pattern for so long, or so many bytes, what comes first."""
    stream = socket.create_connection((host, port), PATIENCE)
    total, start = 0, time.monotonic()
    while total < size and time.monotonic() - start < seconds:
        at = total % len(LETTERS)
        total += stream.send(PATTERN[at:at + min(PIECE, size - total)])
    stream.shutdown(socket.SHUT_WR)
    if stream.recv(1):
        sys.exit("the receiver said something")
    print(f"sent {total} bytes, {total / 1e6 / max(time.monotonic() - start, 1e-6):.2f} MB/s")


def sequential(host: str, port: int, count: int):
    """Connections one after the other; each echoes a line of its own."""
    for number in range(count):
        with socket.create_connection((host, port), PATIENCE) as stream:
            line = f"connection {number}\n".encode()
            stream.sendall(line)
            got = b""
            while len(got) < len(line):
                piece = stream.recv(100)
                if not piece:
                    sys.exit(f"connection {number} ended after {got!r}")
                got += piece
            if got != line:
                sys.exit(f"connection {number}: {got!r}")


def at_once(host: str, port: int, count: int):
    """All open before the first one speaks; then every one echoes, then all close."""
    streams = []
    for _ in range(count):
        streams.append(socket.create_connection((host, port), PATIENCE))
    waiting = {}
    for number, stream in enumerate(streams):
        line = f"line {number} ".encode() * 20
        stream.sendall(line)
        waiting[stream.fileno()] = (stream, bytearray(line))
    poll, end = select.poll(), time.monotonic() + PATIENCE
    for fd in waiting:
        poll.register(fd, select.POLLIN)
    while waiting:
        if time.monotonic() > end:
            sys.exit(f"{len(waiting)} of {count} were not answered")
        for fd, _ in poll.poll(1000):
            stream, left = waiting[fd]
            piece = stream.recv(4096)
            if not piece or left[:len(piece)] != piece:
                sys.exit(f"wrong answer: {piece!r}, expected {bytes(left)!r}")
            del left[:len(piece)]
            if not left:
                poll.unregister(fd)
                del waiting[fd]
    for stream in streams:
        stream.close()


def connections(host: str, port: int, count: int, together: int):
    """`together` 1: one after the other."""
    start = time.monotonic()
    (sequential if together == 1 else at_once)(host, port, count)
    print(f"{count} connections, {count / (time.monotonic() - start):.0f} a second")


def ones_sum(data: bytes) -> int:
    """The ones' complement sum of 16-bit words, not yet inverted."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def flood(interface: str, host: str, mac: str, port: int, count: int, seed: int):
    """SYNs with right checksums from addresses of 198.18.0.0/15 that nobody has."""
    dice = random.Random(seed)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    own = wire.getsockname()[4]
    to = socket.inet_aton(host)
    ethernet = bytes.fromhex(mac.replace(":", "")) + own + b"\x08\x00"
    for _ in range(count):
        source = struct.pack(">I", 0xC6120000 | dice.getrandbits(17))
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 44, dice.getrandbits(16), 0, 64, 6, 0, source, to)
        tcp = struct.pack(">HHIIBBHHHBBH", dice.randrange(1024, 65536), port, dice.getrandbits(32), 0, 0x60, 2, 65535, 0, 0, 2, 4, 1460)
        ip = ip[:10] + struct.pack(">H", ~ones_sum(ip) & 0xFFFF) + ip[12:]
        total = ~ones_sum(source + to + struct.pack(">HH", 6, len(tcp)) + tcp) & 0xFFFF
        wire.send(ethernet + ip + tcp[:16] + struct.pack(">H", total) + tcp[18:])
    print(f"{count} SYNs sent")


def main(arguments: list[str]):
    command, rest = arguments[0], arguments[1:]
    if command == "take":
        take(int(rest[0]))
    elif command == "send":
        send(rest[0], int(rest[1]), float(rest[2]), int(rest[3]))
    elif command == "connections":
        connections(rest[0], int(rest[1]), int(rest[2]), int(rest[3]))
    elif command == "flood":
        flood(rest[0], rest[1], rest[2], int(rest[3]), int(rest[4]), int(rest[5]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
