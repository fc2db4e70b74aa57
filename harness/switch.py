# SPDX-License-Identifier: Apache-2.0
"""A wire without root: QEMU's stream netdev on a unix socket, with the test as the other end."""
import collections
import pathlib
import shutil
import socket
import struct
import tempfile
import threading
import time

from .errors import GuestTimeout

GUEST_MAC = "52:54:00:12:34:56"
PEER_MAC = "52:54:00:aa:00:01"


class Link:
    """One cable. Frames are bytes; send() also takes scapy packets, receive() gives scapy's Ether."""

    def __init__(self, mac: str = PEER_MAC, address: str = "10.9.0.1"):
        self.mac = mac
        self.address = address
        self._dir = pathlib.Path(tempfile.mkdtemp(prefix="wire."))
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._dir / "wire"))
        self._listener.listen(1)
        self._connection: socket.socket | None = None
        self._frames: collections.deque[bytes] = collections.deque()
        self._changed = threading.Condition()
        self._closed = False
        self.handlers: list = []  # functions(frame bytes) -> reply bytes or None, run for each frame
        self.received = 0
        self._thread = threading.Thread(target=self._loop, name="wire", daemon=True)
        self._thread.start()

    @property
    def netdev(self) -> str:
        """The value for Nic.netdev."""
        return f"stream,server=off,addr.type=unix,addr.path={self._dir / 'wire'}"

    def _loop(self):
        try:
            connection, _ = self._listener.accept()
            self._connection = connection
            stream = connection.makefile("rb")
            while head := stream.read(4):
                self._deliver(stream.read(struct.unpack(">I", head)[0]))
        except OSError:
            pass

    def _deliver(self, frame: bytes):
        for handler in list(self.handlers):
            reply = handler(frame)
            if reply is not None:
                self.send(reply)
        with self._changed:
            self.received += 1
            self._frames.append(frame)
            self._changed.notify_all()

    def send(self, packet):
        """Puts a frame on the wire."""
        frame = bytes(packet)
        if self._connection is None:
            raise GuestTimeout("QEMU is not connected to this link")
        self._connection.sendall(struct.pack(">I", len(frame)) + frame)

    def drain(self):
        """Forgets what has arrived so far."""
        with self._changed:
            self._frames.clear()

    def receive(self, match=lambda packet: True, timeout: float = 10):
        """The next frame for which match(Ether) holds; others are dropped. Raises GuestTimeout."""
        from scapy.layers.l2 import Ether
        end = time.monotonic() + timeout
        while True:
            with self._changed:
                while not self._frames:
                    left = end - time.monotonic()
                    if left <= 0:
                        raise GuestTimeout(f"no matching frame within {timeout:g} s ({self.received} frames in all)")
                    self._changed.wait(left)
                frame = self._frames.popleft()
            packet = Ether(frame)
            if match(packet):
                return packet

    def ask(self, packet, match, timeout: float = 10):
        """Sends, and returns the first answer that matches."""
        self.drain()
        self.send(packet)
        return self.receive(match, timeout)

    def answer_arp(self):
        """From now on answers ARP requests for this end's address."""
        from scapy.layers.l2 import ARP, Ether

        def handler(frame: bytes):
            packet = Ether(frame)
            if ARP not in packet or packet[ARP].op != 1 or packet[ARP].pdst != self.address:
                return None
            return bytes(Ether(src=self.mac, dst=packet.src) /
                         ARP(op=2, hwsrc=self.mac, psrc=self.address, hwdst=packet.src, pdst=packet[ARP].psrc))
        self.handlers.append(handler)

    def close(self):
        """Pulls the cable out."""
        self._closed = True
        for end in (self._connection, self._listener):
            if end is not None:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
        self._thread.join(5)
        shutil.rmtree(self._dir, ignore_errors=True)
