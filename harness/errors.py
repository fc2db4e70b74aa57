# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in the lab; each message says where to look."""


class LabError(Exception):
    """Any failure of the lab or of the guest in it."""


class GuestTimeout(LabError):
    """The guest did not say what was expected in time."""


class GuestFault(LabError):
    """The guest printed a panic, an assertion or a fault block that no test expected."""


class GuestEnded(LabError):
    """QEMU ended while something was still expected from the guest."""
