# SPDX-License-Identifier: GPL-2.0-only
"""A failure in the middle of attach, or a kill at any time, leaves nothing behind."""

import signal
import subprocess
import time

import pytest

from devices import VRXDP
from hoststate import differences, host_state
from traffic import ping


@pytest.fixture
def site(lab):
    up0 = lab.port()
    for name, kind in (("red", "veth"), ("blue", "tap"), ("green", "macvlan")):
        lab.router(name, up0, kind)
    return lab


def attach(lab, *prefix):
    return lab.host.run(*prefix, VRXDP, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file(),
                        check=False)


def test_running_out_of_descriptors_at_any_point_rolls_everything_back(site):
    before = host_state(site)
    failed = 0
    for limit in range(5, 200, 4):
        done = attach(site, "prlimit", f"--nofile={limit}")
        if done.returncode == 0:
            break
        failed += 1
        assert done.returncode == 1
        assert done.stderr.startswith("vrxdp attach: ") and done.stderr.count("\n") == 1, limit
        assert differences(before, host_state(site)) == [], limit
    assert failed > 2 and done.returncode == 0
    assert ping(site.ports[0].out, site.routers[0].ip4) == 3


def test_a_change_that_fails_in_the_middle_leaves_what_was_attached(site):
    green = site.routers.pop()
    site.attach()
    before = host_state(site)
    site.routers.append(green)
    failed = 0
    for limit in range(5, 200, 4):
        done = attach(site, "prlimit", f"--nofile={limit}")
        if done.returncode == 0:
            break
        failed += 1
        assert differences(before, host_state(site)) == [], limit
        assert ping(site.ports[0].out, site.routers[0].ip4, 1) == 1
    assert failed > 2 and done.returncode == 0


def killed_after(lab, seconds, *args):
    """Run vrxdp and kill it; True if that was in time."""
    process = lab.host.popen(VRXDP, "--bpffs", lab.bpffs, *args, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def moments(lab, *args):
    """Times all over the run of a command."""
    start = time.monotonic()
    lab.vrxdp(*args)
    whole = time.monotonic() - start
    return [whole * step / 12 for step in range(1, 13)]


def test_after_a_kill_in_attach_detach_restores_the_host(site):
    before = host_state(site)
    command = ("attach", "-c", site.config_file())
    times = moments(site, *command)
    site.vrxdp("detach", "--all")
    killed = 0
    for seconds in times:
        killed += killed_after(site, seconds, *command)
        site.vrxdp("detach", "--all", status=None)
        assert differences(before, host_state(site)) == [], seconds
    assert killed > 3


def test_after_a_kill_in_detach_another_detach_restores_the_host(site):
    before = host_state(site)
    site.attach()
    times = moments(site, "detach", "--all")
    killed = 0
    for seconds in times:
        site.attach()
        killed += killed_after(site, seconds, "detach", "--all")
        site.vrxdp("detach", "--all", status=None)
        assert differences(before, host_state(site)) == [], seconds
    assert killed > 3


def test_after_a_kill_in_attach_another_attach_completes_it(site):
    command = ("attach", "-c", site.config_file())
    times = moments(site, *command)
    site.vrxdp("detach", "--all")
    for seconds in times[::3]:
        killed_after(site, seconds, *command)
        site.attach()
        assert ping(site.ports[0].out, site.routers[0].ip4) == 3
        assert ping(site.ports[0].out, site.routers[1].ip4) == 3
        site.vrxdp("detach", "--all")
