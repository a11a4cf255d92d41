# SPDX-License-Identifier: GPL-2.0-only
"""Broadcast and multicast: one copy for everybody who should have one."""

import contextlib

import pytest

from lab import section
from scale import many
from traffic import count, frames, ping

GROUPS = ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:05", "33:33:00:00:00:01", "01:80:c2:00:00:14"]
KINDS = ("veth", "tap", "macvlan", "veth")


@contextlib.contextmanager
def counts(lab, *devices):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(count(lab, dev)) for dev in devices]


@pytest.fixture
def quiet(lab):
    lab.quiet = True
    return lab


def test_from_the_wire_each_router_gets_exactly_one_copy_and_the_host_keeps_its_own(quiet):
    up0, *routers = quiet.sites(*KINDS)
    streams = [f"dst={mac},min=60,max=1514" for mac in GROUPS]
    with counts(quiet, up0.dev, *(r.dev for r in routers)) as seen:
        sent = frames(up0.wire, *streams, n=2000, pps=5000)
    for got in seen:
        assert got.flow() == (2000, sent["bytes"])
        assert got.whole
    stats = quiet.settled()
    assert stats.port()["rx_packets"] == 2000
    for router in stats.data["routers"]:
        assert (router["rx_packets"], router["rx_bytes"]) == (2000, sent["bytes"])
        assert router["stack_packets"] == 2000


def test_from_a_router_the_wire_the_others_and_the_host_get_one_and_the_sender_none(quiet):
    up0, red, *others = quiet.sites(*KINDS)
    streams = [f"dst={mac},src={red.mac},min=60,max=1514" for mac in GROUPS]
    with counts(quiet, red.dev, up0.wire, up0.dev, *(r.dev for r in others)) as seen:
        sent = frames(red.dev, *streams, n=2000, pps=5000)
    assert seen[0].packets() == 0
    for got in seen[1:]:
        assert got.flow() == (2000, sent["bytes"])
        assert got.whole
    stats = quiet.settled()
    assert (stats.router()["tx_packets"], stats.router()["tx_bytes"]) == (2000, sent["bytes"])
    assert stats.router()["rx_packets"] == 0
    assert stats.port()["tx_packets"] == 2000
    for name in ("blue", "green", "grey"):
        router = stats.router(name)
        assert router["rx_packets"] == router["stack_packets"] == 2000
        assert router["rx_bytes"] == sent["bytes"]


def test_from_a_macvlan_router_the_others_get_one_too(quiet):
    up0, red, *others = quiet.sites("macvlan", "veth", "tap")
    with counts(quiet, up0.wire, *(r.dev for r in others)) as seen:
        frames(red.dev, *[f"dst={mac},src={red.mac}" for mac in GROUPS], n=1000, pps=5000)
    assert [got.packets() for got in seen] == [1000, 1000, 1000]
    assert quiet.settled().router()["tx_packets"] == 1000


def test_copies_stay_in_their_vlan(quiet):
    up0 = quiet.port()
    untagged = quiet.router("red", up0)
    tagged = [quiet.router(name, up0, kind, vlan=100)
              for name, kind in (("blue", "veth"), ("green", "tap"))]
    quiet.attach()
    with counts(quiet, untagged.dev, *(r.dev for r in tagged)) as seen:
        sent = frames(up0.wire, "dst=group,min=60,max=1000",
                      *[f"dst=group,vlan={v},min=60,max=1000" for v in (0, 100, 101)],
                      n=2000, pps=10000)["streams"]
    assert seen[0].packets() == sent[0]["sent"] + sent[1]["sent"]
    for got in seen[1:]:
        assert got.flow(vlan=None) == (sent[2]["sent"], sent[2]["bytes"] - 4 * sent[2]["sent"])
        assert got.packets() == sent[2]["sent"]


def test_a_vlan_router_sends_its_copies_to_its_vlan(quiet):
    up0 = quiet.port()
    red, blue = (quiet.router(name, up0, vlan=100) for name in ("red", "blue"))
    green = quiet.router("green", up0)
    quiet.attach()
    with counts(quiet, up0.wire, blue.dev, green.dev) as seen:
        sent = frames(red.dev, f"dst=group,src={red.mac},min=60,max=1000", n=1000, pps=10000)
    assert seen[0].flow(vlan=100) == (1000, sent["bytes"] + 4000)
    assert seen[1].flow(vlan=None) == (1000, sent["bytes"])
    assert seen[2].packets() == 0


