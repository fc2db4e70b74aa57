# SPDX-License-Identifier: Apache-2.0
"""A program that breaks a memory rule dies, alone; bad pointers give EFAULT."""
import re

import pytest

from harness import crash, paths
from conftest import counters, counters_beside_shell

SIGILL, SIGBUS, SIGSEGV = 4, 10, 11


@pytest.mark.parametrize("action", ["null", "wild", "kernel-read", "kernel-write", "kernel-jump", "stack-exec",
                                    "text-write", "noncanonical", "cli", "port", "abort"])
def test_forbidden(station, action):
    """PROT-0001 each forbidden thing ends the process with a fault block, and only that process."""
    guest = station()
    before = counters_beside_shell(guest)["processes"]
    with guest.expect_fault() as expected:
        result = guest.run(f"crash {action}")
    assert expected.fault.name.endswith("crash")
    assert "still alive" not in result.output
    assert result.status != 0 and result.status != 99
    signo = expected.fault.number("signo")
    assert signo in ((SIGILL,) if action == "abort" else (SIGSEGV, SIGBUS))
    assert counters(guest)["processes"] == before


def test_call_chain(station):
    """CRASH-0001 the decoder gives the chain of calls through program and library, with source lines, by the unwind tables."""
    guest = station()
    with guest.expect_fault() as expected:
        guest.run("crash callback")
    text = crash.describe(expected.fault, crash.Symbols(paths.build_dir()))
    print(text)
    chain = [line for line in text.splitlines() if line.startswith("  #")]
    places = [next((i for i, line in enumerate(chain) if name in line), None) for name in ("compare_badly", "bsearch", "find_badly", " main")]
    assert None not in places and places == sorted(places)
    assert sum("find_badly(int)" in line.split("  ")[-1] for line in chain) == 3
    assert re.search(r"crash\.cpp:\d+", chain[0]) and "called from" not in text


def test_bad_pointers(station):
    """PROT-0002 every kernel call answers EFAULT to bad pointers, and survives rubbish."""
    guest = station()
    out = guest.check("badcalls", timeout=120)
    assert " 0 failed" in out
    assert guest.check("echo alive") == "alive\n"


def test_leaks_nothing(station):
    """PROT-0003 processes that crash leave nothing behind in procnto."""
    guest = station()
    for _ in range(2):  # caches fill
        with guest.expect_fault():
            guest.run("crash wild")
    before = counters_beside_shell(guest)
    for _ in range(10):
        with guest.expect_fault():
            guest.run("crash wild")
    after = counters_beside_shell(guest)
    assert {k: after[k] - before[k] for k in after if after[k] != before[k] and not k.startswith("pages_")} == {}
    assert before["pages_free"] - after["pages_free"] <= 2


def test_write_xor_execute(station):
    """PROT-0004 no page that the current process or the kernel can reach is both writable and executable."""
    guest = station()
    guest.check("echo here")
    guest.qmp.command("stop")
    rows = guest.qmp.human("info tlb").splitlines()
    guest.qmp.command("cont")
    flags = [row.split()[-1] for row in rows if ":" in row]
    assert len(flags) > 100
    # QEMU's columns: X (no-execute) G P D A C T U W
    bad = [row for row in rows if ":" in row and row.split()[-1][0] != "X" and row.split()[-1][8] == "W"]
    assert bad == []
