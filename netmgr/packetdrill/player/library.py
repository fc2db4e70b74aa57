# SPDX-License-Identifier: Apache-2.0
"""The plug-in interface through ctypes: system calls by name with a script's arguments, Linux's numbers."""
import ctypes as c
import errno
import fcntl
import os
import select
import socket
import struct

from .script import ANY, Name, ScriptError

P, I, S, L, Z = c.c_void_p, c.c_int, c.c_ssize_t, c.c_ulong, c.c_size_t
FUNCTIONS = [   # in the order of the structure: name, result, arguments
    ("free", None, ()), ("socket", I, (I, I, I)), ("bind", I, (I, P, I)), ("listen", I, (I, I)), ("accept", I, (I, P, P)),
    ("connect", I, (I, P, I)), ("read", S, (I, P, Z)), ("readv", S, (I, P, I)), ("recv", S, (I, P, Z, I)),
    ("recvfrom", S, (I, P, Z, I, P, P)), ("recvmsg", S, (I, P, I)), ("write", S, (I, P, Z)), ("writev", S, (I, P, I)),
    ("send", S, (I, P, Z, I)), ("sendto", S, (I, P, Z, I, P, I)), ("sendmsg", S, (I, P, I)), ("fcntl", I, (I, I, L)),
    ("ioctl", I, (I, L, P)), ("close", I, (I,)), ("shutdown", I, (I, I)), ("getsockopt", I, (I, I, I, P, P)),
    ("setsockopt", I, (I, I, I, P, I)), ("poll", I, (P, L, I)), ("netdev_send", I, (P, Z)), ("netdev_receive", I, (P, P, P)),
    ("usleep", I, (c.c_uint,)), ("gettimeofday", I, (P, P)), ("epoll_create", I, (I,)), ("epoll_ctl", I, (I, I, I, P)),
    ("epoll_wait", I, (I, P, I, I)), ("pipe", I, (P,)), ("splice", I, (I, P, I, P, Z, c.c_uint))]
CONSTANTS = {"TCP_NODELAY": 1, "TCP_MAXSEG": 2, "TCP_CORK": 3, "TCP_KEEPIDLE": 4, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 6, "TCP_SYNCNT": 7,
             "TCP_LINGER2": 8, "TCP_DEFER_ACCEPT": 9, "TCP_WINDOW_CLAMP": 10, "TCP_INFO": 11, "TCP_QUICKACK": 12, "TCP_CONGESTION": 13,
             "TCP_MD5SIG": 14, "TCP_KEEPINIT": 128, "TCP_USER_TIMEOUT": 18, "TCP_FASTOPEN": 23, "TCP_TIMESTAMP": 24, "TCP_NOTSENT_LOWAT": 25, "TCP_INQ": 36,
             "SIOCINQ": 0x541b, "FIONREAD": 0x541b, "SIOCOUTQ": 0x5411, "TIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894b, "SIOCATMARK": 0x8905, "FIONBIO": 0x5421,
             "O_RDWR": os.O_RDWR, "O_NONBLOCK": os.O_NONBLOCK, "MSG_ZEROCOPY": 0x4000000, "MSG_MORE": 0x8000,
             "SPLICE_F_MOVE": 1, "SPLICE_F_NONBLOCK": 2, "SO_ZEROCOPY": 60, "SO_MAX_PACING_RATE": 47, "SO_BUSY_POLL": 46,
             "IPPROTO_IPV6": 41, "IPV6_UNICAST_HOPS": 16, "IPV6_V6ONLY": 26, "IPV6_TCLASS": 67, "POLLRDHUP": 0x2000, "TCP_CM_INQ": 36, "IP_MTU_DISCOVER": 10, "IP_MTU": 14, "IP_TOS": 1, "IP_TTL": 2, "SO_SNDBUFFORCE": 32, "SO_RCVBUFFORCE": 33}
INFO = ("state ca_state retransmits probes backoff options wscales flags4 rto ato snd_mss rcv_mss unacked sacked lost retrans fackets "
        "last_data_sent last_ack_sent last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering "
        "rcv_rtt rcv_space total_retrans").split()
