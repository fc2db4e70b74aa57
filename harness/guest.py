# SPDX-License-Identifier: Apache-2.0
"""A booted guest: QEMU, console and shell in one object."""
import contextlib
import pathlib
import re

from .console import Console
from .crash import Symbols
from .errors import LabError
from .qemu import Config, Qemu
from .qmp import Qmp
from .shell import Result, Shell

BOOT_TIMEOUT = 120


class Guest:
    """Started stopped, let go by boot()."""

    def __init__(self, config: Config, folder: pathlib.Path, build: pathlib.Path):
        self.config = config
        self.folder = folder
        self._qemu = Qemu(config, folder)
        try:
            self.qmp = Qmp(self._qemu.qmp)
            self.console = Console(self._qemu.serial, self._qemu.debug, folder, Symbols(build))
        except Exception as problem:
            self._qemu.kill()
            raise LabError(f"QEMU did not start: {problem}\n{self._qemu.log()}") from problem
        self.shell = Shell(self.console)
        self._open = True

    def boot(self, timeout: float = BOOT_TIMEOUT) -> "Guest":
        """Lets the machine run and waits for the shell's prompt."""
        self.qmp.command("cont")
        self.shell.wait_prompt(timeout)
        return self

    def run(self, command: str, timeout: float = 30) -> Result:
        """Runs a shell command; see Shell.run."""
        return self.shell.run(command, timeout)

    def check(self, command: str, timeout: float = 30) -> str:
        """Runs a shell command that must succeed; returns its output."""
        return self.shell.check(command, timeout)

    def background(self, command: str, ready: str, timeout: float = 30):
        """Starts `command` in the background and waits for the line that says it is ready (a regular expression).

        The line may come before the prompt or after it: both are looked at.
        """
        if not re.search(ready, self.check(f"{command} &", timeout)):
            self.console.expect(ready, timeout)

    @contextlib.contextmanager
    def expect_fault(self, timeout: float = 30):
        """Inside, one user process may die of a fault; afterwards `.fault` of what was yielded is its block."""
        class Expected:
            fault = None
        seen = sum(1 for f in self.console.watch.faults if f.kind == "user")
        self.console.watch.expected_users += 1
        expected = Expected()
        yield expected
        expected.fault = self.console.wait_user_fault(seen + 1, timeout)

    def tolerate_faults(self, *programs: str):
        """From now on these programs (by file name) may die of faults: they are made to."""
        self.console.watch.tolerated.update(programs)

    def shutdown(self, timeout: float = 30) -> int:
        """Types `shutdown` and returns QEMU's exit status."""
        self.shell.start("shutdown")
        status = self._qemu.wait(timeout)
        self.console.check_fault()
        return status

    def wait_end(self, timeout: float = 30) -> int:
        """Waits for QEMU to end by itself."""
        return self._qemu.wait(timeout)

    @property
    def running(self) -> bool:
        """QEMU is alive and no fault was seen."""
        return self._qemu.process.poll() is None and self.console.watch.unexpected is None

    def close(self):
        """Ends QEMU and the reader thread; files stay."""
        if self._open:
            self._open = False
            self.qmp.close()
            self._qemu.kill()
            self.console.close()
