# SPDX-License-Identifier: Apache-2.0
"""The shell and the everyday utilities, at the serial line."""
import re

import pytest

from conftest import need_program


@pytest.mark.parametrize("command, output", [
    ("echo 'a  b' \"c d\" e\\ f", "a  b c d e f\n"),
    ("A=1; B=\"$A$A\"; echo $B ${B}x '$B'", "11 11x $B\n"),
    ("true && echo yes || echo no", "yes\n"),
    ("false && echo yes || echo no", "no\n"),
    ("echo one; echo two", "one\ntwo\n"),
    ("for i in 1 2 3; do echo $i; done", "1\n2\n3\n"),
    ("i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done", "1\n2\n3\n"),
    ("if [ a = b ]; then echo same; else echo different; fi", "different\n"),
    ("echo hello | cat", "hello\n"),
    ("echo one > /tmp/t1; echo two >> /tmp/t1; cat /tmp/t1; rm /tmp/t1", "one\ntwo\n"),
    ("echo in > /tmp/t2; cat < /tmp/t2; rm /tmp/t2", "in\n"),
    ("(exit 7); echo $?", "7\n"),
    ("x=$(echo inner); echo $x", "inner\n"),
    ("echo one \\\n two th\\\nree", "one two three\n"),
])
def test_language(station, command, output):
    """SHELL-0001 quotes, variables, lists, loops, pipes, redirection, substitution."""
    assert station().check(command) == output


@pytest.mark.parametrize("command, status", [("true", 0), ("false", 1), ("no-such-program", 127),
                                             ("sh -c 'exit 3'", 3), ("cat /no/such/file", 1)])
def test_status(station, command, status):
    """SHELL-0002 the exit status is the command's."""
    assert station().run(command).status == status


def test_files(station):
    """SHELL-0003 mkdir, cp, ls, cat and rm agree with each other."""
    guest = station()
    guest.check("mkdir /tmp/d && echo content > /tmp/d/a && cp /tmp/d/a /tmp/d/b")
    assert guest.check("ls /tmp/d").split() == ["a", "b"]
    assert guest.check("cat /tmp/d/b") == "content\n"
    guest.check("rm /tmp/d/a /tmp/d/b")
    assert guest.check("ls /tmp/d") == ""
    guest.check("rm -r /tmp/d")
    assert guest.run("ls /tmp/d").status != 0


def test_proc_boot(station):
    """SHELL-0004 the image's files are in /proc/boot."""
    names = station().check("ls /proc/boot").split()
    assert {"libc.so", "sh", "procnto-smp-instr"} <= set(names)


def test_pidin(station):
    """SHELL-0005 pidin shows procnto, the shell and itself with states."""
    out = station().check("pidin")
    assert "STATE" in out and "Blocked" in out
    assert "procnto" in out and "devc-ser8250" in out
    assert "RECEIVE" in out and "RUNNING" in out


def test_interrupt_key(station):
    """SHELL-0006 Ctrl-C ends the program in the foreground and gives the prompt back."""
    guest = station()
    guest.shell.start("(echo started; sleep 1000)")
    guest.console.expect(r"^started")
    guest.console.send("\x03")
    assert guest.check("echo alive") == "alive\n"


def test_slay(station):
    """SHELL-0007 slay ends a program by name, kill by number."""
    guest = station()
    guest.check("sleep 1000 &")
    assert "sleep" in guest.check("pidin -p sleep")
    guest.run("slay -f sleep")
    assert "sleep" not in guest.run("pidin -p sleep").output.replace("pidin", "")
    guest.check("sleep 1000 & echo $! > /tmp/pid")
    guest.check("kill -9 $(cat /tmp/pid)")


def test_background_and_wait(station):
    """SHELL-0008 a program in the background does not stop the shell, and wait waits for it."""
    guest = station()
    guest.check("sleep 1 &")
    assert guest.check("echo meanwhile") == "meanwhile\n"
    guest.check("wait")
    # A loop sees the end of a background job though no prompt comes.
    guest.check("sleep 1 & while pidin -p sleep | grep -q sleep; do :; done")


def test_uname_and_use(station):
    """SHELL-0009 uname and use know the system and its programs."""
    guest = station()
    assert "QNX" in guest.check("uname -a") or "nto" in guest.check("uname -a")
    assert "ls" in guest.check("use ls")
    assert "microkernel" in guest.check("use procnto-smp-instr")


def test_long_output(station):
    """SHELL-0010 much output arrives whole."""
    out = station().check("i=0; while [ $i -lt 500 ]; do echo line-$i; i=$((i + 1)); done", timeout=120)
    assert out.splitlines() == [f"line-{i}" for i in range(500)]


def test_toybox(station):
    """SH-0030 toybox's utilities work on our files: names below open folders, pipes, exit codes, time limits."""
    guest = station()
    need_program(guest, "toybox")
    check = guest.check
    check("mkdir /tmp/box; cd /tmp/box; mkdir d; echo one > f; echo two > d/g")
    assert check("find . | sort").split() == [".", "./d", "./d/g", "./f"]
    check("tar cf /tmp/x.tar f d; mkdir /tmp/box2; cd /tmp/box2; tar xf /tmp/x.tar")
    assert check("cat d/g") == "two\n" and check("cmp f /tmp/box/f") == ""
    check("chmod 640 f; chown 5:6 f")
    assert re.match(r"-rw-r-----\s+1 5\s+6 ", check("ls -l f"))
    assert check("printf 'b\\na\\n' | sort | tr a-z A-Z") == "A\nB\n"
    assert guest.run("timeout 1 sleep 20").status == 124
    assert check("which sort") == "/bin/sort\n"
    check("cd /; find /tmp/box /tmp/box2 /tmp/x.tar | tac | xargs rm -r -f")


def test_configuration_strings(station):
    """SH-0031 getconf and setconf show and change the system's strings; uname takes the processor from them."""
    guest = station()
    assert guest.check("getconf _CS_MACHINE") == "x86pc\n" and guest.check("getconf ARCHITECTURE") == "x86_64\n"
    guest.check("setconf _CS_DOMAIN example.org")
    assert guest.check("getconf DOMAIN") == "example.org\n"
    assert guest.check("getconf _PC_NAME_MAX /tmp").strip().isdigit()
    assert guest.run("getconf NONSENSE").status == 1 and guest.run("setconf DOMAIN").status == 1
    assert guest.check("uname -a").split()[-2:] == ["x86pc", "x86_64"]
