# SPDX-License-Identifier: Apache-2.0
"""What several test files share: cards, addresses, and starting the network manager in the guest."""
import dataclasses

import pytest

GUEST_ADDRESS = "10.9.0.2"
PEER_ADDRESS = "10.9.0.1"
INTERFACES = {"e1000": "wm0", "virtio": "vt0"}


@dataclasses.dataclass
class Station:
    """A guest whose io-pkt runs on one card."""

    guest: object
    wire: object      # Link or LinuxPeer
    model: str
    interface: str
    mac: str = "52:54:00:12:34:56"
    address: str = GUEST_ADDRESS

    @property
    def pcap(self):
        """The capture of the card's traffic."""
        return self.guest.folder / "net.pcap"


def start_pci(guest):
    """The PCI server; drivers find their card through it."""
    guest.check("pci-server &")
    guest.check("waitfor /dev/pci 10")


def start_stack(guest, model: str, options: str = "") -> str:
    """io-pkt with one driver; returns the interface's name."""
    interface = INTERFACES[model]
    guest.check(f"io-pkt-v4-hc {options} -d {model} &".replace("  ", " "))
    guest.check("waitfor /dev/socket 10")
    guest.check(f"if_up -p {interface}")
    guest.check(f"ifconfig {interface} {GUEST_ADDRESS}/24 up")
    return interface


@pytest.fixture(params=["e1000", "virtio"])
def nic_model(request):
    """Every test that uses it runs on both cards."""
    return request.param


@pytest.fixture
def wired(lab, link, nic_model):
    """A guest with its stack up; the test is the peer and answers ARP for 10.9.0.1."""
    link.answer_arp()
    guest = lab.boot(nics=[lab.nic(link, nic_model)])
    start_pci(guest)
    return Station(guest, link, nic_model, start_stack(guest, nic_model))


@pytest.fixture
def linux_wired(lab, peer, nic_model):
    """A guest with its stack up; a Linux namespace is the peer."""
    guest = lab.boot(nics=[lab.nic(peer, nic_model)])
    start_pci(guest)
    return Station(guest, peer, nic_model, start_stack(guest, nic_model))


def counters(guest) -> dict[str, int]:
    """procnto's live objects, once they stand still: what a dead process held goes back a moment after its death."""
    last = None
    for _ in range(20):
        now = {name: int(value) for name, value in (line.split() for line in guest.check("objects").splitlines())}
        if now == last:
            break
        last = now
    return now
