# SPDX-License-Identifier: Apache-2.0
"""Scripts in packetdrill's language against the stack in virtual time, through the plug-in library as packetdrill uses it."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def test_scripts_states_and_variables():
    """netmgr/packetdrill/scripts; RST and SYN at the edges of the window in every state (RFC 793, RFC 5961); what each variable changes."""
    done = subprocess.run([ROOT / "tools/packetdrill", "--states", "--variables", ROOT / "netmgr/packetdrill/scripts"], capture_output=True,
                          text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_player_notices(tmp_path):
    """A player that lets everything pass would prove nothing: wrong expectations fail, each for its reason."""
    handshake = """
 0.00 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0.00 fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0
+0.00 connect(3, ..., ...) = -1 EINPROGRESS
"""
    wrong = {"flags": "+0 > S. 0:0(0) <...>\n", "options": "+0 > S 0:0(0) <mss 1460>\n", "window": "+0 > S 0:0(0) win 7 <...>\n",
             "comes at": "+5 > S 0:0(0) <...>\n", "sequence": "+0 > S 0:9(9) <...>\n", "not 0": "+0 listen(3, 1) = 0\n",
             "not EAGAIN": "+0 listen(3, 1) = -1 EAGAIN\n", "ends with 1": "+0 `sysctl -w net.inet.tcp.none=1`\n",
             "gives": "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [5], [4]) = 0\n", "AssertionError": "+0 %{ assert tcpi_state == 99 }%\n"}
    for number, (reason, line) in enumerate(wrong.items()):
        script = tmp_path / f"{number}.pkt"
        script.write_text(handshake + line)
        done = subprocess.run([ROOT / "tools/packetdrill", script], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and reason in done.stdout, f"{line}: {done.stdout}{done.stderr}"
