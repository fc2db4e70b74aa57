# SPDX-License-Identifier: Apache-2.0
"""Everything one test uses, made on demand and taken down in the right order."""
import os
import pathlib

from . import images, paths
from .guest import Guest
from .qemu import Config, Nic
from .relay import Relay
from .switch import Link
from .tap import LinuxPeer

DEFAULT_SMP = 1


class Lab:
    """Makes guests and links; close() ends all of them."""

    def __init__(self, name: str, build: pathlib.Path, smp: int | None = None, machine: str = "q35",
                 accel: str = "tcg"):
        self.folder = paths.artefacts(name)
        self.build = build
        self._smp = smp or DEFAULT_SMP
        self._machine = machine
        self._accel = accel
        self._guests: list[Guest] = []
        self._links: list = []

    def image(self, name: str) -> pathlib.Path:
        """The image of a buildfile (guest: tests/guest.build)."""
        return images.make(name, self.build)

    def link(self, **options) -> Link:
        """A cable whose other end is the test."""
        link = Link(**options)
        self._links.append(link)
        return link

    def linux_peer(self, **options) -> LinuxPeer:
        """A Linux network namespace on the other end; raises TapRefused."""
        peer = LinuxPeer(f"lab{os.getpid()}-{len(self._links)}", **options)
        self._links.append(peer)
        return peer

    def relay(self, seed: int = 1, **options) -> Relay:
        """A Linux peer behind a cable that can be made bad; raises TapRefused."""
        relay = Relay(self.linux_peer(**options), seed)
        self._links.append(relay)
        return relay

    def start(self, image: str = "guest", nics: list[Nic] | None = None, **options) -> Guest:
        """A guest that is still stopped."""
        folder = self.folder
        if self._guests:
            folder = folder / f"guest{len(self._guests)}"
            folder.mkdir(exist_ok=True)
        settings = {"smp": self._smp, "machine": self._machine, "accel": self._accel, **options}
        guest = Guest(Config(image=self.image(image), nics=nics or [], **settings), folder, self.build)
        self._guests.append(guest)
        return guest

    def boot(self, image: str = "guest", nics: list[Nic] | None = None, **options) -> Guest:
        """A guest at its shell's prompt."""
        return self.start(image, nics, **options).boot()

    def nic(self, link, model: str = "e1000", mac: str | None = None) -> Nic:
        """A card plugged into a link or a Linux peer."""
        fds = (link.fd,) if isinstance(link, LinuxPeer) else ()
        return Nic(model, link.netdev, mac, fds)

    def check(self):
        """Raises when a guest failed in a way no expect() has seen yet."""
        for guest in self._guests:
            guest.console.check_fault()

    def close(self):
        """Guests first, then the cables."""
        for guest in self._guests:
            guest.close()
        for link in reversed(self._links):
            link.close()
        self._guests, self._links = [], []
