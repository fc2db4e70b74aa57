# SPDX-License-Identifier: Apache-2.0
"""Runs a script's events in the stack's virtual time and checks what the stack does."""
import errno
import os
import pathlib
import subprocess
import threading

from . import wire
from .library import CONSTANTS, Library, constant, number
from .script import ANY, Call, Event, Name, Packet, ScriptError, read

ADDRESSES = {"ipv4": ("192.168.0.1", "192.0.2.1", "192.168.0.254"),   # ours, the peer's, a router's
             "ipv6": ("fd3d:fa7b:d17d::1", "2001:db8::1", "fd3d:fa7b:d17d::8888")}
BIND_PORT, CONNECT_PORT = 8080, 8080
FIN, SYN, RST, ACK = 1, 2, 4, 16
CODE_NAMES = {"TCPI_OPT_TIMESTAMPS": 1, "TCPI_OPT_SACK": 2, "TCPI_OPT_WSCALE": 4, "TCPI_OPT_ECN": 8, "TCP_CA_Open": 0,
              "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4}
STATES = "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING".split()
CODE_NAMES |= {prefix + name: number for prefix in ("TCP_", "TCPI_") for number, name in enumerate(STATES, 1)}
CODE_NAMES |= {"TCPI_SYN_RECEIVED": 3, "TCPI_FIN_WAIT_1": 4, "TCPI_FIN_WAIT_2": 5, "TCPI_CLOSED": 7}


class Connection:
    """The one connection that a script is about: real addresses and first sequence numbers."""

    def __init__(self, local: str, remote: str):
        self.local, self.remote = (local, BIND_PORT), (remote, 37000)
        self.local_isn = None      # real number of the script's 0
        self.remote_isn = 0
        self.stamps = {}           # the script's timestamp -> the stack's
        self.first_ack = None


class Player:
    """One script on one instance."""

    def __init__(self, path: str, library: str, settings: str = ""):
        self.options, self.events = read(pathlib.Path(path).read_text())
        self.tolerance = int(self.options.get("tolerance_usecs", 4000)) / 1e6
        self.fds = {}              # the script's number -> the stack's
        self.threads = []
        self.failures = []
        if self.options.get("ip_version", "ipv4") not in ADDRESSES:
            raise ScriptError(f"--ip_version={self.options['ip_version']}")
        local, remote, self.gateway = ADDRESSES[self.options.get("ip_version", "ipv4")]
        self.conn = Connection(local, remote)
        if settings:
            os.environ["IOPKT_SYSCTL"] = settings
        self.lib = Library(library, f"local_ip={local}", (local, BIND_PORT), (remote, CONNECT_PORT))

    def play(self):
        """Raises AssertionError or ScriptError with the line's number."""
        self.start = self.lib.now()
        before = 0.0
        for event in self.events:
            base = before if event.kind == "+" else 0.0
            time = base + event.time
            until = None if event.until is None else (before if event.until_relative or event.kind == "+" else 0.0) + event.until
            try:
                self.run(event, time, until)
            except (AssertionError, ScriptError) as problem:
                raise type(problem)(f"line {event.line}: {problem}") from problem
            self.check_threads()
            before = self.now() if event.kind == "*" else time
        for thread in self.threads:
            thread.join(5)
        self.check_threads()
        if any(t.is_alive() for t in self.threads):
            raise AssertionError("a system call does not return")

    def now(self) -> float:
        return self.lib.now() - self.start

    def check_threads(self):
        if self.failures:
            raise self.failures[0]

    def wait_until(self, time: float):
        missing = time - self.now()
        if missing > 0:
            self.lib.sleep(missing)

    def run(self, event: Event, time: float, until: float | None):
        what = event.what
        if isinstance(what, Packet) and not what.inbound:
            self.outbound(what, event, time, until)
            return
        if event.kind != "*":
            self.wait_until(time)
        if isinstance(what, Packet):
            self.inbound(what)
        elif isinstance(what, Call):
            self.system_call(what, event, until)
        elif what.startswith("%{"):
            self.code(what[2:-2])
        else:
            done = subprocess.run(what.strip("`"), shell=True, check=False, capture_output=True, text=True)
            assert done.returncode == 0, f"`{what}` ends with {done.returncode}: {done.stderr.strip()}"

    # --- packets

    def stamp_of(self, script: int) -> int:
        """The stack's timestamp that the script calls so."""
        if script in self.conn.stamps or not self.conn.stamps:
            return self.conn.stamps.get(script, script)
        name, real = max(self.conn.stamps.items())   # the clocks tick alike
        return real + script - name & 0xffffffff

    def inbound(self, p: Packet):
        c = self.conn
        ends = ((c.remote[0], c.remote[1]), (c.local[0], c.local[1]))
        if p.udp is not None:
            self.lib.inject(wire.udp(p.udp, ends))
            return
        if p.icmp is not None:
            local = (c.local_isn or 0) + p.seq
            quoted = wire.tcp(Packet(False, flags=ACK), (ends[1], ends[0]), local, c.remote_isn, b"")
            self.lib.inject(wire.icmp(p, self.gateway, c.local[0], quoted))
            return
        if p.flags & SYN and not p.flags & ACK and c.first_ack is None:
            c.local_isn = None
        options = wire.options_bytes(p.options or [], c.local_isn or 0, self.stamp_of)
        ack = (p.ack or 0) + (c.local_isn or 0) if p.flags & ACK or p.ack is not None else 0
        if len(options) > 40:
            raise ScriptError("more than 40 bytes of TCP options")
        self.lib.inject(wire.tcp(p, ends, p.seq + c.remote_isn, ack, options))

    def outbound(self, p: Packet, event: Event, time: float, until: float | None):
        raw, when = self.lib.receive()
        if not raw:
            raise AssertionError("no packet, though one is expected")
        got, at = wire.Parsed(raw), when - self.start
        self.conn_of(got, p)
        self.compare(p, got)
        last = until if until is not None else time
        if event.kind != "*" and not time - self.tolerance <= at <= last + self.tolerance:
            raise AssertionError(f"the packet comes at {at:.6f}, not at {time:.6f}: {self.text(got)}")

    def conn_of(self, got: wire.Parsed, p: Packet):
        """Learns who talks to whom, and our first sequence number."""
        c = self.conn
        if got.proto != 6:
            return
        c.local, c.remote = (got.source, got.sport), (got.destination, got.dport)
        if got.flags & SYN:
            if c.local_isn is None or p.seq == 0:
                c.local_isn = got.seq - p.seq & 0xffffffff
        elif c.local_isn is None:
            c.local_isn = got.seq - p.seq & 0xffffffff   # an answer to a segment of no connection
        c.first_ack = True

    def relative(self, got: wire.Parsed) -> tuple[int, int]:
        return got.seq - self.conn.local_isn & 0xffffffff, got.ack - self.conn.remote_isn & 0xffffffff

    def text(self, got: wire.Parsed) -> str:
        if got.proto != 6:
            return f"protocol {got.proto}, {got.size if got.proto == 17 else len(got.raw)} bytes"
        flags = "".join(f for f, bit in (("S", 2), ("F", 1), ("R", 4), ("P", 8), ("U", 32), ("E", 64), ("W", 128), (".", 16)) if got.flags & bit)
        seq, ack = self.relative(got)
        return f"{flags} {seq}:{seq + got.size}({got.size}) ack {ack} win {got.window} {got.options}"

    def compare(self, p: Packet, got: wire.Parsed):
        if p.udp is not None:
            assert (got.proto, got.size) == (17, p.udp), f"not udp ({p.udp}): {self.text(got)}"
            return
        wrong = []
        if p.icmp is not None or got.proto != 6:
            raise AssertionError(f"another packet: {self.text(got)}")
        seq, ack = self.relative(got)
        wrong += [] if got.flags == p.flags or (got.flags ^ p.flags) == 8 and not p.flags & 8 and got.size == 0 else ["flags"]
        wrong += [] if seq == p.seq & 0xffffffff and got.size == p.size else ["sequence"]
        wrong += [] if p.ack is None or ack == p.ack & 0xffffffff else ["ack"]
        wrong += [] if p.window is None or got.window == p.window else ["window"]
        wrong += [] if p.urgent is None or got.urgent == p.urgent else ["urgent"]
        wrong += [] if p.ttl is None or got.ttl == p.ttl else ["ttl"]
        wrong += [] if p.tos is None or got.tos & 0xfc == p.tos & 0xfc else ["tos"]
        if p.ecn is not None and p.ecn != "ect01" and got.tos & 3 != wire.ECN[p.ecn]:
            wrong.append("ecn")
        if p.options is not None and not self.same_options(p.options, got.options):
            wrong.append("options")
        assert not wrong, f"{', '.join(wrong)}: the stack sends {self.text(got)}"

    def same_options(self, wanted: list, real: list) -> bool:
        if [o[0] for o in wanted] != [o[0] for o in real]:
            return False
        for want, have in zip(wanted, real):
            if want[0] == "TS":
                self.conn.stamps[want[1]] = have[1]
                if want[2] != have[2]:
                    return False
            elif want[0] == "sack":
                base = self.conn.remote_isn
                if [(left + base, right + base) for left, right in want[1]] != have[1]:
                    return False
            elif want[0] != "md5" and want != have:
                return False
        return True

    # --- system calls, assertions

    def system_call(self, call: Call, event: Event, until: float | None):
        if not call.blocking:
            self.perform(call, None, None)
            return
        thread = threading.Thread(target=self.perform_in_thread, args=(call, event, until), daemon=True)
        self.threads.append(thread)
        thread.start()
        thread.join(0.01)   # into the call; a later event moves time on

    def perform_in_thread(self, call: Call, event: Event, until: float):
        try:
            self.perform(call, event, until)
        except (AssertionError, ScriptError) as problem:
            self.failures.append(type(problem)(f"line {event.line}: {problem}"))

    def real_fds(self, call: Call) -> list:
        """The script's file numbers are its own."""
        args = list(call.args)
        if call.name in ("socket", "poll", "pipe", "epoll_create"):
            if call.name == "poll":
                args[0] = [{**entry, "fd": self.fds.get(number(entry["fd"]), 99)} for entry in args[0]]
            return args
        places = {"epoll_ctl": (0, 2), "splice": (0, 2)}.get(call.name, (0,))
        for i in places:
            script = number(args[i])
            args[i] = self.fds.get(script, script if script < 0 else script + 5000)
        return args

    def perform(self, call: Call, event: Event | None, until: float | None):
        result, error, out = self.lib.run(call.name, self.real_fds(call))
        ended = self.now()
        if until is not None and not ended <= until + self.tolerance + 0.02:
            raise AssertionError(f"{call.name}() ends at {ended:.6f}, not by {until:.6f}")
        if call.result is ANY:
            return
        if call.name in ("socket", "accept", "epoll_create") and result >= 0:
            self.fds[number(call.result)] = result
            if number(call.result) < 0:
                raise AssertionError(f"{call.name}() gives a file, no error")
            return
        wanted = number(call.result)
        if result != wanted:
            raise AssertionError(f"{call.name}() = {result} {errno.errorcode.get(error, '') if result < 0 else ''}, not {wanted} {call.error or ''}")
        if call.error is not None and error != constant(call.error):
            raise AssertionError(f"{call.name}() fails with {errno.errorcode.get(error, error)}, not {call.error}")
        if out is not None and out[1] is not ANY:
            want = constant(out[1].text) if isinstance(out[1], Name) else out[1]
            assert out[0] == want, f"{call.name}() gives {out[0]}, not {want}"

    def code(self, text: str):
        """Python with the tcp_info of the newest connected socket."""
        info = {}
        for fd in reversed(self.fds.values()):
            info = self.lib.info(fd)
            if info:
                break
        exec(text.strip(), {**CONSTANTS, **CODE_NAMES, **info})  # pylint: disable=exec-used  # that is what %{ }% is for


def play(path: str, library: str, settings: str = "") -> str | None:
    """None, or what went wrong."""
    try:
        Player(path, library, settings).play()
    except (AssertionError, ScriptError) as problem:
        return f"{type(problem).__name__}: {problem}"
    return None
