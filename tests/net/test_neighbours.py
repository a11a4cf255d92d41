# SPDX-License-Identifier: GPL-2.0-only
"""Routers that share a port reach each other directly, and only on the same VLAN."""

import pytest

from devices import Dev
from traffic import Transfer, checksum_errors, count, frames, ping, udp_answers


@pytest.mark.parametrize("kinds", [("veth", "veth"), ("veth", "tap"), ("veth", "macvlan"),
                                   ("tap", "macvlan")], ids="-".join)
def test_two_routers_on_a_port_talk_and_their_frames_stay_off_the_wire(lab, kinds):
    up0, red, blue = lab.sites(*kinds)
    ping(red.ns, blue.ip4, 1)
    with count(lab, up0.wire) as outside:
        assert ping(red.ns, blue.ip4) == ping(blue.ns, red.ip4) == 3
        assert ping(red.ns, blue.ip6) == ping(blue.ns, red.ip6) == 3
        assert udp_answers(red.ns, blue.ns, blue.ip4, [0, 1, 1472]) == 3
        assert udp_answers(blue.ns, red.ns, red.ip6, [0, 1, 1452]) == 3
        assert Transfer(red.ns, blue.ns, blue.ip4, 5_000_000).same
        assert Transfer(blue.ns, red.ns, red.ip6, 5_000_000).same
    assert checksum_errors(red.ns, blue.ns) == 0
    assert outside.packets(dst=red.mac) == outside.packets(dst=blue.mac) == 0


def test_frames_between_neighbours_count_for_both_and_not_for_the_port(lab):
    lab.quiet = True
    _, red, blue = lab.sites("veth", "veth")
    with count(lab, blue.dev) as at_blue:
        sent = frames(red.dev, f"dst={blue.mac},src={red.mac},min=60,max=1514", n=2000)
    assert at_blue.flow() == (2000, sent["bytes"]) and at_blue.whole
    stats = lab.settled()
    assert (stats.router("red")["tx_packets"], stats.router("red")["tx_bytes"]) == at_blue.flow()
    assert (stats.router("blue")["rx_packets"], stats.router("blue")["rx_bytes"]) == at_blue.flow()
    assert stats.router("blue")["stack_packets"] == 2000
    assert stats.port()["tx_packets"] == stats.port()["rx_packets"] == 0


@pytest.mark.parametrize("vlans", [(None, 100), (100, 200)])
def test_neighbours_in_different_vlans_do_not_reach_each_other(lab, vlans):
    lab.quiet = True
    up0 = lab.port()
    red, blue = (lab.router(name, up0, vlan=vlan) for name, vlan in zip(("red", "blue"), vlans))
    lab.attach()
    with count(lab, blue.dev) as at_blue, count(lab, up0.wire) as outside:
        frames(red.dev, f"dst={blue.mac},src={red.mac}", f"dst=ff:ff:ff:ff:ff:ff,src={red.mac}",
               n=200)
    assert at_blue.packets() == 0
    # To the router it's an address somewhere on its own VLAN.
    assert outside.packets(vlan=vlans[0]) == 200


def test_neighbours_in_the_same_vlan_talk(lab):
    up0, red, blue = lab.sites("veth", "tap", vlan=100)
    ping(red.ns, blue.ip4, 1)
    with count(lab, up0.wire) as outside:
        assert ping(red.ns, blue.ip4) == ping(blue.ns, red.ip6) == 3
        assert Transfer(red.ns, blue.ns, blue.ip4, 1_000_000).same
    assert outside.packets(dst=red.mac) == outside.packets(dst=blue.mac) == 0


def test_a_router_cannot_send_to_itself(lab):
    lab.quiet = True
    _, red = lab.site()
    with count(lab, red.dev) as at_red:
        frames(red.dev, f"dst={red.mac},src={red.mac}", n=9)
    assert at_red.packets() == 0
    assert lab.settled().router()["tx_drops"] == {"hairpin": 9}


def test_port_devices_and_routers_may_all_live_in_different_namespaces(lab):
    nic = lab.netns("nic")
    up0 = lab.port(ns=nic)
    red, blue = lab.router("red", up0), lab.router("blue", up0, "tap")
    lab.attach()
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert ping(up0.out, blue.ip4) == ping(red.ns, blue.ip4) == 3
    assert udp_answers(up0.out, red.ns, red.ip4, [0, 1, 1472]) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 5_000_000).same
    assert Transfer(red.ns, blue.ns, blue.ip6, 5_000_000).same
    assert checksum_errors(up0.out, red.ns, blue.ns) == 0
    stats = lab.settled()
    for router in stats.data["routers"]:
        assert router["rx_packets"] == router["stack_packets"] > 0


def test_a_port_in_another_namespace_with_the_same_ifindex_is_another_port(lab):
    lab.quiet = True
    there = lab.netns("there")
    here, far = lab.port("up0"), lab.port("up1", ns=there)
    assert (here.ns.links()["up0"]["ifindex"], far.ns.links()["up1"]["ifindex"]) == (2, 2)
    red, blue = lab.router("red", here), lab.router("blue", far)
    lab.attach()
    with count(lab, red.dev) as at_red, count(lab, blue.dev) as at_blue:
        frames(here.wire, f"dst={red.mac}", f"dst={blue.mac}", n=400)
        frames(far.wire, f"dst={red.mac}", f"dst={blue.mac}", n=400)
    assert at_red.packets() == at_red.packets(dst=red.mac) > 0
    assert at_blue.packets() == at_blue.packets(dst=blue.mac) > 0
    assert at_red.packets() + at_blue.packets() < 800


def test_a_router_with_two_interfaces_routes_between_its_ports(lab):
    west, east = lab.port("west"), lab.port("east")
    red = lab.router("red", west)
    far, near = Dev(red.ns, "lan", "02:00:01:00:01:63"), Dev(lab.host, "v-red-lan")
    lab.veth(near, far)
    far.address(*east.addresses(99))
    red.more = {"lan": {"port": "east", "mac": far.mac, "device": near.name}}
    red.ns.sysctl("net/ipv4/ip_forward", 1)
    west.out.ip(f"route add 10.77.1.0/24 via {red.ip4}")
    east.out.ip(f"route add 10.77.0.0/24 via {east.addresses(99)[0]}")
    lab.attach()
    assert ping(west.out, east.ip4) == ping(east.out, west.ip4) == 3
    assert udp_answers(west.out, east.out, east.ip4, [0, 1, 1472]) == 3
    assert Transfer(west.out, east.out, east.ip4, 5_000_000).same
    assert checksum_errors(west.out, red.ns, east.out) == 0
    names = [i["name"] for i in lab.stats().router()["interfaces"]]
    assert names == ["lan", "wan"]
