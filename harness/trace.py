# SPDX-License-Identifier: Apache-2.0
"""The kernel's event trace (include/abi/trace.h) as JSON for Perfetto and chrome://tracing.

usage: /usr/bin/python3 -m harness.trace TRACE OUT.json    TRACE: tracelogger's file, or what `tracelogger -x` printed
"""
import dataclasses
import json
import pathlib
import struct
import sys

from .errors import LabError

HEAD = struct.Struct("<8sIIQQ")
RECORD = struct.Struct("<QHHiiIQ")
KINDS = ("", "run", "ready", "block", "wake", "call", "call_exit", "send", "receive", "reply", "pulse", "interrupt", "user",
         "denied", "timer", "name", "begin", "end")
STATES = {0: "DEAD", 3: "STOPPED", 4: "SEND", 5: "RECEIVE", 6: "REPLY", 9: "WAITPAGE", 10: "SIGSUSPEND", 11: "SIGWAITINFO",
          12: "NANOSLEEP", 13: "MUTEX", 14: "CONDVAR", 15: "JOIN", 16: "INTR", 17: "SEM"}


@dataclasses.dataclass
class Event:
    """One record."""

    ns: int
    kind: str
    cpu: int
    pid: int
    tid: int
    data: int
    value: int

    @property
    def rcvid(self) -> int:
        """What send, receive and reply of one message have in common."""
        return self.value >> 32

    @property
    def bytes(self) -> int:
        """A message's length."""
        return self.value & 0xFFFFFFFF


class Trace:
    """A file's events, and the names of the processes in it."""

    def __init__(self, raw: bytes):
        if len(raw) < HEAD.size or raw[:8] != b"NTOTRACE":
            raise LabError("this is not a file of tracelogger's")
        _, version, size, count, self.lost = HEAD.unpack_from(raw)
        if version != 1 or size != RECORD.size or len(raw) < HEAD.size + count * size:
            raise LabError(f"trace version {version}, records of {size} bytes, {count} of them: cannot read that")
        self.events: list[Event] = []
        self.names: dict[int, str] = {}
        pieces: dict[int, dict[int, bytes]] = {}
        for number in range(count):
            ns, kind, cpu, pid, tid, data, value = RECORD.unpack_from(raw, HEAD.size + number * size)
            name = KINDS[kind] if kind < len(KINDS) else f"kind {kind}"
            if name == "name":
                if data == 0:
                    pieces[pid] = {}
                pieces.setdefault(pid, {})[data] = value.to_bytes(8, "little")
            else:
                self.events.append(Event(ns, name, cpu, pid, tid, data, value))
        for pid, parts in pieces.items():
            self.names[pid] = b"".join(parts[i] for i in sorted(parts)).rstrip(b"\0").decode(errors="replace")

    @classmethod
    def parse(cls, raw: bytes) -> "Trace":
        """From the file itself or its hexadecimal form."""
        return cls(raw if raw[:8] == b"NTOTRACE" else bytes.fromhex("".join(raw.decode().split())))

    @classmethod
    def fetch(cls, guest, file: str) -> "Trace":
        """A file in the guest, over its serial line."""
        return cls.parse(guest.check(f"tracelogger -x {file}", timeout=120).encode())

    def user_events(self):
        """(event, code, what was logged: a text, bytes, a pair or a number), as trace_log*() wrote them."""
        open_ones: dict[tuple[int, int], tuple[Event, int, bytes, int]] = {}
        for event in self.events:
            if event.kind != "user":
                continue
            thread, kind, piece, code = (event.pid, event.tid), event.data >> 28, event.data >> 16 & 0xFFF, event.data & 0xFFFF
            if kind == 0:
                yield event, code, event.value
            elif kind == 2:
                yield event, code, (event.value & 0xFFFFFFFF, event.value >> 32)
            elif piece == 0:
                open_ones[thread] = (event, event.value, b"", kind)
            elif thread in open_ones:
                first, length, so_far, kind = open_ones[thread]
                open_ones[thread] = (first, length, so_far + event.value.to_bytes(8, "little"), kind)
            if thread in open_ones and len(open_ones[thread][2]) >= open_ones[thread][1]:
                first, length, data, kind = open_ones.pop(thread)
                yield first, first.data & 0xFFFF, data[:length].decode(errors="replace") if kind == 1 else data[:length]

    def name(self, pid: int) -> str:
        """The program's file name, or the pid."""
        return self.names.get(pid, f"process {pid}").rsplit("/", 1)[-1]


