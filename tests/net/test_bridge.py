# SPDX-License-Identifier: GPL-2.0-only
"""Ports in a bridge, macvlan children of others, devices in a bridge: each frame arrives once."""

import contextlib

import pytest

from devices import Dev
from packets import ether
from traffic import Transfer, capture, ping, send

BROADCAST = "ff:ff:ff:ff:ff:ff"


def frame(dst, src, note):
    return ether(dst, src, bytes([note]) + bytes(45), 0x88b6)


def ours(seen):
    """The notes of the test's own frames: bridges speak IGMP and MLD by themselves."""
    return sorted(f[14] for f in seen if f[12:14] == b"\x88\xb6")


@contextlib.contextmanager
def captures(*devices):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(capture(dev)) for dev in devices]


class Station:
    """Something on the host's side of the port that is no router of vrxdp's."""

    def __init__(self, lab, up0, name, number):
        self.ns = lab.netns(name)
        self.dev = Dev(self.ns, "eth0", f"02:00:00:00:09:{number:02x}")
        self.ip4, self.ip6 = up0.addresses(number)


def bridge(lab, up0, *members, number=200):
    """The port and @members in br0, which has the host's address."""
    lab.kernel_forwards = True
    lab.host.ip("link add br0 address 02:00:00:00:0b:00 type bridge", "link set br0 up",
                *(f"link set {dev} master br0" for dev in (up0.dev.name, *members)))
    br0 = Dev(lab.host, "br0", "02:00:00:00:0b:00")
    if not lab.quiet:
        br0.address(*up0.addresses(number))
    return br0


def guest(lab, up0, name="vm", number=201):
    """A station behind a veth of the host, to be put into the bridge."""
    vm = Station(lab, up0, name, number)
    lab.veth(Dev(lab.host, f"b-{name}"), vm.dev)
    if not lab.quiet:
        vm.dev.address(vm.ip4, vm.ip6)
    return vm


def test_routers_the_bridge_its_members_and_the_wire_reach_each_other(lab):
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    vm = guest(lab, up0)
    bridge(lab, up0, "b-vm")
    lab.attach()
    host4, host6 = up0.addresses(200)
    for ns in (red.ns, vm.ns, up0.out):
        assert ping(ns, host4) == ping(ns, host6) == 3
    for ns in (red.ns, blue.ns, up0.out, lab.host):
        assert ping(ns, vm.ip4) == ping(ns, vm.ip6) == 3
    for ns in (vm.ns, up0.out, lab.host, blue.ns):
        assert ping(ns, red.ip4) == ping(ns, red.ip6) == 3
    assert Transfer(red.ns, vm.ns, vm.ip4, 5_000_000).same
    assert Transfer(vm.ns, red.ns, red.ip6, 5_000_000).same
    assert Transfer(lab.host, red.ns, red.ip4, 5_000_000).same


def test_on_a_bridged_port_each_frame_arrives_once(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    vm = guest(lab, up0)
    br0 = bridge(lab, up0, "b-vm")
    lab.attach()
    send(vm.dev, frame(BROADCAST, vm.dev.mac, 0))  # so that the bridge, and vrxdp, know it
    devices = (red.dev, blue.dev, vm.dev, br0, up0.wire)
    with captures(*devices) as got:
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 1), frame(red.mac, up0.wire.mac, 2))
        send(red.dev, frame(BROADCAST, red.mac, 3), frame(vm.dev.mac, red.mac, 4),
             frame(br0.mac, red.mac, 5), frame(up0.wire.mac, red.mac, 6),
             frame(blue.mac, red.mac, 7))
        send(vm.dev, frame(BROADCAST, vm.dev.mac, 8), frame(red.mac, vm.dev.mac, 9))
        send(br0, frame(BROADCAST, br0.mac, 10), frame(red.mac, br0.mac, 11))
    notes = [ours(seen) for seen in got]
    # The bridge itself sees what its members tell each other while it's promiscuous.
    assert notes == [[1, 2, 8, 9, 10, 11], [1, 3, 7, 8, 10], [1, 3, 4, 10], [1, 3, 4, 5, 8, 9],
                     [3, 6, 8, 10]]
    lab.settled()


