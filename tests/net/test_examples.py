# SPDX-License-Identifier: GPL-2.0-only
"""
The configs of docs/examples, each on a host that is set up as docs/examples/README.md says.

A test builds the host from a table of its own, with the names and addresses that README.md's
commands give, then attaches the file: unchanged, but for the names of namespaces, which have
the lab's prefix here.
"""

import contextlib
import glob
import itertools
import os
import re
import socket
import struct
import time

import pytest

from devices import ROOT, Dev, Router
from hoststate import differences, host_state
from packets import ICMP, ether, ipv4, tag
from traffic import Transfer, capture, checksum_errors, ping, send

EXAMPLES = os.path.join(ROOT, "docs", "examples")
BROADCAST = "ff:ff:ff:ff:ff:ff"
# What `vrxdp status` says of such hosts without anything being wrong.
SIBLINGS = "what its macvlan children send each other can't be seen"
IN_BRIDGE = "it is in the bridge br-lan, which reaches the router by the port only: take it out"
TESTED = set()


def read(name):
    with open(f"{EXAMPLES}/{name}", encoding="utf-8") as f:
        return f.read()


def sections(text, kind):
    return re.findall(rf"^\[{kind} (\S+)\]", text, re.MULTILINE)


class Inside:
    """A router's interface, as its own kernel has it; @device is the host's end."""

    def __init__(self, ns, device, name, mac):
        self.ns, self.device, self.mac = ns, device, mac
        self.dev = Dev(ns, name, mac)
        self.ip4 = self.ip6 = None

    def address(self, port, number):
        self.ip4, self.ip6 = port.addresses(number)
        self.dev.address(self.ip4, self.ip6)


