# SPDX-License-Identifier: GPL-2.0-only
"""VLAN interfaces: the tag goes off towards the router, and comes back on the wire."""

import pytest

from traffic import Transfer, checksum_errors, count, frames, ping, udp_answers


def tagged_world(up0, tag):
    """The outside's stack talks in this VLAN; tags are metadata, as those of VLAN devices."""
    up0.out.run("tc", "qdisc", "add", "dev", "wire", "clsact")
    for way, program in (("egress", f"push{tag}"), ("ingress", "pop100")):
        if (way, tag) != ("ingress", 0):
            up0.wire.filter(way, program)


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_stacks_talk_through_a_vlan(lab, kind):
    up0, red = lab.site(kind, vlan=100)
    tagged_world(up0, 100)
    assert ping(up0.out, red.ip4) == ping(up0.out, red.ip6) == 3
    assert ping(red.ns, up0.ip4) == ping(red.ns, up0.ip6) == 3
    assert udp_answers(up0.out, red.ns, red.ip4, [0, 1, 1472]) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 5_000_000).same
    assert Transfer(red.ns, up0.out, up0.ip6, 5_000_000).same
    assert checksum_errors(up0.out, red.ns) == 0


def test_an_untagged_outside_does_not_reach_a_vlan_nor_a_vlan_an_untagged_router(lab):
    up0 = lab.port()
    red, blue = lab.router("red", up0, vlan=100), lab.router("blue", up0)
    lab.attach()
    assert ping(up0.out, blue.ip4) == 3
    assert ping(up0.out, red.ip4, 1) == 0
    tagged_world(up0, 100)
    up0.out.ip("neigh flush all")
    assert ping(up0.out, red.ip4) == 3
    assert ping(up0.out, blue.ip4, 1) == 0


def test_priority_tagged_frames_reach_an_untagged_interface(lab):
    up0, red = lab.site()
    tagged_world(up0, 0)
    assert ping(up0.out, red.ip4) == ping(up0.out, red.ip6) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 1_000_000).same


def test_the_tag_is_taken_off_exactly_and_only_of_frames_in_the_vlan(lab):
    lab.quiet = True
    up0 = lab.port()
    routers = {100: lab.router("red", up0, vlan=100), 200: lab.router("blue", up0, vlan=200)}
    lab.attach()
    red = routers[100]
    vlans = (None, 0, 1, 99, 100, 101, 200, 4095)
    streams = [f"dst={red.mac},min=60,max=200" + ("" if v is None else f",vlan={v}") for v in vlans]
    with count(lab, red.dev) as at_red, count(lab, routers[200].dev) as at_blue:
        sent = frames(up0.wire, *streams, n=4000)
    mine = sent["streams"][vlans.index(100)]
    assert at_red.flow() == (mine["sent"], mine["bytes"] - 4 * mine["sent"])
    assert at_red.flow(vlan=None) == at_red.flow()
    assert at_red.whole
    assert at_blue.packets() == 0
    counters = lab.settled()
    assert counters.port()["rx_packets"] == 4000
    # Bytes as XDP sees them on the port: with the tag.
    assert counters.router()["rx_packets"] == mine["sent"]
    assert counters.router()["rx_bytes"] == mine["bytes"]
    assert counters.interface()["vlan"] == "100"
    assert counters.router("blue")["rx_packets"] == 0


def test_the_same_mac_in_two_vlans_is_two_interfaces(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0, vlan=100), lab.router("blue", up0, vlan=200)
    blue.iface["mac"] = red.mac
    lab.attach()
    with count(lab, red.dev) as at_red, count(lab, blue.dev) as at_blue:
        frames(up0.wire, f"dst={red.mac},vlan=100", n=30)
        frames(up0.wire, f"dst={red.mac},vlan=200", n=50)
    assert (at_red.packets(), at_blue.packets()) == (30, 50)


def test_what_a_router_sends_gets_its_vlan_on_the_wire(lab):
    lab.quiet = True
    up0, red = lab.site(vlan=100)
    with count(lab, up0.wire) as outside:
        sent = frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514", n=1000)
    assert outside.flow(vlan=100) == (1000, sent["bytes"] + 4000)
    assert outside.packets() == 1000 and outside.whole
    router = lab.settled().router()
    assert (router["tx_packets"], router["tx_bytes"]) == (1000, sent["bytes"] + 4000)


@pytest.mark.parametrize("tpid", ["8100", "88a8"])
def test_a_router_without_vlan_cannot_send_tagged_frames(lab, tpid):
    lab.quiet = True
    up0, red = lab.site()
    with count(lab, up0.wire) as outside:
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac},vlan=100,tpid={tpid}", n=70)
        frames(red.dev, f"dst=ff:ff:ff:ff:ff:ff,src={red.mac},vlan=100,tpid={tpid}", n=7)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac}", n=20)
    assert outside.packets() == outside.packets(vlan=None) == 20
    router = lab.settled().router()
    assert router["tx_drops"] == {"vlan": 77}
    assert (router["tx_packets"], router["tx_drop_packets"]) == (20, 77)


def test_full_size_frames_fit_with_their_tag(lab):
    lab.quiet = True
    up0, red = lab.site(vlan=100)
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        frames(up0.wire, f"dst={red.mac},vlan=100,min=1518,max=1518", n=10)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=1514,max=1514", n=10)
    assert at_red.flow() == (10, 15140)
    assert outside.flow(vlan=100) == (10, 15180)


@pytest.mark.parametrize("port, router", [(1500, 1500), (1503, 1500), (1500, 1497), (1504, 1500),
                                          (1500, 1496)])
def test_a_port_without_room_for_two_tags_is_a_problem_of_the_interface(lab, port, router):
    lab.quiet = True
    up0 = lab.port(mtu=port)
    red = lab.router("red", up0, vlan="200.100", mtu=router)
    fits = router + 4 <= port
    warned = lab.attach().stderr
    problems = lab.status().interface()["problems"]
    assert len(problems) == (not fits)
    assert all(f"to {port - 4}," in text and f"to {router + 4}" in text and text in warned
               for text in problems)
    with count(lab, up0.wire) as outside:
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min={router + 14},max={router + 14}",
               n=10)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min={port + 10},max={port + 10}", n=10)
    assert outside.packets() == (20 if fits else 10)
    assert lab.settled().router()["tx_drops"] == ({} if fits else {"mtu": 10})


def test_an_mtu_that_the_port_does_not_have_is_a_problem_until_it_has(lab):
    up0, red = lab.site(vlan=100)
    assert lab.status().interface()["problems"] == []
    for dev in (red.device, red.dev):
        dev.set("mtu", 9000)
    lab.attach()
    assert "MTU of 9000" in " ".join(lab.status().interface()["problems"])
    for dev in (up0.dev, up0.wire):
        dev.set("mtu", 9000)
    lab.attach()
    assert lab.status().interface()["problems"] == []
