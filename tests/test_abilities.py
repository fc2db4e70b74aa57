# SPDX-License-Identifier: Apache-2.0
"""Abilities, judged from inside the guest: every guarded call, the sets' rules, and the tools that show and set them."""
import pathlib
import re

from test_libc import failures

ROOT = pathlib.Path(__file__).resolve().parent.parent


def test_abilities(station):
    """ABLE-0001.. each row of the manual's table that has a call here, denied and allowed."""
    guest = station()
    result = guest.run("ability-test", timeout=180)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 7 " in result.output
    assert result.output.count(" guarded") >= 65


def test_every_guard_has_its_row():
    """ABLE-0011 whatever ability procnto asks for anywhere, ability-test has a call that is refused and allowed for it."""
    asked = set()
    for source in (ROOT / "kernel-sim").rglob("*.cpp"):
        if "test" not in source.parts:
            asked |= set(re.findall(r"Ability::([a-z_]+)", source.read_text()))
    asked -= {"eol", "static_end"}
    rows = set(name.lower() for name in re.findall(r"\{PROCMGR_AID_([A-Z_]+),", "".join(
        (ROOT / "tests/target" / file).read_text() for file in ("ability_test_calls.cpp", "ability_test_objects.cpp"))))
    assert len(asked) > 40 and asked <= rows, asked - rows


def test_ability_tools(station):
    """ABLE-0010 on -A gives and takes, pidin abilities shows it and who was refused."""
    guest = station()
    # not root, no ability: refused, and counted
    assert guest.run("on -u 1000 shutdown").status != 0
    guest.check("on -d -u 1000 -A allow,nonroot,signal:15-16,inherit -A deny,lock,fork sleep 1000")
    shown = guest.check("pidin -p sleep abilities")
    assert re.search(r"signal +allow +allow,inherit:15-16 +0$", shown, re.M), shown
    assert re.search(r"fork +deny,lock +deny,lock +0$", shown, re.M), shown
    assert re.search(r"^reboot +[1-9]", shown, re.M), shown
    # what is inherited reaches the shell's children
    guest.run("on -u 1001 -A allow,nonroot,xprocess_query,inherit -A allow,nonroot,signal,inherit sh -c 'slay -f sleep'")
    guest.check("while pidin -p sleep | grep -q sleep; do :; done")
    assert guest.run("on -A allow,nonroot,nosuch true").status != 0
