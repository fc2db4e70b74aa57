# SPDX-License-Identifier: Apache-2.0
"""Abilities, judged from inside the guest: every guarded call, the sets' rules, and the tools that show and set them."""
import re

from test_libc import failures


def test_abilities(station):
    """ABLE-0001.. each row of the manual's table that has a call here, denied and allowed."""
    guest = station()
    result = guest.run("ability-test", timeout=180)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 7 " in result.output
    assert result.output.count(" guarded") >= 43


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
    assert "bin/sleep" not in guest.check("pidin")
    assert guest.run("on -A allow,nonroot,nosuch true").status != 0
