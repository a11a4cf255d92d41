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

import json
import os
import shutil
import subprocess
import time

from devices import VRXDP, Dev, Port, Router
from netns import RUN, PREFIX, Netns, run, unmount_below


class Lab:
    """One test's namespaces, bpffs and processes."""

    # No addresses: stacks that say nothing by themselves, for tests that count every frame.
    quiet = False

    # The vrxdp that commands run; a test of upgrades changes it.
    binary = VRXDP

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

    def many_veths(self, near, far, count):
        """Pairs g0, g1, … between two namespaces; the far ends' MACs count up."""
        devices = [Dev(far, f"g{i}", f"02:00:00:00:02:{i:02x}") for i in range(count)]
        self.host.ip(*[f"link add name {dev.name} netns {near.name} type veth peer name {dev.name} "
                       f"netns {far.name} address {dev.mac}" for dev in devices])
        for ns in (near, far):
            ns.ip(*[f"link set {dev.name} up" for dev in devices])
        return devices

    def port(self, name="up0", ns=None, mtu=1500, kind=Port):
        port = kind(self, name, len(self.ports), ns or self.host, mtu)
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
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.config() if text is None else text)
        return path

    def vrxdp(self, *args, status=0, ns=None, bpffs=None):
        """Run vrxdp in the host's namespace; a status other than @status fails the test."""
        done = (ns or self.host).run(self.binary, "--bpffs", bpffs or self.bpffs, *args, check=False)
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
