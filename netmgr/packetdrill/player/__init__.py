# SPDX-License-Identifier: Apache-2.0
"""Plays scripts in packetdrill's language through libiopkt-packetdrill.so (tools/packetdrill is the command)."""
