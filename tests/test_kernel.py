# SPDX-License-Identifier: Apache-2.0
"""The kernel's own test programs, run in the guest on one and on several CPUs; they print TAP lines."""
import pytest

from conftest import counters_beside_shell


def failed_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("not ok", "#"))]


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("program", ["ipc-test", "fact-test", "interrupt-test", "kernel-test", "message-test", "sched-test", "signal-test", "sync-test", "time-test"])
def test_program(lab, program, cpus):
    """KER-0001 every test of the program passes."""
    result = lab.boot(smp=cpus).run(program, timeout=180)
    assert failed_lines(result.output) == []
    assert result.status == 0 and "ok 1 " in result.output


@pytest.mark.parametrize("cpus", [1, 4])
def test_wide_registers(lab, cpus):
    """AVX-0001 AVX state is kept on a CPU that has it."""
    result = lab.boot(smp=cpus, cpu="max").run("avx-test", timeout=180)
    assert failed_lines(result.output) == []
    assert result.status == 0 and "ok 4 " in result.output


def test_exact_times(lab):
    """TIME-0001 with guest time that repeats, timers are late by no more than their resolution."""
    result = lab.boot(smp=1, icount=True, bios="qboot.rom").run("time-test exact", timeout=300)
    assert failed_lines(result.output) == []
    assert result.status == 0 and "ok 1 " in result.output


@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_stress(lab, cpus):
    """STRESS-0001 clients that are killed while they send leave nothing behind, whatever the number of CPUs."""
    guest = lab.boot(smp=cpus)

    def objects() -> dict[str, int]:
        return {name: value for name, value in counters_beside_shell(guest).items() if not name.startswith("pages")}
    guest.check("kernel-stress 1 7", timeout=180)  # caches fill
    before = objects()
    assert "\nok 1 " in guest.check("kernel-stress 8 3", timeout=300)
    assert objects() == before
