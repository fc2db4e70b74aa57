# SPDX-License-Identifier: Apache-2.0
"""Scripts made from a table: RST, SYN and ACK at the edges of the window in every state, with RFC 5961's and RFC 793's answers."""
import dataclasses

WINDOW = 65700      # 64 KiB rounded up to segments of 1460 bytes
HEAD = """--tolerance_usecs=75000
 0.00 `sysctl -w net.inet.tcp.recvspace=65536 kern.sbmax=2097152`
+0.00 `sysctl -w net.inet.tcp.insecure_rst={insecure} net.inet.tcp.insecure_syn={insecure}`
"""
OPEN = """+0.00 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0.00 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0
+0.00 connect(3, ..., ...) = -1 EINPROGRESS
+0.00 > S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>
"""
CONNECTED = OPEN + """+0.10 < S. 0:0(0) ack 1 win 32767 <mss 1460,sackOK,eol,eol>
+0.00 > . 1:1(0) ack 1 win 65535
+0.00 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [65700], [4]) = 0
"""
FIN = """+0.10 shutdown(3, SHUT_WR) = 0
+0.00 > F. 1:1(0) ack {ack} win 65535
"""
PEER_FIN = """+0.10 < F. 1:1(0) ack {ack} win 32767
+0.00 > . {seq}:{seq}(0) ack 2 win 65535
"""


@dataclasses.dataclass
class State:
    """How to get there; what comes next on both sides; SO_ERROR after a RST (None: the socket has no error to tell)."""
    way: str
    snd_nxt: int
    rcv_nxt: int
    error: str | None
    window: int = WINDOW
    fd: int = 3


CLOSING = CONNECTED + FIN.format(ack=1) + "+0.10 < F. 1:1(0) ack 1 win 32767\n+0.00 > . 2:2(0) ack 2 win 65535\n"
STATES = {
    "SYN_RCVD": State(OPEN + "+0.10 < S 0:0(0) win 32767 <mss 1460>\n+0.00 > S. 0:0(0) ack 1 win 65535 <mss 1460>\n", 1, 1, "ECONNREFUSED", 65536),
    "ESTABLISHED": State(CONNECTED, 1, 1, "ECONNRESET"),
    "CLOSE_WAIT": State(CONNECTED + PEER_FIN.format(ack=1, seq=1), 1, 2, "ECONNRESET"),
    "FIN_WAIT_1": State(CONNECTED + FIN.format(ack=1), 2, 1, "ECONNRESET"),
    "FIN_WAIT_2": State(CONNECTED + FIN.format(ack=1) + "+0.10 < . 1:1(0) ack 2 win 32767\n", 2, 1, "ECONNRESET"),
    "CLOSING": State(CLOSING, 2, 2, None),
    "LAST_ACK": State(CONNECTED + PEER_FIN.format(ack=1, seq=1) + FIN.format(ack=2), 2, 2, None),
    "TIME_WAIT": State(CLOSING + "+0.10 < . 2:2(0) ack 2 win 32767\n", 2, 2, None),
}
PLACES = {"outside-left": (-1, False), "left-edge": (0, True), "right-edge": (-1, True), "outside-right": (0, False)}


def place(state: State, where: str) -> tuple[int, bool]:
    """The sequence number, and whether it is in the window."""
    offset, inside = PLACES[where]
    base = state.rcv_nxt + (state.window if "right" in where else 0)
    return base + offset, inside


def same_state(name: str) -> str:
    return f"+0.10 `sockstat -4 -P tcp -s | grep -c {name} | grep 1`\n"


def gone() -> str:
    return "+0.10 `sockstat -4 -P tcp -s | grep -c tcp4 | grep '^0'`\n"


def error(state: State) -> str:
    value = "0" if state.error is None else state.error
    return f"+0.00 getsockopt({state.fd}, SOL_SOCKET, SO_ERROR, [{value}], [4]) = 0\n"


def ack(state: State) -> str:
    return f"+0.00 > . {state.snd_nxt}:{state.snd_nxt}(0) ack {state.rcv_nxt} win 65535\n"


def rst_script(name: str, where: str, insecure: bool) -> str:
    """RFC 5961 3.2, or RFC 793 page 70."""
    state = STATES[name]
    seq, inside = place(state, where)
    text = HEAD.format(insecure=int(insecure)) + state.way + f"+0.10 < R {seq}:{seq}(0) win 32767\n"
    if name != "TIME_WAIT" and inside and (insecure or where == "left-edge"):
        return text + error(state) + gone()
    if inside and name != "TIME_WAIT":
        text += ack(state)
    return text + same_state(name)


def syn_script(name: str, where: str, insecure: bool) -> str:
    """RFC 5961 4.2, or RFC 793 page 71. In TIME-WAIT a SYN behind all that was received may open anew; nobody listens here."""
    state = STATES[name]
    seq, inside = place(state, where)
    text = HEAD.format(insecure=int(insecure)) + state.way + f"+0.10 < S {seq}:{seq}(0) win 32767 <mss 1460,sackOK,eol,eol>\n"
    if insecure and inside and name != "TIME_WAIT":
        text += f"+0.00 > R. {state.snd_nxt}:{state.snd_nxt}(0) ack {state.rcv_nxt} win 0\n"
        return text + f"+0.00 getsockopt({state.fd}, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0\n" + gone()
    return text + ack(state) + same_state(name)


def scripts() -> dict[str, str]:
    """Name -> text."""
    made = {}
    for name in STATES:
        for where in PLACES:
            for insecure in (False, True):
                suffix = f"{name.lower().replace('_', '-')}-{where}-{'insecure' if insecure else 'secure'}"
                made[f"rcv-rst-{suffix}"] = rst_script(name, where, insecure)
                made[f"rcv-syn-{suffix}"] = syn_script(name, where, insecure)
    return made