class Example:
    """An example's file, and the host that the test builds for it."""

    def __init__(self, lab, name):
        self.lab, self.text = lab, read(name)
        self.namespaces = {}    # by the name in the file
        self.interfaces = {}    # by ROUTER/INTERFACE
        self.ports = {}         # by the label in the file
        self.containers = {}    # link and first process, by the name in the file
        self.before = None

    def port(self, label, device, mtu=1500):
        self.ports[label] = self.lab.port(device, mtu=mtu)
        return self.ports[label]

    def router(self, name):
        """A namespace that `ip netns add` made."""
        if name not in self.namespaces:
            self.namespaces[name] = self.lab.netns(name)
        return self.namespaces[name]

    def container(self, name):
        """A namespace without a name, and a link in /run/netns to that of the first process."""
        if name in self.namespaces:
            return self.namespaces[name]
        ns = self.namespaces[name] = self.lab.netns(f"{name}-init")
        init = self.lab.start(ns, "sh", "-c", "echo ready; exec sleep infinity")
        link = f"/run/netns/{self.lab.prefix}-{name}"
        os.symlink(f"/proc/{init.pid}/ns/net", link)
        self.containers[name] = link, init
        return ns

    def stop(self, name):
        link, init = self.containers.pop(name)
        self.lab.end(init)
        ns = self.namespaces.pop(name)
        ns.delete()
        self.lab.namespaces.remove(ns)
        os.unlink(link)

    def veth(self, name, ns, outer, inner, mac):
        made = Inside(ns, Dev(self.lab.host, outer), inner, mac)
        self.lab.veth(made.device, made.dev)
        self.interfaces[name] = made
        return made

    def macvlan(self, name, ns, lower, inner, mac):
        self.lab.host.ip(f"link add link {lower} name mv0 address {mac} type macvlan mode bridge",
                         f"link set dev mv0 netns {ns.name} name {inner}")
        made = self.interfaces[name] = Inside(ns, None, inner, mac)
        # A deleted namespace's devices go some time later, and keep their addresses until then.
        until = time.monotonic() + 30
        while (error := made.dev.up_error()):
            assert time.monotonic() < until, error
            time.sleep(0.05)
        return made

    def tap(self, name, guest, outer, mac):
        """A guest: a tap in a namespace stands for its NIC, tests/lib/pump for QEMU."""
        made = self.interfaces[name] = Inside(self.lab.netns(guest), Dev(self.lab.host, outer),
                                              "eth0", mac)
        self.namespaces[guest] = None
        for dev, address in ((made.device, ""), (made.dev, f"address {mac}")):
            dev.ns.ip(f"tuntap add dev {dev.name} mode tap",
                      f"link set dev {dev.name} mtu 1500 {address}")
        made.kind = "tap"
        Router.start_pump(made, self.lab, 1 << 20)
        for dev in (made.device, made.dev):
            dev.up()
        return made

    def renamed(self):
        return re.sub(r"^(netns\s*=\s*)(\w)", rf"\g<1>{self.lab.prefix}-\2", self.text,
                      flags=re.MULTILINE)

    def attach(self):
        """First a dry run, which must change nothing; then in earnest, and nothing is left to do."""
        assert set(sections(self.text, "port")) == set(self.ports)
        assert set(sections(self.text, "router")) == set(self.namespaces)
        assert set(sections(self.text, "interface")) == set(self.interfaces)
        text = self.renamed()
        self.before = host_state(self.lab)
        plan = self.lab.attach(text, "--dry-run").stdout
        for name in itertools.chain(self.ports, self.namespaces, self.interfaces):
            assert name in plan
        assert differences(self.before, host_state(self.lab)) == []
        assert self.lab.attach(text).stdout == plan.replace("would attach", "attached")
        assert "nothing to do" in self.lab.attach(text).stdout

    def problems(self):
        """What `vrxdp status` says is wrong; every port and interface is up."""
        status = self.lab.status()
        assert [p["state"] for p in status.data["ports"]] == ["up"] * len(self.ports)
        found = [problem for p in status.data["ports"] for problem in p["problems"]]
        for router in status.data["routers"]:
            for interface in router["interfaces"]:
                assert (router["name"], interface["state"]) == (router["name"], "up")
                found += interface["problems"]
        return found

    def all_count(self):
        """Every interface has received and sent, and nothing was lost."""
        stats = self.lab.settled()
        for name in self.interfaces:
            router, interface = name.split("/")
            counts = stats.interface(router, interface)
            assert counts["rx_packets"] and counts["tx_packets"], name
            for kind in ("drops", "tx_drops"):
                assert (name, stats.router(router)[kind]) == (name, {})
        for label in self.ports:
            assert stats.port(label)["rx_packets"], label
        return stats

    def detach(self):
        self.lab.vrxdp("detach", "--all")
        found = differences(self.before, host_state(self.lab))
        assert found == [], '\n'.join(found)

    def close(self):
        for link, _ in self.containers.values():
            os.unlink(link)


@pytest.fixture
def example(lab, request):
    made = Example(lab, request.param)
    yield made
    made.close()


def of(name):
    """The test is given the example @name, and is its test."""
    TESTED.add(name)
    return pytest.mark.parametrize("example", [name], indirect=True, ids=[name])


def pings(outside, port, *members):
    """The port's network, both ways, and the members among each other."""
    for inside in members:
        for ns, ip4, ip6 in ((outside, inside.ip4, inside.ip6), (inside.ns, port.ip4, port.ip6)):
            assert ping(ns, ip4) == ping(ns, ip6) == 3
    for one, other in itertools.permutations(members, 2):
        assert ping(one.ns, other.ip4, 1) == ping(one.ns, other.ip6, 1) == 1


def tcp(outside, port, *members):
    for inside in members:
        assert Transfer(outside, inside.ns, inside.ip4, 1_000_000).same
        assert Transfer(inside.ns, outside, port.ip6, 1_000_000).same
    for one, other in zip(members, members[1:]):
        assert Transfer(one.ns, other.ns, other.ip4, 1_000_000).same
    assert checksum_errors(outside, *(inside.ns for inside in members)) == 0