def test_a_station_that_moves_to_the_wire_is_found_there(lab):
    lab.quiet = True
    up0 = lab.port()
    red = lab.router("red", up0)
    vm = guest(lab, up0)
    bridge(lab, up0, "b-vm")
    lab.attach()
    send(vm.dev, frame(BROADCAST, vm.dev.mac, 1))
    with captures(vm.dev, up0.wire) as (at_vm, outside):
        send(red.dev, frame(vm.dev.mac, red.mac, 2))
        send(up0.wire, frame(BROADCAST, vm.dev.mac, 3))
        send(red.dev, frame(vm.dev.mac, red.mac, 4))
    assert frame(vm.dev.mac, red.mac, 2) in at_vm and frame(vm.dev.mac, red.mac, 4) not in at_vm
    assert ours(outside) == [4]


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_a_device_that_was_left_in_the_bridge_gets_each_frame_once(lab, kind):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0, kind), lab.router("blue", up0)
    vm = guest(lab, up0)
    bridge(lab, up0, "b-vm", red.device.name)
    lab.attach()
    check = frame(red.mac, vm.dev.mac, 9)
    with captures(red.dev, blue.dev, up0.wire, vm.dev) as got:
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 1), frame(red.mac, up0.wire.mac, 2))
        send(red.dev, frame(BROADCAST, red.mac, 3), frame(blue.mac, red.mac, 4))
        send(vm.dev, frame(BROADCAST, vm.dev.mac, 5), check)
    notes = [ours(seen) for seen in got]
    assert notes == [[1, 2, 5, 9], [1, 3, 4, 5], [3, 5], [1, 3]]
    problems = lab.status().interface()["problems"]
    assert any("in the bridge br0" in p for p in problems)
    # Detached, the bridge serves it as before.
    lab.vrxdp("detach", "--all")
    with captures(red.dev) as (got,):
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 1))
        send(vm.dev, check)
    assert ours(got) == [1, 9]


def test_a_silent_router_whose_device_was_left_in_the_bridge_is_reached_from_the_start(lab):
    """The bridge has learnt where it is; it is somewhere else while vrxdp is attached."""
    lab.quiet = True
    up0 = lab.port()
    red = lab.router("red", up0)
    vm = guest(lab, up0)
    bridge(lab, up0, "b-vm", red.device.name)

    def behind(dev):
        shown = lab.host.run("bridge", "fdb", "show", "brport", dev).stdout.splitlines()
        return [line.split()[0] for line in shown if "permanent" not in line]

    for _ in range(2):
        send(red.dev, frame(BROADCAST, red.mac, 1))
        assert red.mac in behind(red.device.name)
        lab.attach()
        with captures(red.dev) as (got,):
            send(vm.dev, frame(red.mac, vm.dev.mac, 2))
        assert frame(red.mac, vm.dev.mac, 2) in got
        send(red.dev, frame(BROADCAST, red.mac, 3))
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 4))
        assert red.mac in behind("up0")
        lab.vrxdp("detach", "--all")
        assert behind("up0") == [up0.wire.mac]      # of the others, nothing is forgotten
        with captures(red.dev) as (got,):
            send(up0.wire, frame(red.mac, up0.wire.mac, 5))
        assert frame(red.mac, up0.wire.mac, 5) in got
    # Nor what an administrator has set.
    lab.attach()
    lab.host.run("bridge", "fdb", "replace", red.mac, "dev", "up0", "master", "static")
    lab.vrxdp("detach", "--all")
    assert red.mac in behind("up0")


def test_a_device_that_is_put_into_a_bridge_later_is_told_and_healed(lab):
    lab.quiet = True
    up0, red = lab.site()
    bridge(lab, up0, red.device.name)
    assert any("second time" in p for p in lab.status().interface()["problems"])
    lab.attach()
    assert any("in the bridge br0" in p for p in lab.status().interface()["problems"])
    with captures(red.dev) as (got,):
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 1))
    assert ours(got) == [1]


def test_macvlan_children_of_others_and_routers_reach_each_other_once(lab):
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0, "macvlan")
    other = Station(lab, up0, "other", 202)
    lab.host.ip(f"link add link up0 name mv0 address {other.dev.mac} type macvlan mode bridge",
                f"link set mv0 netns {other.ns.name} name eth0")
    other.dev.up()
    other.dev.address(other.ip4, other.ip6)
    lab.attach()
    for ns in (red.ns, blue.ns, up0.out):
        assert ping(ns, other.ip4) == ping(ns, other.ip6) == 3
    for router in (red, blue):
        assert ping(other.ns, router.ip4) == ping(other.ns, router.ip6) == 3
    with captures(red.dev, other.dev, up0.wire) as got:
        send(red.dev, frame(other.dev.mac, red.mac, 1), frame(BROADCAST, red.mac, 2))
        send(other.dev, frame(red.mac, other.dev.mac, 3), frame(BROADCAST, other.dev.mac, 4))
        send(up0.wire, frame(BROADCAST, up0.wire.mac, 5))
    notes = [ours(seen) for seen in got]
    assert notes == [[3, 4, 5], [1, 2, 5], [2, 4]]
