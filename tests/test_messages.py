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


def test_kernel_operations(lab):
    """MSG-0020 kernel-bench measures every operation of its table, and what contains another one costs more."""
    guest = lab.boot(smp=1, icount=True, bios="qboot.rom")
    out = guest.check("kernel-bench 20", timeout=300)
    print(out)
    least = {row[0]: int(row[1]) for row in re.findall(r"^(\S.*?) +(\d+) +\d+$", out, re.M)}
    assert len(least) == 9
    null_call = least["null call"]
    assert 0 < null_call < min(cost for name, cost in least.items() if "Msg" in name or " to " in name)


def test_on_several_processors(lab):
    """MSG-0002 the same two processes work when each may run on its own CPU."""
    guest = lab.boot(smp=2)
    assert guest.run("msgbench 200", timeout=120).status == 0