@contextlib.contextmanager
def in_vlan(port, vlan):
    """The wire's stack talks in this VLAN, as over a VLAN device."""
    port.out.run("tc", "qdisc", "add", "dev", "wire", "clsact")
    port.wire.filter("egress", f"push{vlan}")
    port.wire.filter("ingress", f"pop{vlan}")
    port.out.ip("neigh flush all")
    yield
    port.out.run("tc", "qdisc", "del", "dev", "wire", "clsact")


@contextlib.contextmanager
def routes_through(one, other, one_port, other_port):
    """The worlds beyond two ports reach each other by the router with these two interfaces."""
    routes = [(here.out, f"{net} via {via}")
              for here, beyond, inside in ((one_port, other_port, one), (other_port, one_port, other))
              for net, via in ((f"{beyond.ip4}/32", inside.ip4), (f"{beyond.ip6}/128", inside.ip6))]
    for ns, route in routes:
        ns.ip(f"route add {route}")
    yield
    for ns, route in routes:
        ns.ip(f"route del {route}")


@of("lxc-macvlan.conf")
def test_lxc_containers_with_macvlans_talk_and_are_counted(lab, example):
    lan = example.port("lan", "eth0")
    lan.dev.address(*lan.addresses(100))
    for number, (name, mac) in enumerate({
            "web/eth0": "00:16:3e:00:00:0b", "db/eth0": "00:16:3e:00:00:0c",
            "dns/eth0": "00:16:3e:00:00:0d", "dns/eth1": "00:16:3e:00:00:0e"}.items()):
        router, inner = name.split("/")
        made = example.macvlan(name, example.container(router), "eth0", inner, mac)
        if name != "dns/eth1":
            made.address(lan, 11 + number)
    web, db, dns, dns1 = example.interfaces.values()
    # A network of its own, so that the answers to it leave by eth1.
    dns1.ip4, dns1.ip6 = "10.78.0.14", "fd78::e"
    dns1.dev.address(dns1.ip4, dns1.ip6)
    lan.wire.address("10.78.0.1", "fd78::1")
    example.attach()
    pings(lan.out, lan, web, db, dns)
    assert ping(lan.out, dns1.ip4) == ping(lan.out, dns1.ip6) == 3
    assert ping(dns.ns, "10.78.0.1") == 3
    assert ping(lan.out, lan.addresses(100)[0]) == 3    # the host itself
    assert ping(lab.host, web.ip4, 1) == ping(web.ns, lan.addresses(100)[0], 1) == 0
    example.all_count()
    tcp(lan.out, lan, web, db, dns)
    assert example.problems() == [SIBLINGS]
    example.detach()
    pings(lan.out, lan, web, db, dns)
    # A container that is started anew is another namespace, with the old one's name.
    example.attach()
    example.stop("web")
    lab.attach(example.renamed(), status=1)
    web = example.macvlan("web/eth0", example.container("web"), "eth0", "eth0", web.mac)
    web.address(lan, 11)
    lab.attach(example.renamed())
    lan.out.ip("neigh flush all")
    pings(lan.out, lan, web, db)
    assert example.problems() == [SIBLINGS]


