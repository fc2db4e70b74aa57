# SPDX-License-Identifier: Apache-2.0
"""The lab's own parts, without a guest: console, shell protocol, fault blocks, wire."""
import socket
import threading

import pytest

from harness.console import Console
from harness.crash import describe
from harness.errors import GuestEnded, GuestFault, GuestTimeout
from harness.faults import FaultWatch
from harness.shell import Shell
from harness.switch import Link

pytestmark = pytest.mark.quick

BLOCK = """@@FAULT user v1
pid=12 tid=1 name=/proc/boot/crash signo=11 code=1 addr=0 cpu=0 what=page fault
rip=401000 rsp=7fff0000 rflags=202 cr2=0 err=4 rax=0
map 400000-402000 0 /proc/boot/crash
code 0f b6 00 c3
stack 7fff0000 401005 0 0 0
@@END
"""


class FakeGuest:
    """Both ends of the serial line and the debug port."""

    def __init__(self, folder):
        self.serial, near = socket.socketpair()
        self.debug, near_debug = socket.socketpair()
        self.console = Console(near, near_debug, folder)

    def close(self):
        self.serial.close()
        self.debug.close()
        self.console.close()


@pytest.fixture
def fake(tmp_path):
    guest = FakeGuest(tmp_path)
    yield guest
    guest.close()


def test_expect(fake):
    """LAB-0001 expect finds text split over several reads, once each, and times out with the last lines."""
    fake.serial.sendall(b"one\r\ntw")
    fake.console.expect("one", 5)
    fake.serial.sendall(b"o\r\n")
    assert fake.console.expect(r"^tw.", 5)[0] == "two"
    with pytest.raises(GuestTimeout, match="one\n.*two|two"):
        fake.console.expect("one", 0.1)


def test_fault_ends_waiting(fake):
    """LAB-0002 an unexpected fault block fails a waiting expect at once, with the instruction decoded."""
    threading.Timer(0.1, lambda: fake.debug.sendall(BLOCK.encode())).start()
    with pytest.raises(GuestFault, match="movzx eax, byte ptr"):
        fake.console.expect("never", 60)


@pytest.mark.parametrize("line", ["@@PANIC sched.cpp:10: no thread", "x @@ASSERT mm.cpp:1: bad", "@@FAULT kernel v1"])
def test_kernel_marks(line):
    """LAB-0003 panics, assertions and kernel faults are never expected."""
    watch = FaultWatch()
    watch.expected_users = 5
    watch.feed("noise\r\n" + line + "\r\n")
    assert watch.unexpected is not None


def test_expected_fault(fake):
    """LAB-0004 a user fault that a test announced is handed to it."""
    fake.console.watch.expected_users = 1
    fake.debug.sendall(BLOCK.encode())
    fault = fake.console.wait_user_fault(1, 5)
    assert fault.name == "/proc/boot/crash" and fault.number("signo") == 11 and fault.number("rip", 16) == 0x401000
    fake.console.check_fault()
    assert "movzx" in describe(fault)


def test_end_of_guest(fake):
    """LAB-0005 an ended guest is not waited for."""
    fake.serial.close()
    fake.debug.close()
    with pytest.raises(GuestEnded):
        fake.console.expect("never", 60)


def test_shell_protocol(fake):
    """LAB-0006 output and status are found between echo, prompts and colours."""
    def answer():
        line = fake.serial.recv(1000).decode()
        fake.serial.sendall(f"# \x1b[K{line}\r\n".replace("\n\r\n", "\r\n").encode())
        fake.serial.sendall(b"@b1@\r\nfirst\r\nsecond\r\n@e1@3@\r\n# ")
    threading.Thread(target=answer).start()
    result = Shell(fake.console).run("whatever", 5)
    assert (result.output, result.status) == ("first\nsecond\n", 3)


def test_wire():
    """LAB-0007 frames keep their borders in both directions; a handler's answer goes out."""
    link = Link()
    try:
        path = link.netdev.split("addr.path=")[1]
        with socket.socket(socket.AF_UNIX) as qemu:
            qemu.connect(path)
            frame = bytes(range(60))
            link.handlers.append(lambda raw: raw[::-1])
            qemu.sendall(len(frame).to_bytes(4, "big") + frame)
            assert bytes(link.receive(timeout=5))[:60] == frame
            assert qemu.recv(100) == (60).to_bytes(4, "big") + frame[::-1]
    finally:
        link.close()
