# SPDX-License-Identifier: GPL-2.0-only
"""
A command that is killed between any two system calls leaves what the next command can restore
or complete. `make check` takes a sample of the points, `make check-long` all of them.
"""

import random
import time

import pytest

import quickstate
from killing import KILLED, SEED, Site, points
from lab import Lab


class Operation:
    """A command that is killed, and what is attached before: a config file of the site."""

    def __init__(self, before, *args, status=0, again="one", removes=()):
        self.before, self.args, self.status = before, args, status
        self.again = again          # the file that completes it, or takes it back
        self.removes = removes      # whose counters may start anew

    def command(self, site):
        words = {"ONE": site.one, "TWO": site.two, "FAILING": site.failing,
                 "NETNS": site.pink.ns.name,
                 "PINK": f"wan=up0,mac={site.pink.mac},device=v-pink",
                 "RED": f"wan=up0,mac={site.red.mac},device=v-red,vlan=300"}
        return [words.get(word, word) for word in self.args]


EVERYTHING = object()
OPERATIONS = {
    "attach": Operation(None, "attach", "-c", "ONE"),
    "reload": Operation("one", "attach", "-c", "TWO", again="two"),
    "failing-reload": Operation("one", "attach", "-c", "FAILING", status=1),
    "router-add": Operation("one", "router", "add", "pink", "--netns", "NETNS",
                            "--interface", "PINK"),
    "router-set": Operation("one", "router", "set", "red", "--interface", "RED"),
    "router-del": Operation("one", "router", "del", "red", removes=("red",)),
    "detach-port": Operation("one", "detach", "up0",
                             removes=("up0", "red", "blue", "mauve", "grey")),
    "detach-all": Operation("one", "detach", "--all", removes=EVERYTHING),
}


class Sites:
    """One lab for all tests, until one of them leaves it as it shouldn't."""

    def __init__(self):
        self.number, self.lab, self.site = 0, None, None

    def get(self):
        if self.site:
            self.site.lab.vrxdp("detach", "--all", status=None)
            if self.site.restored() == []:
                return self.site
            self.close()
        self.number += 1
        self.lab = Lab(f"kill{self.number}")
        self.site = Site(self.lab)
        return self.site

    def close(self):
        if self.lab:
            self.lab.close()
        self.lab = self.site = None


@pytest.fixture(scope="module")
def sites():
    made = Sites()
    yield made
    made.close()


@pytest.fixture
def site(sites):
    return sites.get()


@pytest.fixture
def say(capsys):
    """Print past pytest: a sample must be known also when the test passes."""
    def say_it(text):
        with capsys.disabled():
            print(f"\n    {text} ", end="", flush=True)
    return say_it


def gone(pins):
    """What is left of these; the kernel frees maps and programs in its own time."""
    until = time.monotonic() + 10
    while (left := quickstate.living(pins)) and time.monotonic() < until:
        time.sleep(0.01)
    return left


def restore(site, where):
    """The promise: detach --all succeeds, and the host is as before."""
    pins = quickstate.pinned(site.lab.bpffs)
    bare = not site.attached() and site.restored() == []
    done = site.lab.vrxdp("detach", "--all", status=None)
    # When there is nothing to restore, saying so is right.
    assert done.returncode == 0 or (bare and "nothing is attached" in done.stderr), (where, done)
    assert site.restored() == [], where
    assert gone(pins) == set(), where


def each_point(site, name, part, say):
    """Prepare and kill the command at each point that was chosen; what is yielded tells where."""
    operation = OPERATIONS[name]
    command = operation.command(site)
    prepare = ["attach", "-c", getattr(site, operation.before)] if operation.before else None
    if prepare:
        site.lab.vrxdp(*prepare)
    count, done = site.changes(*command)
    assert done.returncode == operation.status and count > 10, done
    restore(site, "not killed")
    choose = random.Random(SEED)
    for point in points(count, name, part, say):
        if prepare:
            site.lab.vrxdp(*prepare)
            assert part == 0 or site.deaf() == []    # something has been counted
        before = site.counters()
        done = site.kill(point, *command, on_exit=choose.random() < 0.5)
        assert done.returncode in (operation.status, KILLED), done
        where = f"{name} killed after {point} of {count} changes, VRXDP_SEED={SEED}"
        assert site.host_reached(), where
        yield where, before


@pytest.mark.parametrize("name", OPERATIONS)
def test_after_a_kill_at_any_call_detach_restores_the_host(site, say, name):
    for where, _ in each_point(site, name, 0, say):
        restore(site, where)


@pytest.mark.parametrize("name", OPERATIONS)
def test_after_a_kill_at_any_call_an_attach_makes_all_whole(site, say, name):
    again = ["attach", "-c", getattr(site, OPERATIONS[name].again)]
    for where, before in each_point(site, name, 1, say):
        done = site.lab.vrxdp(*again, status=None)
        assert done.returncode == 0, (where, done)
        assert site.problems() == [], where
        assert site.deaf() == [], where
        assert site.odd_shape() == [], where
        assert decreased(before, site.counters(), OPERATIONS[name].removes) == [], where
        assert "nothing to do" in site.lab.vrxdp(*again).stdout, where
        restore(site, where)


def decreased(before, after, removed):
    """Counters of what was there, wasn't to be removed, and is there still."""
    if removed is EVERYTHING:
        return []
    return [(key, number, value, after[key][number]) for key in before.keys() & after.keys()
            if not any(word in " ".join(key).split() for word in removed)
            for number, value in before[key].items() if after[key][number] < value]
