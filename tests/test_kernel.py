# SPDX-License-Identifier: Apache-2.0
"""The kernel's own test programs, run in the guest on one and on several CPUs; they print TAP lines."""
import pytest


def failed_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("not ok", "#"))]


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("program", ["ipc-test", "kernel-test"])
def test_program(lab, program, cpus):
    """KER-0001 every test of the program passes."""
    result = lab.boot(smp=cpus).run(program, timeout=180)
    assert failed_lines(result.output) == []
    assert result.status == 0 and "ok 1 " in result.output
