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


KSH = {
    "printf '%s %d %x %05.2f|%-4s|' str 42 255 3.14159 ab": "str 42 ff 03.14|ab  |",
    "let i=3+4 'j = i * 2'; echo $i $j; let 0; echo $?": "7 14\n1\n",
    "i=5; echo $((i++)) $i $((++i)) $((i--)) $((--i)) $((2- -i)) $((- -3))": "5 6 7 7 5 7 3\n",
    "if ((i > 3 && i < 100)); then echo $i; fi; ((i = i + 10)); echo $i; ((0)); echo $?": "5\n15\n1\n",
    "((echo a); (echo b)); ((echo sub); echo two)": "a\nb\nsub\ntwo\n",
    "[[ foo == f* ]] && echo pattern; [[ foo == 'f*' ]] || echo quoted": "pattern\nquoted\n",
    "x='a b'; [[ $x = 'a b' ]] && echo whole; [[ -z $no || -n $x ]] && echo or; [[ ( 3 -gt 2 ) && abc < abd ]] && echo both":
        "whole\nor\nboth\n",
    "echo a b | while read x y; do if [[ $x == a ]]; then echo $y; fi; done; sh -ec '[[ a == b ]]; echo no'; echo $?": "b\n1\n",
    "f() { OPTIND=1; while getopts ab:c o; do echo \"$o=$OPTARG\"; done; shift $((OPTIND-1)); echo \"rest $*\"; }; f -a -b v -c x; f -abv":
        "a=\nb=v\nc=\nrest x\na=\nb=v\nrest \n",
    "f -x 2>&1; f -b 2>&1": "sh: -x: unknown option\n?=\nrest \nsh: -b: option needs an argument\n?=\nrest \n",
    "g() { OPTIND=1; while getopts :b: o; do echo $o/$OPTARG; done; }; g -q -b": "?/q\n:/b\n",
    "alias two='echo one; echo two' c='echo hi |' ls='ls -d'; two three; c cat; ls /tmp; (two); unalias two c ls; two 2>&1":
        "one\ntwo three\nhi\n/tmp\none\ntwo\nsh: two: not found\n",
    "i=0; b=0; echo $((b ? 1 / b : 7)) $((1 || i++)) $((0 && (i = 9))) $((i)) $((i += 3, i <<= 2)) $((-9223372036854775807 - 1))": "7 1 0 0 12 -9223372036854775808\n",
    "sh -c 'p=\"((((((((((\"; p=$p$p$p$p$p; p=$p$p$p$p$p; echo $((${p}1))' 2>/dev/null || echo refused": "refused\n",
    "x='-a' y='('; [[ $x && $y ]] && echo two; [[ -n $x && ! $x == $y ]] && echo words; [[ -n $no && $no -gt 3 ]]; echo $?": "two\nwords\n1\n",
    "mkdir -m 1777 /tmp/s; test -k /tmp/s && echo sticky; test -k /proc/boot || echo not; rmdir /tmp/s; [ 99999999999999999999 -eq 1 ] 2>/dev/null; echo $?": "sticky\nnot\n2\n",
    "h() { while getopts ab o; do echo $o; break; done; }; OPTIND=1; h -ab; OPTIND=1; h -ab; h -b; h -ab": "a\na\nb\n",
    "alias ping1=pong1 pong1='echo; ping1' again='(again) 2>/dev/null'; ping1 2>&1; again; echo $?; unalias -a": "\nsh: ping1: not found\n127\n",
    "print -u7 x 2>&1; echo $?; ulimit -n 99999999999999999999 2>&1": "sh: print: -u: bad file descriptor\n1\nsh: ulimit: bad number: 99999999999999999999\n",
    r"echo -e 'a\tb\c'; echo; echo -n -E 'x\t'; echo -x; print -r 'a\t'; print 'a\tb'; print -n end; print": "a\tb\nx\\t-x\na\\t\na\tb\nend\n",
    "typeset -i n=3+4; n=n*2; echo $n; (n=n+1; echo $n); integer m=n; echo $m; typeset +i n; n=n*2; echo $n; unset n m": "14\n15\n14\nn*2\n",
    "k() { typeset v=in w; typeset -i v; v=2+3; echo $v $w; }; v=out; w=far; k; v=1+1; echo $v $w; unset v w": "5\n1+1 far\n",
    "typeset -x E=env; sh -c 'echo $E'; typeset -r R=1; (R=2) 2>&1 | grep -c 'read only'; typeset -q 2>&1; echo $?": "env\n1\nsh: typeset: -q: unknown option\n1\n",
    "(ulimit -n 64; ulimit -n); ulimit -c unlimited; ulimit -c": "64\nunlimited\n",
    "printf '1\\n2\\n3\\n' > /tmp/t; tail -n +2 /tmp/t; tail -c 4 /tmp/t; rm /tmp/t": "2\n3\n2\n3\n",
}


