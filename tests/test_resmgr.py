# SPDX-License-Identifier: Apache-2.0
"""The resource-manager layer of the C library, judged from inside the guest."""
from test_libc import failures


def test_resource_manager_layer(station):
    """RMGR-0001 opens, data, dup, unblock, notification and broken messages between a server and its clients."""
    result = station().run("resmgr-test", timeout=120)
    assert failures(result.output) == []
    assert result.status == 0 and "ok 50 " in result.output
