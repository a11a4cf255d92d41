# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures, and the rule about skips: in CI only those of tests/expected-skips are right."""

import fnmatch
import itertools
import os

import pytest

import netns
from devices import NEXT, OTHER, ROOT, VRXDP, helper
from hostile import Scenes
from lab import Lab

_number = itertools.count()


def pytest_configure(config):
    if os.geteuid():
        pytest.exit("the namespace tests need root", 2)
    helpers = ("frames", "count", "kill_at", "pump", "sink")
    for path in [VRXDP, OTHER, NEXT] + [helper(name) for name in helpers]:
        if not os.path.exists(path):
            pytest.exit(f"{path} is missing: run make all tests", 2)
    netns.clear_leftovers()


@pytest.fixture
def lab():
    """A lab of the test's own; afterwards the kernel must have forwarded nothing itself."""
    made = Lab(next(_number))
    try:
        yield made
        if not made.kernel_forwards:
            assert made.host_forwarded() is None
    finally:
        made.close()


@pytest.fixture(scope="session")
def scenes():
    """The labs of the hostile router (hostile.py)."""
    made = Scenes(lambda: Lab(next(_number)))
    yield made
    made.close()


def _strict():
    return "VRXDP_STRICT_SKIPS" in os.environ or os.environ.get("CI") == "true"


def _in_vm():
    """Patterns of the tests that scripts/vm runs too, by file; a * stands for anything."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "in-vm"), encoding="utf-8") as f:
        lines = [line.strip() for line in f]
    patterns = {}
    for line in lines:
        if line and line[0] != "#":
            patterns.setdefault(line.partition("::")[0], []).append(line)
    return patterns


def pytest_collection_modifyitems(items):
    """Tests of the list `in-vm` get the marker vm: pytest -m vm. A pattern that fits none is an error."""
    names = {}
    for item in items:
        names.setdefault(item.path.name, []).append((os.path.basename(item.nodeid), item))
    for file, patterns in _in_vm().items():
        for pattern in patterns if file in names else []:
            found = [item for name, item in names[file]
                     if fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))]
            if not found and len(names[file]) > 1:
                raise pytest.UsageError(f"tests/net/in-vm: {pattern}: there is no such test")
            for item in found:
                item.add_marker("vm")


def expected_skip(name):
    """Is there a line `TEST: why` for it? A * in TEST stands for anything."""
    try:
        with open(os.path.join(ROOT, "tests", "expected-skips"), encoding="utf-8") as f:
            tests = [line.partition(": ")[0] for line in f if line[0] not in "#\n"]
    except FileNotFoundError:
        return False
    return any(fnmatch.fnmatchcase(name, test.replace("[", "[[]")) for test in tests)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    name = os.path.basename(report.nodeid)
    if report.skipped and _strict() and not expected_skip(name):
        report.outcome = "failed"
        report.longrepr = f"{name}: skipped, and not listed in tests/expected-skips: " \
                          f"{report.longrepr}"
