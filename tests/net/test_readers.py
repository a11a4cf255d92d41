# SPDX-License-Identifier: GPL-2.0-only
"""A group may read without root: what it sees, and that it can't change anything."""

import json
import os
import platform
import stat
import sys

import pytest

from devices import VRXDP
from hoststate import differences, host_state
from test_bad_input import one_line

GROUP, OTHER, USER = 64123, 64124, 65534
SHOWN = {"vx_meta", "vx_port_recs", "vx_router_recs", "vx_iface_recs", "vx_ifaces",
         "vx_group_counts", "vx_group_members", "vx_port_counts", "vx_iface_counts",
         "vx_router_counts"}

# Opens a pin, for reading only if asked, and says the error's name: BPF_OBJ_GET, and then
# BPF_MAP_UPDATE_ELEM of the first key.
BPF = """
import ctypes, errno, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def bpf(command, attr):
    buf = ctypes.create_string_buffer(attr, 128)
    done = libc.syscall(int(sys.argv[1]), command, buf, 128)
    return done, errno.errorcode.get(ctypes.get_errno(), "") if done < 0 else "done"
path = ctypes.create_string_buffer(sys.argv[2].encode())
flags = 8 if sys.argv[3] == "read" else 0
fd, said = bpf(7, struct.pack("=QII", ctypes.addressof(path), 0, flags))
print(said)
if fd >= 0:
    key, value = ctypes.create_string_buffer(256), ctypes.create_string_buffer(1 << 16)
    print(bpf(2, struct.pack("=IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0))[1])
"""
SYSCALL = {"x86_64": 321, "aarch64": 280}


@pytest.fixture
def site(lab, monkeypatch):
    """A site whose bpffs has directories above it that vrxdp makes, too."""
    lab.quiet = True
    os.chmod(lab.dir, 0o755)
    lab.bpffs = f"{lab.dir}/made/bpf"
    monkeypatch.setenv("VRXDP_GROUP", str(GROUP))
    return lab


def run_as(lab, group, *argv):
    return lab.host.run("setpriv", f"--reuid={USER}", f"--regid={USER}", f"--groups={group}",
                        *argv, check=False)


def member(lab, *args):
    return run_as(lab, GROUP, VRXDP, "--bpffs", lab.bpffs, *args)


def modes(lab):
    """(mode, uid, gid) of all that vrxdp made, by its path from the lab's directory."""
    found = {}
    for top, dirs, files in os.walk(lab.dir):
        for name in dirs + files:
            info = os.stat(os.path.join(top, name))
            path = os.path.relpath(os.path.join(top, name), lab.dir)
            if path.startswith("made") and not path.endswith(".debug"):
                # The sticky bit is the mark of directories that vrxdp made.
                mode = stat.S_IMODE(info.st_mode) & ~stat.S_ISVTX
                found[path] = (oct(mode), info.st_uid, info.st_gid)
    return found


def shared(path):
    name = os.path.basename(path)
    if path == "made":
        return "0o710"
    if path in ("made/bpf", "made/bpf/maps"):
        return "0o750"
    return "0o640" if path.startswith("made/bpf/maps/") and name in SHOWN else None


def check_modes(lab):
    got = modes(lab)
    assert {os.path.basename(p) for p in got if shared(p) == "0o640"} == SHOWN
    for path, (mode, uid, gid) in got.items():
        want = shared(path)
        assert uid == 0, path
        if want:
            assert (path, mode, gid) == (path, want, GROUP)
        else:
            assert (path, int(mode, 8) & 0o077, gid) == (path, 0, 0)


def test_the_group_may_read_what_reports_are_made_from_and_nothing_else(site):
    site.site()
    check_modes(site)
    site.vrxdp("attach", "-c", site.config_file())
    check_modes(site)


def test_without_the_group_everything_is_roots_alone(site, monkeypatch):
    site.site()
    monkeypatch.setenv("VRXDP_GROUP", "vrxdp-no-such-group")
    site.attach()
    assert {gid for _, _, gid in modes(site).values()} == {0}
    assert all(int(mode, 8) & 0o077 == 0 for mode, _, _ in modes(site).values())
    one_line(member(site, "stats"), 1, "vrxdp stats: ", "no permission", "root", "group")


