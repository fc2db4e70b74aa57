# SPDX-License-Identifier: Apache-2.0
"""Scripts made from a table: each writable variable below net.inet.tcp with what it changes. Without its line the script must fail."""
import dataclasses


@dataclasses.dataclass
class Variable:
    """A value that is not the default, and what happens then. `others` are settings that the script needs besides."""
    value: str
    events: str
    others: str = ""


ACTIVE = """+0.00 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0.00 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0
+0.00 connect(3, ..., ...) = -1 EINPROGRESS
"""
BOUND = """+0.00 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0.00 bind(3, ..., ...) = 0
"""
LISTENING = BOUND + "+0.00 listen(3, 1) = 0\n"
FAST_LISTENING = BOUND + "+0.00 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0\n+0.00 listen(3, 1) = 0\n"


def syn(options: str = "<mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>", wait: float = 0, flags: str = "S") -> str:
    """Our SYN."""
    return f"+{wait:.2f} > {flags} 0:0(0) win 65535 {options}\n"


def half_open(options: str = "mss 1460", window: int = 65535) -> str:
    """A SYN for a listener, answered."""
    return LISTENING + f"+0.00 < S 0:0(0) win {window} <{options}>\n+0.00 > S. 0:0(0) ack 1 <...>\n"


def opened(options: str = "mss 1460", window: int = 65535, more: str = "") -> str:
    """Accepted after a round trip of 50 ms; file 4, not blocking."""
    return (half_open(options, window) + f"+0.05 < . 1:1(0) ack 1 win {window} {more}\n+0.00 accept(3, ..., ...) = 4\n"
            "+0.00 fcntl(4, F_SETFL, O_RDWR | O_NONBLOCK) = 0\n")


def segments(first: int, count: int, last: str = ".") -> str:
    """Segments of 1460 bytes from us, `first` counted from 0."""
    ends = [1 + 1460 * (first + i) for i in range(count + 1)]
    return "".join(f"+0.00 > {last if i == count - 1 else '.'} {ends[i]}:{ends[i + 1]}(1460) ack 1\n" for i in range(count))


def received(first: int, count: int) -> str:
    """Segments of 1460 bytes from the peer."""
    ends = [1 + 1460 * (first + i) for i in range(count + 1)]
    return "".join(f"+0.00 < . {ends[i]}:{ends[i + 1]}(1460) ack 1 win 65535\n" for i in range(count))


def sacks(count: int, first: int = 1) -> str:
    """Duplicate ACKs for segment 0, each with one more segment SACKed; the first one up to segment `first`."""
    return "".join(f"+0.00 < . 1:1(0) ack 1 win 65535 <nop,nop,sack 1461:{1 + 1460 * (first + 1 + i)}>\n" for i in range(count))


SACK = "mss 1460,sackOK,nop,nop"
LOST_ALL = opened() + "+0.10 write(4, ..., 1460) = 1460\n" + segments(0, 1, "P.")
# Three timeouts' worth of silence; the time of each is another script's concern.
AGAIN = "* > P. 1:1461(1460) ack 1\n"
FULL = opened(SACK) + "+0.10 write(4, ..., 29200) = 29200\n" + segments(0, 10)
CLOSED_SYN = BOUND + "+0.10 < S 7:7(0) win 1000 <mss 1460>\n"
KEEPALIVE = opened() + "+0.00 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
PROBE = "> . 0:0(0) ack 1\n"
TIME_WAIT = opened() + "+0.00 close(4) = 0\n+0.00 > F. 1:1(0) ack 1\n+0.10 < F. 1:1(0) ack 2 win 65535\n+0.00 > . 2:2(0) ack 2\n"
TAIL_PROBE = "+0.05~+0.30 > . 14601:16061(1460) ack 1\n"   # nothing is known to be lost, and no ACK comes
# A window of 10220 bytes is filled within a round trip and read.
GROWING = (opened() + "+0.10" + received(0, 2)[5:] + "+0.00 > . 1:1(0) ack 2921\n" + received(2, 2) + "+0.00 > . 1:1(0) ack 5841\n" +
           received(4, 2) + "+0.00 > . 1:1(0) ack 8761\n" + received(6, 1) +
           "+0.00 read(4, ..., 20000) = 10220\n+0.00 > . 1:1(0) ack 10221 win 10220\n")
# The buffer is full, all of it is acknowledged, filled again: then the window is the larger one.
SENDING = (opened() + "+0.10 write(4, ..., 100000) = 33580\n" + segments(0, 10) + "+0.05 < . 1:1(0) ack 14601 win 65535\n"
           "+0.00 write(4, ..., 100000) = 14600\n" + segments(10, 12) + "+0.05 < . 1:1(0) ack 32121 win 65535\n")
TIMED_OUT = opened() + "+0.10 write(4, ..., 14600) = 14600\n" + segments(0, 10, "P.") + "+0.25~+0.35 > . 1:1461(1460) ack 1\n"

