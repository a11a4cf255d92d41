# SPDX-License-Identifier: GPL-2.0-only
"""A router whose owner is hostile, and what is promised to all others whatever he does.

      out-up0        host                   evil      the owner is root in here
    ┌────────┐    ┌──────────┬── v-evil ───┤ wan
    │   wire ├────┤ up0      ├── v-victim ─┤ wan      the same port and VLAN
    │        │    │          ├── v-ally ───┤ wan      the same port and VLAN, evil's friend
    │        │    │          ├── v-tagged ─┤ wan      VLAN 100 of the same port
    └────────┘    │ up1      ├── v-far ────┤ wan      another port
      out-up1 ────┴──────────┘

An attack is a function of one Evil: what the owner does. `withstand()` runs it while frames flow
through everybody, and checks the promises of SECURITY.md:

    @attack(says="the far end")             what `vrxdp status` must say of evil then, if anything
    def changes_its_name(evil):
        evil.ip("link set wan name lan")

Everything that the owner sends by evil.send() carries a number, and mustn't be seen but where the
rules of tests/net/wire_rules.py have it.
"""

import contextlib
import json
import os
import re
import signal
import struct
import subprocess
import time
from dataclasses import dataclass

from devices import Dev, bpf_object, helper
from hoststate import differences, host_state
from marked import Sender, marked
from traffic import count, frames, settle
from wire_rules import Member, Probe, Wires

SOURCE = "02:00:00:00:00:fe"    # of tests/lib/frames.c
LONG = os.environ.get("VRXDP_LONG", "") not in ("", "0")
VICTIMS = ("victim", "tagged", "far")
ENDLESS = 10_000_000     # frames: until the attack is over


@dataclass
class How:
    """What is peculiar to an attack."""

    kinds: tuple = ("veth",)    # of devices.KINDS, or "generic": a veth, the port in generic mode
    says: str = None        # pattern that a problem of evil's must match
    mend: object = None     # what the host's administrator does before `attach -c`
    counted: bool = True    # False: others send to evil, or its device is made anew
    remade: bool = False    # evil's device of the host isn't the one it was
    drops: tuple = ()       # reasons for which others may miss group frames


def attack(**how):
    def mark(function):
        function.how = How(**how)
        return function
    return mark


def attacks(module):
    """Pairs of attack and kind of device, for parametrize; VRXDP_LONG: all kinds, not the first."""
    return [(f, kind) for f in list(module.values()) if hasattr(f, "how")
            for kind in (f.how.kinds if LONG else f.how.kinds[:1])]


def name_of(pair):
    return "-".join(getattr(part, "__name__", str(part)) for part in
                    (pair if isinstance(pair, tuple) else (pair,)))


