# SPDX-License-Identifier: Apache-2.0
"""The machine comes up in every shape we promise, and goes down again."""
import pytest

from harness.qemu import Nic


@pytest.mark.quick
def test_demo(lab):
    """BOOT-0001 the demo image reaches the prompt with its network up, and shutdown ends QEMU with 0."""
    guest = lab.boot("demo", [Nic("e1000"), Nic("virtio")])
    assert "10.0.2.15" in guest.check("ifconfig wm0")
    assert guest.shutdown() == 0


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_machines(lab, machine):
    """BOOT-0002 q35 and pc boot."""
    guest = lab.boot(machine=machine)
    assert guest.check("echo hello") == "hello\n"
    assert guest.shutdown() == 0


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_processors(lab, smp):
    """BOOT-0003 1, 2 and 4 CPUs boot, and a thread runs on each."""
    guest = lab.boot(smp=smp)
    for cpu in range(smp):
        assert guest.check(f"on -C {cpu} echo here") == "here\n"
    assert guest.run(f"on -C {smp} echo here").status != 0
    assert guest.shutdown() == 0


def test_small_memory(lab):
    """BOOT-0004 32 MB are enough for the demo image."""
    guest = lab.boot("demo", [Nic("e1000"), Nic("virtio")], memory=32)
    assert " 0% packet loss" in guest.check("ping -c 1 10.0.2.2")
    assert guest.shutdown() == 0


def test_minimal(lab):
    """BOOT-0005 the minimal image is a shell."""
    guest = lab.boot("minimal")
    assert "procnto" in guest.check("pidin")
    assert guest.shutdown() == 0


def test_deterministic(lab):
    """BOOT-0006 with qboot and instruction counting two boots print the same."""
    transcripts = []
    for _ in range(2):
        guest = lab.boot("minimal", bios="qboot.rom", icount=True)
        transcripts.append(guest.check("echo same"))
        assert guest.shutdown(60) == 0
    assert transcripts[0] == transcripts[1] == "same\n"


def test_reset_vector_is_not_hit(lab):
    """BOOT-0007 a boot causes no triple fault: QEMU saw no reset event."""
    guest = lab.boot("minimal")
    guest.qmp.command("query-status")
    assert not [event for event in guest.qmp.events if event.get("event") == "RESET"]