@of("docker.conf")
def test_docker_containers_in_a_bridge_and_on_macvlans_talk_and_are_counted(lab, example):
    lab.kernel_forwards = True
    host, lan, pub = lab.host, example.port("lan", "eth1"), example.port("pub", "eth2")
    host.ip("link add br-lan type bridge", "link set br-lan up", "link set eth1 master br-lan")
    far = lab.port("eth3")      # not vrxdp's
    far.dev.address(*far.addresses(2))
    bridge4, bridge6 = lan.addresses(2)
    Dev(host, "br-lan").address(bridge4, bridge6)
    web = example.veth("web/eth0", example.container("web"), "veth1a2b3c4", "eth0",
                       "02:42:c0:00:02:0b")
    app = example.veth("app/eth0", example.container("app"), "veth5d6e7f8", "eth0",
                       "02:42:c0:00:02:0c")
    host.ip("link set veth1a2b3c4 master br-lan", "link set veth5d6e7f8 master br-lan")
    dns = example.macvlan("dns/eth0", example.container("dns"), "eth2", "eth0",
                          "02:42:c6:33:64:0b")
    mail = example.macvlan("mail/eth0", example.container("mail"), "eth2", "eth0",
                           "02:42:c6:33:64:0c")
    for port, number, inside in ((lan, 11, web), (lan, 12, app), (pub, 11, dns), (pub, 12, mail)):
        inside.address(port, number)
    example.attach()
    assert example.problems() == [SIBLINGS, IN_BRIDGE, IN_BRIDGE]
    for port, members in ((lan, (web, app)), (pub, (dns, mail))):
        pings(port.out, port, *members)
    for inside in (web, app):
        assert ping(inside.ns, bridge4) == ping(host, inside.ip6) == 3
    # Through the host's IP stack, to a network beyond: what its NAT and its published ports need.
    host.sysctl("net/ipv4/ip_forward", 1)
    for ns, there, via in ((app.ns, far.ip4, bridge4), (far.out, app.ip4, far.addresses(2)[0])):
        ns.ip(f"route add {there}/32 via {via}")
    assert ping(app.ns, far.ip4) == ping(far.out, app.ip4) == 3
    assert Transfer(app.ns, far.out, far.ip4, 1_000_000).same
    assert Transfer(far.out, app.ns, app.ip4, 1_000_000).same
    for ns, there in ((app.ns, far.ip4), (far.out, app.ip4)):
        ns.ip(f"route del {there}/32")
    example.all_count()
    tcp(lan.out, lan, web, app)
    tcp(pub.out, pub, dns, mail)
    assert Transfer(web.ns, host, bridge4, 1_000_000).same
    assert Transfer(host, app.ns, app.ip6, 1_000_000).same
    example.detach()
    pings(lan.out, lan, web, app)
    # Taken out of the bridge before attach, as README.md says, nothing is left to complain about.
    out = [f"link set {inside.device.name} nomaster" for inside in (web, app)]
    host.ip(*out)
    example.attach()
    assert example.problems() == [SIBLINGS]
    pings(lan.out, lan, web, app)
    assert ping(web.ns, bridge4) == ping(host, app.ip6) == 3
    example.detach()
    host.ip(*(line.replace("nomaster", "master br-lan") for line in out))
    pings(lan.out, lan, web, app)


def group_frame(group, inside, note):
    return ether(group, inside.mac, bytes([note]) + bytes(45), 0x88b6)


@of("frr-netns.conf")
def test_two_routers_forward_between_their_ports_and_hear_each_others_hellos(lab, example):
    core, edge = example.port("core", "eth1"), example.port("edge", "eth2")
    for number, name in ((1, "r1"), (2, "r2")):
        ns = example.router(name)
        for side, port, last in (("core", core, 1), ("edge", edge, 2)):
            made = example.veth(f"{name}/{side}", ns, f"{name}-{side}", side,
                                f"02:00:00:00:1{number}:0{last}")
            made.address(port, 10 + number)
        ns.sysctl("net/ipv4/ip_forward", 1)
        ns.sysctl("net/ipv6/conf/all/forwarding", 1)
    core1, edge1, core2, edge2 = example.interfaces.values()
    example.attach()
    pings(core.out, core, core1, core2)
    pings(edge.out, edge, edge2)
    assert ping(edge.out, edge1.ip4, 1) == ping(edge1.ns, edge2.ip4, 1, extra=["-I", "edge"]) == 0
    with routes_through(core2, edge2, core, edge):
        assert ping(core.out, edge.ip4) == ping(edge.out, core.ip6) == 3
        assert Transfer(core.out, edge.out, edge.ip4, 1_000_000).same
    with in_vlan(edge, 100), routes_through(core1, edge1, core, edge):
        pings(edge.out, edge, edge1)
        assert ping(core.out, edge.ip4) == ping(edge.out, core.ip6) == 3
        assert ping(edge.out, edge2.ip4, 1) == 0
        assert Transfer(core.out, edge.out, edge.ip6, 1_000_000).same
        assert Transfer(edge.out, core.out, core.ip4, 1_000_000).same
    example.all_count()
    tcp(core.out, core, core1, core2)
    assert checksum_errors(edge.out) == 0
    # OSPF's two groups, OSPFv3's, and IS-IS on a LAN; LLDP's stays with the host.
    groups = ("01:00:5e:00:00:05", "01:00:5e:00:00:06", "33:33:00:00:00:05", "01:80:c2:00:00:14",
              "01:80:c2:00:00:15", "01:80:c2:00:00:0e")
    hellos = [group_frame(group, core1, note) for note, group in enumerate(groups)]
    with capture(core2.dev) as neighbour, capture(core.wire) as wire:
        send(core1.dev, *hellos)
    for seen in (neighbour, wire):
        assert [f for f in seen if f in hellos] == hellos[:5]
    hellos = [group_frame(group, core.wire, note) for note, group in enumerate(groups)]
    with capture(core1.dev) as one, capture(core2.dev) as two:
        send(core.wire, *hellos)
    for seen in (one, two):
        assert [f for f in seen if f in hellos] == hellos[:5]
    assert example.problems() == []
    assert lab.settled().router("r1")["tx_drops"] == {"reserved-group": 1}
    example.detach()


