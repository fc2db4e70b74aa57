# SPDX-License-Identifier: Apache-2.0
"""The guest's shell, driven over the serial line."""
import dataclasses
import re

from .console import Console
from .errors import LabError

PROMPT = r"(?:^|\n|\r)[^\n\r]{0,60}[#$] ?\Z"


@dataclasses.dataclass
class Result:
    """What a command printed and how it ended."""

    command: str
    output: str
    status: int

    @property
    def lines(self) -> list[str]:
        """The output's lines."""
        return self.output.splitlines()


class Shell:
    """Runs commands; output is cut out between two unique lines, so echo and prompts do not matter."""

    def __init__(self, console: Console):
        self._console = console
        self._count = 0

    def wait_prompt(self, timeout: float = 60):
        """Waits until the shell asks for a command."""
        self._console.expect(PROMPT, timeout)

    def start(self, command: str):
        """Types a line and does not wait."""
        self._console.send(command + "\n")

    def run(self, command: str, timeout: float = 30) -> Result:
        """Runs a command line to its end."""
        self._count += 1
        begin, end = f"@b{self._count}@", f"@e{self._count}@"
        separator = " " if command.rstrip().endswith("&") else "; "
        self._console.send(f"echo {begin}; {command}{separator}echo {end}$?@\n")
        match = self._console.expect(rf"^{begin}\r?\n(.*?){end}(\d+)@\r?\n", timeout)
        output = re.sub(r"\r+\n", "\n", match[1])
        return Result(command, output, int(match[2]))

    def check(self, command: str, timeout: float = 30) -> str:
        """Runs a command that must end with status 0 and returns its output."""
        result = self.run(command, timeout)
        if result.status != 0:
            raise LabError(f"`{command}` ended with status {result.status}\n{result.output}\n{self._console.tail()}")
        return result.output
