# SPDX-License-Identifier: GPL-2.0-only
"""The bench's namespaces: one source, one sink, and for each path a host and a router.

      src                 hN: the host under test                       snk
    ┌─────┐ veth ┌───────────────────────────────────────────┐ veth ┌──────┐
    │  sN ├──────┤ port0 ── the path ─┐    ┌─ the path ─ port1├──────┤ kN   │
    └─────┘      └────────────────────┼────┼─────────────────┘      └──────┘
                                   ┌──┴────┴──┐
                                   │ in    out│  rN: the router, one route, ARP permanent
                                   └──────────┘
"""

import json
import os
import select
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = "vxb"
DESTINATIONS = "198.18.0.0/15"
NEXT_HOP = "203.0.113.1"


class BenchError(Exception):
    pass


def run(*argv, text=None):
    done = subprocess.run([str(a) for a in argv], input=text, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().replace("\n", "; ")
        raise BenchError(f"{' '.join(map(str, argv))}: status {done.returncode}: {said}")
    return done.stdout


def clean(*pid):
    subprocess.run([os.path.join(HERE, "lab-clean"), PREFIX, *map(str, pid)], check=False)


class Child:
    """A helper that lives as long as our end of its stdin: a killed bench leaves none."""

    def __init__(self, *argv):
        self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.name = os.path.basename(str(argv[-1]))
        self.first = self.line()

    def line(self):
        ready = select.select([self.process.stdout], [], [], 10)[0]
        line = self.process.stdout.readline() if ready else ""
        if not line:
            raise BenchError(f"{' '.join(self.process.args)}: no answer")
        return line

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.line())

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Lab:
    """Names, tools and CPUs; remove() takes everything away."""

    def __init__(self, output, source_cpu, host_cpu, sink_apart):
        self.output = output
        self.source_cpu, self.host_cpu = source_cpu, host_cpu
        self.sink_apart = sink_apart    # the sink's NAPI runs on the source's CPU
        self.name = f"{PREFIX}{os.getpid()}"
        self.dir = f"/run/{self.name}"
        self.children = []
        clean()
        os.mkdir(self.dir, 0o700)
        with open("/proc/self/stat", encoding="ascii") as stat, \
                open(f"{self.dir}/owner", "w", encoding="ascii") as owner:
            owner.write(stat.read().rpartition(") ")[2].split()[19] + "\n")
        self.netns("src")
        self.netns("snk")

    def tool(self, name):
        return os.path.join(self.output, "tests", name)

    def netns(self, name):
        ns = f"{self.name}-{name}"
        run("ip", "netns", "add", ns)
        self.sh(name, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 "
                      "net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.all.rp_filter=0 "
                      "net.ipv4.conf.default.rp_filter=0")

    def inside(self, name, *argv):
        """argv for a program inside a namespace, with the host's mounts."""
        return ["nsenter", f"--net=/run/netns/{self.name}-{name}", *map(str, argv)]

    def sh(self, name, script):
        """A shell command inside a namespace whose /sys is the namespace's."""
        return run("ip", "netns", "exec", f"{self.name}-{name}", "sh", "-ec", script)

    def ip(self, name, *lines):
        run("ip", "-n", f"{self.name}-{name}", "-batch", "-", text="\n".join(lines) + "\n")

    def start(self, name, *argv):
        child = Child(*self.inside(name, *argv))
        self.children.append(child)
        return child

    def stop(self, child):
        self.children.remove(child)
        child.end()

    def remove(self):
        for child in list(self.children):
            self.stop(child)
        clean(os.getpid())


