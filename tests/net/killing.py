# SPDX-License-Identifier: GPL-2.0-only
"""A lab in which commands are killed at one system call after the other (tests/lib/kill_at.c)."""

import json
import os
import random
import time

import quickstate
from devices import VRXDP, TapPort, helper
from hoststate import differences, host_state
from netns import run
from traffic import ping

KILLED = 137
HOST = "10.77.0.100"    # the host's own address on up0

# VRXDP_LONG: every point. Otherwise the first and the last ones, and some between.
LONG = os.environ.get("VRXDP_LONG", "") not in ("", "0")
SEED = int(os.environ.get("VRXDP_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
ENDS, BETWEEN = 2, 4


def points(count, name, part, say):
    """
    Numbers of changes after which to kill: 0 (before the first) to @count (after the last).
    Of a sample, @part 0 and 1 are halves: each point is for one way to recover.
    """
    whole = range(count + 1)
    if LONG:
        chosen = list(whole)
    else:
        between = whole[ENDS:-ENDS]
        sample = random.Random(f"{SEED} {name}").sample(between, min(BETWEEN, len(between)))
        chosen = sorted({*whole[:ENDS], *whole[-ENDS:], *sample})[part::2]
    say(f"{name}: {len(chosen)} of {len(whole)} points, VRXDP_SEED={SEED}"
        + ("" if LONG else f": {chosen}"))
    return chosen


class Site:
    """
    A shared port with routers of every kind behind it, a port with filters like a NIC's, a
    port to be replaced; `one` and `two` are config files of what is before and after a reload.
    """

    def __init__(self, lab):
        self.lab = lab
        lab.bpffs = f"{lab.dir}/run/vrxdp/bpf"      # several directories are to be made
        self.up0, self.nic = lab.port(), lab.port("nic0", kind=TapPort)
        self.old, self.new = lab.port("up1"), lab.port("up2")
        self.up0.dev.address(HOST, "fd77::100")
        red = lab.router("red", self.up0)
        # Nobody else talks in their VLAN: they are each other's world.
        self.in_vlan = (lab.router("blue", self.up0, vlan=100),
                        lab.router("mauve", self.up0, "tap", vlan=100))
        lab.router("grey", self.up0, "macvlan")
        lab.router("white", self.nic)
        gold, lime = lab.router("gold", self.old), lab.router("lime", self.old)
        lab.router("black", kind="port")
        self.red, self.pink = red, lab.router("pink", self.up0)
        umber = lab.router("umber", self.up0)
        umber.device.xdp()      # somebody else's program: attaching it is refused, at the end
        self.new.wire.address(self.old.ip4, self.old.ip6)
        self.worlds = {port.name: port for port in lab.ports}
        lab.ports.remove(self.new)
        self.one = self._file("one", without=("pink", "umber"))
        self.more = self._file("more", without=("umber",))
        self.two, self.failing = self._second_files(red, gold, lime)
        self.eyes = [quickstate.Eye(ns) for ns in lab.namespaces]
        self.bare = host_state(lab)
        self.bare_quick = self.look()
        self.shapes = {}
        for path in (self.one, self.more, self.two):
            lab.vrxdp("attach", "-c", path)
            self.shapes[self._who()] = self.shape()
            assert self.deaf() == []
            lab.vrxdp("detach", "--all")
        assert self.restored() == []

    def _file(self, name, without=()):
        kept = self.lab.routers
        self.lab.routers = [r for r in kept if r.name not in without]
        path = self.lab.config_file(name=f"{name}.conf")
        self.lab.routers = kept
        return path

    def _second_files(self, red, gold, lime):
        """
        red goes, pink comes, gold and lime change places; up1 gets another device. In a
        second file umber comes, too, which fails when all else is done.
        """
        self.up0.conf["group-limit"] = "100kpps"
        self.old.conf["device"] = "up2"
        self._swap(gold, lime)
        two = self._file("two", without=(red.name, "umber"))
        failing = self._file("failing", without=(red.name,))
        del self.up0.conf["group-limit"]
        self.old.conf["device"] = "up1"
        self._swap(gold, lime)
        return two, failing

    @staticmethod
    def _swap(a, b):
        """Each gets the other's place: namespace, device and MAC."""
        a.conf, b.conf = b.conf, a.conf
        a.iface, b.iface = b.iface, a.iface

    # ---- looking

    def look(self):
        state = {}
        for eye in self.eyes:
            state.update(eye.look())
        with open("/proc/self/mounts", encoding="utf-8") as f:
            state["mounts"] = [line for line in f if self.lab.dir in line]
        state["files"] = sorted(os.path.join(top, name)
                                for top, dirs, files in os.walk(self.lab.dir)
                                for name in dirs + files if not name.endswith(".conf"))
        return state

    def restored(self):
        """Differences to the bare host, told in the words of hoststate.py."""
        if self.look() == self.bare_quick:
            return []
        # A link that went down or up says so a moment later.
        time.sleep(0.2)
        return differences(self.bare, host_state(self.lab)) or \
            differences(self.bare_quick, self.look())

    def attached(self):
        return os.path.exists(f"{self.lab.bpffs}/maps/vx_meta")

    def counters(self):
        """{name: numbers that must never decrease} of ports, routers and interfaces."""
        if not self.attached():
            return {}
        data = self.lab.stats().data
        items = [("port", p) for p in data["ports"]] + [("router", r) for r in data["routers"]]
        items += [(f"interface of {r['name']}", i) for r in data["routers"]
                  for i in r["interfaces"]]
        return {(kind, item["name"]): {k: v for k, v in item.items() if k[2:] in
                                       ("_packets", "_bytes")} for kind, item in items}

    def _who(self):
        return frozenset(self.lab.status().names())

    def shape(self):
        """What the maps say that doesn't depend on the order in which things were attached."""
        shape = {}
        for name in ("demux", "devices", "targets", "copies", "groups", "ports", "undo_recs",
                     "port_recs", "router_recs", "iface_recs"):
            path = f"{self.lab.bpffs}/maps/vx_{name}"
            entries = json.loads(run("bpftool", "-j", "map", "dump", "pinned", path).stdout)
            shape[name] = len(entries)
            entries = [e.get("formatted", e) for e in entries]
            if name == "groups":
                shape["sizes of groups"] = sorted(
                    json.dumps({**e["value"], "index": 0}, sort_keys=True) for e in entries)
            elif name == "ports":
                values = [{**e["value"], "whole": bool(e["value"]["whole"])} for e in entries]
                shape["settings of ports"] = sorted(
                    json.dumps(v, sort_keys=True) for v in values if v["max_len"])
        return shape

    def odd_shape(self):
        """What differs from an attach that nobody has disturbed."""
        is_now, right = self.shape(), self.shapes[self._who()]
        return [(name, right[name], is_now[name]) for name in right if right[name] != is_now[name]]

    # ---- traffic

    def host_reached(self):
        """Frames for the host itself, by ARP first."""
        for ns in (self.up0.out, self.lab.host):
            ns.ip("neigh flush all")
        return ping(self.up0.out, HOST, 1) == 1 and ping(self.lab.host, self.up0.ip4, 1) == 1

    def deaf(self):
        """Routers that should talk with the world and can't, in either direction."""
        found, status = [], self.lab.status()
        for name in status.names():
            for iface in status.router(name)["interfaces"]:
                router, world, address = self._world_of(name, iface, status)
                for ns in (world, router.ns):
                    ns.ip("neigh flush all")
                if ping(world, router.ip4, 1) != 1 or ping(router.ns, address, 1) != 1:
                    found.append(name)
        return found

    def _world_of(self, name, iface, status):
        """Who is behind the name, the namespace that it must reach and be reached from."""
        routers = {r.ns.name if r.kind != "tap" else None: r for r in self.lab.routers}
        router = routers.get(status.router(name)["netns"]) or \
            next(r for r in self.lab.routers if r.name == name)
        if router in self.in_vlan:
            other = self.in_vlan[router is self.in_vlan[0]]
            return router, other.ns, other.ip4
        port = self.worlds[status.port(iface["port"])["device"]]
        # The new device's world has the address of the old one's.
        return router, port.out, self.old.ip4 if port is self.new else port.ip4

    def problems(self):
        """What status complains about that isn't always so."""
        data = self.lab.status().data
        found = [(p["name"], p["problems"]) for p in data["ports"] if p["problems"]]
        found += [(r["name"], i["problems"]) for r in data["routers"] for i in r["interfaces"]
                  if i["problems"]]
        return found

    # ---- vrxdp

    def command(self, *args):
        return [VRXDP, "--bpffs", self.lab.bpffs, *args]

    def kill(self, after, *args, on_exit=False):
        """Kill @args after so many changes: at the exit of that one, or the entry of the next."""
        at = ["-n", after, "-x"] if on_exit and after else ["-n", after + 1]
        return self.lab.host.run(helper("kill_at"), *at, *self.command(*args), check=False)

    def changes(self, *args):
        """How many changes the command makes, all of which it makes now."""
        names = f"{self.lab.dir}/changes.conf"
        done = self.lab.host.run(helper("kill_at"), "-o", names, *self.command(*args), check=False)
        with open(names, encoding="ascii") as f:
            calls = f.read().split("\n")[:-1]
        return len(calls), done