@of("kvm-tap.conf")
def test_guests_behind_taps_talk_and_are_counted(lab, example):
    wan = example.port("wan", "eth1")
    fw1 = example.tap("fw1/net0", "fw1", "tap-fw1", "52:54:00:0f:00:01")
    fw2 = example.tap("fw2/net0", "fw2", "tap-fw2", "52:54:00:0f:00:02")
    fw1.address(wan, 11)
    fw2.address(wan, 12)
    example.attach()
    pings(wan.out, wan, fw1)
    assert ping(wan.out, fw2.ip4, 1) == ping(fw1.ns, fw2.ip4, 1) == 0
    tcp(wan.out, wan, fw1)
    with in_vlan(wan, 100):
        pings(wan.out, wan, fw2)
        assert ping(wan.out, fw1.ip4, 1) == 0
        tcp(wan.out, wan, fw2)
    example.all_count()
    assert example.problems() == []
    lab.end(fw1.pump)           # the guest is off
    assert ping(wan.out, fw1.ip4, 1) == 0
    assert lab.settled().router("fw1")["drops"]["no-receiver"] >= 1
    assert example.problems() == []
    Router.start_pump(fw1, lab, 1 << 20)
    wan.out.ip("neigh flush all")
    assert ping(wan.out, fw1.ip4) == ping(fw1.ns, wan.ip4) == 3
    example.detach()


WIRE4, ROUTER4 = "10.77.0.1", "10.77.0.11"


def arp(dst, src, operation, sender, owner, target, asked):
    addresses = [bytes.fromhex(mac.replace(":", "")) for mac in (sender, target)]
    return ether(dst, src, struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
                 + addresses[0] + socket.inet_aton(owner) + addresses[1] + socket.inet_aton(asked),
                 0x0806)


def asks(wire):
    """Who has ROUTER4?"""
    return arp(BROADCAST, wire.mac, 1, wire.mac, WIRE4, "00:00:00:00:00:00", ROUTER4)


def tells(wire, mac):
    return arp(wire.mac, mac, 2, mac, ROUTER4, wire.mac, WIRE4)


def echo(dst, src, note):
    return ether(dst, src, ipv4(WIRE4, ROUTER4, ICMP, struct.pack("!H", note) + bytes(30)))


def answers(seen, asked):
    """Which of these echo requests were answered, with the same tags and payload."""
    def key(frame, ends):
        return ends, frame[12:-60], frame[-32:]
    found = {key(f, f[6:12] + f[:6]) for f in seen if f[-40:-38] == b"\0\0"}
    return [f for f in asked if key(f, f[:12]) in found]


