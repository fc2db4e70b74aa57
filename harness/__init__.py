# SPDX-License-Identifier: Apache-2.0
"""The lab around the guest: QEMU, its serial line, its wires, and the pytest fixtures that join them."""
