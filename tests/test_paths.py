# SPDX-License-Identifier: Apache-2.0
"""The path-name space, judged from inside the guest."""
from test_libc import failures


def test_path_space(station):
    """PATH-0101.. matching, order, unions, links, /proc/mount."""
    result = station().run("path-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 12 " in result.output
