# SPDX-License-Identifier: GPL-2.0-only
"""The VM lab itself: what a guest that hangs, panics or ends early comes to. On the host, not in a guest."""

import importlib.machinery
import importlib.util
import os
import sys
import time

import pytest

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "scripts")
sys.path.insert(0, os.path.join(SCRIPTS, "lib"))

import debs                             # noqa: E402
import vmcheck                          # noqa: E402
import vmguest                          # noqa: E402
from debs import Failed                 # noqa: E402
from vmparts import Parts               # noqa: E402

_loader = importlib.machinery.SourceFileLoader("vm", os.path.join(SCRIPTS, "vm"))
vm = importlib.util.module_from_spec(importlib.util.spec_from_loader("vm", _loader))
_loader.exec_module(vm)

# Longer than a busy host takes between two lines of these guests.
SILENCE, IDLE = 60, 15


@pytest.fixture
def guest(tmp_path):
    """A guest without NICs, beside those that others run."""
    made = vm.guest(Parts(vm.OUTPUT), list(vm.KERNELS)[-1])
    made.devices, made.console, made.last_console = [], str(tmp_path / "console"), str(tmp_path / "last")
    return made


def failure(guest, script, seconds=600, silence=SILENCE):
    """Run a script that must fail; why it did, and all lines."""
    lines = []
    with pytest.raises(Failed) as failed:
        guest.run(script, seconds, silence, lines.append)
    return str(failed.value), lines


def test_the_status_of_what_ran_is_that_of_the_run(guest):
    lines = []
    assert guest.run("uname -r\nexit 3\n", 600, SILENCE, lines.append) == 3
    assert lines == [os.path.basename(guest.parts.kernel(guest.series)[1])]


def test_a_guest_that_hangs_is_stopped_and_the_end_of_its_console_shown(guest):
    began = time.monotonic()
    why, lines = failure(guest, "echo begun\necho the last words >/dev/console\nwhile :; do :; done\n", silence=20)
    assert "it said nothing for 20 s" in why and guest.series in why
    assert lines[0] == "begun" and "console: the last words" in lines
    assert time.monotonic() - began < 400


def test_a_guest_that_waits_for_ever_is_stopped_before_one_that_works(guest, monkeypatch):
    monkeypatch.setattr(vmguest, "IDLE", IDLE)
    why, lines = failure(guest, "echo begun\nsleep 10000\n", silence=600)
    assert f"it did nothing for {IDLE} s" in why and lines[0] == "begun"


def test_a_guests_clock_is_as_fast_as_the_hosts(guest):
    said = []
    guest.run("cat /proc/uptime\nsleep 10\ncat /proc/uptime\n", 600, SILENCE,
              lambda line: said.append((time.monotonic(), float(line.split()[0]))))
    (host, inside), (host_end, inside_end) = said
    assert inside_end - inside == pytest.approx(host_end - host, rel=0.25)


def test_a_guest_that_panics_has_failed_with_the_panic_shown(guest):
    why, lines = failure(guest, "echo c >/proc/sysrq-trigger\necho still here\n")
    assert "stopped by itself" in why
    assert "still here" not in lines
    assert any("Kernel panic" in line for line in lines)


def test_a_guest_that_does_not_boot_is_tried_again_and_then_has_failed(guest, monkeypatch):
    monkeypatch.setattr(vmguest, "BOOTS", 2)
    monkeypatch.setattr(vmguest, "BOOT_IDLE", 3)
    guest.devices = ["-S"]      # its CPUs never start
    why, lines = failure(guest, "echo never\n")
    assert "it didn't boot in" in why
    assert [line.endswith("; once more") for line in lines] == [True]


def test_a_trial_boot_that_hangs_is_given_up(guest, monkeypatch):
    monkeypatch.setattr(vmguest, "TRIAL_SECONDS", 3)
    guest.shares = []
    guest.devices = ["-S"]
    began = time.monotonic()
    assert not guest.boots()
    assert 3 <= time.monotonic() - began < 60


class Spoken:
    """A guest that says these lines, and ends with this status or failure."""

    def __init__(self, series, *lines, status=0, failure=None):
        self.series, self.lines, self.status, self.failure = series, lines, status, failure

    def run(self, _script, _seconds, _silence, each_line):
        for line in self.lines:
            each_line(line)
        if self.failure:
            raise Failed(self.failure)
        return self.status


def checked(capsys, *guests):
    """The status, the lines of the summary, and the last line."""
    status = vmcheck.check(guests, lambda _: "", 1, 1)
    out = capsys.readouterr().out.splitlines()
    return status, [line for line in out if line.startswith(("trouble: ", "skipped: "))], out[-1]


SEEN = ("ok 1 - one thing holds", "not ok 2 - another", "tests/net/test_x.py::test_y PASSED   [ 50%]",
        "tests/net/test_x.py::test_z SKIPPED (no such device)   [ 75%]", "tests/net/test_x.py::test_0 ERROR  [100%]")


@pytest.mark.parametrize("end, why", [({"status": 0}, "the suites ended early, with status 0"),
                                      ({"failure": "the machine burns"}, "the machine burns")],
                         ids=["by itself", "by a failure"])
def test_suites_that_end_early_are_a_failed_test_beside_those_that_ran(capsys, end, why):
    status, remarks, last = checked(capsys, Spoken("6.1", *SEEN, **end))
    assert (status, remarks) == (1, [f"trouble: 6.1/machine: {why}: failed"])
    assert last == "2 passed, 3 failed, 1 skipped"


def test_suites_that_come_to_their_end_are_summed_up_over_the_kernels(capsys):
    skip = "skipped: 6.1/vm/test_x.py::test_y: no such device"
    good = Spoken("6.1", *SEEN, skip, "5 passed, 0 failed, 1 skipped")
    assert checked(capsys, good, Spoken("6.12", "7 passed, 0 failed, 0 skipped")) \
        == (0, [skip], "12 passed, 0 failed, 1 skipped")
    trouble = "trouble: 6.12/net/test_x.py::test_y: failed"
    assert checked(capsys, good, Spoken("6.12", trouble, "7 passed, 1 failed, 0 skipped", status=1)) \
        == (1, [skip, trouble], "12 passed, 1 failed, 1 skipped")
    # A status that the lines don't explain is no success.
    assert checked(capsys, good, Spoken("6.12", "7 passed, 0 failed, 0 skipped", status=1))[0] == 1


def test_a_mirror_that_fails_is_asked_again_and_not_for_ever(monkeypatch):
    apt = object.__new__(debs.Apt)
    apt.options = []
    answers = []

    def call(*argv):
        answers[0] -= 1
        if answers[0] >= 0:
            raise Failed(f"{argv[0]}: no answer")
        return "got"

    monkeypatch.setattr(debs, "call", call)
    monkeypatch.setattr(debs, "PAUSES", (0, 0))
    answers[:] = [2]
    assert apt.get("update") == "got"
    answers[:] = [3]
    with pytest.raises(Failed, match="no answer"):
        apt.get("update")
