# SPDX-License-Identifier: GPL-2.0-only
"""Rights and mounts: what is missing is named, and nothing is left behind."""

import json
import os
import stat

import pytest

from devices import VRXDP
from hoststate import differences, host_state
from netns import run
from test_bad_input import one_line


@pytest.fixture
def site(lab):
    lab.router("red", lab.port())
    lab.before = host_state(lab)
    return lab


def attach_as(lab, *prefix):
    return lab.host.run(*prefix, VRXDP, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file(),
                        check=False)


def test_another_user_is_told_to_be_root(site):
    os.chmod(site.dir, 0o755)
    for command in (("attach", "up0"), ("detach", "--all"), ("router", "del", "red")):
        done = site.host.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", VRXDP,
                             "--bpffs", site.bpffs, *command, check=False)
        one_line(done, 1, f"vrxdp {command[0]}: ", "root")
    assert differences(site.before, host_state(site)) == []


@pytest.mark.parametrize("capability", ["net_admin", "sys_admin"])
def test_a_missing_capability_is_named(site, capability):
    done = attach_as(site, "setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}")
    one_line(done, 1, "vrxdp attach: ", f"CAP_{capability.upper()}")
    assert differences(site.before, host_state(site)) == []


def test_without_the_right_to_trace_all_else_works_and_status_says_what_is_missing(site):
    done = attach_as(site, "setpriv", "--bounding-set=-perfmon,-sys_admin",
                     "--inh-caps=-perfmon,-sys_admin")
    if done.returncode:
        one_line(done, 1, "CAP_")
        assert differences(site.before, host_state(site)) == []
    else:
        assert site.status().data["tracing"] is False


def test_a_mount_that_pid_1_would_not_see_is_refused(site):
    for prefix in (site.host.command("unshare", "--mount"),
                   ("ip", "netns", "exec", site.host.name)):
        done = run(*prefix, VRXDP, "--bpffs", site.bpffs, "attach", "-c", site.config_file(),
                   check=False)
        one_line(done, 1, "vrxdp attach: ", site.bpffs)
        assert differences(site.before, host_state(site)) == []


def test_pins_and_directories_are_roots_alone(site, monkeypatch):
    monkeypatch.setenv("VRXDP_GROUP", "vrxdp-no-such-group")    # the machine may have vrxdp
    site.attach()
    for top, dirs, files in os.walk(site.bpffs):
        for name in dirs + files:
            info = os.stat(os.path.join(top, name))
            assert (info.st_uid, stat.S_IMODE(info.st_mode) & 0o077) == (0, 0), f"{top}/{name}"
    assert stat.S_IMODE(os.stat(site.bpffs).st_mode) & 0o777 == 0o700
    assert os.path.ismount(site.bpffs)


def test_no_process_stays(site):
    site.attach()
    assert [pid for pid in os.listdir("/proc")
            if pid.isdigit() and site.bpffs.encode() in _command(pid)] == []
    assert json.loads(site.vrxdp("status", "--json").stdout)["daemon"] == \
        {"running": False, "pid": 0}


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read()
    except OSError:
        return b""
