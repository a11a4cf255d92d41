# SPDX-License-Identifier: GPL-2.0-only
"""A failure in the middle of attach leaves nothing behind; for kills see test_kill.py."""

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
