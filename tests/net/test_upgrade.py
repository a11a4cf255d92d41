# SPDX-License-Identifier: GPL-2.0-only
"""Another build attaches over this one's pins while traffic flows: no packet is lost."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest

from devices import NEXT, OTHER, VRXDP
from hostile import LONG
from hoststate import differences, host_state
from test_accounting import interfaces_add_up
from scale import many, rate
from traffic import count, frames, in_background

GROUP = "01:00:5e:01:02:03"


def links(lab):
    """The BPF links of this lab: id, and the program that each has."""
    found = {}
    for path in (f"{lab.bpffs}/links",):
        names = lab.host.run("ls", path).stdout.split()
        for name in names:
            link = json.loads(lab.host.run("bpftool", "-j", "link", "show", "pinned",
                                           f"{path}/{name}").stdout)
            found[name] = (link["id"], link["prog_id"])
    return found


def pins(lab):
    """Directories of pins; files with a dot are the kernel's."""
    return sorted(name for name in os.listdir(lab.bpffs) if "." not in name)


class Watch:
    """`stats --json` again and again: each number of it only ever grows."""

    def __init__(self, lab):
        self.lab, self.samples, self.errors = lab, 0, []
        self.stop = threading.Event()
        self.highest = {}
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()

    def _look(self, name, value):
        if isinstance(value, dict):
            for key, item in value.items():
                self._look(f"{name}/{key}", item)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    self._look(f"{name}/{item['name']}", item)
        elif isinstance(value, int):
            if value < self.highest.get(name, 0):
                self.errors.append(f"{name}: {self.highest[name]}, then {value}")
            self.highest[name] = value

    def _run(self):
        while not self.stop.is_set():
            binary = self.lab.binary
            done = self.lab.host.run(binary, "--bpffs", self.lab.bpffs, "stats", "--json",
                                     check=False)
            if done.returncode == 0:
                self._look("", json.loads(done.stdout))
                self.samples += 1
            elif binary == self.lab.binary and not self.lab.changing:
                self.errors.append(done.stderr)


class Links:
    """What `ip monitor link` sees in the host's namespace."""

    def __init__(self, lab):
        self.lab = lab
        self.text = None

    def __enter__(self):
        self.process = self.lab.host.popen("ip", "monitor", "link", stdout=-1)
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.text = self.process.communicate()[0]

    def steady(self):
        """Programs have changed, and nothing else: no device went down, came or went."""
        print(self.text)
        heads = [line for line in self.text.splitlines() if not line.startswith("    ")]
        return heads and all(re.search(r"<[^>]*\bUP\b,.*LOWER_UP>.* xdp.* state U(P|NKNOWN) ",
                                       line) and "Deleted" not in line for line in heads)


@pytest.fixture
def busy(lab):
    """A port with routers of all kinds behind it."""
    lab.quiet = True
    lab.changing = False
    up0 = lab.port()
    routers = [lab.router("red", up0), lab.router("blue", up0, "tap"),
               lab.router("green", up0, "macvlan"), lab.router("grey", up0, vlan=100)]
    lab.attach()
    return lab, up0, *routers


@contextlib.contextmanager
def traffic(busy, seconds):
    """Some 40,000 frames a second on all ways; afterwards every one is looked for."""
    lab, up0, red, blue, green, grey = busy
    wire = up0.wire.mac
    before = lab.settled()
    with contextlib.ExitStack() as stack:
        seen = {name: stack.enter_context(count(lab, dev)) for name, dev in
                (("out", up0.wire), ("red", red.dev), ("blue", blue.dev), ("host", up0.dev),
                 ("grey", grey.dev))}
        with in_background(
                lambda: frames(up0.wire, f"dst={red.mac},weight=6,max=1514",
                               f"dst={grey.mac},vlan=100,weight=6,max=1518",
                               f"dst={blue.mac},weight=1,max=300", f"dst={green.mac},weight=3",
                               f"dst={GROUP},weight=1,max=300", n=int(rate(20_000) * seconds), pps=20_000),
                lambda: frames(red.dev, f"dst={wire},src={red.mac},weight=4,max=1514",
                               f"dst={GROUP},src={red.mac}", f"dst={green.mac},src={red.mac}",
                               n=int(rate(12_000) * seconds), pps=12_000, seed=2),
                lambda: frames(grey.dev, f"dst={wire},src={grey.mac},max=1514",
                               n=int(rate(8_000) * seconds), pps=8_000, seed=3)) as sent:
            yield
    everything_is_accounted_for(before, lab.settled(), seen, sent, green.mac)


