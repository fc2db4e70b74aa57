# SPDX-License-Identifier: Apache-2.0
"""A cable between a guest's card and a Linux peer that loses, delays, reorders and duplicates frames by a seed, and keeps captures."""
import dataclasses
import heapq
import itertools
import os
import pathlib
import random
import select
import shutil
import socket
import struct
import tempfile
import threading
import time

from .tap import LinuxPeer

MAX_FRAME = 65536
PIECE = 1 << 16


@dataclasses.dataclass(frozen=True)
class Impairment:
    """What happens to each frame, in both directions; fractions of 1 and milliseconds."""

    loss: float = 0
    duplicate: float = 0
    reorder: float = 0      # so many frames are held back for reorder_ms more than the others
    reorder_ms: float = 3
    delay_ms: float = 0


class _Capture:
    """A pcap file of what the guest's card sends and gets."""

    def __init__(self, path: pathlib.Path):
        self._file = open(path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, MAX_FRAME, 1))

    def add(self, frame: bytes):
        now = time.time_ns()
        self._file.write(struct.pack("<IIII", now // 10**9, now // 1000 % 10**6, len(frame), len(frame)) + frame)

    def close(self):
        self._file.close()


class Relay:
    """Stands between QEMU's stream netdev and the peer's tap. With no impairment every frame passes at once."""

    def __init__(self, peer: LinuxPeer, seed: int = 1):
        self.peer = peer
        self._random = {side: random.Random(f"{seed} {side}") for side in ("guest", "peer")}
        self._impairment = Impairment()
        self._capture: _Capture | None = None
        self._lock = threading.Lock()
        self._order = itertools.count()
        self._waiting: list = []   # (time due, number, side it goes to, frame)
        self.frames = self.lost = self.duplicated = self.held_back = 0
        self._dir = pathlib.Path(tempfile.mkdtemp(prefix="relay."))
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._dir / "wire"))
        self._listener.listen(1)
        self._connection: socket.socket | None = None
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._loop, name="relay", daemon=True)
        self._thread.start()

    @property
    def netdev(self) -> str:
        """The value for Nic.netdev."""
        return f"stream,server=off,addr.type=unix,addr.path={self._dir / 'wire'}"

    def impair(self, impairment: Impairment | None = None):
        """From now on; nothing gives a good cable again."""
        with self._lock:
            self._impairment = impairment or Impairment()

    def capture(self, path: pathlib.Path | None):
        """From now on frames go to this file; None ends it. Taken at the card: behind the losses of what comes in."""
        with self._lock:
            if self._capture is not None:
                self._capture.close()
            self._capture = _Capture(path) if path is not None else None

    def _loop(self):
        ready, _, _ = select.select([self._listener, self._stopped], [], [])
        if self._stopped in ready:
            return
        self._connection, _ = self._listener.accept()
        guest, tap, buffer = self._connection, self.peer.fd, bytearray()
        while True:
            ready, _, _ = select.select([guest, tap, self._stopped], [], [], self._patience())
            if self._stopped in ready:
                return
            try:
                if guest in ready:
                    data = guest.recv(PIECE)
                    if not data:
                        return
                    buffer += data
                    for frame in self._frames(buffer):
                        self._take("peer", frame)
                if tap in ready:
                    self._take("guest", os.read(tap, MAX_FRAME))
                self._send_due()
            except OSError:
                return

    @staticmethod
    def _frames(buffer: bytearray):
        """Cuts whole frames off the stream."""
        at = 0
        while len(buffer) - at >= 4:
            size = struct.unpack_from(">I", buffer, at)[0]
            if len(buffer) - at - 4 < size:
                break
            yield bytes(buffer[at + 4:at + 4 + size])
            at += 4 + size
        del buffer[:at]

    def _patience(self) -> float | None:
        return max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None

    def _take(self, side: str, frame: bytes):
        """One frame on its way to `side`."""
        with self._lock:
            how, dice = self._impairment, self._random[side]
            self.frames += 1
            if side == "peer" and self._capture is not None:
                self._capture.add(frame)
            if how.loss and dice.random() < how.loss:
                self.lost += 1
                return
            copies = 1
            if how.duplicate and dice.random() < how.duplicate:
                self.duplicated += 1
                copies = 2
            due = time.monotonic() + how.delay_ms / 1000
            if how.reorder and dice.random() < how.reorder:
                self.held_back += 1
                due += how.reorder_ms / 1000
        for _ in range(copies):
            heapq.heappush(self._waiting, (due, next(self._order), side, frame))

    def _send_due(self):
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, side, frame = heapq.heappop(self._waiting)
            if side == "peer":
                os.write(self.peer.fd, frame)
                continue
            with self._lock:
                if self._capture is not None:
                    self._capture.add(frame)
            self._connection.sendall(struct.pack(">I", len(frame)) + frame)

    def close(self):
        """Pulls the cable out."""
        self._stop.send(b"x")
        self._thread.join(5)
        self.capture(None)
        for end in (self._connection, self._listener, self._stop, self._stopped):
            if end is not None:
                end.close()
        shutil.rmtree(self._dir, ignore_errors=True)
