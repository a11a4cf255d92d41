# SPDX-License-Identifier: GPL-2.0-only
"""Exact accounting: source, `stats --json` and sinks agree to the packet and the byte."""

import contextlib

import pytest

from scale import many
from traffic import count, frames, in_background


def add(*pairs):
    return tuple(map(sum, zip(*pairs)))


def sent_of(sent, *streams):
    return add(*[(sent["streams"][i]["sent"], sent["streams"][i]["bytes"]) for i in streams])


def rx(item):
    return item["rx_packets"], item["rx_bytes"]


def tx(item):
    return item["tx_packets"], item["tx_bytes"]


def interfaces_add_up(stats):
    return all(router[key] == sum(i[key] for i in router["interfaces"])
               for router in stats.data["routers"]
               for key in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"))


@pytest.fixture
def full(lab):
    """A port with a router of every kind that shares one, one of them in a VLAN."""
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0, "tap")
    green = lab.router("green", up0, "macvlan")
    grey = lab.router("grey", up0, vlan=100)
    lab.attach()
    return lab, up0, red, blue, green, grey


@pytest.mark.parametrize("bulks", [False, True], ids=["one by one", "in bulks"])
def test_random_frames_from_the_wire_agree_at_source_counters_and_sinks(full, bulks):
    lab, up0, *routers = full
    if bulks:
        up0.dev.threaded()
    red, blue, green, grey = routers
    streams = [f"dst={red.mac},weight=4,min=60,max=1514", f"dst={red.mac},min=14,max=59,kind=noise",
               f"dst={blue.mac},weight=3,min=14,max=1514,kind=noise",
               f"dst={green.mac},weight=3,min=60,max=1514",
               f"dst={grey.mac},vlan=100,weight=3,min=18,max=1518,kind=noise",
               "dst=random,src=random,weight=4,min=14,max=1514,kind=noise",
               f"dst={grey.mac},min=60,max=200", f"dst={red.mac},vlan=100,min=60,max=200",
               f"dst={red.mac},vlan=0,min=60,max=1518",
               f"dst={up0.dev.mac},min=60,max=1514,kind=noise",
               f"dst={red.mac},tpid=88a8,vlan=0,min=60,max=200"]
    with contextlib.ExitStack() as stack:
        seen = [stack.enter_context(count(lab, r.dev)) for r in routers]
        host = stack.enter_context(count(lab, up0.dev))
        sent = frames(up0.wire, *streams, n=many(200_000), pps=150_000, seed=1 + bulks)
    at_red, at_blue, at_green, at_grey = seen
    stats = lab.settled()
    assert rx(stats.port()) == (sent["sent"], sent["bytes"])
    assert interfaces_add_up(stats)
    for name, mine in (("red", (0, 1, 8)), ("blue", (2,)), ("green", (3,)), ("grey", (4,))):
        assert rx(stats.router(name)) == sent_of(sent, *mine), name
    for router, got in zip(("red", "blue", "green", "grey"), seen):
        router = stats.router(router)
        assert got.packets() == router["stack_packets"]
        assert router["rx_packets"] - got.packets() == sum(router["drops"].values())
        assert set(router["drops"]) <= {"ring-full"}
    # Nobody else's frames: what a sink has is what was addressed to it.
    assert at_red.packets(dst=red.mac) == at_red.packets()
    assert at_grey.flow(vlan=None) == at_grey.flow()
    assert at_blue.packets(dst=blue.mac) == at_blue.packets()
    # Green's stack gets its frames out of the port's: the host sees all that was passed.
    assert host.flow() == sent_of(sent, 3, 5, 6, 7, 9, 10)
    assert at_green.data["corrupt"] == at_red.data["corrupt"] == 0


