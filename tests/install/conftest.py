# SPDX-License-Identifier: GPL-2.0-only
"""What `make install` puts into a directory of the test's own."""

import os
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUTPUT = os.path.join(ROOT, os.environ.get("OUTPUT", ".output"))

def pytest_configure(config):
    if not os.path.exists(f"{OUTPUT}/vrxdp"):
        pytest.exit(f"{OUTPUT}/vrxdp is missing: run make", 2)


class Tree:
    """A directory that things are installed to, and what is in it."""

    def __init__(self, path):
        self.path = str(path)

    def make(self, target, **variables):
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        subprocess.run(["make", "-s", target, f"OUTPUT={OUTPUT}",
                        *[f"{k}={v}" for k, v in variables.items()]],
                       cwd=ROOT, env=env, check=True, capture_output=True, text=True, timeout=300)

    def files(self):
        """Path from the top: mode."""
        return {os.path.relpath(os.path.join(top, name), self.path):
                oct(os.stat(os.path.join(top, name)).st_mode & 0o777)
                for top, _, names in os.walk(self.path) for name in names}


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.fixture
def prefix(tree):
    """A tree whose /usr is installed, with units that name the program in it."""
    tree.make("install", PREFIX=f"{tree.path}/usr")
    return f"{tree.path}/usr"
