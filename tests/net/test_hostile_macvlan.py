# SPDX-License-Identifier: GPL-2.0-only
"""What SECURITY.md says of macvlan children, whose owners the kernel doesn't contain, is so."""

import socket

import pytest

from marked import BROADCAST, CTAG, Sender, marked, parse, watching

UNKNOWN, STATION = "02:00:00:00:66:66", "02:00:00:00:77:77"
SO_MARK = 36            # asm-generic/socket.h
RELAY_MARK = 0x76727864     # bpf/relay.h
TAGGED = ((CTAG, 100),)


@pytest.fixture
def site(lab):
    """evil and other are children of a port, beside a veth router, and one in VLAN 100."""
    lab.quiet = True
    up0 = lab.port()
    routers = {"evil": lab.router("evil", up0, "macvlan"),
               "other": lab.router("other", up0, "macvlan"),
               "veth": lab.router("veth", up0), "tagged": lab.router("tagged", up0, vlan=100)}
    lab.attach()
    return lab, up0, routers


def receivers(up0, routers, sender, frame):
    devices = {"wire": up0.wire, **{name: router.dev for name, router in routers.items()}}
    with watching({n: d for n, d in devices.items() if d is not sender}) as seen, \
            Sender(sender) as raw:
        raw.send(frame)
    return sorted(name for name, got in seen.items() if [parse(f)[0] for f in got] == [1])


def test_an_unknown_source_passes_also_into_a_vlan_but_no_redirected_routers_address(site):
    _, up0, routers = site
    evil = routers["evil"].dev
    for dst, src, tags, expected in (
            (routers["veth"].mac, UNKNOWN, (), ["veth"]),
            (routers["tagged"].mac, UNKNOWN, TAGGED, ["tagged"]),
            (up0.wire.mac, routers["veth"].mac, (), []),
            (routers["tagged"].mac, routers["evil"].mac, TAGGED, []),
            (routers["other"].mac, routers["veth"].mac, (), ["other"])):
        assert receivers(up0, routers, evil, marked(1, dst, src, tags)) == expected, (dst, src)


def test_a_child_gets_group_frames_of_every_vlan_and_tagged_frames_to_its_address(site):
    _, up0, routers = site
    seen = receivers(up0, routers, up0.wire, marked(1, BROADCAST, STATION, TAGGED))
    assert seen == ["evil", "other", "tagged"]
    seen = receivers(up0, routers, up0.wire, marked(1, routers["evil"].mac, STATION, TAGGED))
    assert seen == ["evil"]


def test_with_the_mode_source_a_child_gets_copies_but_not_of_what_is_redirected(site):
    lab, up0, routers = site
    evil = routers["evil"].dev
    evil.ns.ip("link set wan type macvlan mode source",
               f"link set wan type macvlan macaddr add {STATION}")
    seen = receivers(up0, routers, up0.wire, marked(1, routers["other"].mac, STATION))
    assert seen == ["evil", "other"]
    seen = receivers(up0, routers, up0.wire, marked(1, routers["veth"].mac, STATION))
    assert seen == ["veth"]
    assert "mode is source" in " ".join(lab.status().interface("evil")["problems"])
    assert lab.status().interface("other")["problems"] == []


def test_a_child_with_an_address_of_the_wire_gets_what_is_sent_to_it_from_the_next_change_on(site):
    lab, up0, routers = site
    veth, evil = routers["veth"].dev, routers["evil"].dev
    evil.ns.ip(f"link set wan address {up0.wire.mac}")
    frame = marked(1, up0.wire.mac, routers["veth"].mac)
    assert receivers(up0, routers, veth, frame) == ["wire"]
    assert f"has the MAC address {up0.wire.mac}" in " ".join(
        lab.status().interface("evil")["problems"])
    lab.attach()
    assert receivers(up0, routers, veth, frame) == ["evil"]
    evil.ns.ip(f"link set wan address {routers['evil'].mac}")
    lab.attach()
    assert receivers(up0, routers, veth, frame) == ["wire"]


@pytest.mark.parametrize("mode", ["native", "generic"])
def test_no_mark_on_a_childs_frame_takes_it_past_the_checks(lab, mode):
    lab.quiet = True
    up0 = lab.port()
    up0.conf["mode"] = mode
    evil, veth = lab.router("evil", up0, "macvlan"), lab.router("veth", up0)
    lab.attach()
    with watching({"wire": up0.wire}) as seen, Sender(evil.dev) as raw, Sender(veth.dev) as own:
        raw.sock.setsockopt(socket.SOL_SOCKET, SO_MARK, RELAY_MARK)
        for number in range(1, 20):
            own.send(marked(100 + number, up0.wire.mac, veth.mac))
            assert not raw.send(marked(number, up0.wire.mac, veth.mac))
        # Its own frames pass, and are counted.
        assert raw.send(marked(99, up0.wire.mac, evil.mac))
    assert sorted(parse(f)[0] for f in seen["wire"]) == [99] + list(range(101, 120))
    stats = lab.settled()
    assert stats.port()["drops"]["source-mac"] == 19 * raw.tries
    assert stats.router("evil")["tx_packets"] == 1
    assert stats.router("veth")["tx_packets"] == 19
