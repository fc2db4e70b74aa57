# SPDX-License-Identifier: Apache-2.0
"""The path-name space and the process manager's services, judged from inside the guest."""
from test_libc import failures


def test_path_space(station):
    """PATH-0101.. matching, order, unions, links, /proc/mount."""
    result = station().run("path-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 13 " in result.output


def test_services(station):
    """PMGR-0001.. events, daemons, guardians, sessions, tolerance, rights of procnto's files."""
    result = station().run("services-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 8 " in result.output


def test_locks(station):
    """LOCK-0001..7 advisory locks on fs-tmpfs' files and on procnto's."""
    for path in ("/tmp/locked", "/dev/shmem/locked"):
        result = station().run(f"lock-test {path}", timeout=120)
        assert failures(result.output) == []
        assert result.status == 0 and "ok 7 " in result.output


def test_fifos(station):
    """FIFO-0001..4 mkfifo() on fs-tmpfs: the pipe server carries the data."""
    result = station().run("fifo-test", timeout=60)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 4 " in result.output


def test_message_queues(station):
    """MQ-0001..6 mq_open() and its kin."""
    guest = station()
    guest.check("mqueue && waitfor /dev/mqueue")
    result = guest.run("mqueue-test", timeout=120)
    guest.check("slay -f mqueue; true")
    assert failures(result.output) == []
    assert result.status == 0 and "ok 6 " in result.output
