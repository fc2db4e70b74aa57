# SPDX-License-Identifier: Apache-2.0
"""The guest's serial line and debug port: kept in files, searched with expect(), watched for faults."""
import codecs
import pathlib
import re
import selectors
import socket
import threading
import time

from . import crash
from .errors import GuestEnded, GuestFault, GuestTimeout
from .faults import FaultWatch

LAST_LINES = 25


class Console:
    """Reads both lines in a thread of its own; every method may be called from the test's thread."""

    def __init__(self, serial: socket.socket, debug: socket.socket, folder: pathlib.Path, symbols=None):
        self.folder = folder
        self._serial = serial
        self._debug = debug
        self._symbols = symbols
        self._changed = threading.Condition()
        self._text = ""
        self._at = 0
        self._ended = False
        self.watch = FaultWatch()
        self.echo = None  # a function that gets serial text as it comes, for `./run -c` and debugging
        self._logs = {serial: open(folder / "console.log", "wb"), debug: open(folder / "debug.log", "wb")}
        self._decoder = {s: codecs.getincrementaldecoder("utf-8")("replace") for s in (serial, debug)}
        self._thread = threading.Thread(target=self._read_loop, name="console", daemon=True)
        self._thread.start()

    def _read_loop(self):
        selector = selectors.DefaultSelector()
        for source in (self._serial, self._debug):
            selector.register(source, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                try:
                    data = key.fileobj.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    selector.unregister(key.fileobj)
                    continue
                self._take(key.fileobj, data)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, source: socket.socket, data: bytes):
        self._logs[source].write(data)
        self._logs[source].flush()
        text = self._decoder[source].decode(data)
        with self._changed:
            if source is self._debug:
                self.watch.feed(text)
            else:
                self._text += text
            self._changed.notify_all()
        if self.echo and source is self._serial:
            self.echo(text)

    def send(self, text: str):
        """Types text."""
        try:
            self._serial.sendall(text.encode())
        except OSError as problem:
            raise GuestEnded(f"the serial line is gone: {problem}\n{self.tail()}") from problem

    def expect(self, pattern: str, timeout: float = 30) -> re.Match:
        """Waits for a match after the last one and returns it; fails at once on a fault or when QEMU ends."""
        wanted = re.compile(pattern, re.M | re.S)
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                match = wanted.search(self._text, self._at)
                if match:
                    self._at = match.end()
                    return match
                self._check_fault()
                if self._ended:
                    raise GuestEnded(f"QEMU ended while waiting for /{pattern}/\n{self.tail()}")
                left = end - time.monotonic()
                if left <= 0:
                    raise GuestTimeout(f"no /{pattern}/ within {timeout:g} s\n{self.tail()}")
                self._changed.wait(left)

    def check_fault(self):
        """Raises GuestFault when an unexpected fault was seen."""
        with self._changed:
            self._check_fault()

    def _check_fault(self):
        if self.watch.unexpected is None:
            return
        end = time.monotonic() + 2  # the block that follows the mark makes the message useful
        while not self._ended and (self.watch.block_open or len(self.watch.faults) == 1) and time.monotonic() < end:
            self._changed.wait(end - time.monotonic())
            if self.watch.faults[-1].kind in ("kernel", "user") and self.watch.faults[-1].complete:
                break
        parts = [crash.describe(fault, self._symbols) for fault in self.watch.faults[-2:]]
        raise GuestFault("the guest failed:\n" + "\n".join(parts) + "\n" + self.tail())

    def wait_user_fault(self, count: int, timeout: float):
        """Waits until `count` complete user fault blocks were seen in all; returns the last one."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                users = [f for f in self.watch.faults if f.kind == "user" and f.complete]
                if len(users) >= count:
                    return users[count - 1]
                self._check_fault()
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    raise GuestTimeout(f"no fault block within {timeout:g} s\n{self.tail()}")
                self._changed.wait(left)

    def tail(self) -> str:
        """The last lines and where all of them are."""
        lines = self._text.replace("\r", "").split("\n")[-LAST_LINES:]
        return "--- last lines of the serial line ---\n" + "\n".join(lines) + f"\n--- all files: {self.folder}"

    @property
    def transcript(self) -> str:
        """Everything the serial line said so far."""
        with self._changed:
            return self._text

    def close(self):
        """Ends the reader; call it after QEMU has ended."""
        for connection in (self._serial, self._debug):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join(10)
        for connection, log in self._logs.items():
            connection.close()
            log.close()
