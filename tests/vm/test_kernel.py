# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of devices that Debian's kernels have, and others lack: 802.1Q devices, VRFs, bridges with VLANs."""

import pytest

from devices import Dev
from traffic import Transfer, checksum_errors, ping, udp_answers


def vlan_device(lower, vid, ip4, ip6, protocol="802.1q"):
    """A VLAN device of the kernel's above @lower; no addresses: it only carries others."""
    name = f"{lower.name}.{vid}"
    lower.ns.ip(f"link add link {lower.name} name {name} type vlan protocol {protocol} id {vid}",
                f"link set {name} up")
    dev = Dev(lower.ns, name)
    if ip4:
        dev.address(ip4, ip6)
    return dev


def addresses(vid, host):
    return f"10.88.{vid}.{host}", f"fd88:0:0:{vid}::{host}"


@pytest.mark.parametrize("vlan", ["100,200", "trunk"])
@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_vlan_devices_on_a_trunk_router_talk_to_vlan_devices_outside(lab, kind, vlan):
    up0, red = lab.site(kind, vlan=vlan, mtu=1504)
    for vid in (100, 200):
        vlan_device(up0.wire, vid, *addresses(vid, 1))
        vlan_device(red.dev, vid, *addresses(vid, 2))
        for a, b, ends in ((up0.out, red.ns, addresses(vid, 2)), (red.ns, up0.out, addresses(vid, 1))):
            assert [ping(a, ip) for ip in ends] == [3, 3]
            assert udp_answers(a, b, ends[0], [0, 1472]) == 2
        assert Transfer(up0.out, red.ns, addresses(vid, 2)[0], 500_000).same
        assert Transfer(red.ns, up0.out, addresses(vid, 1)[1], 500_000).same
    assert checksum_errors(up0.out, red.ns) == 0


def test_a_vlan_device_outside_reaches_a_router_in_that_vlan_and_no_other(lab):
    up0 = lab.port()
    red, blue = lab.router("red", up0, vlan=100), lab.router("blue", up0, vlan=200)
    lab.attach()
    up0.out.ip("addr flush dev wire")
    vlan_device(up0.wire, 100, up0.ip4, up0.ip6)
    assert ping(up0.out, red.ip4) == ping(up0.out, red.ip6) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 500_000).same
    assert ping(up0.out, blue.ip4, 1) == 0


def stacked(lab, mtu):
    """A router with an MTU of 1500 behind two tags, on a port with @mtu; outside, 802.1Q above 802.1ad."""
    up0 = lab.port(mtu=mtu)
    red = lab.router("red", up0, vlan="200.100")
    lab.attach()
    up0.out.ip("addr flush dev wire")
    outer = vlan_device(up0.wire, 200, None, None, "802.1ad")
    inner = vlan_device(outer, 100, up0.ip4, up0.ip6)
    inner.set("mtu", 1500)
    return up0, red


def fits(from_ns, address, frame):
    """Does an echo request arrive whose frame has this length, without tags?"""
    return ping(from_ns, address, 1, frame - 14 - 20 - 8, extra=("-M", "do")) == 1


def test_stacked_vlan_devices_reach_a_router_behind_two_tags(lab):
    up0, red = stacked(lab, 1504)
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert fits(up0.out, red.ip4, 1514) and fits(red.ns, up0.ip4, 1514)
    assert Transfer(up0.out, red.ns, red.ip4, 500_000).same
    assert Transfer(red.ns, up0.out, up0.ip6, 500_000).same
    assert checksum_errors(up0.out, red.ns) == 0
    assert lab.settled().router()["tx_drops"] == {}


def test_a_full_frame_with_two_tags_is_4_bytes_too_long_for_an_mtu_of_1500_and_counted(lab):
    up0, red = stacked(lab, 1500)
    # A device takes its MTU, the Ethernet header and one tag.
    assert fits(up0.out, red.ip4, 1510) and fits(red.ns, up0.ip4, 1510)
    assert not fits(red.ns, up0.ip4, 1514)
    assert lab.settled().router()["tx_drops"] == {"mtu": 1}
    # From outside the port's device refuses it, and veth counts that where it came from: vrxdp never sees it.
    before, lost = lab.settled().router()["rx_bytes"], up0.wire.counter("tx", "dropped")
    assert not fits(up0.out, red.ip4, 1514)
    assert up0.wire.counter("tx", "dropped") > lost
    after = lab.settled().router()
    assert after["rx_bytes"] < before + 1500 and after["tx_drops"] == {"mtu": 1}


def test_a_port_in_a_bridge_with_vlans_serves_bridge_and_router(lab):
    lab.kernel_forwards = True
    up0 = lab.port()
    red = lab.router("red", up0, vlan=200)
    station = lab.netns("station")
    eth0 = Dev(station, "eth0", "02:00:00:00:09:01")
    lab.veth(Dev(lab.host, "s0"), eth0)
    eth0.address(*addresses(100, 2))
    lab.host.ip("link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0", "link set br0 up",
                "link set up0 master br0", "link set s0 master br0")
    lab.host.run("bridge", "vlan", "add", "vid", 100, "dev", "up0")
    lab.host.run("bridge", "vlan", "add", "vid", 100, "pvid", "untagged", "dev", "s0")
    lab.attach()
    vlan_device(up0.wire, 100, *addresses(100, 1))
    vlan_device(up0.wire, 200, up0.ip4, up0.ip6)
    up0.out.ip(f"addr del {up0.ip4}/24 dev wire", f"addr del {up0.ip6}/64 dev wire")
    assert ping(up0.out, addresses(100, 2)[0]) == ping(up0.out, addresses(100, 2)[1]) == 3
    assert Transfer(up0.out, station, addresses(100, 2)[0], 500_000).same
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert ping(up0.out, addresses(100, 2)[0]) == 3


def test_a_routers_bridge_with_vlans_splits_its_trunk(lab):
    up0, red = lab.site(vlan="100,200", mtu=1504)
    red.ns.ip("link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0",
              f"link set br0 address {red.mac}", "link set wan master br0", "link set br0 up")
    for vid in (100, 200):
        red.ns.run("bridge", "vlan", "add", "vid", vid, "dev", "wan")
        red.ns.run("bridge", "vlan", "add", "vid", vid, "dev", "br0", "self")
        vlan_device(Dev(red.ns, "br0"), vid, *addresses(vid, 2))
        vlan_device(up0.wire, vid, *addresses(vid, 1))
        assert ping(up0.out, addresses(vid, 2)[0]) == ping(red.ns, addresses(vid, 1)[1]) == 3


@pytest.mark.parametrize("kind", ["veth", "macvlan"])
def test_a_router_with_a_vrf_is_reached_in_it(lab, kind):
    up0, red = lab.site(kind)
    red.ns.ip("link add blue type vrf table 10", "link set blue up", "link set wan master blue",
              f"addr replace {red.ip6}/64 dev wan nodad")
    assert ping(up0.out, red.ip4) == ping(up0.out, red.ip6) == 3
    assert ping(red.ns, up0.ip4, extra=("-I", "blue")) == 3
    assert ping(red.ns, up0.ip6, extra=("-I", "blue")) == 3
    assert lab.settled().router()["rx_packets"] > 12
