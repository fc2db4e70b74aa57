# SPDX-License-Identifier: Apache-2.0
"""libsocket and the stack's socket calls, judged from inside the guest over the loopback interface."""
import re

from test_libc import failures


def test_socket_library(station):
    """SOCK-0001 datagrams, names, options, waiting, lists, sysctl, and calls that must fail."""
    guest = station()
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/socket 10")
    result = guest.run("socket-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 70 " in result.output


def test_tcp_sockets(station):
    """SOCK-0003 TCP over lo0: connect, accept, streams, EPIPE and SIGPIPE, resets, waiting, MSG_* flags, urgent data, options."""
    guest = station()
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/socket 10")
    result = guest.run("tcp-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and re.search(r"^1\.\.\d\d", result.output, re.M)


def test_signals_of_sockets(station):
    """SOCK-0004 SIGIO comes to a socket's owner while O_ASYNC is on."""
    guest = station()
    guest.check("io-pkt-v4-hc; waitfor /dev/socket 10")
    assert "signals as asked for" in guest.check("option-client sigio")
    assert "signals as asked for" in guest.check("on -u 1000 option-client sigio")


def test_malformed_messages(station):
    """SOCK-0002 a client that lies about lengths and buffers, or sends rubbish, gets errors; the stack lives on."""
    guest = station()
    guest.check("io-pkt-v4-hc &")
    guest.check("waitfor /dev/socket 10")
    for seed in (1, 2):
        result = guest.run(f"socket-abuse 600 {seed}", timeout=120)
        assert result.status == 0, result.output
        assert "0 failures" in result.output