def test_reserved_addresses_stay_with_the_host_and_never_leave_a_router(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    reserved = [f"dst=01:80:c2:00:00:{last:02x}" for last in range(16)]
    with counts(quiet, red.dev, blue.dev, up0.dev, up0.wire) as seen:
        frames(up0.wire, *reserved, n=320)
        frames(red.dev, *[f"{stream},src={red.mac}" for stream in reserved], n=160)
    assert [got.packets() for got in seen] == [0, 0, 320, 0]
    stats = quiet.settled()
    assert stats.router()["tx_drops"] == {"reserved-group": 160}
    assert stats.router()["rx_packets"] == stats.router("blue")["rx_packets"] == 0


def test_copies_above_the_limit_are_counted_at_each_router_that_missed_them(quiet):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0, "tap")
    up0.conf["group-limit"] = "2kpps"
    quiet.attach()
    unicast = f"dst={red.mac},weight=1,min=100,max=100"
    with counts(quiet, red.dev, blue.dev, up0.dev) as seen:
        sent = frames(up0.wire, unicast, "dst=ff:ff:ff:ff:ff:ff,weight=9", n=many(40000),
                      pps=40000)["streams"]
    at_red, at_blue, at_host = seen
    # The storm stops neither the host's copies nor unicast.
    assert at_red.packets(dst=red.mac) == sent[0]["sent"]
    assert at_host.packets() == sent[1]["sent"]
    stats = quiet.settled()
    copies = at_red.packets(dst="ff:ff:ff:ff:ff:ff")
    assert 0 < copies < sent[1]["sent"]
    assert copies == at_blue.packets()
    for router in (stats.router("red"), stats.router("blue")):
        assert router["drops"] == {"group-limit": sent[1]["sent"] - copies}
    assert stats.router("red")["rx_packets"] == sent[0]["sent"] + sent[1]["sent"]
    assert stats.router("red")["rx_bytes"] == sent[0]["bytes"] + sent[1]["bytes"]


def test_a_storm_from_a_router_is_limited_and_its_share_is_not_its_own_loss(quiet):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0)
    up0.conf["group-limit"] = "2kpps"
    quiet.attach()
    with counts(quiet, blue.dev, up0.wire) as seen:
        n = frames(red.dev, f"dst=ff:ff:ff:ff:ff:ff,src={red.mac}", n=many(20000), pps=20000)["sent"]
    stats = quiet.settled()
    assert seen[1].packets() == stats.router("red")["tx_packets"] == n
    assert 0 < seen[0].packets() < n
    assert stats.router("blue")["drops"] == {"group-limit": n - seen[0].packets()}
    assert stats.router("red")["drops"] == stats.router("red")["tx_drops"] == {}


def test_a_burst_of_one_frame_for_every_router_is_never_limited(quiet):
    up0, *routers = quiet.sites("veth", "veth", "veth", "veth")
    up0.conf["group-limit"] = "1pps"
    quiet.attach()
    with count(quiet, routers[0].dev) as seen:
        frames(up0.wire, "dst=ff:ff:ff:ff:ff:ff", n=4)
    assert seen.packets() == 4


def test_ipv6_neighbour_discovery_reaches_every_kind_of_router_at_once(lab):
    up0, *routers = lab.sites(*KINDS)
    up0.out.ip("neigh flush all")
    for router in routers:
        assert ping(up0.out, router.ip6, 2) == 2


def test_sixty_routers_get_one_copy_each(quiet):
    up0 = quiet.port()
    guests = quiet.netns("guests")
    text = [section("port", "up0", up0.conf)]
    devices = quiet.many_veths(quiet.host, guests, 60)
    for i, dev in enumerate(devices):
        text.append(section("router", f"guest{i}", {"guest": "yes"}))
        text.append(section("interface", f"guest{i}/wan",
                            {"port": "up0", "mac": dev.mac, "device": dev.name}))
    quiet.attach("".join(text))
    with count(quiet, up0.wire) as outside:
        frames(up0.wire, "dst=ff:ff:ff:ff:ff:ff,min=100,max=100", n=100, pps=1000)
        frames(devices[7], f"dst=33:33:00:00:00:01,src={devices[7].mac}", n=100, pps=1000)
    stats = quiet.settled()
    links = guests.links()
    for i in range(60):
        copies = 100 if i == 7 else 200
        assert stats.router(f"guest{i}")["stack_packets"] == copies, i
        assert links[f"g{i}"]["stats64"]["rx"]["packets"] == copies, i
    assert outside.packets() == stats.router("guest7")["tx_packets"] == 100
