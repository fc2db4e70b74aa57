# SPDX-License-Identifier: Apache-2.0
"""QEMU's command line and process; it starts stopped (-S) so that no output is missed."""
import dataclasses
import pathlib
import shlex
import shutil
import socket
import subprocess
import tempfile

from .errors import LabError

CPU = "qemu64,+aes,+ssse3,+sse4.1,+pclmulqdq,+rdrand,+smap,+smep"
NIC_DEVICES = {"e1000": "e1000", "e1000e": "e1000e", "virtio": "virtio-net-pci"}


@dataclasses.dataclass
class Nic:
    """A card and what its cable is plugged into: `netdev` is QEMU's -netdev value without the id."""

    model: str = "e1000"
    netdev: str = "user"
    mac: str | None = None
    pass_fds: tuple[int, ...] = ()


@dataclasses.dataclass
class Config:
    """One machine."""

    image: pathlib.Path
    machine: str = "q35"
    smp: int = 1
    memory: int = 128
    accel: str = "tcg"
    cpu: str | None = None
    icount: bool = False
    bios: str | None = None
    gdb: bool = False
    disk: bool = False  # the image is the first disk, and the firmware boots it
    nics: list[Nic] = dataclasses.field(default_factory=list)
    pcap: pathlib.Path | None = None  # the first NIC's capture; the others get a number
    capture: bool = True
    extra: list[str] = dataclasses.field(default_factory=list)


def _nic_arguments(config: Config, folder: pathlib.Path) -> list[str]:
    out = []
    for number, nic in enumerate(config.nics):
        if nic.model not in NIC_DEVICES:
            raise LabError(f"no such NIC model: {nic.model} (known: {', '.join(NIC_DEVICES)})")
        mac = nic.mac or f"52:54:00:12:34:{0x56 + number:02x}"
        pcap = config.pcap or folder / "net.pcap"
        if number:
            pcap = pcap.with_name(f"{pcap.stem}{number}{pcap.suffix}")
        kind, _, options = nic.netdev.partition(",")
        out += ["-netdev", f"{kind},id=net{number}" + (f",{options}" if options else ""),
                "-device", f"{NIC_DEVICES[nic.model]},id=nic{number},netdev=net{number},mac={mac},romfile="]
        if config.capture:
            out += ["-object", f"filter-dump,id=dump{number},netdev=net{number},file={pcap}"]
    return out


def command_line(config: Config, folder: pathlib.Path) -> list[str]:
    """Everything but serial line, debug port and monitor."""
    accel = config.accel
    if accel == "tcg" and not config.icount:
        accel += ",thread=multi"
    cpu = config.cpu or (CPU if config.accel == "tcg" else "host")
    out = ["qemu-system-x86_64", "-M", config.machine, "-accel", accel, "-cpu", cpu, "-m", str(config.memory),
           "-smp", str(config.smp), "-nodefaults", "-display", "none", "-no-reboot"]
    out += ["-drive", f"file={config.image},format=raw,if=ide,snapshot=on"] if config.disk else ["-kernel", str(config.image)]
    if config.icount:
        out += ["-icount", "shift=0,sleep=off"]
    if config.bios:
        out += ["-bios", config.bios]
    if config.gdb:
        out += ["-gdb", "tcp:127.0.0.1:1234"]
    return out + _nic_arguments(config, folder) + config.extra


class Qemu:
    """A running QEMU with its three control sockets: serial, debug, qmp."""

    def __init__(self, config: Config, folder: pathlib.Path):
        self.config = config
        self.folder = folder
        self._sockets = pathlib.Path(tempfile.mkdtemp(prefix="lab."))
        self._log = open(folder / "qemu.log", "wb")
        listeners = {name: self._listen(name) for name in ("serial", "debug", "qmp")}
        arguments = command_line(config, folder) + ["-S"]
        for name in listeners:
            arguments += ["-chardev", f"socket,id={name},path={self._sockets / name}"]
        arguments += ["-serial", "chardev:serial", "-mon", "chardev=qmp,mode=control",
                      "-device", "isa-debugcon,iobase=0xe9,chardev=debug"]
        (folder / "qemu.cmd").write_text(shlex.join(arguments) + "\n")
        fds = tuple(fd for nic in config.nics for fd in nic.pass_fds)
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                                        pass_fds=fds)
        try:
            self.serial, self.debug, self.qmp = (self._accept(name, listener) for name, listener in listeners.items())
        except LabError:
            self.kill()
            raise
        finally:
            for listener in listeners.values():
                listener.close()

    def _listen(self, name: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._sockets / name))
        listener.listen(1)
        listener.settimeout(0.2)
        return listener

    def _accept(self, name: str, listener: socket.socket) -> socket.socket:
        for _ in range(150):
            try:
                connection, _ = listener.accept()
                connection.setblocking(True)
                return connection
            except TimeoutError:
                if self.process.poll() is not None:
                    raise LabError(f"QEMU ended with status {self.process.returncode}:\n{self.log()}") from None
        raise LabError(f"QEMU did not connect its {name} socket")

    def log(self) -> str:
        """What QEMU itself complained about."""
        return (self.folder / "qemu.log").read_text(errors="replace")

    def wait(self, timeout: float) -> int:
        """Waits for QEMU's own end and returns its exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"QEMU still runs after {timeout:g} s") from None

    def kill(self):
        """Ends QEMU however it is, and removes the sockets."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(self._sockets, ignore_errors=True)
