# SPDX-License-Identifier: Apache-2.0
"""gdb on the machine: processes, threads, and call chains through programs, libraries and the kernel."""
import re

import pytest

from harness.errors import GuestFault
from harness.gdb import Debugged
from harness.qemu import Config


@pytest.fixture
def debugged(lab):
    """A guest at its prompt with gdb's stub."""
    one = Debugged(Config(image=lab.image("guest"), smp=2), lab.folder, lab.build)
    try:
        one.guest.boot()
        yield one
    finally:
        one.close()


def test_gdb(debugged):
    """GDB-0001 nto-procs, nto-threads, nto-maps; chains of a program with its DLL and of a kernel thread; the machine goes on afterwards."""
    run = debugged.run(["nto-procs", "nto-threads devc-ser8250", "nto-maps devc-ser8250", "nto-thread devc-ser8250 1", "bt",
                        "nto-thread slogger2 1", "info symbol main", "nto-thread 1 5", "bt", "nto-back", "info registers rip", "detach"], timeout=120)
    print(run.stdout + run.stderr)
    out = run.stdout
    pids = {name.rsplit("/", 1)[-1]: int(pid) for pid, name in re.findall(r"^ +(\d+) +\d+ +\d+  (\S+)$", out, re.M)}
    assert pids["procnto-smp-instr"] == 1 and {"devc-ser8250", "slogger2", "sh"} <= pids.keys()
    assert re.search(rf"^ +{pids['devc-ser8250']}   1 +\d+ RECEIVE ", out, re.M)
    assert re.search(r"^0x\w+-0x\w+ +0x\w+ /proc/boot/libc.so$", out, re.M)
    chain = [name for name in ("MsgReceive_r", "dispatch_block", "main (argc=") if name in out]
    assert chain == ["MsgReceive_r", "dispatch_block", "main (argc="], "the server's chain from libc to main"
    assert "in section .text of" in out and "slogger2" in out
    kernel = out[out.rindex("symbols of"):]
    assert "ipc::receive" in kernel and "proc::" in kernel and "kernel_thread_main" in kernel
    assert "Error" not in run.stderr and "Exception" not in run.stderr
    assert debugged.guest.check("echo alive").strip() == "alive"


def test_kernel_fault(debugged):
    """CRASH-0002 a fault in the kernel is decoded with its call chain."""
    with pytest.raises(GuestFault) as caught:
        run = debugged.run(["set $rip = 0xffffffff40000000", "set $cs = 8", "detach"], timeout=60)
        print(run.stdout + run.stderr)
        debugged.guest.shell.start("echo")  # its interrupt wakes the CPU
        debugged.guest.console.expect("never", 20)
    text = str(caught.value)
    print(text)
    assert "@@FAULT kernel" in text and re.search(r"#0 0xffffffff40000000 \?", text)
    assert re.search(r"#1 0xffffffff8\w+ procnto-smp-instr|#1 0xffffffff8\w+ \S*start_cpu", text)