def everything_is_accounted_for(before, stats, seen, sent, child):
    """@child: green's MAC. Its frames were passed; a busy kernel may lose some behind that."""
    at_wire, at_red, at_grey = sent

    def grown(kind, name, *keys):
        return tuple(getattr(stats, kind)(name)[key] - getattr(before, kind)(name)[key]
                     for key in keys)

    def drops(name):
        return {why: n - before.router(name)["drops"].get(why, 0)
                for why, n in stats.router(name)["drops"].items()
                if n > before.router(name)["drops"].get(why, 0)}
    to = [stream["sent"] for stream in at_wire["streams"]]
    of_red = [stream["sent"] for stream in at_red["streams"]]
    groups = to[4]
    expected = {"red": to[0] + groups, "grey": to[1], "blue": to[2] + groups + of_red[1],
                "green": to[3] + groups + of_red[1] + of_red[2]}
    passed = seen["host"].packets(dst=child) + seen["host"].packets(dst=GROUP)
    for name, packets in expected.items():
        rx, stack, dropped = grown("router", name, "rx_packets", "stack_packets", "drop_packets")
        print(name, rx, stack, dropped, drops(name))
        assert rx == packets == stack + dropped, name
        got = passed if name == "green" else seen[name].packets()
        assert got == stack, name
        # Only the guest's reader is another process, which the machine may keep from running.
        assert dropped == 0 or (name == "blue" and set(drops(name)) == {"ring-full"}), name
    assert grown("port", "up0", "rx_packets", "rx_bytes") == \
        (sum(to), sum(stream["bytes"] for stream in at_wire["streams"]))
    assert grown("router", "red", "tx_packets", "tx_drop_packets") == (sum(of_red), 0)
    of_grey = at_grey["streams"][0]["sent"]
    assert grown("router", "grey", "tx_packets", "tx_drop_packets") == (of_grey, 0)
    assert grown("port", "up0", "tx_packets") == (of_red[0] + of_red[1] + of_grey,)
    assert seen["out"].packets() == of_red[0] + of_red[1] + of_grey
    assert interfaces_add_up(stats)


def upgrade(lab, binary):
    lab.binary = binary
    return lab.attach()


def test_other_programs_take_over_under_traffic_without_a_packet_lost(busy):
    lab = busy[0]
    before = links(lab)
    times = 10
    with Links(lab) as monitor, Watch(lab) as watch, traffic(busy, 8):
        for i in range(times):
            done = upgrade(lab, VRXDP if i % 2 else OTHER)
            assert "upgraded" in done.stdout
    after = links(lab)
    assert after.keys() == before.keys()
    for name, (link, program) in after.items():
        assert program != before[name][1], name
        # The tracers' links can't be given another program: they change places.
        assert link == before[name][0] or name.startswith("trace_"), name
    assert monitor.steady()
    assert watch.errors == [] and watch.samples > times


def test_status_tells_of_an_upgrade_and_attach_makes_it_once(busy):
    lab = busy[0]
    status = lab.status().data
    assert status["upgrade"] is None
    lab.binary = OTHER
    other = lab.status().data
    assert other["build"] == status["build"] != other["upgrade"]["build"]
    assert "vrxdp attach" in lab.vrxdp("status").stdout
    assert "would upgrade" in lab.attach(None, "--dry-run").stdout
    assert lab.status().data == other
    done = lab.attach()
    assert status["build"] in done.stdout and "nothing to do" in done.stdout
    assert lab.status().data["upgrade"] is None
    assert lab.status().data["build"] == other["upgrade"]["build"]
    assert lab.attach().stdout == "nothing to do\n"


def test_other_commands_work_over_another_builds_programs(busy):
    lab = busy[0]
    before = links(lab)
    lab.binary = OTHER
    blue = lab.netns("more")
    lab.vrxdp("router", "add", "more", "--netns", blue.name)
    lab.vrxdp("router", "del", "more")
    assert links(lab) == before
    lab.vrxdp("detach", "--all")
    assert not lab.host.links()["up0"].get("xdp")


def test_a_later_layout_takes_over_under_traffic_without_a_packet_lost(busy):
    lab = busy[0]
    for _ in range(10 if LONG else 4):
        before = links(lab)
        lab.changing = True
        with Links(lab) as monitor, Watch(lab) as watch, traffic(busy, 3):
            time.sleep(1)
            assert "upgraded" in upgrade(lab, NEXT).stdout
        after = links(lab)
        assert after.keys() == before.keys()
        for name, (link, program) in after.items():
            assert program != before[name][1], name
            assert link == before[name][0] or name.startswith("trace_"), name
        assert monitor.steady()
        assert watch.errors == [] and watch.samples > 10
        assert lab.status().data["upgrade"] is None
        assert lab.attach().stdout == "nothing to do\n"
        assert pins(lab) == ["links", "maps", "progs"]
        lab.changing = False
        lab.vrxdp("detach", "--all")
        lab.binary = VRXDP
        lab.attach()


def test_what_is_attached_by_an_older_layout_can_be_removed(busy):
    lab = busy[0]
    lab.vrxdp("detach", "--all")
    before = host_state(lab)
    lab.attach()
    lab.binary = NEXT
    refused = lab.vrxdp("router", "list", status=1)
    assert "vrxdp attach upgrades it" in refused.stderr
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []


