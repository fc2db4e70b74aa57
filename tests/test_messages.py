# SPDX-License-Identifier: Apache-2.0
"""Message passing measured in guest instructions."""
import re

SIZES = [0, 64, 4096, 65536]


def test_round_trips(lab):
    """MSG-0001 msgbench prints a table of round trips in guest instructions under -icount."""
    guest = lab.boot(smp=1, icount=True, bios="qboot.rom")
    out = guest.check("msgbench 100", timeout=300)
    print(out)
    rows = [tuple(map(int, row)) for row in re.findall(r"^\s*(\d+)\s+(\d+)\s+(\d+)\s*$", out, re.M)]
    assert [row[0] for row in rows] == SIZES
    least = [row[1] for row in rows]
    assert least == sorted(least), "a larger message cannot cost less"
    assert all(0 < minimum <= mean for _, minimum, mean in rows)
    assert least[0] < 100_000


def test_on_several_processors(lab):
    """MSG-0002 the same two processes work when each may run on its own CPU."""
    guest = lab.boot(smp=2)
    assert guest.run("msgbench 200", timeout=120).status == 0
