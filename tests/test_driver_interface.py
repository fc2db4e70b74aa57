# SPDX-License-Identifier: Apache-2.0
"""The documented driver interface: every name is there, and a driver written from the manual alone works."""
import pathlib
import re
import subprocess
import time

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
    io_pkt = [paths.build_dir() / "netmgr/main/io-pkt-v4-hc", paths.build_dir() / "sysroot/x86_64/lib/libslog2.so"]  # which it loads
    there = subprocess.run(["nm", "-D", "--defined-only", *io_pkt], capture_output=True, text=True, check=True).stdout.split()
    functions = [name for name in needed if name not in ("U", "_GLOBAL_OFFSET_TABLE_")]
    assert len(functions) > 40 and len(rows) > 90
    assert [name for name in functions if name not in there] == []


def driver_commands(guest):
    """A driver's own ioctls (PTP, AVB), and ltsleep() in one of them: others use the stack, but nobody takes the driver away."""
    assert "driver answered" in guest.check("option-client drvspec wire0")
    result = guest.run("on -u 99:99 option-client drvspec wire0")
    assert result.status == 1 and "not permitted" in result.output
    assert "slept: No error" in guest.check("option-client drvsleep wire0 20000 1")
    assert "slept: " in guest.check("option-client drvsleep wire0 10 0") and "No error" not in guest.check("option-client drvsleep wire0 10 0")
    guest.check("option-client drvsleep wire0 10000 0 > /tmp/slept &")
    guest.check("until nicinfo wire0 | grep -q '1 asleep'; do :; done")
    assert "busy" in guest.run("ifconfig wire0 destroy").output
    assert "1 packets received" in guest.check("ping -n -c 1 10.6.0.2")
    guest.check("until grep -q slept /tmp/slept; do :; done")


@pytest.mark.seed("RUN-multi")
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
    work, limit = 0, time.monotonic() + 30
    while work <= 20 and time.monotonic() < limit:  # an interrupt handler of the driver calls interrupt_queue()
        work, enables = map(int, re.search(r"two io-pkt, (\d+)\+(\d+)", guest.check("nicinfo wire1")).groups())
    assert work > 20 and work // 2 - 2 <= enables <= work // 2 + 2
    guest.check("ifconfig wire1 destroy")
    driver_commands(guest)
    result = guest.run("mount -T io-pkt -o me=x devnp-wire.so")
    assert result.status != 0 and "Invalid" in result.output
    for _ in range(3):
        guest.check("ifconfig wire0 destroy")
        assert "devnp-wire" not in guest.check("pidin -P io-pkt-v4-hc mem | grep -m1 wire; true")
        guest.check("mount -T io-pkt -o me=left,peer=right,mac=02005e000001 devnp-wire.so")
        guest.check("ifconfig wire0 10.6.0.1/24 up")
        assert "1 packets received" in guest.check("ping -n -c 1 10.6.0.2")


def wait_for_link(guest, interface: str, stack: str = ""):
    """The driver's look at its PHY is a timer's."""
    guest.check(f"until {stack} ifconfig {interface} | grep -q 'status: active'; do :; done")


@pytest.mark.seed("EX-1", "EX-2", "EX-3")
def test_examples_of_the_page(lab, tmp_path):
    """IFC-0003 the manual page's three examples, typed as printed, with a driver that is called as theirs."""
    qcc("-shared", "-Wall", "-Werror", f"-I{driver_headers()}", "-o", tmp_path / "devnp-abc100.so",
        HERE / "drivers/devnp-abc100.c")
    build = tmp_path / "abc100.build"
    build.write_text(f"[+include] {HERE / 'guest.build'}\n/lib/dll/devnp-abc100.so={tmp_path / 'devnp-abc100.so'}\n")
    guest = lab.boot(image=str(build))
    # First example.
    guest.check("io-pkt-v6-hc -d /lib/dll/devnp-abc100.so \\\n memrange=0x10064000,irq=0x80050024,mac=001122334455")
    guest.check("ifconfig abc0 10.184")
    assert "inet 10.0.0.184 netmask 0xff000000" in guest.check("ifconfig abc0")
    card = guest.check("nicinfo abc0")
    assert "ABC100 Ethernet Controller" in card and "001122 334455" in card
    assert "0x80050024" in card and "0x10064000" in card, card
    # Second: a stack of its own, which gets the cable's other end.
    guest.check("io-pkt-v4-hc -i1 -ptcpip prefix=/alt")
    guest.check("mount -Tio-pkt1 /lib/dll/devnp-abc100.so")
    assert "abc0" in guest.check("SOCK=/alt ifconfig -a")
    guest.check("SOCK=/alt ifconfig abc0 10.185")
    wait_for_link(guest, "abc0")
    wait_for_link(guest, "abc0", "SOCK=/alt")
    for size in (56, 1472):
        assert "5 packets received" in guest.check(f"ping -n -c 5 -s {size} 10.185")
        assert "5 packets received" in guest.check(f"SOCK=/alt ping -n -c 5 -s {size} 10.184")
    # Third: one more card for the first stack, on the next window.
    guest.check("mount -T io-pkt -o mac=12345678 devnp-abc100.so")
    assert "12:34:56:78" in guest.check("ifconfig abc1") and "0x10074000" in guest.check("nicinfo abc1")
    wrong = guest.run("mount -T io-pkt -o mac=1234567 devnp-abc100.so")
    assert wrong.status == 1 and "Invalid" in wrong.output
    busy = guest.run("mount -T io-pkt -o memrange=0x10064000 devnp-abc100.so")
    assert busy.status == 1 and "busy" in busy.output, busy.output
    # The cable is pulled when the other end's stack dies.
    guest.check("SOCK=/alt ifconfig abc0 destroy")
    guest.check("until ifconfig abc0 | grep -q 'status: no carrier'; do :; done")
    guest.check("mount -Tio-pkt1 /lib/dll/devnp-abc100.so")
    guest.check("SOCK=/alt ifconfig abc0 10.185")
    wait_for_link(guest, "abc0")
    assert "1 packets received" in guest.check("SOCK=/alt ping -n -c 1 10.184")
