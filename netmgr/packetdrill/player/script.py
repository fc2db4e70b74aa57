# SPDX-License-Identifier: Apache-2.0
"""Reads a script: times, packets, system calls, commands and assertions become events."""
import dataclasses
import re

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/) | (?P<code>%\{.*?\}%) | (?P<command>`[^`]*`) | (?P<string>"(?:\\.|[^"\\])*") |
    (?P<ellipsis>\.\.\.) | (?P<number>0x[0-9a-fA-F]+|(?:\d+\.\d+|\.\d+|\d+\.(?!\.)|\d+)) | (?P<word>[A-Za-z_][A-Za-z0-9_]*) | (?P<symbol>--|.)
""", re.X | re.S)
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128}


class ScriptError(Exception):
    """The script is not of the language, or uses a part of it this player does not know."""


@dataclasses.dataclass
class Name:
    """A word that a table of constants knows."""
    text: str


class Ellipsis_:
    """`...`: anything."""


ANY = Ellipsis_()


@dataclasses.dataclass
class Packet:
    """A segment as the script writes it. options is None for `<...>`."""
    inbound: bool
    flags: int = 0
    seq: int = 0
    end: int = 0
    size: int = 0
    ack: int | None = None
    window: int | None = None
    urgent: int | None = None
    options: list | None = dataclasses.field(default_factory=list)
    ecn: str | None = None
    tos: int | None = None
    ttl: int | None = None
    icmp: tuple | None = None   # (type, code, mtu)
    udp: int | None = None
    port: tuple | None = None


@dataclasses.dataclass
class Call:
    """A system call: result may be ANY; error is an errno's name."""
    name: str
    args: list
    result: object
    error: str | None
    blocking: bool = False


@dataclasses.dataclass
class Event:
    """What happens, and when: kind is `at` (absolute), `+` (after the last event) or `*` (whenever)."""
    kind: str
    time: float
    until: float | None
    what: object
    line: int
    until_relative: bool = False


class Reader:
    """Recursive descent over the tokens."""

    def __init__(self, text: str):
        self.tokens, line = [], 1
        for m in TOKEN.finditer(text):
            if m.lastgroup != "space":
                self.tokens.append((m.lastgroup, m.group(), line, m.start()))
            line += m.group().count("\n")
        self.at = 0
        self.options = {}

    def peek(self, ahead: int = 0) -> str:
        """The text of a token; empty at the end."""
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        """The next token, which must be `wanted` when that is given."""
        text = self.peek()
        if text == "" or (wanted is not None and text != wanted):
            line = self.tokens[min(self.at, len(self.tokens) - 1)][2]
            raise ScriptError(f"line {line}: `{text}` where `{wanted or 'something'}` should stand")
        self.at += 1
        return text

    def skip(self, text: str) -> bool:
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def script(self) -> list[Event]:
        """The whole file."""
        while self.peek() == "--":
            self.take()
            key = self.take()
            self.options[key] = self.option_value() if self.skip("=") else ""
        events = []
        if self.kind() == "command":   # what is to be done before
            events.append(Event("+", 0, None, self.take().strip("`"), 1))
        while self.at < len(self.tokens):
            events.append(self.event())
        return events

    def option_value(self) -> str:
        """Everything without space between."""
        value, end = "", None
        while self.at < len(self.tokens) and end in (None, self.tokens[self.at][3]) and self.peek() != "--":
            end = self.tokens[self.at][3] + len(self.peek())
            value += self.take()
        return value

    def event(self) -> Event:
        line = self.tokens[self.at][2]
        kind, time, until, until_relative, blocking = "at", 0.0, None, False, False
        if self.skip("*"):
            kind = "*"
        elif self.kind() == "number" or self.peek() == "+":
            kind = "+" if self.skip("+") else "at"
            time = float(self.take())
            if self.skip("~"):
                until_relative = self.skip("+")
                until = float(self.take())
            elif self.skip("..."):
                until_relative, blocking = self.skip("+"), True
                until = float(self.take())
        else:
            kind = "+"
        what = self.body()
        if isinstance(what, Call):
            what.blocking = blocking
        return Event(kind, time, until, what, line, until_relative)

    def body(self):
        if self.kind() in ("command", "code"):
            return self.take()
        if self.peek() in ("<", ">"):
            return self.packet(self.take() == "<")
        return self.call()

    # --- packets

    def packet(self, inbound: bool) -> Packet:
        p = Packet(inbound)
        self.ip_part(p)
        if self.skip("icmp"):
            return self.icmp(p)
        if self.skip("udp"):
            self.take("(")
            p.udp = int(self.take())
            self.take(")")
            return p
        if self.skip("["):   # the BSD way round: [seq:end(size)] icmp ...
            self.sequence(p)
            self.take("]")
            self.take("icmp")
            return self.icmp(p)
        flags = self.take()
        if flags != "." and self.peek() == ".":
            flags += self.take()
        if flags != "-":
            if any(f not in FLAGS for f in flags):
                raise ScriptError(f"line {self.tokens[self.at - 1][2]}: no TCP flags: {flags}")
            p.flags = sum(FLAGS[f] for f in flags)
        self.sequence(p)
        while self.peek() in ("ack", "win", "urg"):
            key, value = self.take(), int(float(self.take()))
            setattr(p, {"ack": "ack", "win": "window", "urg": "urgent"}[key], value)
        if self.skip("<"):
            p.options = self.tcp_options()
        elif not inbound and p.flags & 2:
            p.options = []
        return p

    def ip_part(self, p: Packet):
        """[ect0] and [tos 0x10], (ttl 3)."""
        while self.peek() in ("[", "(") and self.peek(1) in ("ect0", "ect1", "ect01", "noecn", "ce", "tos", "ttl", "dscp"):
            close = {"[": "]", "(": ")"}[self.take()]
            while self.peek() != close:
                key = self.take()
                if key in ("tos", "ttl"):
                    setattr(p, key, int(self.take(), 0))
                elif key != ",":
                    p.ecn = key
            self.take(close)

    def sequence(self, p: Packet):
        p.seq = int(float(self.take()))
        self.take(":")
        p.end = int(float(self.take()))
        self.take("(")
        p.size = int(float(self.take()))
        self.take(")")

    def icmp(self, p: Packet) -> Packet:
        kind, mtu = self.take(), 0
        code = self.take() if self.kind() == "word" and self.peek() != "mtu" else None
        if self.skip("mtu"):
            mtu = int(self.take())
        p.icmp = (kind, code, mtu)
        if self.skip("["):
            self.sequence(p)
            self.take("]")
        return p

    def tcp_options(self) -> list | None:
        """None for `...`."""
        if self.skip("..."):
            self.take(">")
            return None
        found = []
        while not self.skip(">"):
            if self.skip(","):
                continue
            name = self.take()
            if name in ("mss", "wscale"):
                found.append((name, int(self.take())))
            elif name == "TS":
                self.take("val")
                value = int(self.take())
                self.take("ecr")
                found.append(("TS", value, int(self.take())))
            elif name == "sack":
                blocks = []
                while self.kind() == "number":
                    left = int(self.take())
                    self.take(":")
                    blocks.append((left, int(self.take())))
                found.append(("sack", blocks))
            elif name == "md5":
                found.append(("md5", self.take() if self.peek() not in (",", ">") else ""))
            elif name == "FO":
                cookie = ""
                while self.peek() not in (",", ">"):
                    cookie += self.take()
                found.append(("FO", cookie))
            elif name in ("nop", "eol", "sackOK"):
                found.append((name,))
            else:
                raise ScriptError(f"TCP option {name}")
        return found

    # --- calls

    def call(self) -> Call:
        name = self.take()
        self.take("(")
        args = self.items(")")
        self.take("=")
        result = ANY if self.skip("...") else self.value()
        error = None
        if self.kind() == "word" and re.match(r"E[A-Z0-9]+$", self.peek()):
            error = self.take()
        if self.skip("("):   # a remark
            depth = 1
            while depth:
                depth += {"(": 1, ")": -1}.get(self.take(), 0)
        return Call(name, args, result, error)

    def items(self, close: str) -> list:
        found = []
        while not self.skip(close):
            found.append(self.value())
            self.skip(",")
        return found

    def value(self):
        """An expression: numbers, names, lists, structures, `|`, `htons(x)`."""
        left = self.simple_value()
        while self.peek() in ("|", "*") and self.peek(1) not in ("<", ">") and isinstance(left, (int, Name, tuple)):
            left = (self.take(), left, self.simple_value())
        return left

    def simple_value(self):
        text = self.take()
        if text == "...":
            return ANY
        if text == "-":
            return -self.simple_value()
        if text == "[":
            return self.items("]")
        if text == "{":
            return self.structure()
        if text == "(":
            value = self.value()
            self.take(")")
            return value
        if text[0] == '"':
            value = text[1:-1].encode().decode("unicode_escape")
            while self.kind() == "string":
                value += self.take()[1:-1].encode().decode("unicode_escape")
            return value
        if text[0].isdigit() or text[0] == ".":
            return float(text) if "." in text else int(text, 0)
        if self.skip("("):   # htons(80), inet_addr("1.2.3.4")
            inner = self.items(")")
            return ("call", text, inner)
        return Name(text)

    def structure(self) -> dict:
        """{key=value, ...} or {value, ...}: unnamed ones are numbered."""
        found = {}
        while not self.skip("}"):
            if self.kind() == "word" and self.peek(1) in ("=", "("):
                key = self.take()
                if self.take() == "(":   # msg_name(...)=...
                    self.items(")")
                    self.take("=")
                found[key] = self.value()
            else:
                found[len(found)] = self.value()
            self.skip(",")
        return found


def read(text: str) -> tuple[dict, list[Event]]:
    """Options and events of a script."""
    reader = Reader(text)
    events = reader.script()
    return reader.options, events