def test_ksh(station):
    """SHELL-0011 what ksh scripts use beyond the POSIX core: [[ ]], (( )), let, getopts, aliases, print, ulimit."""
    guest = station()
    for command, output in KSH.items():
        assert guest.run(command).output == output, command


def test_missing_folders(station):
    """SHELL-0012 where a folder on the way is missing, that is said, whoever else would be read-only."""
    guest = station()
    for command in ("mkdir /tmp/no/d", "touch /tmp/no/f", "mkdir /no/d", "cp /proc/boot/sh /no/sh"):
        result = guest.run(f"{command} 2>&1")
        assert result.status == 1 and "No such file or directory" in result.output, command
    assert "Read-only file system" in guest.run("mkdir /no 2>&1").output


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
    interrupt(station())


def interrupt(guest):
    """Ctrl-C as soon as the job has said something."""
    guest.shell.start("(echo started; sleep 1000)")
    guest.console.expect(r"^started")
    guest.console.send("\x03")
    assert guest.check("echo alive") == "alive\n"


def test_interrupt_of_a_new_job(lab):
    """SHELL-0013 with several processors the job runs before the terminal is its own: Ctrl-C reaches it all the same."""
    guest = lab.boot(smp=4)
    for _ in range(20):
        interrupt(guest)


def test_slay(station):
    """SHELL-0007 slay ends a program by name, kill by number."""
    guest = station()
    guest.check("sleep 1000 &")
    assert "sleep" in guest.check("pidin -p sleep")
    guest.run("slay -f sleep")
    guest.check("while pidin -p sleep | grep -q sleep; do :; done")
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


def test_time_and_menus(station):
    """SH-0032 time and times, also in functions and background lists; select with PS3, REPLY, wrong answers and the end of input."""
    guest = station()
    spent = r" *0m\d+\.\d\ds real +0m\d+\.\d\ds user +0m\d+\.\d\ds system\n"
    assert re.fullmatch(spent, guest.check("time sleep 0"))
    assert re.fullmatch(rf"b\n{spent}", guest.check("time echo a b | cut -c3 2>&1"))
    assert re.fullmatch(r"real [1-9]\d*\.\d\d\nuser 0\.\d\d\nsys 0\.\d\d\n", guest.check("time -p sleep 1"))
    assert guest.run("time false 2>/dev/null").status == 1 and guest.run("! { time true; } 2>/dev/null").status == 1
    assert re.fullmatch(spent, guest.check("t() { time true; }; (t)")) and re.fullmatch(spent, guest.check("time"))
    assert re.fullmatch(r"(0m\d+\.\d\ds 0m\d+\.\d\ds\n){2}", guest.check("times"))
    menu = "select word in one 'two three'; do echo \"<$REPLY> <$word>\"; [ \"$word\" ] && break; done"
    assert guest.check(f"printf '9\\n2\\n' | (PS3='? '; {menu})") == "1) one\n2) two three\n? <9> <>\n? <2> <two three>\n"
    end = guest.run(f"echo | ({menu})")
    assert end.status == 1 and end.output == "1) one\n2) two three\n#? 1) one\n2) two three\n#? \n"
    assert guest.check("set -- a b; echo 2 | select x; do echo $x; break; done 2>/dev/null; set --") == "b\n"