@of("trunk-40.conf")
def test_forty_vlans_a_trunk_and_a_stacked_one_each_reach_their_router(lab, example):
    lab.quiet = True
    trunk = example.port("trunk", "eth1", mtu=1504)      # room for metro's second tag
    wire = trunk.wire
    edge = example.veth("edge/trunk", example.router("edge"), "vr-edge", "trunk",
                        "02:00:00:00:02:01")
    metro = example.veth("metro/wan", example.router("metro"), "vr-metro", "wan",
                         "02:00:00:00:02:02")
    customers = {vid: example.veth(f"c{vid}/wan", example.router(f"c{vid}"), f"vr-c{vid}", "wan",
                                   f"02:00:00:00:01:{vid - 100:02d}") for vid in range(101, 141)}
    for inside in (metro, *customers.values()):
        # The same in every VLAN, so that nothing but the tag tells them apart.
        inside.ns.ip(f"addr add {ROUTER4}/24 dev wan")
    example.attach()

    def tagged(frame, vid):
        return tag(frame, 200, 100, outer=0x88a8) if vid == 200 else tag(frame, vid)

    routers = {**customers, 200: metro}
    who_has = [tagged(asks(wire), vid) for vid in routers]
    echoes = [tagged(echo(inside.mac, wire.mac, vid), vid) for vid, inside in routers.items()]
    elsewhere = [asks(wire), tag(asks(wire), 100), tag(asks(wire), 141), tag(asks(wire), 300),
                 tag(echo(customers[102].mac, wire.mac, 1), 101)]
    mine = [tag(echo(edge.mac, wire.mac, vid), vid) for vid in (101, 140, 300)]
    with capture(wire) as at_wire, capture(edge.dev) as at_edge:
        send(wire, *who_has, *elsewhere)
        send(wire, *echoes, *mine)
    assert sorted(f for f in at_wire if f[-22:-20] == b"\0\2") == sorted(
        tagged(tells(wire, inside.mac), vid) for vid, inside in routers.items())
    assert answers(at_wire, echoes) == echoes
    assert len(at_wire) == 2 * len(routers)
    # The trunk has a copy of every VLAN's group frames, and nothing else that isn't its own.
    assert sorted(at_edge) == sorted(who_has[:-1] + elsewhere[1:4] + mine)

    out = [tag(ether(wire.mac, edge.mac, bytes([vid % 256]) + bytes(45), 0x88b6), vid)
           for vid in (101, 140, 300)]
    to_neighbour = ether(customers[101].mac, edge.mac, bytes(46), 0x88b6)
    with capture(wire) as at_wire, capture(customers[101].dev) as at_c101:
        send(edge.dev, *out, tag(to_neighbour, 101))
    assert (at_wire, at_c101) == (out, [to_neighbour])

    stats = example.all_count()
    for vid, inside in routers.items():
        router = stats.router("metro" if vid == 200 else f"c{vid}")
        assert (vid, router["rx_packets"], router["tx_packets"]) == (vid, 3 if vid == 101 else 2, 2)
    trunk.out.ip(f"addr add {WIRE4}/24 dev wire")
    with in_vlan(trunk, 101):
        assert Transfer(trunk.out, customers[101].ns, ROUTER4, 1_000_000).same
        assert Transfer(customers[101].ns, trunk.out, WIRE4, 1_000_000).same
    assert checksum_errors(trunk.out, customers[101].ns) == 0
    assert example.problems() == []
    trunk.out.ip(f"addr del {WIRE4}/24 dev wire")
    example.detach()


def test_every_example_has_a_test_and_a_section_of_the_readme():
    """Also the MAC addresses, which the commands there set, and the files that it names."""
    names = {os.path.basename(path) for path in glob.glob(f"{EXAMPLES}/*.conf")}
    assert names == TESTED
    readme = read("README.md")
    assert set(re.findall(r"^## (\S+\.conf)", readme, re.MULTILINE)) == names
    for name in names - {"trunk-40.conf"}:
        for mac in re.findall(r"^mac = (\S+)", read(name), re.MULTILINE):
            assert mac in readme, (name, mac)