class Evil:
    """What its owner has: a namespace, the device in it, and others' addresses."""

    def __init__(self, scene, router):
        self.scene, self.lab, self.router = scene, scene.lab, router
        self.ns, self.dev, self.mac, self.kind = router.ns, router.dev, router.mac, router.kind
        self.victim, self.ally = scene.routers["victim"], scene.routers["ally"]
        self.tagged, self.far = scene.routers["tagged"], scene.routers["far"]
        self.wire, self.host = scene.ports["up0"].wire.mac, scene.ports["up0"].dev.mac
        self.sent, self.lairs = 0, []

    def run(self, *argv):
        """In its namespace; may fail. Returns what it printed, both ways."""
        done = self.ns.run(*argv, check=False)
        return done.stdout + done.stderr

    def ip(self, line):
        return self.run("ip", *line.split())

    def ethtool(self, *features):
        return self.run("ethtool", "-K", self.dev.name, *features)

    def flap(self, dev=None):
        self.run("ip", "link", "set", (dev or self.dev).name, "down")
        self.run("ip", "link", "set", (dev or self.dev).name, "up")

    def rename(self, name):
        self.dev.down()
        said = self.run("ip", "link", "set", self.dev.name, "name", name)
        assert not said, (name, said)
        self.dev = Dev(self.ns, name, self.mac)
        self.dev.up()

    def lair(self):
        """A namespace that only a process of the owner's holds; returns its PID."""
        process = self.ns.popen("unshare", "--net", "sh", "-c",
                                "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 "
                                "net.ipv6.conf.default.disable_ipv6=1; echo ready; "
                                "exec sleep 600", stdout=subprocess.PIPE)
        self.lab.processes.append(process)
        self.lairs.append(process)
        assert process.stdout.readline() == "ready\n"
        return process.pid

    def xdp(self, program):
        """His own XDP program on his device, of tests/lib/hostile.bpf.c; None: off."""
        if program is None:
            return self.run("ip", "link", "set", self.dev.name, "xdp", "off")
        return self.run("unshare", "--mount", "sh", "-c",
                        'mount -t bpf bpf /sys/fs/bpf && exec ip link set dev "$0" xdpdrv obj '
                        '"$1" program "$2"', self.dev.name, bpf_object("hostile"), program)

    # ---- frames

    def send(self, *dsts, n=50, src=None, tags=(), size=60, kind=None, pps=4000):
        """@n frames to each; with an address that isn't evil's they must come out nowhere."""
        probe, more = self.scene.probe, {"kind": kind} if kind else {}
        src = src or self.mac
        with contextlib.suppress(OSError), Sender(self.dev, pps) as sender:
            for dst in dsts * n:
                expected = self.scene.wires.from_router(self.scene.members["evil"], dst, tags) \
                    if src == self.mac else {}
                number = probe.expect(f"evil to {dst} source {src} tags {tags}", expected)
                self.sent += sender.send(marked(number, dst, src, tags, size, **more))

    def send_inside(self, outer, dst, n=20):
        """A marked frame behind a header of @outer bytes: mustn't be seen without that header."""
        with contextlib.suppress(OSError), Sender(self.dev) as sender:
            for _ in range(n):
                number = self.scene.probe.expect(f"evil to {dst} inside another", {})
                frame = outer + marked(number, dst, self.mac)
                self.scene.probe.allow(frame, "wire up0")
                self.sent += sender.send(frame)

    def send_raw(self, *raw):
        with contextlib.suppress(OSError), Sender(self.dev) as sender:
            self.sent += sum(sender.send(frame) for frame in raw)


