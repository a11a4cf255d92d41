# SPDX-License-Identifier: GPL-2.0-only
"""
How much traffic a test sends. scripts/vm's machines are emulated, and set VRXDP_SCALE below 1: every
number of frames and every rate that is large goes through here.
"""

import os

SCALE = float(os.environ.get("VRXDP_SCALE", "1"))
FRAMES, RATE, BYTES = 2000, 500, 500_000    # what any machine carries, also one that others keep busy


def _scaled(value, least):
    return max(min(value, least), int(value * SCALE))


def many(n):
    """So many frames; fewer on a slow machine."""
    return _scaled(n, FRAMES)


def rate(pps):
    """So many frames a second; fewer on a slow machine."""
    return _scaled(pps, RATE)


def volume(size):
    """So many bytes of a stream; fewer on a slow machine."""
    return _scaled(size, BYTES)
