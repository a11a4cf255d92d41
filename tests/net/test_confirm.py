# SPDX-License-Identifier: GPL-2.0-only
"""`attach --confirm SECONDS`: all goes back unless `confirm` follows in time."""

import contextlib
import fcntl
import os
import pty
import signal
import socket
import subprocess
import termios
import time

import pytest

from devices import OTHER, VRXDP
from hoststate import differences, host_state
from scale import many
from test_bad_input import one_line
from test_router_commands import add
from traffic import count, frames, in_background, ping

SOON = 20   # seconds: ten times the shortest deadline used here


def killed_after(lab, seconds, *args):
    """Run vrxdp and kill it; True if that was in time."""
    process = lab.host.popen(VRXDP, "--bpffs", lab.bpffs, *args, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.fixture
def site(lab):
    """Red is attached; blue is there, and in the file that is attached next."""
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    lab.routers = [red]
    lab.attach()
    lab.routers = [red, blue]
    return lab, up0, red, blue


def pending(lab):
    return lab.status().data["confirm"]


def until(true, what):
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def until_rolled_back(lab):
    until(lambda: not pending(lab)["pending"], "it isn't rolled back")


def until_nothing_is_attached(lab):
    until(lambda: lab.vrxdp("status", status=None).returncode == 1 and not os.path.exists(lab.bpffs),
          "it isn't rolled back")


def gone(pid):
    """Ended; that nobody has waited for it is its new parent's business."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_without_confirm_the_host_is_as_it_was_when_nothing_was_attached(lab):
    lab.quiet = True
    up0 = lab.port()
    for name, kind in (("red", "veth"), ("blue", "tap"), ("green", "macvlan")):
        lab.router(name, up0, kind)
    before = host_state(lab)
    done = lab.attach(None, "--confirm", 2)
    assert "vrxdp confirm" in done.stdout
    until_nothing_is_attached(lab)
    assert differences(before, host_state(lab)) == []


def test_without_confirm_a_plain_port_goes_too(lab):
    lab.port()
    before = host_state(lab)
    lab.vrxdp("attach", "up0", "--confirm", 2)
    until_nothing_is_attached(lab)
    assert differences(before, host_state(lab)) == []


def test_what_is_confirmed_stays(site):
    lab, _, _, blue = site
    lab.attach(None, "--confirm", 2)
    pid = pending(lab)["pid"]
    assert "confirmed" in lab.vrxdp("confirm").stdout
    assert pending(lab) == {"pending": False, "seconds_left": 0, "pid": 0, "watched": False}
    until(lambda: gone(pid), "the watcher stays")
    time.sleep(3)
    assert lab.stats().names() == ["blue", "red"]
    with count(lab, blue.dev) as at_blue:
        frames(blue.port.wire, f"dst={blue.mac}", n=10)
    assert at_blue.packets() == 10
    # Scripts need not know whether there was something to do.
    assert "nothing to do" in lab.attach(None, "--confirm", 60).stdout
    lab.vrxdp("confirm")


def test_without_confirm_a_changed_file_is_undone_and_counters_go_on(site):
    lab, up0, red, blue = site
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=50)
    frames(up0.wire, "dst=ff:ff:ff:ff:ff:ff,min=100,max=100", n=5)
    before, status = lab.settled(), lab.status().data
    lab.routers = [blue]
    up0.conf["group-limit"] = "7pps"
    lab.attach(None, "--confirm", 3)
    frames(up0.wire, f"dst={blue.mac},min=60,max=60", n=30)
    assert lab.settled().names() == ["blue"]
    until_rolled_back(lab)
    after = lab.settled()
    assert after.data["routers"] == before.data["routers"]
    assert after.port()["rx_packets"] == before.port()["rx_packets"] + 30
    assert lab.status().data == status
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=10)
    after = lab.settled()
    assert after.router()["rx_packets"] == after.interface()["rx_packets"] == 65
    lab.routers = [red]
    del up0.conf["group-limit"]
    assert "nothing to do" in lab.attach().stdout


def test_without_confirm_settings_of_an_interface_and_a_router_come_back(site):
    lab, up0, red, _ = site
    frames(up0.wire, f"dst={red.mac}", n=50)
    lab.routers = [red]
    before, status = lab.settled(), lab.status().data
    mac = red.iface["mac"]
    red.iface.update(vlan=100, mac="02:00:00:00:09:09")
    red.conf["path"] = "fast"
    lab.attach(None, "--confirm", 2)
    assert lab.stats().interface()["vlan"] == "100"
    until_rolled_back(lab)
    assert lab.settled().counters() == before.counters()
    assert lab.status().data == status
    assert lab.stats().interface()["macs"] == [mac]
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={mac}", n=10)
    assert at_red.packets() == 10 and lab.settled().interface()["rx_packets"] == 60


def test_a_rollback_waits_for_a_command_that_holds_the_lock(site):
    lab, *_ = site
    lab.attach(None, "--confirm", 2)
    holder = lab.start(lab.host, "flock", "--no-fork", lab.dir, "sh", "-c",
                       "echo ready; exec sleep 1000")
    until(lambda: pending(lab)["seconds_left"] == 0, "the deadline")
    time.sleep(1)
    waiting = pending(lab)
    assert waiting["pending"] and waiting["watched"]
    assert lab.stats().names() == ["blue", "red"]
    assert "rolls it back" in lab.vrxdp("status").stdout
    lab.end(holder)
    until_rolled_back(lab)
    assert lab.stats().names() == ["red"]


def test_without_confirm_a_port_comes_back_with_its_counters(lab):
    lab.quiet = True
    up0, up1 = lab.port(), lab.port("up1")
    red = lab.router("red", up0)
    lab.ports = [up0]
    lab.attach()
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=50)
    before = lab.settled()
    lab.ports, lab.routers = [up1], []
    lab.attach(None, "--confirm", 2)
    assert lab.status().names("ports") == ["up1"]
    until_rolled_back(lab)
    assert lab.settled().counters() == before.counters()
    frames(up0.wire, f"dst={red.mac}", n=10)
    assert lab.settled().port()["rx_packets"] == 60


def test_an_interface_whose_number_was_needed_never_shows_anothers_counts(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    small = "[daemon]\nmax-interfaces = 1\n"
    lab.routers = [red]
    lab.attach(small + lab.config())
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=50)
    lab.settled()
    lab.routers = [blue]
    lab.attach(small + lab.config(), "--confirm", 3)
    frames(up0.wire, f"dst={blue.mac}", n=30)
    lab.settled()
    until_rolled_back(lab)
    after = lab.settled()
    assert after.router()["rx_packets"] == 50
    assert after.interface()["rx_packets"] == 0
    frames(up0.wire, f"dst={red.mac}", n=10)
    assert lab.settled().interface()["rx_packets"] == 10


def test_confirm_without_an_attach_that_waits_is_one_clear_error(site):
    lab, *_ = site
    one_line(lab.vrxdp("confirm", status=None), 1, "vrxdp confirm: ", "no attach waits")
    lab.attach(None, "--confirm", 60)
    lab.vrxdp("confirm")
    one_line(lab.vrxdp("confirm", status=None), 1, "no attach waits")
    lab.vrxdp("detach", "--all")
    one_line(lab.vrxdp("confirm", status=None), 1, "nothing is attached")


@pytest.mark.parametrize("args", [("--confirm", "0"), ("--confirm", "86401"), ("--confirm", "1m"),
                                  ("--confirm", "-1"), ("--confirm", "5", "--dry-run")])
def test_wrong_use_of_confirm_is_status_2(lab, args):
    lab.port()
    one_line(lab.vrxdp("attach", "up0", *args, status=None), 2, "vrxdp attach: --confirm: ")
    lab.vrxdp("status", status=1)


def test_while_an_attach_waits_nothing_else_changes_what_is_attached(site):
    lab, _, red, blue = site
    lab.routers = [red]
    lab.attach(None, "--confirm", 60)
    before = host_state(lab)
    one_line(lab.attach(status=None), 1, "vrxdp attach: ", "vrxdp confirm", "detach --all")
    one_line(lab.vrxdp("attach", "up0", status=None), 1, "vrxdp confirm")
    one_line(lab.attach(None, "--confirm", 5, status=None), 1, "vrxdp confirm")
    one_line(lab.vrxdp("detach", "up0", status=None), 1, "vrxdp detach: ", "vrxdp confirm")
    one_line(lab.vrxdp("router", "del", "red", status=None), 1, "vrxdp confirm")
    one_line(lab.vrxdp("router", "set", "red", "--path", "stack", status=None), 1, "vrxdp confirm")
    with pytest.raises(AssertionError, match="vrxdp confirm"):
        add(lab, blue)
    assert differences(before, host_state(lab)) == []
    for reading in (("stats",), ("status",), ("router", "list"), ("top", "-b", "-n", "1"),
                    ("attach", "up0", "--dry-run")):
        lab.vrxdp(*reading)
    lab.vrxdp("confirm")
    add(lab, blue)


def test_programs_of_another_build_are_not_replaced_with_confirm(site):
    lab, *_ = site
    lab.binary = OTHER
    before = host_state(lab)
    one_line(lab.attach(None, "--confirm", 60, status=None), 1, "--confirm", "another build")
    assert differences(before, host_state(lab)) == []
    assert pending(lab)["pending"] is False
    lab.attach()
    lab.attach(None, "--confirm", 60)
    # Any build may confirm.
    lab.binary = VRXDP
    lab.vrxdp("confirm")


def test_detach_all_ends_the_waiting(site):
    lab, *_ = site
    lab.attach(None, "--confirm", 60)
    pid = pending(lab)["pid"]
    lab.vrxdp("detach", "--all")
    assert not os.path.exists(lab.bpffs)
    until(lambda: gone(pid), "the watcher stays")
    lab.attach()
    assert pending(lab)["pending"] is False


def test_status_tells_what_waits_and_when_its_watcher_was_killed(site):
    lab, *_ = site
    lab.attach(None, "--confirm", 60)
    waiting = pending(lab)
    assert waiting["pending"] and waiting["watched"] and 0 < waiting["seconds_left"] <= 60
    text = lab.vrxdp("status").stdout
    assert f"PID {waiting['pid']}" in text and "vrxdp confirm" in text
    os.kill(waiting["pid"], signal.SIGKILL)
    until(lambda: not pending(lab)["watched"], "a killed watcher isn't noticed")
    assert pending(lab)["pending"]
    text = lab.vrxdp("status").stdout
    assert f"PID {waiting['pid']}" in text and "nothing will roll it back" in text
    one_line(lab.attach(status=None), 1, f"PID {waiting['pid']}", "nothing will roll it back")
    done = lab.vrxdp("confirm")
    assert "confirmed" in done.stdout and "was gone" in done.stderr
    lab.attach()
    assert lab.stats().names() == ["blue", "red"]


def test_the_watcher_holds_nothing_and_outlives_signals_of_a_logout(site):
    lab, *_ = site
    lab.attach(None, "--confirm", 3)
    pid = pending(lab)["pid"]
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    until(lambda: os.path.exists(f"/proc/{pid}/fd/2"), "no stderr")
    open_files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert {name for name in open_files if not name.startswith("anon_inode:[")} == {"/dev/null"}
    assert not [name for name in open_files if "bpf" in name]
    for sig in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
        os.kill(pid, sig)
    time.sleep(0.2)
    assert pending(lab)["watched"]
    until_rolled_back(lab)
    assert lab.stats().names() == ["red"]


def test_the_attach_returns_at_once_into_a_pipe(site):
    lab, *_ = site
    done = lab.host.run("sh", "-c", '"$@" 2>&1 | cat', "sh", VRXDP, "--bpffs", lab.bpffs, "attach",
                        "-c", lab.config_file(), "--confirm", 3000)
    assert "router blue: attached" in done.stdout
    assert pending(lab)["seconds_left"] > 2000


def test_it_goes_back_when_the_terminal_is_lost(site):
    lab, *_ = site
    master, slave = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    shell = subprocess.Popen(
        lab.host.command("sh", "-c", '"$@"; sleep 60', "sh", VRXDP, "--bpffs", lab.bpffs, "attach",
                         "-c", lab.config_file(), "--confirm", 3),
        stdin=slave, stdout=slave, stderr=slave, preexec_fn=take_terminal)
    os.close(slave)
    try:
        until(lambda: pending(lab)["pending"] and lab.stats().names() == ["blue", "red"], "attach")
        os.close(master)
        assert shell.wait(SOON) == -signal.SIGHUP
        until_rolled_back(lab)
        assert lab.stats().names() == ["red"]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()


def test_an_attach_that_fails_leaves_nothing_to_confirm(site):
    lab, _, _, blue = site
    before = host_state(lab)
    blue.iface["device"] = "nothing"
    one_line(lab.attach(None, "--confirm", 60, status=None), 1, "nothing")
    assert pending(lab)["pending"] is False
    failed = 0
    blue.iface["device"] = "v-blue"
    for limit in range(5, 200, 8):
        done = lab.host.run("prlimit", f"--nofile={limit}", VRXDP, "--bpffs", lab.bpffs, "attach",
                            "-c", lab.config_file(), "--confirm", 60, check=False)
        if done.returncode == 0:
            break
        failed += 1
        assert differences(before, host_state(lab)) == [], limit
        assert pending(lab)["pending"] is False
    assert failed > 2 and pending(lab)["pending"]


def test_a_killed_attach_goes_back_by_itself(site):
    lab, up0, red, _ = site
    before = host_state(lab)
    command = ("attach", "-c", lab.config_file(), "--confirm", 2)
    start = time.monotonic()
    lab.vrxdp(*command)
    whole = time.monotonic() - start
    until_rolled_back(lab)
    killed = 0
    for step in range(1, 11):
        if killed_after(lab, whole * step / 11, *command):
            killed += 1
        else:
            whole *= 0.7    # it was slower when it was timed
        until_rolled_back(lab)
        assert differences(before, host_state(lab)) == [], step
        assert lab.stats().names() == ["red"]
    assert killed > 3
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac}", n=10)
    assert at_red.packets() == 10


def test_a_confirm_at_the_deadline_wins_or_loses_as_a_whole(site):
    lab, _, red, _ = site
    both, won = lab.routers, 0
    for step in range(8):
        lab.attach(None, "--confirm", 1)
        time.sleep(0.93 + step * 0.015)
        done = lab.vrxdp("confirm", status=None)
        until_rolled_back(lab)
        names = lab.stats().names()
        if done.returncode == 0:
            won += 1
            time.sleep(0.5)
            assert lab.stats().names() == ["blue", "red"]
            lab.routers = [red]
            lab.attach()
            lab.routers = both
        else:
            one_line(done, 1, "vrxdp confirm: ")
            assert names == ["red"]
    print(f"confirm won {won} times of 8")


def test_a_rollback_under_traffic_loses_nothing_of_a_router_that_stays(site):
    lab, up0, red, _ = site
    lab.attach(None, "--confirm", 2)
    with count(lab, red.dev) as at_red, \
            in_background(lambda: frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=many(100_000),
                                         pps=20_000)) as sent:
        until_rolled_back(lab)
        time.sleep(0.5)
    stats = lab.settled()
    assert stats.names() == ["red"]
    assert at_red.packets() == stats.router()["rx_packets"] == sent[0]["sent"]
    assert stats.router()["rx_bytes"] == sent[0]["bytes"]


def test_what_the_rollback_does_is_in_the_systems_log(site):
    lab, *_ = site
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(f"{lab.dir}/log")
        log.settimeout(SOON)
        # /dev with nothing but null and log, for this process and its child alone.
        lab.host.run("unshare", "--mount", "sh", "-c",
                     'mount -t tmpfs dev /dev && mknod /dev/null c 1 3 && '
                     f'ln -s {lab.dir}/log /dev/log && exec "$@"', "sh",
                     VRXDP, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file(),
                     "--confirm", 2)
        lines = []
        while not lines or not lines[-1].endswith("confirmed: rolled back"):
            lines.append(log.recv(4096).decode())
    assert all("vrxdp[" in line for line in lines), lines
    assert "wasn't confirmed in 2 s: rolling back" in lines[0]
    assert any(line.endswith("interface blue/wan: removed") for line in lines), lines


def test_ping_goes_on_after_confirm_and_after_a_rollback(lab):
    up0, red = lab.site()
    lab.attach(None, "--confirm", 60)
    assert ping(up0.out, red.ip4) == 3
    lab.vrxdp("confirm")
    red.conf["path"] = "fast"
    lab.attach(None, "--confirm", 1)
    until_rolled_back(lab)
    assert lab.status().router()["wanted"] == "stack"
    assert ping(up0.out, red.ip4) == 3
