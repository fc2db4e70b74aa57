# SPDX-License-Identifier: Apache-2.0
"""The documented driver interface: every name is there, and a driver written from the manual alone works."""
import pathlib
import re
import subprocess

import pytest

from harness import paths
from test_qcc import qcc

HERE = pathlib.Path(__file__).parent


def documented() -> list[tuple[str, str]]:
    """(header, name) for each name of driver_api.txt."""
    rows = []
    for line in (HERE / "driver_api.txt").read_text().splitlines():
        header, _, names = line.partition(":")
        if not line.startswith("#"):
            rows += [(header, name) for name in names.split()]
    return rows


def driver_headers() -> pathlib.Path:
    """What a driver's author gives to -I."""
    return paths.build_dir() / "sysroot/usr/include/io-pkt"


def test_every_documented_name(tmp_path):
    """IFC-0001 each name is a macro or a function of its header, and io-pkt exports the functions."""
    rows = documented()
    lines = ["#include <io-pkt/iopkt_driver.h>", "#include <net/if_media.h>"]
    lines += [f"#include <{header}>" for header in dict.fromkeys(header for header, _ in rows)]
    for header, name in rows:
        lines += [f"#ifndef {name}", f"void *function_{name}(void) {{ return (void *)&{name}; }} /* {header} */", "#endif"]
    (tmp_path / "names.c").write_text("\n".join(lines) + "\n")
    qcc("-c", "-Wall", "-Werror", f"-I{driver_headers()}", "-o", tmp_path / "names.o", tmp_path / "names.c")
    needed = subprocess.run(["nm", "-u", tmp_path / "names.o"], capture_output=True, text=True, check=True).stdout.split()
    there = subprocess.run(["nm", "-D", "--defined-only", paths.build_dir() / "netmgr/main/io-pkt-v4-hc"],
                           capture_output=True, text=True, check=True).stdout.split()
    functions = [name for name in needed if name not in ("U", "_GLOBAL_OFFSET_TABLE_")]
    assert len(functions) > 40 and len(rows) > 90
    assert [name for name in functions if name not in there] == []


@pytest.mark.seed("RUN-multi", "EX-3")
def test_driver_of_a_stranger(lab, tmp_path):
    """IFC-0002 a C driver that uses only the documented interface passes frames between two io-pkt processes."""
    qcc("-shared", "-Wall", "-Werror", f"-I{driver_headers()}", "-o", tmp_path / "devnp-wire.so",
        HERE / "drivers/devnp-wire.c")
    build = tmp_path / "wire.build"
    build.write_text(f"[+include] {HERE / 'guest.build'}\ndevnp-wire.so={tmp_path / 'devnp-wire.so'}\n")
    guest = lab.boot(image=str(build))
    guest.check("io-pkt-v4-hc &")
    guest.check("io-pkt-v4-hc -i1 -p tcpip prefix=/alt &")
    guest.check("waitfor /dev/socket 10")
    guest.check("waitfor /alt/dev/socket 10")
    guest.check("mount -T io-pkt -o me=left,peer=right,mac=02005e000001 devnp-wire.so")
    guest.check("mount -T io-pkt1 -o mac=02005e000002,me=right,peer=left,name=cable devnp-wire.so")
    guest.check("ifconfig wire0 10.6.0.1/24 up")
    guest.check("SOCK=/alt ifconfig cable0 10.6.0.2/24 up")
    out = guest.check("ping -n -c 5 -s 1400 10.6.0.2")
    assert "5 packets received" in out
    assert "5 packets received" in guest.check("SOCK=/alt ping -n -c 5 10.6.0.1")
    assert "Wire between two io-pkt" in guest.check("nicinfo wire0")
    assert "02:00:5e:00:00:02" in guest.check("SOCK=/alt ifconfig cable0")
    guest.check("mount -T io-pkt -o me=bell,peer=nobody,isr devnp-wire.so")
    for _ in range(50):  # an interrupt handler of the driver calls interrupt_queue()
        work, enables = map(int, re.search(r"two io-pkt, (\d+)\+(\d+)", guest.check("nicinfo wire1")).groups())
        if work > 20:
            break
    assert work > 20 and work // 2 - 2 <= enables <= work // 2 + 2
    guest.check("ifconfig wire1 destroy")
    result = guest.run("mount -T io-pkt -o me=x devnp-wire.so")
    assert result.status != 0 and "Invalid" in result.output
    for _ in range(3):
        guest.check("ifconfig wire0 destroy")
        assert "devnp-wire" not in guest.check("pidin -P io-pkt-v4-hc mem | grep -m1 wire; true")
        guest.check("mount -T io-pkt -o me=left,peer=right,mac=02005e000001 devnp-wire.so")
        guest.check("ifconfig wire0 10.6.0.1/24 up")
        assert "1 packets received" in guest.check("ping -n -c 1 10.6.0.2")