def _slices(trace: Trace):
    """What each thread did from one change of state to the next: running, ready, or blocked in a state."""
    since: dict[tuple[int, int], tuple[int, str]] = {}
    on_cpu: dict[int, tuple[int, int]] = {}

    def change(thread, ns, state):
        begun = since.pop(thread, None)
        if state is not None:
            since[thread] = (ns, state)
        if begun is None or thread[0] == 0:
            return None
        return {"ph": "X", "cat": "state", "name": begun[1], "pid": thread[0], "tid": thread[1], "ts": begun[0] / 1000,
                "dur": (ns - begun[0]) / 1000}
    for event in trace.events:
        thread = (event.pid, event.tid)
        changes = []
        if event.kind == "run":
            before = on_cpu.get(event.cpu)
            if before and before != thread and since.get(before, (0, ""))[1] == "RUNNING":
                changes.append((before, "READY"))
            on_cpu[event.cpu] = thread
            changes.append((thread, "RUNNING"))
        elif event.kind in ("ready", "wake"):
            changes.append((thread, "READY"))
        elif event.kind == "block":
            changes.append((thread, STATES.get(event.data, f"state {event.data}")))
        elif event.kind == "end":
            changes.append((thread, None))
        for who, state in changes:
            made = change(who, event.ns, state)
            if made:
                yield made


def _instants(trace: Trace):
    for event in trace.events:
        where = {"pid": event.pid, "tid": event.tid, "ts": event.ns / 1000}
        if event.kind in ("interrupt", "timer", "pulse", "denied", "begin"):
            yield {"ph": "i", "s": "t", "cat": event.kind, "name": f"{event.kind} {event.data:#x}", **where,
                   "args": {"data": event.data, "value": hex(event.value), "cpu": event.cpu}}


def _logged(trace: Trace):
    """What programs wrote with trace_log*()."""
    for event, code, what in trace.user_events():
        shown = what if isinstance(what, str) else what.hex() if isinstance(what, bytes) else str(what)
        yield {"ph": "i", "s": "t", "cat": "user", "name": what if isinstance(what, str) else f"user {code}", "pid": event.pid, "tid": event.tid,
               "ts": event.ns / 1000, "args": {"code": code, "value": shown, "cpu": event.cpu}}


def _flows(trace: Trace):
    """A message: an arrow from send to receive, another one from reply to the client that goes on."""
    numbers: dict[int, int] = {}
    on_cpu: dict[int, tuple[int, int]] = {}
    answered: dict[tuple[int, int], int] = {}
    for number, event in enumerate(trace.events):
        where = {"pid": event.pid, "tid": event.tid, "ts": event.ns / 1000, "cat": "message", "name": "message"}
        if event.kind == "run":
            on_cpu[event.cpu] = (event.pid, event.tid)
            if (event.pid, event.tid) in answered:
                yield {"ph": "f", "bp": "e", "id": answered.pop((event.pid, event.tid)), **where}
        elif event.kind == "reply" and on_cpu.get(event.cpu, (0, 0))[0] == event.data:
            answered[event.pid, event.tid] = number
            yield {"ph": "s", "id": number, **where, "pid": event.data, "tid": on_cpu[event.cpu][1]}
        if event.kind == "send":
            numbers[event.rcvid] = number
            yield {"ph": "s", "id": number, **where}
        elif event.kind == "receive" and event.rcvid in numbers:
            yield {"ph": "f", "bp": "e", "id": numbers.pop(event.rcvid), **where}
        if event.kind in ("send", "receive", "reply"):
            peer = trace.name(event.data)
            yield {"ph": "i", "s": "t", **where, "name": f"{event.kind} {peer}", "args": {"bytes": event.bytes, "rcvid": event.rcvid}}


def to_json(trace: Trace) -> dict:
    """The trace-event format: one process track a process, one thread track a thread."""
    threads = sorted({(event.pid, event.tid) for event in trace.events})
    out = []
    for pid in sorted({pid for pid, _ in threads}):
        out.append({"ph": "M", "name": "process_name", "pid": pid, "args": {"name": f"{trace.name(pid)} ({pid})"}})
    for pid, tid in threads:
        out.append({"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": f"thread {tid}"}})
    timed = [*_slices(trace), *_instants(trace), *_logged(trace), *_flows(trace)]
    return {"traceEvents": out + sorted(timed, key=lambda event: event["ts"]), "displayTimeUnit": "ns",
            "otherData": {"lost": trace.lost}}


def main() -> int:
    """Converts a file."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        trace = Trace.parse(pathlib.Path(sys.argv[1]).read_bytes())
    except (OSError, ValueError, LabError) as problem:
        print(f"trace: {problem}", file=sys.stderr)
        return 1
    pathlib.Path(sys.argv[2]).write_text(json.dumps(to_json(trace)))
    print(f"{len(trace.events)} events, {trace.lost} lost; open {sys.argv[2]} in https://ui.perfetto.dev")
    return 0


if __name__ == "__main__":
    sys.exit(main())