class Path:
    """A way through the host. Subclasses build it, and switch on what costs the others."""

    name = ""
    router_ns = True    # the router is a namespace of its own

    def __init__(self, lab, number):
        self.lab, self.number = lab, number
        self.host, self.router = f"h{number}", f"r{number}"
        # Unique on the machine: NAPI threads are found by their device's name.
        *self.port, self.sink_dev = [f"{lab.name}-{number}{end}" for end in "abk"]
        self.source = f"s{number}"
        self.running = []
        self.seen = 0   # frames that the sink has counted before
        self.mac = {who: f"02:00:00:{number:02x}:00:{i:02x}" for i, who in
                    enumerate(("source", "sink", "port0", "port1", "in", "out"), 1)}
        lab.netns(self.host)
        self.veth("src", self.source, "source", self.host, self.port[0], "port0")
        self.veth("snk", self.sink_dev, "sink", self.host, self.port[1], "port1")
        # As on a NIC: NAPI, with GRO, on the core that the host has.
        for port in self.port:
            lab.sh(self.host, f"ethtool -K {port} gro on; "
                              f"echo 1 >/sys/class/net/{port}/threaded")
        if self.router_ns:
            lab.netns(self.router)
        self.build()
        lab.ip(self.route_ns(), f"addr add 192.0.2.254/24 dev {self.devices()[0]}",
               f"addr add 203.0.113.254/24 dev {self.devices()[1]}",
               f"neigh replace {NEXT_HOP} lladdr {self.mac['sink']} "
               f"dev {self.devices()[1]} nud permanent",
               f"route add {DESTINATIONS} via {NEXT_HOP}")
        lab.sh(self.route_ns(), "sysctl -qw net.ipv4.ip_forward=1")
        # On the source's CPU and ahead of it: the host's core is for the host.
        self.sink = lab.start("snk", "chrt", "-f", "3", lab.tool("xdp_sink"), "--dev",
                              self.sink_dev, "--cpu", lab.source_cpu, "-i")
        if lab.sink_apart:
            lab.sh("snk", f"echo 1 >/sys/class/net/{self.sink_dev}/threaded")

    def veth(self, ns, dev, who, peer_ns, peer, peer_who):
        lab = self.lab
        run("ip", "link", "add", dev, "address", self.mac[who], "netns", f"{lab.name}-{ns}",
            "numtxqueues", 1, "numrxqueues", 1, "type", "veth",
            "peer", "name", peer, "address", self.mac[peer_who], "netns", f"{lab.name}-{peer_ns}",
            "numtxqueues", 1, "numrxqueues", 1)
        lab.ip(ns, f"link set {dev} up")
        lab.ip(peer_ns, f"link set {peer} up")

    def router_veths(self):
        for i, who in enumerate(("in", "out")):
            self.mac["host-" + who] = f"02:00:00:{self.number:02x}:01:{i:02x}"
            self.veth(self.host, f"v-{who}", "host-" + who, self.router, who, who)

    def route_ns(self):
        return self.router

    def devices(self):
        """The router's devices: towards the source, towards the sink."""
        return "in", "out"

    def to_mac(self):
        return self.mac["in"]

    def from_mac(self):
        """Source address of the frames that reach the sink."""
        return self.mac["out"]

    def redirect(self, ns, *args):
        self.running.append(self.lab.start(ns, self.lab.tool("xdp_redirect"), *args))

    def build(self):
        pass

    def up(self):
        pass

    def down(self):
        while self.running:
            self.lab.stop(self.running.pop())

    def threads(self):
        """Pin the NAPI threads of ports and sink; the pids of those on the host's core."""
        pids = []
        for port in self.port:
            pids.append(napi_thread(port))
            os.sched_setaffinity(pids[-1], {self.lab.host_cpu})
            if thread_first():
                os.sched_setscheduler(pids[-1], os.SCHED_FIFO, os.sched_param(2))
        if self.lab.sink_apart:
            thread = napi_thread(self.sink_dev)
            os.sched_setaffinity(thread, {self.lab.source_cpu})
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(2))
        return pids


def threads_named(name):
    lines = run("ps", "-e", "-o", "pid=,comm=").splitlines()
    return [int(line.split()[0]) for line in lines if line.split(None, 1)[1].startswith(name)]


def napi_thread(device):
    found = threads_named(f"napi/{device}-")
    if len(found) != 1:
        raise BenchError(f"{device} has {len(found)} NAPI threads")
    return found[0]


def thread_first():
    """
    May the host's thread go before whatever else the machine does? Before 6.4 a busy
    ksoftirqd keeps softirqs from everybody else, so there it must not be starved.
    """
    release = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2])
    return release >= (6, 4)


