# SPDX-License-Identifier: GPL-2.0-only
"""The tests that only a virtual machine of scripts/vm can run: emulated NICs, other kernels."""

import itertools
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "net"))

import netns                    # noqa: E402
from lab import Lab             # noqa: E402
from nics import all_home       # noqa: E402

_number = itertools.count()


def pytest_configure(config):
    if os.environ.get("VRXDP_VM") != "1":
        pytest.exit("these tests take the machine's NICs: run make check-vm", 2)
    netns.clear_leftovers()


@pytest.fixture
def lab():
    """As in tests/net; afterwards the NICs are back in the first namespace."""
    made = Lab(next(_number))
    try:
        yield made
        if not made.kernel_forwards:
            assert made.host_forwarded() is None
    finally:
        made.close()
        all_home()
