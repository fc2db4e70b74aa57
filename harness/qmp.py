# SPDX-License-Identifier: Apache-2.0
"""QEMU's machine protocol: one command at a time, events kept."""
import json
import socket

from .errors import LabError


class Qmp:
    """A QMP session over a connected socket."""

    def __init__(self, connection: socket.socket, timeout: float = 30):
        connection.settimeout(timeout)
        self._socket = connection
        self._stream = connection.makefile("rw", encoding="utf-8", newline="\n")
        self.events: list[dict] = []
        self._read()  # the greeting
        self.command("qmp_capabilities")

    def _read(self) -> dict:
        try:
            line = self._stream.readline()
        except OSError as problem:
            raise LabError(f"QMP: {problem}") from problem
        if not line:
            raise LabError("QMP: QEMU closed the connection")
        return json.loads(line)

    def command(self, command: str, /, **arguments):
        """Runs a command and returns its result."""
        try:
            self._stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self._stream.flush()
        except OSError as problem:
            raise LabError(f"QMP {command}: {problem}") from problem
        while True:
            answer = self._read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise LabError(f"QMP {command}: {answer['error'].get('desc')}")
            self.events.append(answer)

    def human(self, line: str) -> str:
        """A command of the human monitor, for what QMP has no command for (info tlb, info registers)."""
        return self.command("human-monitor-command", **{"command-line": line})

    def set_link(self, device: str, up: bool):
        """Plugs or unplugs the cable of a NIC (its id is nic0, nic1, ...)."""
        self.command("set_link", name=device, up=up)

    def close(self):
        """Drops the session; QEMU goes on."""
        try:
            self._socket.close()
        except OSError:
            pass
