# SPDX-License-Identifier: GPL-2.0-only
"""The lab: namespaces around a host that runs vrxdp.

      out-up0            host                       red
    ┌────────┐  veth  ┌────────────────────┐  veth ┌─────┐
    │   wire ├────────┤ up0 ─ vrxdp ─ v-red├───────┤ wan │   kind veth
    │        │        │              t-red ├─pump──┤ wan │   kind tap: a guest
    │        │        │ up0 ═══════════════╪═══════╡ wan │   kind macvlan: child of the port
    └────────┘        └────────────────────┘       └─────┘
      out-p1   wire ────────────────────────────── up1      kind port: the whole port is the router's

The host has no address, no bridge and forwards nothing, so what gets through is
vrxdp's work; each test ends by checking that the kernel forwarded nothing.
"""

import ipaddress
import json
import os
import shutil
import subprocess
import time

from netns import RUN, PREFIX, Netns, run, unmount_below

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUTPUT = os.path.join(ROOT, os.environ.get("OUTPUT", ".output"))
VRXDP = os.path.join(OUTPUT, "vrxdp")
KINDS = ("veth", "tap", "macvlan", "port")


def helper(name):
    return os.path.join(OUTPUT, "tests", name)


def bpf_object(name):
    return os.path.join(OUTPUT, "tests", "lib", f"{name}.bpf.o")


class Dev:
    """A net device of the lab."""

    def __init__(self, ns, name, mac=None):
        self.ns, self.name, self.mac = ns, name, mac

    def set(self, *args):
        self.ns.ip(f"link set dev {self.name} {' '.join(map(str, args))}")

    def up(self):
        self.set("up")

    def down(self):
        self.set("down")

    def address(self, ip4, ip6):
        self.ns.sysctl(f"net/ipv6/conf/{self.name}/disable_ipv6", 0)
        self.ns.ip(f"addr add {ip4}/24 dev {self.name}",
                   f"addr add {ip6}/64 dev {self.name} nodad")

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
        section = {"pass": "xdp", "pass_frags": "xdp.frags"}[program]
        run("ip", "-n", self.ns.name, "link", "set", "dev", self.name, "xdpdrv", "obj",
            bpf_object("pass"), "sec", section)


class Port:
    """A port of the host, and the world on the other end of its wire."""

    def __init__(self, lab, name, number, ns, mtu):
        self.name, self.number, self.ns = name, number, ns
        self.dev = Dev(ns, name, f"02:00:{number:02x}:00:00:aa")
        self.out = lab.netns(f"out-{name}")
        self.wire = Dev(self.out, "wire", f"02:00:{number:02x}:00:00:01")
        lab.veth(self.dev, self.wire, mtu)
        self.ip4, self.ip6 = self.addresses(1)
        if not lab.quiet:
            self.wire.address(self.ip4, self.ip6)
        self.conf = {"device": name}

    def addresses(self, host):
        ip6 = ipaddress.ip_address(f"fd77:0:0:{self.number:x}::{host:x}")
        return f"10.77.{self.number}.{host}", str(ip6)


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

    def start_pump(self, lab):
        self.pump = lab.start(lab.host, helper("pump"), lab.host.path, self.device.name,
                              self.ns.path, self.dev.name)

    def _make_macvlan(self, _lab, port, _mtu):
        self.dev = Dev(self.ns, "wan", self.mac)
        port.ns.ip(f"link add link {port.name} name mv-{self.name} address {self.mac} "
                   "type macvlan mode bridge",
                   f"link set dev mv-{self.name} netns {self.ns.name} name wan")
        self.dev.up()

    def _make_port(self, _lab, port, _mtu):
        self.dev = port.dev
        self.mac = port.dev.mac


