# SPDX-License-Identifier: Apache-2.0
"""A Linux peer: a network namespace with a tap device whose other end is the guest's NIC."""
import ctypes
import fcntl
import os
import struct
import subprocess
import threading

from .errors import LabError

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
CLONE_NEWNET = 0x40000000


class TapRefused(LabError):
    """This machine does not allow it; the message says what was refused."""


def _ip(*arguments: str):
    run = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if run.returncode != 0:
        raise TapRefused(f"ip {' '.join(arguments)}: {run.stderr.strip()}")


class LinuxPeer:
    """A namespace `name` with `address` on its end of the cable; with `offload` the cable carries frames whose checksums are to be made."""

    def __init__(self, name: str, address: str = "10.9.0.1", prefix: int = 24, offload: bool = False):
        self.name = name
        self.address = address
        self.fd = -1
        _ip("netns", "add", name)
        try:
            self.fd = self._open_tap(IFF_TAP | IFF_NO_PI | (IFF_VNET_HDR if offload else 0))
            _ip("-n", name, "addr", "add", f"{address}/{prefix}", "dev", "tap0")
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", "tap0", "up")
        except Exception:
            self.close()
            raise

    def _open_tap(self, flags: int) -> int:
        """Opens the device inside the namespace, from a thread that has moved there."""
        result: list = []

        def work():
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                namespace = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
                if libc.setns(namespace, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
                os.close(namespace)
                fd = os.open("/dev/net/tun", os.O_RDWR)
                fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH14x", b"tap0", flags))
                result.append(fd)
            except OSError as problem:
                result.append(problem)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise TapRefused(f"tap in a network namespace: {result[0]}")
        return result[0]

    @property
    def netdev(self) -> str:
        """The value for Nic.netdev; pass `fd` to QEMU as well."""
        return f"tap,fd={self.fd}"

    def run(self, *command: str, timeout: float = 60, stdin: str | None = None) -> subprocess.CompletedProcess:
        """Runs a program in the namespace."""
        return subprocess.run(["ip", "netns", "exec", self.name, *command], capture_output=True, text=True,
                              timeout=timeout, input=stdin)

    def start(self, *command: str) -> subprocess.Popen:
        """Starts a program in the namespace."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *command], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def close(self):
        """Removes the namespace with everything in it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