INFO_WIDE = "pacing_rate max_pacing_rate bytes_acked bytes_received".split()
INFO_LATE = "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out".split()


def constant(name: str) -> int:
    """A C constant of Linux by its name."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    for module in (socket, select, fcntl, errno):
        if hasattr(module, name):
            return int(getattr(module, name))
    raise ScriptError(f"constant {name}")


def number(value) -> int:
    """An expression of a script as a number."""
    if isinstance(value, Name):
        return constant(value.text)
    if isinstance(value, tuple) and value[0] == "|":
        return number(value[1]) | number(value[2])
    if isinstance(value, tuple) and value[0] == "*":
        return number(value[1]) * number(value[2])
    if isinstance(value, tuple) and value[0] == "call" and value[1] in ("htons", "htonl"):
        return number(value[2][0])
    return int(value)


def name_bytes(host: str, port: int) -> c.Array:
    """A struct sockaddr_in or sockaddr_in6."""
    if ":" in host:
        packed = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, host) + bytes(4)
        return c.create_string_buffer(packed, 28)
    return c.create_string_buffer(struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8), 16)


class Library:
    """One instance of the stack."""

    def __init__(self, path: str, flags: str, bind: tuple, connect: tuple):
        self.bind_name, self.connect_name = bind, connect
        fields = [("userdata", P)] + [(name, c.CFUNCTYPE(result, P, *args, use_errno=True)) for name, result, args in FUNCTIONS]
        self.table = type("Table", (c.Structure,), {"_fields_": fields})()
        library = c.CDLL(path, use_errno=True)
        library.packetdrill_interface_init(flags.encode(), c.byref(self.table))

    def call(self, name: str, *args) -> tuple[int, int]:
        """(result, errno)."""
        c.set_errno(0)
        result = getattr(self.table, name)(self.table.userdata, *args)
        return result, c.get_errno()

    # --- time and packets

    def now(self) -> float:
        buffer = (c.c_long * 2)()
        self.call("gettimeofday", c.byref(buffer), None)
        return buffer[0] + buffer[1] / 1e6

    def sleep(self, seconds: float):
        self.call("usleep", int(seconds * 1e6))

    def inject(self, raw: bytes):
        self.call("netdev_send", c.create_string_buffer(raw, len(raw)), len(raw))

    def receive(self) -> tuple[bytes, float]:
        """The next packet of the stack and its time; empty when there is none for long."""
        buffer, size, when = c.create_string_buffer(65536), c.c_size_t(65536), c.c_longlong()
        self.call("netdev_receive", buffer, c.byref(size), c.byref(when))
        return buffer.raw[:size.value], when.value / 1e6

    # --- system calls of scripts

    def run(self, name: str, args: list) -> tuple[int, int, object]:
        """(result, errno, what came out: for checks against the arguments)."""
        method = getattr(self, "do_" + name, None)
        if method is None:
            raise ScriptError(f"system call {name}")
        return method(*args)

    def plain(self, name: str, *args) -> tuple:
        return (*self.call(name, *[number(a) for a in args]), None)

    def do_socket(self, _domain, kind, protocol):
        return self.plain("socket", socket.AF_INET6 if ":" in self.bind_name[0] else socket.AF_INET, kind, protocol)

    def sockaddr(self, value, default: tuple):
        if value is ANY:
            return name_bytes(*default)
        fields = dict(value)
        port = fields.get("sin_port", default[1])
        address = fields.get("sin_addr", default[0])
        address = address[2][0] if isinstance(address, tuple) else address
        return name_bytes(address if isinstance(address, str) else default[0], default[1] if port is ANY else number(port))

    def do_bind(self, fd, name, _size):
        where = self.sockaddr(name, self.bind_name)
        return (*self.call("bind", number(fd), where, len(where)), None)

    def do_connect(self, fd, name, _size):
        where = self.sockaddr(name, self.connect_name)
        return (*self.call("connect", number(fd), where, len(where)), None)

    def do_listen(self, fd, backlog):
        return self.plain("listen", fd, backlog)

    def do_accept(self, fd, _name, _size):
        return (*self.call("accept", number(fd), c.create_string_buffer(28), c.byref(c.c_uint(28))), None)

    def do_close(self, fd):
        return self.plain("close", fd)

    def do_shutdown(self, fd, how):
        return self.plain("shutdown", fd, how)

    def do_fcntl(self, fd, command, value=0):
        return self.plain("fcntl", fd, command, value)

    def do_read(self, fd, data, size):
        return self.receive_into("read", fd, data, size)

    def do_recv(self, fd, data, size, flags):
        return self.receive_into("recv", fd, data, size, number(flags))

    def do_recvfrom(self, fd, data, size, flags, *_name):
        return self.receive_into("recvfrom", fd, data, size, number(flags), None, None)

    def receive_into(self, name, fd, data, size, *more):
        buffer = c.create_string_buffer(max(number(size), 1)) if not (isinstance(data, Name) and data.text == "NULL") else None
        result, error = self.call(name, number(fd), buffer, number(size), *more)
        if isinstance(data, str) and result >= 0 and buffer is not None and buffer.raw[:result] != data.encode("latin1")[:result]:
            raise AssertionError(f"{name}() brought {buffer.raw[:result]!r}")
        return result, error, None

    def data(self, value, size: int) -> c.Array:
        return c.create_string_buffer(value.encode("latin1") if isinstance(value, str) else b"", max(size, 1))

    def do_write(self, fd, data, size):
        return (*self.call("write", number(fd), self.data(data, number(size)), number(size)), None)

    def do_send(self, fd, data, size, flags):
        return (*self.call("send", number(fd), self.data(data, number(size)), number(size), number(flags)), None)

    def do_sendto(self, fd, data, size, flags, name, _size):
        to = None if isinstance(name, Name) else self.sockaddr(name, self.connect_name)
        return (*self.call("sendto", number(fd), self.data(data, number(size)), number(size), number(flags), to, len(to) if to else 0), None)

    def vectors(self, parts: list):
        kept = [self.data(part[0], number(part[1])) for part in (list(p.values()) if isinstance(p, dict) else p for p in parts)]
        sizes = [number((list(p.values()) if isinstance(p, dict) else p)[1]) for p in parts]
        array = (c.c_size_t * (2 * len(parts)))()
        for i, buffer in enumerate(kept):
            array[2 * i], array[2 * i + 1] = c.addressof(buffer), sizes[i]
        return array, kept

    def do_writev(self, fd, parts, count):
        array, _kept = self.vectors(parts)
        return (*self.call("writev", number(fd), array, number(count)), None)

    def do_readv(self, fd, parts, count):
        array, _kept = self.vectors(parts)
        return (*self.call("readv", number(fd), array, number(count)), None)

    def message(self, fields: dict):
        array, kept = self.vectors(fields.get("msg_iov", []))
        header = c.create_string_buffer(struct.pack("=PIxxxxPNPNi4x", 0, 0, c.addressof(array), len(array) // 2, 0, 0, 0), 56)
        return header, (array, kept)

    def do_sendmsg(self, fd, fields, flags):
        header, _kept = self.message(fields)
        return (*self.call("sendmsg", number(fd), header, number(flags)), None)

    def do_recvmsg(self, fd, fields, flags):
        header, _kept = self.message(fields)
        result, error = self.call("recvmsg", number(fd), header, number(flags))
        wanted = fields.get("msg_flags", ANY)
        got = struct.unpack("=i", header.raw[48:52])[0]
        if result >= 0 and wanted is not ANY and number(wanted) != got:
            raise AssertionError(f"recvmsg() gave msg_flags {got:#x}")
        return result, error, None

    def do_ioctl(self, fd, request, value=None):
        given = value[0] if isinstance(value, list) else 0
        out = c.c_int(0 if given is ANY else number(given))
        result, error = self.call("ioctl", number(fd), number(request), c.byref(out))
        return result, error, (out.value, value[0] if isinstance(value, list) else ANY)

    def do_getsockopt(self, fd, level, option, value, _size):
        buffer, size = c.create_string_buffer(256), c.c_uint(256)
        if isinstance(value, list):
            size.value = 4
        if isinstance(value, dict):
            size.value = 8
        result, error = self.call("getsockopt", number(fd), number(level), number(option), buffer, c.byref(size))
        out = struct.unpack("=i", buffer.raw[:4])[0]
        if isinstance(value, str):
            return result, error, (buffer.value.decode(), value)
        if isinstance(value, dict):
            return result, error, (tuple(struct.unpack("=ii", buffer.raw[:8])), tuple(number(v) for v in value.values()))
        return result, error, (out, number(value[0]) if isinstance(value, list) and value and value[0] is not ANY else ANY)

    def do_setsockopt(self, fd, level, option, value, size):
        if isinstance(value, str):
            data = value.encode()
        elif isinstance(value, dict):
            form = "=qq" if any(str(k).startswith("tv_") for k in value) else "=ii"
            data = struct.pack(form, *[number(v) for v in value.values()])
        elif isinstance(value, list):
            data = b"".join(struct.pack("=I", number(v) & 0xffffffff) for v in value)
        else:
            data = None
        length = number(size) if size is not ANY else len(data)
        buffer = c.create_string_buffer(data, max(length, len(data), 1)) if data is not None else None
        return (*self.call("setsockopt", number(fd), number(level), number(option), buffer, length), None)

    def do_poll(self, fds, count, timeout):
        array = c.create_string_buffer(b"".join(struct.pack("=ihh", number(f["fd"]), number(f["events"]), 0) for f in fds), 8 * len(fds))
        result, error = self.call("poll", array, number(count), number(timeout))
        for i, wanted in enumerate(fds):
            got = struct.unpack_from("=h", array.raw, 8 * i + 6)[0]
            if wanted.get("revents", ANY) is not ANY and number(wanted["revents"]) != got:
                raise AssertionError(f"poll() gave revents {got:#x} for entry {i}")
        return result, error, None

    def do_epoll_create(self, size):
        return self.plain("epoll_create", size)

    def do_epoll_ctl(self, set_, command, fd, event):
        buffer = c.create_string_buffer(struct.pack("=Iq", number(event.get("events", 0)), number(fd)), 12) if isinstance(event, dict) else None
        return (*self.call("epoll_ctl", number(set_), number(command), number(fd), buffer), None)

    def do_epoll_wait(self, set_, event, most, timeout):
        buffer = c.create_string_buffer(12 * max(number(most), 1))
        result, error = self.call("epoll_wait", number(set_), buffer, number(most), number(timeout))
        events = struct.unpack("=I", buffer.raw[:4])[0]
        if result > 0 and isinstance(event, dict) and number(event["events"]) != events:
            raise AssertionError(f"epoll_wait() gave events {events:#x}")
        return result, error, None

    def do_pipe(self, _fds):
        return (*self.call("pipe", (c.c_int * 2)()), None)

    def do_splice(self, from_, _a, to, _b, size, flags):
        return (*self.call("splice", number(from_), None, number(to), None, number(size), number(flags)), None)

    def info(self, fd: int) -> dict:
        """struct tcp_info as tcpi_* names."""
        buffer, size = c.create_string_buffer(256), c.c_uint(256)
        result, _ = self.call("getsockopt", fd, socket.IPPROTO_TCP, CONSTANTS["TCP_INFO"], buffer, c.byref(size))
        if result != 0:
            return {}
        narrow = struct.unpack_from("=8B24I", buffer.raw)
        wide = struct.unpack_from("=4Q", buffer.raw, 104)
        late = struct.unpack_from("=6I", buffer.raw, 136)
        values = {**dict(zip(INFO, narrow)), **dict(zip(INFO_WIDE, wide)), **dict(zip(INFO_LATE, late))}
        values["snd_wscale"], values["rcv_wscale"] = values["wscales"] & 15, values["wscales"] >> 4
        return {"tcpi_" + key: value for key, value in values.items()}
