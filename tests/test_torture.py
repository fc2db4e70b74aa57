# SPDX-License-Identifier: Apache-2.0
"""Short versions of what tools/torture does for longer."""
import re

FUZZ_CALLS = 20000


def passed(result) -> bool:
    """The program's last TAP line says so; its remarks go to the test's output."""
    print("\n".join(line for line in result.lines if line.startswith("#")))
    return result.status == 0 and re.search(r"^ok 1 ", result.output, re.M) is not None


def test_kernel_call_fuzz(lab):
    """FUZZ-0001 random calls of an unprivileged process harm nobody else and leave nothing behind."""
    guest = lab.boot(smp=1, icount=True, bios="qboot.rom")  # the seed decides all: the same run every time
    guest.tolerate_faults("kcall-fuzz", "objects", "libc.so")  # and what it starts
    assert passed(guest.run(f"kcall-fuzz -n {FUZZ_CALLS} -s 1", timeout=300))


def test_failed_allocations(lab):
    """ALLOC-0001 whichever allocation of procnto fails, the call says ENOMEM or EAGAIN and leaves nothing behind."""
    guest = lab.boot()
    guest.tolerate_faults("alloc-fail")  # musl's loader cannot always say why it ends
    result = guest.run("alloc-fail", timeout=300)
    assert passed(result) and not re.search(r"^not ok", result.output, re.M)


def test_stress(lab):
    """STRESS-0002 and STRESS-0003: the load, and the load while allocations fail, counted by instructions: the seed decides all."""
    guest = lab.boot(smp=1, icount=True, bios="qboot.rom")
    assert passed(guest.run("stress -t 2 -s 1", timeout=300))
    guest.tolerate_faults("stress")  # a program's loader without memory
    assert passed(guest.run("stress -t 2 -s 2 -f", timeout=300))


def test_stress_on_four_cpus(lab):
    """STRESS-0002 and STRESS-0003 on four CPUs at once."""
    guest = lab.boot(smp=4)
    assert passed(guest.run("stress -t 4 -s 3", timeout=300))
    guest.tolerate_faults("stress")
    assert passed(guest.run("stress -t 4 -s 4 -f", timeout=300))
