# SPDX-License-Identifier: Apache-2.0
"""The process manager, judged from inside the guest."""
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
    assert result.status == 0 and "ok 19 " in result.output
