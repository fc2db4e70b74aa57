# SPDX-License-Identifier: Apache-2.0
"""Boots an image and opens gdb on the machine, with the kernel's symbols and tools/nto_gdb.py's commands."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from . import paths
from .errors import LabError
from .guest import Guest
from .qemu import Config


def kernel_file(build: pathlib.Path) -> pathlib.Path:
    """procnto with its symbols."""
    return paths.sysroot(build) / "x86_64" / "boot" / "sys" / "procnto-smp-instr"  # the very file of the image


def gdb_command(build: pathlib.Path, socket: pathlib.Path, commands: list[str]) -> list[str]:
    """gdb's arguments; with commands it runs those and ends."""
    if shutil.which("gdb") is None:
        raise LabError("gdb is not installed")
    out = ["gdb", "-q", "-nx", "-ex", "set confirm off", "-ex", "set pagination off", "-ex", "set width 0",
           "-x", str(paths.ROOT / "tools" / "nto_gdb.py"), "-ex", f"target remote {socket}"]
    for command in commands:
        out += ["-ex", command]
    return out + (["-batch"] if commands else []) + [str(kernel_file(build))]


class Debugged:
    """A guest at its prompt, and gdb on it."""

    def __init__(self, config: Config, folder: pathlib.Path, build: pathlib.Path):
        self._build = build
        self._sockets = pathlib.Path(tempfile.mkdtemp(prefix="gdb."))
        self.socket = self._sockets / "gdb"
        config.extra = [*config.extra, "-chardev", f"socket,id=gdb,path={self.socket},server=on,wait=off", "-gdb", "chardev:gdb"]
        self.guest = Guest(config, folder, build)

    def run(self, commands: list[str], timeout: float | None = None) -> subprocess.CompletedProcess:
        """gdb on the terminal, or the output of these commands."""
        environment = {**os.environ, "NTO_SYSROOT": str(paths.sysroot(self._build) / "x86_64")}
        return subprocess.run(gdb_command(self._build, self.socket, commands), env=environment, text=True, cwd=paths.ROOT,
                              capture_output=bool(commands), timeout=timeout)

    def close(self):
        """Ends the guest."""
        self.guest.close()
        shutil.rmtree(self._sockets, ignore_errors=True)


def debug(config: Config, folder: pathlib.Path, build: pathlib.Path, in_guest: str | None, commands: list[str]) -> int:
    """`python3 -m harness gdb`: boots to the shell, starts `in_guest` there, opens gdb."""
    debugged = Debugged(config, folder, build)
    try:
        debugged.guest.boot()
        print(f"gdb: console of the guest: {folder / 'console.log'}", flush=True)
        if in_guest:
            debugged.guest.shell.start(in_guest)
        result = debugged.run(commands)
        if commands:
            print(result.stdout + result.stderr, end="")
        return result.returncode
    finally:
        debugged.close()
