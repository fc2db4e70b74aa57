# SPDX-License-Identifier: Apache-2.0
"""Programs over TCP against Linux: the web server with curl, nuttcp both ways, nc, inetd's streams."""
import hashlib
import re

import pytest

from conftest import GUEST_ADDRESS, PEER_ADDRESS

MEGABYTE = 1 << 20


def test_web_server(linux_wired, tmp_path):
    """TCPUT-0001 curl puts a file, gets it back whole and in part, and is refused what is not there."""
    guest, run = linux_wired.guest, linux_wired.wire.run
    data = b"".join(hashlib.sha512(i.to_bytes(4)).digest() for i in range(4 * MEGABYTE // 64))
    (tmp_path / "up").write_bytes(data)
    guest.check("HTTPD_ROOT_DIR=/tmp slinger -w -p 8080 &")
    url = f"http://{GUEST_ADDRESS}:8080"
    for _ in range(2):
        assert run("curl", "-sS", "--max-time", "100", "-T", str(tmp_path / "up"), f"{url}/file", timeout=120).returncode == 0
        assert run("curl", "-sS", "--max-time", "100", "-o", str(tmp_path / "down"), f"{url}/file", timeout=120).returncode == 0
        assert (tmp_path / "down").read_bytes() == data
    assert run("curl", "-sS", "-r", "100-199", "-o", str(tmp_path / "part"), f"{url}/file").returncode == 0
    assert (tmp_path / "part").read_bytes() == data[100:200]
    assert "404" in run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"{url}/nothing").stdout
    assert "400" in run("curl", "-sS", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", f"{url}/../etc/motd").stdout
    assert "file" in run("curl", "-sS", f"{url}/").stdout


def test_nuttcp(linux_wired):
    """TCPUT-0002 nuttcp, unmodified, moves 4 MB each way between the guest and Linux."""
    guest = linux_wired.guest
    server = linux_wired.wire.start("nuttcp", "-S", "--nofork", "-1")
    try:
        out = guest.check(f"nuttcp -t -n4m -l16k {PEER_ADDRESS}", timeout=100)
        assert re.search(r"4\.0000 MB /", out), out
    finally:
        server.kill()
        server.wait()
    server = linux_wired.wire.start("nuttcp", "-S", "--nofork", "-1")
    try:
        out = guest.check(f"nuttcp -r -n4m -l16k {PEER_ADDRESS}", timeout=100)
        assert re.search(r"4\.0000 MB /", out), out
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("nic_model", ["e1000"])
def test_streams(linux_wired):
    """TCPUT-0003 inetd's echo and daytime, ttcp with its pattern checked, nc both ways."""
    guest, run = linux_wired.guest, linux_wired.wire.run
    guest.check("inetd")
    probe = ("import socket, sys\ns = socket.create_connection((sys.argv[1], 7), 10)\ns.sendall(b'x' * 100000)\ngot = b''\n"
             "while len(got) < 100000:\n    got += s.recv(65536)\nassert got == b'x' * 100000\n"
             "t = socket.create_connection((sys.argv[1], 13), 10)\nassert b':' in t.recv(100)\nprint('streamed')\n")
    done = run("/usr/bin/python3", "-c", probe, GUEST_ADDRESS)
    assert done.stdout.strip() == "streamed", done.stderr
    guest.check("ifconfig lo0 127.0.0.1 up")
    guest.background("ttcp -r -s -c", "listening on port 5001")
    out = guest.check("ttcp -t -s -n 100 127.0.0.1 2>&1", timeout=60)
    assert "819200 bytes in" in out
    assert "connected to 127.0.0.1:7" in guest.check("nc -z -v 127.0.0.1 7 2>&1")
    assert guest.run("nc -z 127.0.0.1 6666").status == 1