class Scene:
    """The lab with evil in it; attached and detached for each attack."""

    def __init__(self, lab, kind):
        lab.quiet = True
        self.lab = lab
        self.ports = {name: lab.port(name) for name in ("up0", "up1")}
        up0, up1 = self.ports.values()
        if kind == "generic":
            up0.conf["mode"], kind = "generic", "veth"
        self.routers = {"evil": lab.router("evil", None if kind == "port" else up0, kind)}
        for name, port, vlan in (("victim", up0, None), ("ally", up0, None),
                                 ("tagged", up0, 100), ("far", up1, None)):
            self.routers[name] = lab.router(name, port, vlan=vlan)
        self.port = self.routers["evil"].port
        self.members = {r.name: Member(r.name, r.port.name, r.mac, r.dev, r.kind,
                                       str(r.iface.get("vlan", ""))) for r in lab.routers}
        self.wires = Wires(list(self.members.values()), {p.name: p.dev.mac for p in lab.ports})
        # All that is the host's, and one of each kind beside it: it takes long.
        self.watched = [lab.host, up0.out, self.routers["victim"].ns]
        self.before = self.probe = self.evil = None

    def begin(self):
        self.before = self.before or host_state(self.lab, self.watched)
        self.lab.attach()
        self.probe = Probe(self.lab, self.wires)
        self.probe.devices.pop("evil")
        self.evil = Evil(self, self.routers["evil"])

    def end(self):
        for process in self.evil.lairs:
            self.lab.end(process)

    # ---- what flows

    def _flow(self, dev, *streams, pps=700):
        process = dev.ns.popen(*frames_command(dev, *streams, pps=pps), stdout=subprocess.PIPE)
        self.lab.processes.append(process)
        return process

    @contextlib.contextmanager
    def flows(self):
        """Steady flows through everybody; yields what was sent and received, filled at the end."""
        r, result = self.routers, {"sent": {}}
        wires = {name: port.wire for name, port in self.ports.items()}
        evil_wire = self.port.wire
        counted = {"wire up0": wires["up0"], "wire up1": wires["up1"],
                   **{name: r[name].dev for name in VICTIMS}}
        with contextlib.ExitStack() as stack:
            seen = {name: stack.enter_context(count(self.lab, dev))
                    for name, dev in counted.items()}
            sent = {
                ("wire up0", "victim"): (wires["up0"], f"dst={r['victim'].mac},max=1514"),
                ("wire up0", "tagged"): (wires["up0"], f"dst={r['tagged'].mac},vlan=100,min=64,max=1518"),
                ("wire up1", "far"): (wires["up1"], f"dst={r['far'].mac},max=1514"),
                ("victim", "wire up0"): (r["victim"].dev, stream(r["victim"], self.ports["up0"])),
                ("tagged", "wire up0"): (r["tagged"].dev, stream(r["tagged"], self.ports["up0"])),
                ("far", "wire up1"): (r["far"].dev, stream(r["far"], self.ports["up1"])),
                ("wire", "evil"): (evil_wire, f"dst={r['evil'].mac},max=1514"),
            }
            started = {key: self._flow(*args) for key, args in sent.items()}
            time.sleep(0.1)
            yield result
            time.sleep(0.1)
            for key, process in started.items():
                result["sent"][key] = json.loads(self.lab.end(process, signal.SIGTERM))
            settle()
        result["seen"] = seen

    # ---- promises

    def check_flows(self, result):
        """Nobody loses a frame, and nothing else arrives under his address."""
        seen = result["seen"]
        for (from_, to), sent in result["sent"].items():
            if to == "evil":
                continue
            key = {"dst": self.routers[to].mac, "src": SOURCE} if to in VICTIMS else \
                {"src": self.routers[from_].mac, "dst": self.ports[to[5:]].wire.mac}
            vlan = 100 if from_ == "tagged" else None
            got = seen[to].packets(**key, vlan=vlan)
            print(f"{from_} to {to}: {sent['sent']} sent, {got} received")
            assert got == sent["sent"], f"{from_} to {to}"
        for name in VICTIMS:
            assert seen[name].whole, f"{name}: {seen[name].data}"

    def check_counters(self, was, now, result, how, device_rx):
        """What is counted is what was sent and seen."""
        def delta(name, key):
            return now.router(name)[key] - was.router(name)[key]
        seen = result["seen"]
        for name, wire in zip(VICTIMS, ("up0", "up0", "up1")):
            missed = {reason: n - was.router(name)["drops"].get(reason, 0)
                      for reason, n in now.router(name)["drops"].items()}
            assert set(missed) <= set(how.drops), (name, missed)
            counted = [delta(name, key) for key in ("rx_packets", "stack_packets", "tx_packets",
                                                    "tx_drop_packets")]
            real = [seen[name].packets() + sum(missed.values()), seen[name].packets(),
                    result["sent"][(name, f"wire {wire}")]["sent"], 0]
            assert counted == real, f"{name}: counted {counted}, really {real}"
        to_evil = result["sent"][("wire", "evil")]["sent"]
        print(f"evil: {to_evil} sent to it, {delta('evil', 'stack_packets')} taken, drops "
              f"{now.router('evil')['drops']}; {self.evil.sent} sent by it, "
              f"{delta('evil', 'tx_packets')} taken, drops {now.router('evil')['tx_drops']}")
        # Frames for a whole port that is down don't arrive.
        if not how.counted or self.evil.kind == "port":
            return
        assert delta("evil", "rx_packets") == to_evil, now.router("evil")
        on_up0 = sum(v["sent"] for k, v in result["sent"].items() if k[0] in ("wire up0", "wire"))
        port = [now.port()[key] - was.port()[key] for key in ("rx_packets", "tx_packets")]
        assert port[0] == on_up0, (port, on_up0)
        if device_rx is not None:
            sent = delta("evil", "tx_packets") + delta("evil", "tx_drop_packets")
            assert sent == device_rx, (sent, device_rx)
            assert port[1] == seen["wire up0"].packets(), (port, seen["wire up0"].packets())

    def device_rx(self):
        """Frames that evil's device handed to vrxdp, as the kernel counts them."""
        if self.evil.kind != "veth" or self.evil.router.device.name not in self.lab.host.links():
            return None
        return self.evil.router.device.counter("rx", "packets")

    def problems(self):
        """All that status says is wrong about evil."""
        status = self.lab.status()
        found = [p for i in status.router("evil")["interfaces"] for p in i["problems"]]
        found += [i["state"] for i in status.router("evil")["interfaces"] if i["state"] != "up"]
        found += status.router("evil").get("problems", [])
        found += status.port(self.port.name)["problems"]
        return [text for text in found if not text.startswith("generic mode:")]

    def check_output(self):
        """Whatever evil's things are called, no output has more than printable ASCII."""
        for args in (["status"], ["status", "--json"], ["stats"],
                     ["stats", "--json"], ["top", "-b", "-n", "1"]):
            printable(self.lab.vrxdp(*args))

    def check_healed(self):
        evil, port = self.routers["evil"], self.port
        assert not self.problems(), self.problems()
        with count(self.lab, self.evil.dev) as inside, count(self.lab, port.wire) as outside:
            frames(port.wire, f"dst={evil.mac}", n=100, pps=2000)
            frames(self.evil.dev, stream(evil, port), n=100, pps=2000)
        assert inside.packets(dst=evil.mac) == outside.packets(src=evil.mac) == 100

    def check_detached(self, how):
        """Everything that isn't evil's is as it was before attach."""
        printable(self.lab.vrxdp("detach", "--all"))
        device, after = self.evil.router.device, host_state(self.lab, self.watched)
        gone = [device.name] if how.remade and device else []
        changed = differences(without(self.before, gone), without(after, gone))
        assert not changed, changed
        self.before = after


