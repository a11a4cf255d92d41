# SPDX-License-Identifier: GPL-2.0-only
"""
How much traffic a test sends. scripts/vm's machines are emulated, and set VRXDP_SCALE below 1: every
number of frames and every rate that is large goes through here.
"""

import os

SCALE = float(os.environ.get("VRXDP_SCALE", "1"))
LEAST = 2000    # what any machine carries, in frames or in frames a second


def many(n):
    """So many frames; fewer on a slow machine."""
    return max(min(n, LEAST), int(n * SCALE))


def rate(pps):
    """So many frames a second; fewer on a slow machine."""
    return max(min(pps, LEAST), int(pps * SCALE))
