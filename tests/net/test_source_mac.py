# SPDX-License-Identifier: GPL-2.0-only
"""A router can't send with an address that isn't its own, by any way out."""

import pytest

from traffic import count, frames


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_frames_with_a_foreign_source_go_nowhere_and_are_counted(lab, kind):
    lab.quiet = True
    up0, red, blue = lab.sites(kind, "veth")
    foreign = ["02:00:00:00:01:ff", blue.mac, up0.dev.mac, up0.wire.mac, "00:00:00:00:00:00",
               "03:00:00:00:01:02", "ff:ff:ff:ff:ff:ff"]
    streams = [f"dst={dst},src={src}" for src in foreign
               for dst in (up0.wire.mac, blue.mac, up0.dev.mac, "ff:ff:ff:ff:ff:ff")]
    with count(lab, up0.wire) as outside, count(lab, blue.dev) as at_blue, \
            count(lab, up0.dev) as at_host:
        frames(red.dev, *streams, n=2000)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac}", n=10)
    assert outside.packets() == 10
    assert at_blue.packets() == at_host.packets() == 0
    router = lab.settled().router()
    assert router["tx_drops"] == {"source-mac": 2000}
    assert router["tx_packets"] == 10


def test_a_macvlan_router_cannot_send_as_its_neighbour_behind_a_redirect(lab):
    lab.quiet = True
    up0, red, blue = lab.sites("macvlan", "veth")
    with count(lab, up0.wire) as outside:
        sent = frames(red.dev, f"dst={up0.wire.mac},src={blue.mac}", n=30, lossy=True)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac}", n=10)
    assert sent["refused"] == 30
    assert outside.packets() == outside.packets(src=red.mac) == 10


def test_a_router_that_changes_its_own_mac_gains_nothing(lab):
    up0, red = lab.site()
    lab.quiet = True
    red.dev.set("address 02:00:00:00:01:ff")
    with count(lab, up0.wire) as outside:
        frames(red.dev, f"dst={up0.wire.mac},src=02:00:00:00:01:ff", n=25)
    assert outside.packets(src="02:00:00:00:01:ff") == 0
    assert lab.settled().router()["tx_drops"]["source-mac"] >= 25


def test_a_whole_ports_address_is_the_configs_and_not_its_links(lab):
    lab.quiet = True
    up0, red = lab.site("port")
    other = "02:00:00:00:01:ff"
    up0.dev.set("address", other)
    for _ in range(2):
        frames(red.dev, f"dst={up0.wire.mac},src={other}", n=20, lossy=True)
        lab.attach()
    assert lab.settled().router()["tx_drops"] == {"source-mac": 40}
    assert lab.status().port(up0.name)["problems"] == []
    assert f"the device has the MAC address {other}" in lab.status().interface()["problems"]
    red.iface["mac"] = other
    lab.attach()
    with count(lab, up0.wire) as outside:
        frames(red.dev, f"dst={up0.wire.mac},src={other}", n=20)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac}", n=20, lossy=True)
    assert outside.packets() == outside.packets(src=other) == 20
    assert lab.settled().router()["tx_drops"] == {"source-mac": 60}
    assert lab.status().interface()["problems"] == lab.status().port(up0.name)["problems"] == []


def test_the_relays_inner_header_does_not_carry_a_foreign_frame(lab):
    lab.quiet = True
    up0, red, blue = lab.sites("veth", "veth")
    inside = f"{blue.mac}{'02:00:00:00:01:ff'}0800".replace(":", "") + "00" * 46
    zero = "000000000000" + red.mac.replace(":", "") + "88b5"
    with count(lab, blue.dev) as at_blue, count(lab, up0.dev) as at_host:
        frames(red.dev, f"hex={zero}{inside}", n=5)
        frames(up0.wire, f"hex={zero}{inside}", n=5)
    assert at_blue.packets() == 0
    assert at_host.packets(dst=blue.mac) == 0