def test_a_group_that_comes_later_is_served_by_the_next_attach(site, monkeypatch):
    monkeypatch.setenv("VRXDP_GROUP", "vrxdp-no-such-group")
    site.site()
    assert member(site, "stats").returncode == 1
    monkeypatch.setenv("VRXDP_GROUP", str(GROUP))
    site.attach()
    check_modes(site)


def test_a_member_reads_the_same_numbers_as_root(site):
    site.site()
    seen = json.loads(member(site, "stats", "--json").stdout)
    real = site.stats().data
    assert {k: v for k, v in seen.items() if k != "time_ns"} == \
        {k: v for k, v in real.items() if k != "time_ns"}
    assert member(site, "stats", "red").stdout == site.vrxdp("stats", "red").stdout != ""
    assert member(site, "router", "list").stdout == site.vrxdp("router", "list").stdout != ""


def test_a_member_may_watch(site):
    site.site()
    done = member(site, "top", "-b", "-n1", "-d0.1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "port up0 " in done.stdout and "router red " in done.stdout


def test_a_members_status_shows_what_is_in_sight_and_says_what_was_not_looked_at(site):
    hidden = site.netns("hidden")
    up0, p1 = site.port(), site.port("p1", ns=hidden)
    red, blue = site.router("red", up0), site.router("blue", p1, kind="macvlan")
    site.attach()
    done = member(site, "status", "--json")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "not run as root" in done.stderr
    seen = json.loads(done.stdout)
    assert seen["checked"] is False and site.status().data["checked"] is True
    assert {p["name"]: (p["state"], p["problems"]) for p in seen["ports"]} == \
        {"up0": ("up", []), "p1": ("unknown", [])}
    states = {r["name"]: [i["state"] for i in r["interfaces"]] for r in seen["routers"]}
    assert states == {"red": ["up"], "blue": ["unknown"]}
    site.host.ip(f"link set {up0.name} down", f"link del {red.iface['device']}")
    seen = json.loads(member(site, "status", "--json").stdout)
    assert seen["ports"][[p["name"] for p in seen["ports"]].index("up0")]["state"] == "down"
    iface = next(r for r in seen["routers"] if r["name"] == "red")["interfaces"][0]
    assert iface["state"] == "missing" and "deleted" in iface["problems"][0]
    assert "unknown" in member(site, "status").stdout
    assert blue.iface["device"] in member(site, "status").stdout


def test_who_is_no_member_is_told_so_in_one_line(site):
    site.site()
    for command in ("stats", "status", "router list", "top -b -n1"):
        done = run_as(site, OTHER, VRXDP, "--bpffs", site.bpffs, *command.split())
        one_line(done, 1, f"vrxdp {command.split()[0]}: ", "root", "group vrxdp")


def test_a_member_changes_nothing(site):
    site.site()
    before = host_state(site)
    for command in (("attach", "-c", site.config_file()), ("attach", "--dry-run", "up0"),
                    ("detach", "--all"), ("router", "del", "red"),
                    ("router", "set", "red", "--path", "stack")):
        one_line(member(site, *command), 1, f"vrxdp {command[0]}: ", "root")
    one_line(member(site, "--netns", site.routers[0].ns.name, "status"), 1, "root")
    assert differences(before, host_state(site)) == []


def test_a_member_cannot_hold_the_lock_of_changing_commands(site):
    site.site()
    for directory in (os.path.dirname(site.bpffs), f"{site.bpffs}/links"):
        done = run_as(site, GROUP, "flock", "--nonblock", directory, "true")
        assert done.returncode and "Permission denied" in done.stderr, directory


def test_no_pin_can_be_written_by_a_member(site):
    site.site()
    number = SYSCALL[platform.machine()]
    pins = [path for path in modes(site) if path.count("/") == 3]
    assert len(pins) > len(SHOWN)

    def said(path, how):
        done = run_as(site, GROUP, sys.executable, "-c", BPF, str(number),
                      os.path.join(site.dir, path), how)
        return done.stdout.split() or done.stderr

    for path in pins:
        assert (path, said(path, "write")) == (path, ["EACCES"])
        assert (path, said(path, "read")) == \
            (path, ["done", "EPERM"] if shared(path) else ["EACCES"])


def test_root_alone_may_name_the_group(site):
    """What a member has in its environment has no effect on what it may."""
    site.site()
    done = run_as(site, OTHER, "env", f"VRXDP_GROUP={OTHER}", VRXDP, "--bpffs", site.bpffs, "stats")
    one_line(done, 1, "group vrxdp")