class Redirect(Path):
    """Bare XDP redirect from port to port."""

    name, router_ns = "redirect", False

    def route_ns(self):
        return self.host

    def devices(self):
        return self.port

    def to_mac(self):
        return self.mac["port0"]

    def from_mac(self):
        return self.mac["source"]

    def up(self):
        self.redirect(self.host, *self.port)


class Kernel(Redirect):
    """The kernel forwards from port to port, in one namespace."""

    name = "kernel"

    def from_mac(self):
        return self.mac["port1"]

    def up(self):
        pass


class Macvlan(Path):
    """A router whose devices are macvlan children of the ports."""

    name = "macvlan"

    def build(self):
        for port, who in zip(self.port, ("in", "out")):
            self.lab.ip(self.host, f"link add link {port} name {who} address {self.mac[who]} "
                                   "type macvlan mode bridge",
                        f"link set {who} netns {self.lab.name}-{self.router}")
            self.lab.ip(self.router, f"link set {who} up")


class Bridge(Path):
    """A router behind veth, each joined to its port by a bridge that knows the addresses."""

    name = "bridge"

    def build(self):
        self.router_veths()
        for port, who, known in zip(self.port, ("in", "out"), ((0, "in"), (1, "sink"))):
            bridge = f"br-{who}"
            self.lab.ip(self.host, f"link add {bridge} type bridge",
                        f"link set {port} master {bridge}", f"link set v-{who} master {bridge}",
                        f"link set {bridge} up")
            to = "v-in" if known[0] == 0 else port
            run("bridge", "-n", f"{self.lab.name}-{self.host}", "fdb", "replace",
                self.mac[known[1]], "dev", to, "master", "static")


class Vrxdp(Path):
    """The same router behind veth, with vrxdp on both ports."""

    name = "vrxdp-stack"

    def build(self):
        self.router_veths()
        lab = self.lab
        self.config = f"{lab.dir}/vrxdp.conf"
        with open(self.config, "w", encoding="ascii") as f:
            f.write(f"[port up0]\ndevice = {self.port[0]}\n[port up1]\ndevice = {self.port[1]}\n"
                    f"[router bench]\nnetns = {lab.name}-{self.router}\npath = stack\n")
            for port, who in (("up0", "in"), ("up1", "out")):
                f.write(f"[interface bench/{who}]\nport = {port}\nmac = {self.mac[who]}\n"
                        f"device = v-{who}\n")

    def vrxdp(self, *args):
        return run(*self.lab.inside(self.host, os.path.join(self.lab.output, "vrxdp"), "--bpffs",
                                    f"{self.lab.dir}/bpf", *args))

    def up(self):
        self.vrxdp("attach", "-c", self.config)

    def counters(self):
        return json.loads(self.vrxdp("stats", "--json"))["routers"][0]

    def down(self):
        self.vrxdp("detach", "--all")


class SketchXdp(Path):
    """Router behind veth, bare XDP redirects on both sides: vrxdp without its work."""

    name = "sketch-xdp"

    def build(self):
        self.router_veths()

    def up(self):
        self.lab.sh(self.router, "ethtool -K in gro on; ethtool -K out gro on tx off tso off")
        self.redirect(self.host, self.port[0], "v-in")
        self.redirect(self.host, "v-out", self.port[1])


class SketchXdpPass(SketchXdp):
    """As sketch-xdp, the router's end with an XDP program in place of GRO."""

    name = "sketch-xdp-pass"

    def up(self):
        super().up()
        self.lab.sh(self.router, "ethtool -K in gro off")
        self.redirect(self.router, "in")


class SketchTc(SketchXdp):
    """As sketch-xdp, but tc's bpf_redirect from the router to the port, offloads untouched."""

    name = "sketch-tc"

    def up(self):
        self.lab.sh(self.router, "ethtool -K in gro on")
        self.redirect(self.host, self.port[0], "v-in")
        self.redirect(self.host, "--tc", "v-out", self.port[1])


PATHS = {path.name: path for path in
         (Redirect, Macvlan, Bridge, Vrxdp, Kernel, SketchXdp, SketchXdpPass, SketchTc)}
DEFAULT_PATHS = ["redirect", "macvlan", "bridge", "vrxdp-stack", "kernel"]