class Scenes:
    """One for each kind of evil's device, made when it's needed, and again after a failure."""

    def __init__(self, make_lab):
        self.make_lab, self.scenes = make_lab, {}

    @contextlib.contextmanager
    def scene(self, kind):
        scene = self.scenes.pop(kind, None) or Scene(self.make_lab(), kind)
        try:
            scene.begin()
            yield scene
            scene.end()
        except BaseException:
            scene.lab.close()
            raise
        self.scenes[kind] = scene

    def close(self):
        for scene in self.scenes.values():
            try:
                assert scene.lab.host_forwarded() is None
            finally:
                scene.lab.close()


def frames_command(dev, *streams, pps):
    return [helper("frames"), "-n", ENDLESS, "-r", pps, dev.name, *streams]


def stream(router, port):
    return f"dst={port.wire.mac},src={router.mac},max=1000"


def printable(done):
    for text in (done.stdout, done.stderr):
        assert re.fullmatch(r"[\n\x20-\x7e]*", text), repr(text)


def without(state, devices):
    """A host_state() without these devices of the host."""
    kept = {}
    for what, value in state.items():
        part = what.partition(": ")[2]
        if devices and part == "features":
            blocks = re.split(r"^(?=Features for )", "\n".join(value), flags=re.M)
            value = [block.strip() for block in blocks
                     if not any(block.startswith(f"Features for {name}:") for name in devices)]
        elif devices and isinstance(value, list):
            value = [v for v in value if not any(name in str(v) for name in devices)]
        if devices and isinstance(value, list):
            value = sorted(value, key=str)      # the order is that of the devices' numbers
        if part not in [f"link {name}" for name in devices]:
            kept[what] = value
    return kept


def withstand(scenes, function, kind):
    """Run an attack, and check all promises."""
    with scenes.scene(kind) as scene:
        run_attack(scene, function)


def run_attack(scene, function):
    how, lab = function.how, scene.lab
    was, rx = lab.settled(), scene.device_rx()
    with scene.flows() as result, scene.probe:
        start = time.monotonic()
        function(scene.evil)
        print(f"{name_of(function)}: {time.monotonic() - start:.1f} s")
    scene.check_flows(result)
    scene.probe.check(at_most=True)
    scene.check_output()
    problems = scene.problems()
    print(f"problems: {problems}")
    if how.says:
        assert any(re.search(how.says, text) for text in problems), problems
    now_rx = None if how.remade or rx is None else scene.device_rx() - rx
    scene.check_counters(was, lab.settled(), result, how, now_rx)
    (how.mend or restore)(scene.evil)
    printable(lab.attach())
    scene.check_healed()
    scene.check_detached(how)


def restore(evil):
    """The owner comes to reason, as far as it is his to do."""
    evil.xdp(None)
    evil.run("tc", "qdisc", "del", "dev", evil.dev.name, "clsact")
    evil.run("tc", "qdisc", "del", "dev", evil.dev.name, "root")
    if evil.dev.name != evil.router.dev.name:
        evil.rename(evil.router.dev.name)
    evil.run("ip", "link", "set", evil.dev.name, "address", evil.mac)
    evil.run("ip", "link", "set", evil.dev.name, "mtu", "1500")
    evil.dev.up()


def header(dst, src, kind):
    return bytes.fromhex((dst + src).replace(":", "")) + struct.pack("!H", kind)