VARIABLES = {
    "rfc1323": Variable("0", ACTIVE + syn("<mss 1460,sackOK,eol,eol>")),
    "win_scale": Variable("0", ACTIVE + syn("<mss 1460,sackOK,TS val 100 ecr 0>")),
    "timestamps": Variable("0", ACTIVE + syn("<mss 1460,nop,wscale 6,sackOK,eol,eol>")),
    "sack.enable": Variable("0", ACTIVE + syn("<mss 1460,nop,wscale 6,nop,nop,TS val 100 ecr 0>")),
    "ecn.enable": Variable("1", ACTIVE + syn(flags="SEW")),
    "ecn.maxretries": Variable("0", ACTIVE + syn(flags="SEW") + syn("<...>", 1), "ecn.enable=1"),
    "sendspace": Variable("5000", ACTIVE + "+0.00 getsockopt(3, SOL_SOCKET, SO_SNDBUF, [5000], [4]) = 0\n"),
    "recvspace": Variable("20000", ACTIVE + "+0.00 > S 0:0(0) win 20000 <...>\n"),
    "mssdflt": Variable("1000", opened("nop,nop,sackOK") + "+0.00 write(4, ..., 2000) = 2000\n"
                        "+0.00 > . 1:1001(1000) ack 1\n+0.00 > P. 1001:2001(1000) ack 1\n"),
    "minmss": Variable("1000", opened("mss 500") + "+0.00 write(4, ..., 2000) = 2000\n"
                       "+0.00 > . 1:1001(1000) ack 1\n+0.00 > P. 1001:2001(1000) ack 1\n"),
    "init_win": Variable("2", opened() + "+0.10 write(4, ..., 14600) = 14600\n" + segments(0, 2) +
                         "+0.10 < . 1:1(0) ack 1461 win 65535\n" + segments(2, 2)),
    "abc.enable": Variable("0", opened() + "+0.10 write(4, ..., 29200) = 29200\n" + segments(0, 10) +
                           "+0.10 < . 1:1(0) ack 2921 win 65535\n" + segments(10, 3) +
                           "+0.10 < . 1:1(0) ack 5841 win 65535\n" + segments(13, 3)),
    "ack_on_push": Variable("1", opened() + "+0.10 < P. 1:101(100) ack 1 win 65535\n+0.00 > . 1:1(0) ack 101\n"),
    "delack_ms": Variable("100", opened() + "+0.10 < P. 1:101(100) ack 1 win 65535\n+0.10 > . 1:1(0) ack 101\n"),
    "rstppslimit": Variable("1", CLOSED_SYN + "+0.00 > R. 0:0(0) ack 8\n+0.10 < S 7:7(0) win 1000 <mss 1460>\n"
                            "+1.00 < S 9:9(0) win 1000 <mss 1460>\n+0.00 > R. 0:0(0) ack 10\n"),
    "blackhole": Variable("1", CLOSED_SYN + "+0.10 < . 9:9(0) ack 7 win 1000\n+0.00 > R 7:7(0)\n"),
    "drop_synfin": Variable("1", LISTENING + "+0.10 < SF 7:7(0) win 1000 <mss 1460>\n+0.10 < S 9:9(0) win 1000 <mss 1460>\n"
                            "+0.00 > S. 0:0(0) ack 10 <...>\n"),
    "syn_cookies": Variable("2", half_open() + "+2.00 < . 1:1(0) ack 1 win 65535\n+0.00 accept(3, ..., ...) = 4\n"
                            "+0.00 close(4) = 0\n+0.00 > F. 1:1(0) ack 1\n"),
    "mtudisc_blackhole": Variable("0", LOST_ALL + AGAIN * 7),
    "challengeack_limit": Variable("1", opened() + "+0.10 < . 1:1(0) ack 90000 win 65535\n+0.00 > . 1:1(0) ack 1\n"
                                   "+0.10 < . 1:1(0) ack 90000 win 65535\n+0.10 write(4, ..., 10) = 10\n+0.00 > P. 1:11(10) ack 1\n"),
    "limited_transmit": Variable("0", FULL + "+0.05" + sacks(3)[5:] + segments(0, 1)),
    "sack.maxholes": Variable("0", FULL + "+0.05" + sacks(3)[5:] + TAIL_PROBE, "limited_transmit=0"),
    "sack.globalmaxholes": Variable("0", FULL + "+0.05" + sacks(3)[5:] + TAIL_PROBE, "limited_transmit=0"),
    "prr": Variable("0", opened(SACK) + "+0.10 write(4, ..., 100000) = 33580\n" + segments(0, 20) + "+0.05" + sacks(3)[5:] +
                    segments(0, 1) + "".join("+0.01" + sacks(1, i)[5:] for i in range(4, 12)) + segments(20, 1),
                    "init_win=20 limited_transmit=0 congctl.selected=newreno"),
    "frto": Variable("0", TIMED_OUT + "+0.05 write(4, ..., 2920) = 2920\n+0.00 < . 1:1(0) ack 1461 win 65535\n" + segments(1, 2)),
    "recvbuf_auto": Variable("0", GROWING + "+0.10 < . 10221:11681(1460) ack 1 win 65535\n+0.04 > . 1:1(0) ack 11681 win 8760\n",
                             "recvspace=10000"),
    "sendbuf_auto": Variable("0", SENDING + "+0.00 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [33580], [4]) = 0\n"),
    "sendbuf_inc": Variable("10000", SENDING + "+0.00 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [43580], [4]) = 0\n"),
    "sendbuf_max": Variable("35000", SENDING + "+0.00 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [35000], [4]) = 0\n"),
    "keepidle": Variable("20", KEEPALIVE + "+10.00 " + PROBE),
    "keepintvl": Variable("4", KEEPALIVE + "+10.00 " + PROBE + "+2.00 " + PROBE, "keepidle=20"),
    "keepcnt": Variable("1", KEEPALIVE + "+10.00 " + PROBE + "+2.00 > R. 1:1(0) ack 1\n", "keepidle=20 keepintvl=4"),
    "keepinit": Variable("10", ACTIVE + syn() + syn("<...>", 1) + syn("<...>", 2) +
                         "+2.10 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0\n"),
    "msl": Variable("2", TIME_WAIT + "+2.10 < F. 1:1(0) ack 2 win 65535\n+0.00 > R 2:2(0)\n"),
    "rto_min": Variable("1000", LOST_ALL + "+1.05~+1.10 > P. 1:1461(1460) ack 1\n"),
    "rto_max": Variable("60000", ACTIVE + syn() + "".join(syn("<...>", 2 ** i) for i in range(6)) + syn("<...>", 60)),
    "maxrexmt": Variable("3", LOST_ALL + AGAIN * 3 + "* > R. 1461:1461(0) ack 1\n"),
    "rexmit_initial": Variable("500", ACTIVE + syn() + syn("<...>", 0.5)),
    "rexmit_slop": Variable("200", ACTIVE + syn() + syn("<...>", 1) + syn("<...>", 2.2)),
    "rexmit_drop_options": Variable("1", ACTIVE + syn() + syn("<...>", 1) + syn("<...>", 2) + syn("<mss 1460>", 4)),
    "insecure_rst": Variable("1", opened() + "+0.10 < R 500:500(0) win 0\n"
                             "+0.00 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0\n"),
    "insecure_syn": Variable("1", opened() + "+0.10 < S 500:500(0) win 0 <mss 1460>\n+0.00 > R. 1:1(0) ack 1\n"),
    "icmp_may_rst": Variable("0", ACTIVE + syn() + "+0.10 < icmp unreachable port_unreachable [0:0(0)]\n"
                             "+0.00 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n" + syn("<...>", 0.9)),
    "tolerate_missing_ts": Variable("1", opened("mss 1460,nop,nop,TS val 5 ecr 0", more="<nop,nop,TS val 5 ecr 0>") +
                                    "+0.10 < P. 1:101(100) ack 1 win 65535\n+0.04 > . 1:1(0) ack 101 <...>\n"),
    "fastopen.client_enable": Variable("0", ACTIVE.rsplit("+", 1)[0] + "+0.00 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0\n"
                                       "+0.00 sendto(3, ..., 100, 0, ..., ...) = 100\n" + syn()),
    "fastopen.server_enable": Variable("0", FAST_LISTENING + "+0.10 < S 0:0(0) win 65535 <mss 1460,FO,nop,nop>\n"
                                       "+0.00 > S. 0:0(0) ack 1 <mss 1460>\n"),
    "fastopen.acceptany": Variable("1", FAST_LISTENING + "+0.10 < S 0:100(100) win 65535 <mss 1460,FO 0102030405060708,nop,nop>\n"
                                   "+0.00 > S. 0:0(0) ack 101 <mss 1460>\n"),
    "congctl.selected": Variable("newreno", ACTIVE + '+0.00 getsockopt(3, IPPROTO_TCP, TCP_CONGESTION, "newreno", ...) = 0\n'),
}
# Shown where there are several peers, interfaces or a log: netmgr/test/tcp_sysctl_test.cpp.
ELSEWHERE = ("syn_cache_limit", "syn_bucket_limit", "rst_on_sock_fail", "mss_ifmtu", "log_refused", "do_loopback_cksum",
             "recvbuf_inc", "recvbuf_max")


def script(name: str, with_it: bool = True) -> str:
    """The script of a variable, also without the line that sets it."""
    variable = VARIABLES[name]
    settings = variable.others.split() + ([f"{name}={variable.value}"] if with_it else [])
    lines = "".join(f"+0.00 `sysctl -w net.inet.tcp.{one}`\n" for one in settings)
    return " 0.00 `true`\n" + lines + variable.events
