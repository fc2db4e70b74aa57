# SPDX-License-Identifier: Apache-2.0
"""What several test files share: cards, addresses, and starting the network manager in the guest."""
import contextlib
import dataclasses
import re
import shutil
import typing

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether

from harness.plugin import make_lab

GUEST_ADDRESS = "10.9.0.2"
PEER_ADDRESS = "10.9.0.1"


class End(typing.NamedTuple):
    """One card of a Cards guest, and whom it reaches by it."""

    interface: str
    mac: str
    address: str
    peer: str


ENDS = {"e1000": End("wm0", "52:54:00:12:34:56", GUEST_ADDRESS, PEER_ADDRESS),
        "virtio": End("vt0", "52:54:00:12:34:57", "10.9.1.2", "10.9.1.1")}


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
    interface = ENDS[model].interface
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


def read_until(stream, pattern: str) -> str:
    """The next line of a server's log that matches."""
    for line in stream:
        if re.search(pattern, line):
            return line
    raise AssertionError(f"the server ended without {pattern}")


@contextlib.contextmanager
def running_dnsmasq(peer, tmp_path, *options: str):
    """dnsmasq in the namespace, with the file small by TFTP; inside, all its sockets are there."""
    folder = tmp_path / "tftp"
    folder.mkdir(mode=0o777)
    (folder / "small").write_bytes(bytes(range(256)) * 5)
    for path in (tmp_path, *tmp_path.parents[:-2]):
        path.chmod(path.stat().st_mode | 0o055)
    server = peer.start(
        shutil.which("dnsmasq", path="/usr/sbin:/sbin:/usr/bin") or "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--log-facility=-",
        "--user=root", "--enable-tftp", f"--tftp-root={folder}", *options)
    try:
        read_until(server.stdout, "TFTP root")
        yield server
    finally:
        server.kill()
        server.wait()


def need_program(guest, name: str):
    """Skips where a program of Debian's sources is not in the image: tools/setup told that its source could not be fetched."""
    if guest.run(f"ls /proc/boot/{name}").status != 0:
        pytest.skip(f"built without {name}: its source could not be fetched")


def counters(guest) -> dict[str, int]:
    """procnto's live objects, once they stand still: what a dead process held goes back a moment after its death."""
    last = None
    for _ in range(20):
        now = {name: int(value) for name, value in (line.split() for line in guest.check("objects").splitlines())}
        if now == last:
            break
        last = now
    return now


def counters_beside_shell(guest) -> dict[str, int]:
    """counters() without the shell's own regions, which grow by one after so many commands."""
    while True:
        shell = guest.check("cat /proc/$$/pmap").count("\n")
        now = counters(guest)
        if shell == guest.check("cat /proc/$$/pmap").count("\n"):
            return now | {"regions": now["regions"] - shell}


class Cards:
    """A guest with an e1000 and a virtio card and no io-pkt yet; the tests of a module start and end one after another."""

    def __init__(self, lab):
        self.cables = {"e1000": lab.link(), "virtio": lab.link(address=ENDS["virtio"].peer)}
        for cable in self.cables.values():
            cable.answer_arp()
            cable.handlers.append(answer_ping)
        self.guest = lab.boot(nics=[lab.nic(self.cables["e1000"], "e1000"), lab.nic(self.cables["virtio"], "virtio")])
        start_pci(self.guest)

    def stop(self):
        """Ends all io-pkt there are."""
        self.guest.check("slay -f -s SIGKILL io-pkt-v4-hc; while test -e /dev/socket; do :; done")

    def start(self, options: str = ""):
        """A new io-pkt and nothing else; returns the guest."""
        self.stop()
        self.guest.check(f"io-pkt-v4-hc {options}")
        self.guest.check("waitfor /dev/socket 10")
        return self.guest

    def start_on(self, model: str, options: str = "", driver_options: str = ""):
        """The same with a driver and an address: 10.9.0.2 on e1000, 10.9.1.2 on virtio."""
        guest = self.start(f"{options} -d {model} {driver_options}")
        end = ENDS[model]
        guest.check(f"if_up -p {end.interface} && ifconfig {end.interface} {end.address}/24 up")
        return guest

    def value(self, name: str) -> int:
        """A number of the sysctl tree."""
        return int(self.guest.check(f"sysctl -n {name}"), 0)

    def threads(self) -> dict[str, int]:
        """io-pkt's threads by name (with the thread's id), and their priorities."""
        rows = [line.split() for line in self.guest.check("pidin -p io-pkt-v4-hc -F '%b %p %h'").splitlines()[1:]]
        return {f"{' '.join(row[2:])}/{row[0]}": int(row[1].rstrip("rfo")) for row in rows if row}

    def log(self) -> str:
        """What io-pkt logged since boot."""
        return "\n".join(line for line in self.guest.check("slog2info").splitlines() if "io-pkt" in line)


def answer_ping(raw):
    """The peer's answer to an echo request."""
    packet = Ether(raw)
    if ICMP in packet and packet[ICMP].type == 8:
        return bytes(Ether(src=packet.dst, dst=packet.src) / IP(src=packet[IP].dst, dst=packet[IP].src) /
                     ICMP(type=0, id=packet[ICMP].id, seq=packet[ICMP].seq) / packet[ICMP].payload)
    return None


@pytest.fixture(scope="module")
def cards(request):
    """A Cards for all tests of a module."""
    lab = make_lab(request, f"{request.module.__name__}-cards")
    yield Cards(lab)
    lab.close()
