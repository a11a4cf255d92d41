# SPDX-License-Identifier: GPL-2.0-only
"""Commands that change what is attached come one after the other; those that read don't wait."""

import json
import os
import signal
import subprocess

from devices import VRXDP
from test_bad_input import one_line
from traffic import count, frames

MANY = 20


def vrxdp(lab, *args):
    """With more time than the ten seconds that a command waits for another, ten times over."""
    return lab.host.run(VRXDP, "--bpffs", lab.bpffs, *args, check=False, timeout=120)


def holder(lab):
    """The PID that has the lock of the lab's state; None: nobody."""
    inode = os.stat(lab.dir).st_ino
    with open("/proc/locks", encoding="ascii") as f:
        for line in map(str.split, f):
            # "1: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE …"; waiting ones have "->" in front
            if line[1] == "FLOCK" and int(line[5].split(":")[2]) == inode:
                return int(line[4])
    return None


def stopped_with_the_lock(lab, *args):
    """A command that is stopped in the middle of its change."""
    for _ in range(50):
        process = lab.host.popen(VRXDP, "--bpffs", lab.bpffs, *args, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        while process.poll() is None and holder(lab) != process.pid:
            pass
        process.send_signal(signal.SIGSTOP)
        if process.poll() is None and holder(lab) == process.pid:
            return process
        process.kill()
        process.wait()
    raise AssertionError("never stopped in time")


def test_changes_at_the_same_time_are_all_made(lab):
    lab.quiet = True
    up0 = lab.port()
    inside = lab.netns("inside")
    devices = lab.many_veths(lab.host, inside, MANY)
    lab.vrxdp("attach", "up0")
    running = [lab.host.popen(VRXDP, "--bpffs", lab.bpffs, "router", "add", f"r{i}", "--netns",
                              inside.name, "--interface", f"wan=up0,mac={dev.mac},device=g{i}",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for i, dev in enumerate(devices)]
    said = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0] * MANY, said
    listed = json.loads(lab.vrxdp("router", "list", "--json").stdout)
    assert {r["name"]: r["interfaces"][0]["macs"] for r in listed} == \
        {f"r{i}": [dev.mac] for i, dev in enumerate(devices)}
    with count(lab, devices[0]) as first, count(lab, devices[-1]) as last:
        frames(up0.wire, *[f"dst={dev.mac}" for dev in devices], n=100 * MANY, pps=20_000)
    stats = lab.settled()
    assert first.packets() == stats.router("r0")["rx_packets"]
    assert last.packets() == stats.router(f"r{MANY - 1}")["rx_packets"]
    assert sum(r["rx_packets"] for r in stats.data["routers"]) == 100 * MANY


def test_the_same_change_twice_at_once_is_made_once(lab):
    up0 = lab.port()
    lab.vrxdp("attach", "up0")
    running = [lab.host.popen(VRXDP, "--bpffs", lab.bpffs, "router", "add", "red", "--guest",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    said = [process.communicate(timeout=300)[1] for process in running]
    assert sorted(process.returncode for process in running) == [0] + 7 * [1], said
    assert sum("router red: exists already" in text for text in said) == 7
    assert lab.stats().names() == ["red"] and up0.name in lab.status().names("ports")


def test_two_first_attaches_at_once_both_succeed(lab):
    lab.port()
    lab.port("up1")
    for _ in range(5):
        running = [lab.host.popen(VRXDP, "--bpffs", lab.bpffs, "attach", name,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for name in ("up0", "up1")]
        said = [process.communicate(timeout=300)[1] for process in running]
        assert [process.returncode for process in running] == [0, 0], said
        assert lab.status().names("ports") == ["up0", "up1"]
        lab.vrxdp("detach", "--all")


def test_a_stuck_command_stops_changes_with_a_clear_error_and_never_readers(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    lab.routers = [red]
    lab.attach()
    lab.routers = [red, blue]
    stuck = stopped_with_the_lock(lab, "attach", "-c", lab.config_file())
    try:
        for reading in (("stats", "--json"), ("status",), ("router", "list"),
                        ("top", "-b", "-n", "1"), ("attach", "up0", "--dry-run")):
            lab.vrxdp(*reading)
        done = vrxdp(lab, "router", "del", "red")
        one_line(done, 1, "vrxdp router: ", lab.bpffs, f"PID {stuck.pid}", "try again")
        assert "red" in lab.stats().names()
    finally:
        stuck.kill()
        stuck.wait()
    # With its end the lock is free, and what it left half done can be completed.
    lab.attach()
    with count(lab, red.dev) as at_red, count(lab, blue.dev) as at_blue:
        frames(up0.wire, f"dst={red.mac}", f"dst={blue.mac}", n=100)
    assert at_red.packets() + at_blue.packets() == 100
    assert lab.stats().names() == ["blue", "red"]
