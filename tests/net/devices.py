# SPDX-License-Identifier: GPL-2.0-only
"""What a lab is made of: devices, ports with the world behind them, routers of every kind."""

import ipaddress
import os

from netns import run

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUTPUT = os.path.join(ROOT, os.environ.get("OUTPUT", ".output"))
VRXDP = os.path.join(OUTPUT, "vrxdp")
OTHER = os.path.join(OUTPUT, "other", "vrxdp")      # the same layout, other programs
NEXT = os.path.join(OUTPUT, "next", "vrxdp")        # the layout after it
KINDS = ("veth", "tap", "macvlan", "port")


def helper(name):
    return os.path.join(OUTPUT, "tests", name)


def bpf_object(name):
    return os.path.join(OUTPUT, "tests", "lib", f"{name}.bpf.o")


def with_bpffs(ns, *argv):
    """
    ip and tc make directories in whatever bpffs they find when they load a program, and
    vrxdp's own may be the only one: give them another that nobody else sees.
    """
    ns.run("unshare", "--mount", "sh", "-c", 'mount -t bpf bpf /sys/fs/bpf && exec "$@"', "sh",
           *argv)


class Dev:
    """A net device of the lab."""

    def __init__(self, ns, name, mac=None):
        self.ns, self.name, self.mac = ns, name, mac

    def set(self, *args):
        self.ns.ip(f"link set dev {self.name} {' '.join(map(str, args))}")

    def up(self):
        self.set("up")

    def up_error(self):
        """Why it can't be set up; empty once it is."""
        return run("ip", "-n", self.ns.name, "link", "set", "dev", self.name, "up", check=False).stderr

    def down(self):
        self.set("down")

    def address(self, ip4, ip6):
        self.ns.sysctl(f"net/ipv6/conf/{self.name}/disable_ipv6", 0)
        self.ns.ip(f"addr add {ip4}/24 dev {self.name}",
                   f"addr add {ip6}/64 dev {self.name} nodad")

    def quiet(self):
        """No addresses any more: from now on its stack says nothing by itself."""
        self.ns.sysctl(f"net/ipv6/conf/{self.name}/disable_ipv6", 1)
        self.ns.ip(f"addr flush dev {self.name}")

    def features(self, **on):
        args = [text for key, value in on.items() for text in (key, "on" if value else "off")]
        self.ns.run("ethtool", "-K", self.name, *args)

    def feature(self, name):
        for line in self.ns.run("ethtool", "-k", self.name).stdout.splitlines():
            key, _, value = line.strip().partition(": ")
            if key == name:
                return value.split()[0] == "on"
        raise KeyError(name)

    def counter(self, way, name):
        return self.ns.links()[self.name]["stats64"][way][name]

    def threaded(self):
        """
        NAPI in a thread of its own. Otherwise it runs in the sender's system call, frame by
        frame: rings never fill, and a bulk never has more than one frame.
        """
        run("ip", "netns", "exec", self.ns.name, "sh", "-c",
            f"echo 1 >/sys/class/net/{self.name}/threaded")

    def xdp(self, program="pass"):
        """Somebody else's XDP program, from tests/lib/pass.bpf.c."""
        section_name = {"pass": "xdp", "pass_frags": "xdp.frags"}[program]
        with_bpffs(self.ns, "ip", "link", "set", "dev", self.name, "xdpdrv", "obj",
                   bpf_object("pass"), "sec", section_name)

    def filter(self, way, program):
        """A tc program from tests/lib/tag.bpf.c; the device has a clsact qdisc."""
        with_bpffs(self.ns, "tc", "filter", "add", "dev", self.name, way, "prio", "1", "bpf",
                   "da", "obj", bpf_object("tag"), "program", program)


class Port:
    """A port of the host, and the world on the other end of its wire."""

    def __init__(self, lab, name, number, ns, mtu):
        self.name, self.number, self.ns = name, number, ns
        self.dev = Dev(ns, name, f"02:00:{number:02x}:00:00:aa")
        self.out = lab.netns(f"out-{name}")
        self.wire = Dev(self.out, "wire", f"02:00:{number:02x}:00:00:01")
        self._make(lab, mtu)
        self.ip4, self.ip6 = self.addresses(1)
        if not lab.quiet:
            self.wire.address(self.ip4, self.ip6)
        self.conf = {"device": name}

    def _make(self, lab, mtu):
        lab.veth(self.dev, self.wire, mtu)

    def addresses(self, host):
        ip6 = ipaddress.ip_address(f"fd77:0:0:{self.number:x}::{host:x}")
        return f"10.77.{self.number}.{host}", str(ip6)


class TapPort(Port):
    """A port like a NIC in that it has filters of its own, and no far end to be changed."""

    def _make(self, lab, mtu):
        for dev in (self.dev, self.wire):
            dev.ns.ip(f"tuntap add dev {dev.name} mode tap",
                      f"link set dev {dev.name} mtu {mtu} address {dev.mac}")
        lab.start(self.ns, helper("pump"), self.ns.path, self.dev.name,
                  self.wire.ns.path, self.wire.name)
        for dev in (self.dev, self.wire):
            dev.up()


class Router:
    """A virtual router: a namespace with the kernel's stack, whatever leads to it."""

    def __init__(self, lab, name, port, kind, mtu):
        number = len(lab.routers) + 2
        self.name, self.kind, self.port = name, kind, port
        self.mac = f"02:00:{port.number:02x}:00:01:{number:02x}"
        self.ip4, self.ip6 = port.addresses(number)
        self.device = None      # of the host, where there is one
        self.pump = None
        self.conf = {"path": "stack"}
        self.more = {}          # interfaces beside wan
        self.ns = port.ns if kind == "port" else lab.netns(name)
        getattr(self, "_make_" + kind)(lab, port, mtu)
        if not lab.quiet:
            self.dev.address(self.ip4, self.ip6)
        if kind == "tap":
            self.conf["guest"] = "yes"
        else:
            self.conf["netns"] = self.ns.name
        self.iface = {"port": port.name, "mac": self.mac,
                      "device": self.device.name if self.device else self.dev.name}

    def _make_veth(self, lab, _port, mtu):
        self.dev = Dev(self.ns, "wan", self.mac)
        self.device = Dev(lab.host, f"v-{self.name}")
        lab.veth(self.device, self.dev, mtu)

    def _make_tap(self, lab, _port, mtu):
        self.dev = Dev(self.ns, "wan", self.mac)
        self.device = Dev(lab.host, f"t-{self.name}")
        for dev in (self.device, self.dev):
            dev.ns.ip(f"tuntap add dev {dev.name} mode tap")
            dev.ns.ip(f"link set dev {dev.name} mtu {mtu}"
                      + (f" address {dev.mac}" if dev.mac else ""))
        self.start_pump(lab)
        for dev in (self.device, self.dev):
            dev.up()

    def start_pump(self, lab, *sndbuf):
        self.pump = lab.start(lab.host, helper("pump"), lab.host.path, self.device.name,
                              self.ns.path, self.dev.name, *sndbuf)

    def _make_macvlan(self, _lab, port, _mtu):
        self.dev = Dev(self.ns, "wan", self.mac)
        port.ns.ip(f"link add link {port.name} name mv-{self.name} address {self.mac} "
                   "type macvlan mode bridge",
                   f"link set dev mv-{self.name} netns {self.ns.name} name wan")
        self.dev.up()

    def _make_port(self, _lab, port, _mtu):
        self.dev = port.dev
        self.mac = port.dev.mac
