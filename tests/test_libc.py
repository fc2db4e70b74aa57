# SPDX-License-Identifier: Apache-2.0
"""The C library's own test programs, run in the guest; they print TAP lines."""
import pytest


def failures(output: str) -> list[str]:
    """The failed TAP lines with the comments before them."""
    out, comments = [], []
    for line in output.splitlines():
        if line.startswith("#"):
            comments.append(line)
        elif line.startswith("not ok"):
            out += comments + [line]
            comments = []
        elif line.startswith("ok"):
            comments = []
    return out


@pytest.mark.parametrize("program", ["libc-test", "unload-test", "thread-test", "cxx-test"])
def test_program(station, program):
    """LIBC-0001 every test of the program passes."""
    result = station().run(program, timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 1 " in result.output