class Lab:
    """One test's namespaces, bpffs and processes."""

    # No addresses: stacks that say nothing by themselves, for tests that count every frame.
    quiet = False

    def __init__(self, number):
        self.prefix = f"{PREFIX}{os.getpid()}-{number}"
        self.dir = f"{RUN}/{self.prefix}"
        self.bpffs = f"{self.dir}/bpf"
        self.namespaces, self.processes = [], []
        self.ports, self.routers = [], []
        self.kernel_forwards = False    # a test that has the kernel do the work says so
        os.mkdir(self.dir, 0o700)
        self.host = self.netns("host")

    # ---- topology

    def netns(self, name):
        ns = Netns(f"{self.prefix}-{name}")
        self.namespaces.append(ns)
        return ns

    def veth(self, a, b, mtu=1500):
        run("ip", "link", "add", "name", a.name, "netns", a.ns.name, "mtu", mtu,
            *(["address", a.mac] if a.mac else []),
            "type", "veth", "peer", "name", b.name, "netns", b.ns.name, "mtu", mtu,
            *(["address", b.mac] if b.mac else []))
        for dev in (a, b):
            dev.up()

    def port(self, name="up0", ns=None, mtu=1500):
        port = Port(self, name, len(self.ports), ns or self.host, mtu)
        if ns and ns is not self.host:
            port.conf["netns"] = ns.name
        self.ports.append(port)
        return port

    def router(self, name, port=None, kind="veth", vlan=None, mtu=1500):
        """A router on @port; kind port makes the port, in the router's own namespace."""
        if kind == "port":
            port = self.port(port or f"p-{name}", self.netns(name), mtu)
        router = Router(self, name, port, kind, mtu)
        if vlan is not None:
            router.iface["vlan"] = vlan
        self.routers.append(router)
        return router

    def site(self, kind="veth", mtu=1500, **router):
        """One port and one router, attached: the usual start of a test."""
        if kind == "port":
            red = self.router("red", kind=kind, mtu=mtu, **router)
        else:
            red = self.router("red", self.port(mtu=mtu), kind, mtu=mtu, **router)
        self.attach()
        return red.port, red

    def sites(self, *kinds, **router):
        """One port with routers red, blue, green of these kinds behind it, attached."""
        port = self.port()
        routers = [self.router(name, port, kind, **router)
                   for name, kind in zip(("red", "blue", "green", "grey"), kinds)]
        self.attach()
        return port, *routers

    def start(self, ns, *argv):
        """A helper program that says "ready"; it's ended with the lab at the latest."""
        process = ns.popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.processes.append(process)
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{argv}: {process.communicate()[1]}")
        return process

    # ---- vrxdp

    def config(self):
        text = []
        for port in self.ports:
            text.append(section("port", port.name, port.conf))
        for router in self.routers:
            text.append(section("router", router.name, router.conf))
            for name, keys in {"wan": router.iface, **router.more}.items():
                text.append(section("interface", f"{router.name}/{name}", keys))
        return "\n".join(text)

    def config_file(self, text=None, name="vrxdp.conf"):
        path = f"{self.dir}/{name}"
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.config() if text is None else text)
        return path

    def vrxdp(self, *args, status=0, ns=None, bpffs=None):
        """Run vrxdp in the host's namespace; a status other than @status fails the test."""
        done = (ns or self.host).run(VRXDP, "--bpffs", bpffs or self.bpffs, *args, check=False)
        assert status is None or done.returncode == status, \
            f"vrxdp {' '.join(map(str, args))}: status {done.returncode}, not {status}: " \
            f"{done.stdout}{done.stderr}"
        return done

    def attach(self, text=None, *args, status=0):
        return self.vrxdp("attach", "-c", self.config_file(text), *args, status=status)

    def stats(self, *routers):
        return Report(json.loads(self.vrxdp("stats", "--json", *routers).stdout))

    def status(self):
        return Report(json.loads(self.vrxdp("status", "--json").stdout))

    def settled(self, seconds=5):
        """The counters when nothing moves any more; their sums must agree."""
        until = time.monotonic() + seconds
        before = self.stats()
        while time.monotonic() < until:
            time.sleep(0.1)
            now = self.stats()
            if now.counters() == before.counters():
                now.check_sums()
                return now
            before = now
        raise AssertionError("the counters never come to rest")

    # ---- the end

    def host_forwarded(self):
        """What the kernel of the host could have carried frames with, as text; or None."""
        for ns in [self.host] + [p.ns for p in self.ports if p.ns is not self.host]:
            for link in ns.links().values():
                kind = link.get("linkinfo", {}).get("info_kind")
                if kind in ("bridge", "openvswitch", "team", "bond"):
                    return f"{ns.name}: a {kind}"
            ip = [line.split() for line in ns.read("snmp").splitlines() if line[:3] == "Ip:"]
            if int(dict(zip(*ip))["ForwDatagrams"]):
                return f"{ns.name}: forwarded IPv4 packets"
            if "mirred" in ns.run("tc", "-s", "actions", "ls", "action", "mirred",
                                  check=False).stdout:
                return f"{ns.name}: tc redirects"
        return None

    def end(self, process, sig=None):
        """Ask a helper to end; returns what it printed."""
        if process.poll() is None:
            process.send_signal(sig) if sig else process.kill()
        out, err = process.communicate(timeout=30)
        if process in self.processes:
            self.processes.remove(process)
        if sig and process.returncode:
            raise RuntimeError(f"{process.args}: status {process.returncode}: {err}")
        return out

    def close(self):
        for process in list(self.processes):
            self.end(process)
        if os.path.exists(VRXDP):
            self.vrxdp("detach", "--all", status=None)
        for ns in reversed(self.namespaces):
            ns.delete()
        unmount_below(self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)


class Report:
    """What `stats --json` or `status --json` says, by name."""

    def __init__(self, data):
        self.data = data

    def port(self, name="up0"):
        return next(p for p in self.data["ports"] if p["name"] == name)

    def router(self, name="red"):
        return next(r for r in self.data["routers"] if r["name"] == name)

    def interface(self, router="red", name="wan"):
        return next(i for i in self.router(router)["interfaces"] if i["name"] == name)

    def names(self, kind="routers"):
        return [item["name"] for item in self.data[kind]]

    def check_sums(self):
        for r in self.data["routers"]:
            assert r["rx_packets"] == r["fast_packets"] + r["stack_packets"] + r["drop_packets"]
            assert r["drop_packets"] == sum(r["drops"].values())
            assert r["tx_drop_packets"] == sum(r["tx_drops"].values())
            for key in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"):
                # Interfaces that were removed have left their part in the router's total.
                assert r[key] >= sum(i[key] for i in r["interfaces"]), (r["name"], key)

    def counters(self):
        """All but what moves by itself."""
        routers = [{k: v for k, v in r.items() if k != "cpu_ns"} for r in self.data["routers"]]
        return self.data["ports"], routers


def section(kind, name, keys):
    return f"[{kind} {name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
