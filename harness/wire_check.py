# SPDX-License-Identifier: Apache-2.0
"""Lets tshark judge a capture: malformed packets and bad checksums, frame by frame."""
import pathlib
import subprocess

from .errors import LabError

CHECKSUMS = ("ip.check_checksum", "udp.check_checksum", "tcp.check_checksum")
# All UDP payload is opaque: heuristics would take random bytes for RTCP and call them malformed.
OPAQUE = ["-d", "udp.port==1-65535,data"]
BAD = ("_ws.malformed || _ws.expert.severity == error || ip.checksum.status == \"Bad\" || "
       "udp.checksum.status == \"Bad\" || tcp.checksum.status == \"Bad\" || icmp.checksum.status == \"Bad\"")


def tshark(pcap: pathlib.Path, *arguments: str) -> str:
    """tshark's output on a capture, with checksums verified."""
    options = [word for name in CHECKSUMS for word in ("-o", f"{name}:TRUE")] + OPAQUE
    run = subprocess.run(["tshark", "-n", "-r", str(pcap), *options, *arguments], capture_output=True, text=True)
    if run.returncode != 0:
        raise LabError(f"tshark: {run.stderr.strip()[:500]}")
    return run.stdout


def bad_frames(pcap: pathlib.Path) -> list[str]:
    """One line for each frame tshark finds something wrong with."""
    return tshark(pcap, "-Y", BAD).splitlines()


def count(pcap: pathlib.Path, display_filter: str) -> int:
    """How many frames match."""
    return len(tshark(pcap, "-Y", display_filter, "-T", "fields", "-e", "frame.number").splitlines())