def test_a_later_layout_is_left_alone(busy):
    lab = busy[0]
    lab.binary = NEXT
    lab.attach()
    lab.binary = VRXDP
    state = links(lab)
    for args in (("attach", "-c", lab.config_file()), ("detach", "--all"), ("stats",), ("status",),
                 ("router", "del", "red")):
        refused = lab.vrxdp(*args, status=1).stderr
        assert "use that version, or a later one" in refused and refused.count("\n") == 1
    assert links(lab) == state
    lab.binary = NEXT


@pytest.mark.parametrize("binary", [OTHER, NEXT], ids=["other", "next"])
def test_an_upgrade_that_fails_in_the_middle_leaves_what_was_at_work(busy, binary):
    lab = busy[0]
    before, config, failed = links(lab), lab.config_file(), 0
    with traffic(busy, 12):
        lab.binary = binary
        # With ever more descriptors to have it fails ever later.
        for files in range(8, 400, 9):
            done = lab.host.run("prlimit", f"--nofile={files}:{files}", binary, "--bpffs",
                                lab.bpffs, "attach", "-c", config, check=False)
            if not done.returncode:
                break
            failed += 1
            assert done.stderr
            assert pins(lab) == ["links", "maps", "progs"], done.stderr
            now = links(lab)
            assert now.keys() == before.keys(), done.stderr
            assert {n: link for n, link in now.items() if n[:5] != "trace"} == \
                {n: link for n, link in before.items() if n[:5] != "trace"}, done.stderr
    assert failed > 5
    assert links(lab) != before


@pytest.mark.parametrize("binary", [OTHER, NEXT], ids=["other", "next"])
def test_an_upgrade_goes_back_with_all_counters_if_a_program_cannot_be_switched(busy, binary):
    lab = busy[0]
    command = [binary, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file()]
    calls = f"{lab.dir}/calls.conf"
    trace = ["strace", "-o", calls, "-e", "trace=bpf"]
    lab.host.run(*trace, *command)
    with open(calls, encoding="utf-8") as f:
        updates = [i for i, line in enumerate(f, 1) if "BPF_LINK_UPDATE" in line]
    lab.binary = binary
    lab.vrxdp("detach", "--all")
    lab.binary = VRXDP
    lab.attach()
    before = links(lab)
    with traffic(busy, 4):
        # The one before the last: others have been switched, and count already.
        done = lab.host.run(*trace, "-e", f"inject=bpf:error=ENOMEM:when={updates[-2]}", *command,
                            check=False)
    assert "all are as before" in done.stderr
    assert links(lab) == before
    assert pins(lab) == ["links", "maps", "progs"]


@pytest.mark.parametrize("binary", [OTHER, NEXT], ids=["other", "next"])
def test_an_upgrade_that_was_killed_is_finished_by_the_next_attach(busy, binary):
    lab = busy[0]
    dice = random.Random(5)
    command = [binary, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file()]
    killed = 0
    with traffic(busy, 12):
        # Loading the programs alone takes longer than the first of these.
        for step in range(12):
            process = lab.host.popen(*command, stdout=-3, stderr=-3)
            try:
                process.wait(0.02 + step * dice.uniform(0.01, 0.05))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
                continue
            break
        done = lab.host.run(*command)
        lab.binary = binary
    print(killed, done.stdout)
    assert killed
    assert pins(lab) == ["links", "maps", "progs"]
    assert not [name for name in links(lab) if name.endswith(("_new", "_next"))]
    assert lab.status().data["upgrade"] is None
    assert lab.attach().stdout == "nothing to do\n"


def test_what_a_killed_upgrade_left_can_be_removed(busy):
    lab = busy[0]
    lab.vrxdp("detach", "--all")
    before = host_state(lab)
    for delay in (0.05, 0.15, 0.25, 0.35, 0.45):
        lab.binary = VRXDP
        lab.attach()
        process = lab.host.popen(NEXT, "--bpffs", lab.bpffs, "attach", "-c", lab.config_file(),
                                 stdout=-3, stderr=-3)
        time.sleep(delay)
        process.kill()
        process.wait()
        lab.binary = NEXT
        lab.vrxdp("detach", "--all")
        assert differences(before, host_state(lab)) == []


@pytest.mark.parametrize("binary", [OTHER, NEXT], ids=["other", "next"])
def test_losses_keep_their_reason_through_an_upgrade(lab, binary):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0, "tap"), lab.router("blue", up0)
    red.device.set("txqueuelen 100")
    lab.attach()
    red.pump.send_signal(signal.SIGSTOP)
    blue.dev.down()
    with in_background(lambda: frames(up0.wire, f"dst={red.mac}", f"dst={blue.mac}", n=many(30_000),
                                      pps=10_000)) as sent:
        time.sleep(0.5)
        assert "upgraded" in upgrade(lab, binary).stdout
    stats = lab.settled()
    to_red, to_blue = (stream["sent"] for stream in sent[0]["streams"])
    assert stats.router("red")["drops"] == {"ring-full": to_red - 100}
    assert stats.router("red")["stack_packets"] == 100
    assert stats.router("blue")["drops"] == {"no-receiver": to_blue}
    assert stats.router("blue")["rx_packets"] == to_blue
