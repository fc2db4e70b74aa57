# SPDX-License-Identifier: Apache-2.0
"""The process manager, judged from inside the guest."""
import re

from harness import paths
from test_libc import failures


def test_process_manager(station):
    """PROC-0001.. spawn, wait, exec, memory, path names, rights, broken messages; nothing is left behind."""
    result = station().run("procmgr-test", timeout=90)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 22 " in result.output


def test_processes(station):
    """FORK-0001.. fork and what is made of it."""
    result = station().run("process-test", timeout=90)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 21 " in result.output


def test_memory(station):
    """MEM-0010.. typed memory, handles, locks, placement."""
    result = station().run("memory-test", timeout=90)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 9 " in result.output


RANDOM_LAYOUT = """
[virtual=x86_64,elf] .bootstrap = {
    startup-x86
    PATH=/proc/boot:/bin:/usr/bin:/sbin:/usr/sbin LD_LIBRARY_PATH=/proc/boot:/lib:/usr/lib:/lib/dll procnto-smp-instr -v -mr -ae -u 0777
}
"""


def test_random_layout(lab):
    """MEM-0019 procnto -mr: stack, program and libraries of each process lie elsewhere; without it they do not."""
    minimal = (paths.ROOT / "images/minimal.build").read_text()
    text = minimal.replace("[+include] images/parts/boot.build", RANDOM_LAYOUT)
    assert text != minimal
    buildfile = lab.folder / "random.build"
    buildfile.write_text(text + "memory-test\n")
    guest = lab.boot(image=str(buildfile))
    told = (guest.folder / "console.log").read_text(errors="replace")
    assert re.search(r"option -v\r?\n.*option -mr\r?\n.*option -ae\r?\n", told) and "-u is not known" in told and "0777" not in told
    runs = [guest.check("memory-test where").split() for _ in range(6)]
    # Two of 65536 places for the stack may be the same, but hardly ever twice.
    assert all(len(set(places)) >= len(runs) - 1 for places in zip(*runs)), runs
    plain = lab.boot()
    assert len({plain.check("memory-test where") for _ in range(3)}) == 1


def test_manual(lab):
    """MAN-0001.. facts of the manuals that no other test takes up."""
    guest = lab.boot(smp=2)
    guest.tolerate_faults("manual-test")
    result = guest.run("manual-test", timeout=60)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 5 " in result.output


def test_keyboard_line(station):
    """MAN-0005 the keyboard's interrupt, as the manuals' examples use it."""
    guest = station()
    guest.shell.start("manual-test key; echo ended $?")
    guest.console.expect(r"^press a key")
    guest.qmp.human("sendkey a")
    guest.console.expect(r"^scan code 0x1e")
    guest.console.expect(r"^ended 0")
    guest.shell.wait_prompt()


def test_loader_variables(station):
    """MAN-0006 LD_PRELOAD and LD_BIND_NOW."""
    guest = station()
    assert "libsocket" in guest.check("LD_PRELOAD=libsocket.so pidin -p pidin mem") and "libsocket" not in guest.check("pidin -p pidin mem")
    assert guest.run("LD_PRELOAD=libnone.so LD_BIND_NOW=1 ls /proc/boot/sh").status == 0
