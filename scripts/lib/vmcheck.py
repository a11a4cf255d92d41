# SPDX-License-Identifier: GPL-2.0-only
"""The suites in the VM lab: a machine for each kernel, side by side, and what came of them."""

import os
import re
import subprocess
import threading
import time

from debs import Failed
from vmparts import ROOT

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
OUTCOMES = (PASSED, FAILED, SKIPPED)

# The last line of scripts/run-tests.
LAST = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
# Its tests, as cmocka and pytest print them: what counts of a machine that didn't come to that line.
CMOCKA = re.compile(r"(?P<not>not )?ok \d+ (?P<how>-|# SKIP) .*")
PYTEST = re.compile(r"tests/\S+::.* (?P<how>PASSED|FAILED|ERROR|SKIPPED)(?: \(.*\))? +\[ *\d+%\]"
                    r"|\[gw\d+\] \[ *\d+%\] (?P<its>PASSED|FAILED|ERROR|SKIPPED) tests/.*")

_printing = threading.Lock()


def show(line):
    with _printing:
        print(line, flush=True)


class Host:
    """No machine: the lab's own tests, beside the others."""

    series = "lab"

    @staticmethod
    def run(_script, seconds, _silence, each_line):
        with subprocess.Popen([os.path.join(ROOT, "scripts", "run-tests"), "vmlab"], text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            timer = threading.Timer(seconds, child.terminate)
            timer.start()
            for line in child.stdout:
                each_line(line.rstrip("\n"))
            timer.cancel()
        return child.returncode


class Suites:
    """What one kernel's suites print, and what that amounts to."""

    def __init__(self, series):
        self.series, self.total, self.seen = series, None, dict.fromkeys(OUTCOMES, 0)
        self.remarks, self.ok, self.began = [], False, time.monotonic()

    def line(self, line):
        show(f"[{self.series}] {line}")
        cmocka, pytest = CMOCKA.fullmatch(line), PYTEST.fullmatch(line)
        if cmocka:
            self.seen[SKIPPED if cmocka["how"] != "-" else FAILED if cmocka["not"] else PASSED] += 1
        elif pytest:
            self.seen[{"PASSED": PASSED, "SKIPPED": SKIPPED}.get(pytest["how"] or pytest["its"], FAILED)] += 1
        elif re.match("(skipped|trouble): ", line):
            self.remarks.append(line)
        elif found := LAST.fullmatch(line):
            self.total = dict(zip(OUTCOMES, map(int, found.groups())))

    def run(self, guest, script, seconds, silence):
        """Fills in the results. A machine that doesn't come to its end is a failed test."""
        try:
            status, why = guest.run(script, seconds, silence, self.line), None
            if self.total is None:
                why = f"the suites ended early, with status {status}"
            self.ok = not status and not why
        except Failed as failed:
            why = str(failed)
        if why:
            self.total = dict(self.seen) if self.total is None else self.total
            self.total[FAILED] += 1
            self.remarks.append(f"trouble: {self.series}/machine: {why}: failed")
        self.seconds = time.monotonic() - self.began


def check(guests, script, seconds, silence):
    """
    Run @script(series) in each guest at the same time, so that two processors have work while a
    machine waits; print all, then the sum. Returns a status.
    """
    every = [Suites(guest.series) for guest in guests]
    threads = [threading.Thread(target=suites.run, daemon=True,
                                args=(guest, script(guest.series), seconds, silence))
               for suites, guest in zip(every, guests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    show("== summary of " + ", ".join(suites.series for suites in every))
    for suites in every:
        for remark in suites.remarks:
            show(remark)
    for suites in every:
        show(f"{suites.series}: {counts(suites.total)}, in {suites.seconds:.0f} s")
    show(counts({what: sum(suites.total[what] for suites in every) for what in OUTCOMES}))
    return 0 if all(suites.ok for suites in every) else 1


def counts(total):
    return ", ".join(f"{total[what]} {what}" for what in OUTCOMES)
