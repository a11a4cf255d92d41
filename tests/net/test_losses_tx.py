# SPDX-License-Identifier: GPL-2.0-only
"""Losses of what routers send, at a port that they share: charged to the one that lost."""

import pytest

from scale import many
from traffic import count, frames, in_background, sink


@pytest.fixture
def quiet(lab):
    lab.quiet = True
    return lab


def to_wire(up0, router, size=60):
    return f"dst={up0.wire.mac},src={router.mac},min={size},max={size}"


def any_size(up0, router):
    return f"dst={up0.wire.mac},src={router.mac},min=60,max=1514"


def test_two_routers_that_overflow_a_shared_port_lose_exactly_what_the_sink_misses(quiet):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0)
    with sink(quiet, up0.wire, work=3000) as outside:
        up0.wire.threaded()
        quiet.attach()
        # Bulks of which the ring takes the first frames only: sizes tell which were counted.
        red.device.threaded()
        blue.device.threaded()
        with in_background(
                lambda: frames(red.dev, any_size(up0, red), n=many(60_000), pps=60_000),
                lambda: frames(blue.dev, any_size(up0, blue), n=many(30_000), pps=30_000)) as sent:
            pass
        stats = quiet.settled(30)
    lost = 0
    for router, mine in zip((red, blue), sent):
        counters = stats.router(router.name)
        arrived, size = outside.flow(src=router.mac)
        assert (counters["tx_packets"], counters["tx_bytes"]) == (arrived, size)
        assert counters["tx_drop_packets"] == mine["sent"] - arrived
        assert set(counters["tx_drops"]) <= {"ring-full"}
        lost += counters["tx_drop_packets"]
    assert lost > 0
    assert (stats.port()["tx_packets"], stats.port()["tx_bytes"]) == outside.flow()


def test_a_neighbour_that_is_too_slow_is_the_senders_loss_and_its_own(quiet):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0)
    with sink(quiet, blue.dev, work=3000) as at_blue:
        blue.dev.threaded()
        quiet.attach()
        n = frames(red.dev, f"dst={blue.mac},src={red.mac}", n=many(50_000), pps=100_000)["sent"]
        stats = quiet.settled(30)
    lost = n - at_blue.packets()
    assert lost > 0
    assert stats.router("red")["tx_drops"] == {"ring-full": lost}
    assert stats.router("red")["tx_packets"] == at_blue.packets()
    assert stats.router("blue")["drops"] == {"ring-full": lost}
    assert stats.router("blue")["rx_packets"] == n


@pytest.mark.parametrize("end, reason", [("dev", "device-down"), ("wire", "no-receiver")])
def test_a_port_that_is_down(quiet, end, reason):
    up0, red, blue = quiet.sites("veth", "veth")
    getattr(up0, end).down()
    with count(quiet, blue.dev) as at_blue:
        frames(red.dev, to_wire(up0, red), f"dst={blue.mac},src={red.mac}", n=1000)
    router = quiet.settled().router()
    assert router["tx_packets"] == at_blue.packets() > 0
    assert router["tx_drops"] == {reason: 1000 - at_blue.packets()}


def test_a_port_that_is_deleted(quiet):
    up0, red = quiet.site()
    quiet.host.ip("link del up0")
    frames(red.dev, to_wire(up0, red), n=100)
    assert quiet.settled().router()["tx_drops"] == {"device-gone": 100}
    assert quiet.status().port()["state"] == "missing"


def test_frames_above_the_ports_mtu(quiet):
    up0 = quiet.port(mtu=1000)
    red = quiet.router("red", up0)
    quiet.attach()
    with count(quiet, up0.wire) as outside:
        frames(red.dev, to_wire(up0, red, 1019), n=40)
        frames(red.dev, to_wire(up0, red, 1018), n=60)
    router = quiet.settled().router()
    assert outside.packets() == router["tx_packets"] == 60
    assert router["tx_drops"] == {"mtu": 40}


def test_one_routers_oversize_frames_are_not_its_neighbours_loss(quiet):
    n = many(20_000)
    up0, red, blue = quiet.sites("veth", "veth")
    up0.wire.set("mtu 1000")
    quiet.attach()
    for router in (red, blue):
        router.device.threaded()
    with count(quiet, up0.wire) as outside:
        with in_background(
                lambda: frames(red.dev, to_wire(up0, red, 1200), n=n, pps=40_000),
                lambda: frames(blue.dev, to_wire(up0, blue), n=n, pps=40_000)):
            pass
    stats = quiet.settled()
    assert stats.router("red")["tx_drops"] == {"mtu": n}
    assert stats.router("blue")["tx_drops"] == {}
    assert outside.packets(src=blue.mac) == n


def test_the_sum_of_two_routers_losses_is_what_the_port_did_not_take(quiet):
    up0, red, blue = quiet.sites("veth", "tap")
    with count(quiet, up0.wire) as outside:
        with in_background(
                lambda: frames(red.dev, to_wire(up0, red), n=many(60_000), pps=60_000),
                lambda: frames(blue.dev, to_wire(up0, blue), n=many(60_000), pps=60_000)) as sent:
            pass
    stats = quiet.settled()
    for router, mine in zip((red, blue), sent):
        counters = stats.router(router.name)
        assert counters["tx_packets"] == outside.packets(src=router.mac)
        assert mine["sent"] >= counters["tx_packets"] + counters["tx_drop_packets"]
