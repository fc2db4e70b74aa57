# SPDX-License-Identifier: Apache-2.0
"""Finds panics, assertions and fault blocks (include/abi/fault.h) in the debug console's text."""
import dataclasses
import re


@dataclasses.dataclass
class Fault:
    """One fault block, or a panic or assertion line."""

    kind: str  # kernel, user, panic, assert
    lines: list[str] = dataclasses.field(default_factory=list)
    complete: bool = False

    def _field(self, name: str) -> str | None:
        match = re.search(rf"(?:^|\s){name}=(\S+)", "\n".join(self.lines))
        return match[1] if match else None

    @property
    def name(self) -> str:
        """The path of the program that died."""
        return self._field("name") or ""

    def number(self, name: str, base: int = 10) -> int | None:
        """A field as a number; registers and addresses are hexadecimal."""
        value = self._field(name)
        return int(value, base) if value is not None else None

    @property
    def text(self) -> str:
        """The lines as printed."""
        return "\n".join(self.lines)


class FaultWatch:
    """Fed with text as it arrives; says which faults nobody expected."""

    def __init__(self):
        self._partial = ""
        self._open: Fault | None = None
        self.faults: list[Fault] = []
        self.unexpected: Fault | None = None
        self.expected_users = 0  # user faults a test said will come
        self.tolerated: set[str] = set()  # programs that may die of faults as often as they like

    def feed(self, text: str):
        """Takes the next piece of text."""
        lines = (self._partial + text).split("\n")
        self._partial = lines.pop()
        for line in lines:
            self._line(line.rstrip("\r"))

    def _line(self, line: str):
        panic = re.search(r"@@(PANIC|ASSERT)\b.*", line)
        start = re.search(r"@@FAULT (kernel|user)\b.*", line)
        if panic:
            fault = Fault(panic[1].lower(), [panic[0]], complete=True)
            self.faults.append(fault)
            self.unexpected = self.unexpected or fault
        elif start:
            self._open = Fault(start[1], [start[0]])
            self.faults.append(self._open)
            if start[1] == "user" and self.expected_users > 0:
                self.expected_users -= 1
            elif start[1] == "kernel" or not self.tolerated:
                self.unexpected = self.unexpected or self._open
        elif self._open:
            self._open.lines.append(line)
            if line.startswith("@@END"):
                fault, self._open = self._open, None
                fault.complete = True
                if self.tolerated and fault.kind == "user" and fault.name.rsplit("/", 1)[-1] not in self.tolerated:
                    self.unexpected = self.unexpected or fault

    @property
    def block_open(self) -> bool:
        """A block has begun and not ended: more lines will come."""
        return self._open is not None