@pytest.mark.parametrize("bulks", [False, True], ids=["one by one", "in bulks"])
def test_random_frames_from_two_routers_agree_at_sources_counters_and_sinks(lab, bulks):
    lab.quiet = True
    up0, red, blue, green = lab.sites("veth", "veth", "veth")
    if bulks:
        red.device.threaded()
        blue.device.threaded()
    seed = 3 + bulks
    wire = up0.wire.mac

    def streams(me, sibling):
        return [f"dst={wire},src={me.mac},weight=4,min=60,max=1514",
                f"dst=random,src={me.mac},weight=4,min=14,max=1514,kind=noise",
                f"dst={sibling.mac},src={me.mac},weight=3,min=60,max=1514",
                f"dst={green.mac},src={me.mac},weight=2,min=14,max=1514,kind=noise",
                f"dst={wire},src=random,weight=2,min=14,max=1514,kind=noise",
                f"dst={wire},src={me.mac},vlan=7,min=18,max=1514,kind=noise",
                f"dst={me.mac},src={me.mac},min=60,max=100",
                f"dst=01:80:c2:00:00:02,src={me.mac},min=60,max=100"]
    with count(lab, up0.wire) as outside, count(lab, green.dev) as at_green, \
            count(lab, red.dev) as at_red, count(lab, blue.dev) as at_blue:
        with in_background(
                lambda: frames(red.dev, *streams(red, blue), n=many(100_000), pps=60_000, seed=seed),
                lambda: frames(blue.dev, *streams(blue, red), n=many(100_000), pps=60_000,
                               seed=seed + 10)) as sent:
            pass
    stats = lab.settled()
    lost = {}
    for me, mine, at_sibling in ((red, sent[0], at_blue), (blue, sent[1], at_red)):
        router = stats.router(me.name)
        drops = dict(router["tx_drops"])
        lost[me.name] = drops.pop("ring-full", 0)
        assert drops == {"source-mac": mine["streams"][4]["sent"],
                         "vlan": mine["streams"][5]["sent"],
                         "hairpin": mine["streams"][6]["sent"],
                         "reserved-group": mine["streams"][7]["sent"]}
        assert router["tx_packets"] + router["tx_drop_packets"] == mine["sent"]
        arrived = add(outside.flow(src=me.mac), at_green.flow(src=me.mac),
                      at_sibling.flow(src=me.mac))
        assert tx(router) == arrived
        assert sent_of(mine, 0, 1, 2, 3)[0] == arrived[0] + lost[me.name]
    assert tx(stats.port()) == outside.flow()
    assert interfaces_add_up(stats)
    for router, got in (("red", at_red), ("blue", at_blue), ("green", at_green)):
        router = stats.router(router)
        assert router["stack_packets"] == got.packets()
        assert router["rx_packets"] == got.packets() + sum(router["drops"].values())


def test_counters_only_grow_while_traffic_flows(lab):
    lab.quiet = True
    up0, red = lab.site()
    seen, n = [], many(100_000)
    with in_background(lambda: frames(up0.wire, f"dst={red.mac}", n=n, pps=60_000)):
        while not seen or seen[-1].router()["rx_packets"] < n and len(seen) < 500:
            seen.append(lab.stats())
    assert len(seen) > 3
    for before, after in zip(seen, seen[1:]):
        assert before.data["time_ns"] < after.data["time_ns"]
        for key in ("rx_packets", "rx_bytes", "stack_packets"):
            assert before.router()[key] <= after.router()[key]
    assert seen[-1].router()["rx_packets"] == n


def test_frames_for_the_host_count_at_the_port_and_for_no_router(lab):
    lab.quiet = True
    up0, _ = lab.site()
    with count(lab, up0.dev) as host:
        sent = frames(up0.wire, f"dst={up0.dev.mac},min=60,max=1514", n=5000)
    stats = lab.settled()
    assert host.flow() == rx(stats.port()) == (5000, sent["bytes"])
    assert rx(stats.router()) == (0, 0)
    assert stats.port()["drops"] == {}


def test_frames_of_a_guest_whose_tap_has_a_send_buffer_count_once_each(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0, "tap"), lab.router("blue", up0)
    lab.end(red.pump)
    red.start_pump(lab, 1 << 20)
    lab.attach()
    with count(lab, up0.wire) as outside, count(lab, blue.dev) as at_blue:
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514",
               f"dst={blue.mac},src={red.mac},min=60,max=1514", n=3000, pps=10_000)
    stats = lab.settled()
    assert outside.packets() + at_blue.packets() == 3000
    assert stats.router()["tx_packets"] == 3000
    assert stats.port()["tx_packets"] == outside.packets()
    assert stats.router("blue")["rx_packets"] == at_blue.packets()
