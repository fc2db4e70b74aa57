# SPDX-License-Identifier: Apache-2.0
"""dumper: the files it makes of a crashed process, judged by gdb on the host."""
import re
import subprocess

from harness import paths


def fetch(guest, path, to):
    """Copies a file out of the guest over the serial line, without the pages that are zero."""
    with open(to, "wb") as out:
        for line in guest.check(f"process-test pages {path}", timeout=120).splitlines():
            _, offset, digits = line.split()
            out.seek(int(offset, 16))
            out.write(bytes.fromhex(digits))


def gdb(program, core, *commands):
    words = ["gdb", "-nx", "-batch"]
    for command in commands:
        words += ["-ex", command]
    return subprocess.run(words + [str(program), str(core)], capture_output=True, text=True, timeout=60).stdout


def test_core(station, tmp_path):
    """DUMP-0001 a crash leaves a core file that gdb opens at the right place, and a report; nothing of the process stays."""
    guest = station()
    guest.check("dumper -d /tmp/dumps &")
    guest.check("waitfor /tmp/dumps 10")
    with guest.expect_fault() as expected:
        result = guest.run("crash wild")
    assert result.status == 128 + 11
    report = guest.check("cat /tmp/dumps/crash.txt")
    assert "arguments crash wild" in report and "signal 11 in thread 1" in report
    rip = re.search(r"thread 1 \(crashed\).*?rip ([0-9a-f]{16})", report, re.S).group(1)
    assert int(rip, 16) == expected.fault.number("rip", 16)
    assert re.search(r"#0 +" + rip + r" +/\S*crash\+0x", report)
    core = tmp_path / "crash.core"
    fetch(guest, "/tmp/dumps/crash.core", core)
    program = paths.build_dir() / "tests/target/crash"
    offset = int(re.search(r"#0 .*crash\+0x([0-9a-f]+)", report).group(1), 16)
    out = gdb(program, core, f"symbol-file -o {int(rip, 16) - offset:#x} {program}", "print/x $rip", "info threads")
    assert "signal SIGSEGV" in out and f"0x{int(rip, 16):x}" in out and "LWP 1" in out
    guest.run("slay dumper")  # its status is the number of processes slain
