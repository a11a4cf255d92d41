# SPDX-License-Identifier: GPL-2.0-only
"""VLAN lists, trunks and 802.1ad, several MAC addresses: who gets what, with which tags."""

import contextlib

import pytest

from packets import ether, tag
from scale import many
from traffic import capture, frames, send, sink, count, in_background

BROADCAST = "ff:ff:ff:ff:ff:ff"
PAYLOAD = bytes(range(46))


@pytest.fixture
def quiet(lab):
    lab.quiet = True
    return lab


@contextlib.contextmanager
def captures(*devices):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(capture(dev)) for dev in devices]


def frame(dst, src, note=0):
    """An untagged frame that is told from others by its @note."""
    return ether(dst, src, bytes([note]) + PAYLOAD, 0x88b6)


def site(lab, **vlans):
    """One port, and routers by name, each with its `vlan` (None: untagged)."""
    up0 = lab.port(mtu=1504)
    routers = [lab.router(name, up0, vlan=vlan, mtu=1504) for name, vlan in vlans.items()]
    lab.attach()
    return up0, *routers


@pytest.mark.parametrize("vlans, inside", [("100,200", (100, 200)), ("100-102", (100, 101, 102)),
                                           ("trunk", (1, 100, 200, 4094)), ("100-100", (100,))])
def test_a_list_or_trunk_passes_frames_with_their_tag_both_ways(quiet, vlans, inside):
    up0, red = site(quiet, red=vlans)
    mine = [tag(frame(red.mac, up0.wire.mac, i), vid) for i, vid in enumerate(inside)]
    others = [frame(red.mac, up0.wire.mac, 99), tag(frame(red.mac, up0.wire.mac, 98), 100, outer=0x88a8),
              tag(frame(red.mac, up0.wire.mac, 97), 100, 200, outer=0x88a8)]
    if vlans != "trunk":
        others.append(tag(frame(red.mac, up0.wire.mac, 96), 300))
    with captures(red.dev) as (got,):
        send(up0.wire, *mine, *others)
    assert sorted(got) == sorted(mine)
    out = [tag(frame(up0.wire.mac, red.mac, i), vid) for i, vid in enumerate(inside)]
    with captures(up0.wire) as (got,):
        send(red.dev, *out, frame(up0.wire.mac, red.mac, 99))
        if vlans != "trunk":
            send(red.dev, tag(frame(up0.wire.mac, red.mac, 96), 300))
    assert sorted(got) == sorted(out)
    router = quiet.settled().router()
    assert router["tx_drops"] == {"vlan": 1 if vlans == "trunk" else 2}
    assert (router["rx_packets"], router["tx_packets"]) == (len(inside), len(inside))
    want = {"100-102": "100,101,102"}.get(vlans, vlans)
    assert quiet.stats().interface()["vlan"] == want


def test_stacked_tags_are_taken_off_and_put_back(quiet):
    up0, red, blue = site(quiet, red="200.100", blue="200.101")
    plain = frame(red.mac, up0.wire.mac)
    with captures(red.dev, blue.dev) as (got, other):
        send(up0.wire, tag(plain, 200, 100, outer=0x88a8), tag(plain, 200, outer=0x88a8),
             tag(plain, 200, 100), tag(plain, 100), plain, tag(plain, 201, 100, outer=0x88a8))
    assert (got, other) == ([plain], [])
    back = frame(up0.wire.mac, red.mac)
    with captures(up0.wire) as (got,):
        send(red.dev, back)
    assert got == [tag(back, 200, 100, outer=0x88a8)]
    stats = quiet.settled()
    assert stats.router()["rx_bytes"] == stats.router()["tx_bytes"] == len(plain) + 8
    assert stats.interface()["vlan"] == "200.100"


def test_group_frames_of_a_vlan_go_to_its_routers_and_to_trunks_once_and_to_nobody_else(quiet):
    up0, red, blue, green, grey, pink = site(quiet, red="100", blue="trunk", green="100,200",
                                             grey=None, pink="200.100")
    with captures(red.dev, blue.dev, green.dev, grey.dev, pink.dev, up0.dev) as got:
        plain = frame(BROADCAST, up0.wire.mac)
        sent = [tag(plain, 100), tag(plain, 200), tag(plain, 300), plain,
                tag(plain, 200, 100, outer=0x88a8)]
        send(up0.wire, *sent)
    assert got[0] == [plain]
    assert got[1] == sent[:3]
    assert got[2] == sent[:2]
    assert got[3] == [plain]
    assert got[4] == [plain]
    assert got[5] == sent


@pytest.mark.parametrize("order", ["access first", "trunk first"])
def test_routers_behind_tags_and_trunks_talk_in_the_form_that_each_has(quiet, order):
    names = {"red": "100", "blue": "trunk"}
    if order == "trunk first":
        names = dict(reversed(names.items()))
    up0, *routers = site(quiet, **names)
    red, blue = sorted(routers, key=lambda r: r.name, reverse=True)
    to_blue, to_all = frame(blue.mac, red.mac, 1), frame(BROADCAST, red.mac, 2)
    to_red, back = frame(red.mac, blue.mac, 3), frame(BROADCAST, blue.mac, 4)
    with captures(red.dev, blue.dev, up0.wire) as (at_red, at_blue, outside):
        send(red.dev, to_blue, to_all)
        send(blue.dev, tag(to_red, 100), tag(back, 100), tag(to_red, 200), tag(back, 200))
    assert at_blue == [tag(to_blue, 100), tag(to_all, 100)]
    assert at_red == [to_red, back]
    # VLAN 200 has nobody with red's address here.
    assert sorted(outside) == sorted([tag(to_all, 100), tag(back, 100), tag(to_red, 200),
                                      tag(back, 200)])
    quiet.settled()


def test_each_of_several_macs_is_the_routers_and_its_own_frames_do_not_come_back(quiet):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0)
    second = "02:00:00:00:0e:99"
    red.iface["mac"] = f"{red.mac}, {second}"
    quiet.attach()
    with captures(red.dev, blue.dev, up0.wire) as (at_red, at_blue, outside):
        send(up0.wire, frame(red.mac, up0.wire.mac, 1), frame(second, up0.wire.mac, 2))
        send(red.dev, frame(BROADCAST, second, 3), frame(blue.mac, second, 4),
             frame(up0.wire.mac, "02:00:00:00:0e:98", 5))
        send(blue.dev, frame(second, blue.mac, 6))
    assert at_red == [frame(red.mac, up0.wire.mac, 1), frame(second, up0.wire.mac, 2),
                      frame(second, blue.mac, 6)]
    assert at_blue == [frame(BROADCAST, second, 3), frame(blue.mac, second, 4)]
    assert outside == [frame(BROADCAST, second, 3)]
    stats = quiet.settled()
    assert stats.router()["tx_drops"] == {"source-mac": 1}
    assert stats.router()["tx_packets"] == 2
    assert stats.interface()["macs"] == [red.mac, second]


def test_a_router_with_forty_vlans_gets_all_of_them(quiet):
    up0, red = site(quiet, red="101-140")
    sent = [tag(frame(BROADCAST if vid % 2 else red.mac, up0.wire.mac, vid - 100), vid)
            for vid in range(100, 142)]
    with captures(red.dev) as (got,):
        send(up0.wire, *sent)
    assert got == sent[1:-1]


def test_addresses_vlans_and_limits_change_under_traffic_without_a_lost_frame(quiet):
    """Those that stay lose nothing, in both directions, while others come and go."""
    up0, red, blue = site(quiet, red="100,200", blue="100")
    plain = quiet.config()
    second = "02:00:00:00:0e:99"

    def change():
        for vlans, macs in (("100,200,300", red.mac), ("200,100", f"{red.mac},{second}"),
                            ("100,200-210", f"{second},{red.mac}"), ("100-200", red.mac)) * 2:
            red.iface.update(vlan=vlans, mac=macs)
            quiet.attach()
        quiet.attach(plain)

    n = many(40000)

    def set_router():
        for macs in (f"{red.mac},{second}", f"{second},{red.mac}", red.mac) * 3:
            quiet.vrxdp("router", "set", "red", "--interface",
                        f"wan=up0,mac={macs},vlan=100,200,device={red.device.name}")

    def both():
        change()
        set_router()

    with sink(quiet, red.dev) as at_red, count(quiet, up0.wire) as outside, \
            in_background(both,
                          lambda: frames(up0.wire, f"dst={red.mac},vlan=200", n=n, pps=8000),
                          lambda: frames(red.dev, f"dst={up0.wire.mac},src={red.mac},vlan=100",
                                         n=n, pps=8000)):
        pass
    assert at_red.data["packets"] == n
    assert outside.packets() == n
    stats = quiet.settled()
    assert (stats.router()["rx_packets"], stats.router()["tx_packets"]) == (n, n)
    assert not stats.router()["drops"] and not stats.router()["tx_drops"]


def test_a_trunk_that_changes_keeps_what_it_and_others_have_missed(quiet):
    up0 = quiet.port()
    up0.conf["group-limit"] = "100pps"
    red, blue = quiet.router("red", up0, vlan="100"), quiet.router("blue", up0, vlan="trunk")
    quiet.attach()
    send(up0.wire, *[tag(frame(BROADCAST, up0.wire.mac), 100)] * 100)
    send(red.dev, *[frame(BROADCAST, red.mac)] * 100)
    send(blue.dev, *[tag(frame(BROADCAST, blue.mac), 100)] * 100)
    before = quiet.settled()
    for name in ("red", "blue"):
        assert before.router(name)["drops"]["group-limit"] > 100
    blue.iface["mac"] = f"{blue.mac}, 02:00:00:00:0e:99"
    quiet.attach()
    blue.iface["mac"] = blue.mac
    quiet.attach()
    after = quiet.settled()
    for name in ("red", "blue"):
        assert {**after.router(name), "cpu_ns": 0} == {**before.router(name), "cpu_ns": 0}
    # And what they miss from now on.
    send(up0.wire, *[tag(frame(BROADCAST, up0.wire.mac), 100)] * 100)
    for name in ("red", "blue"):
        assert quiet.settled().router(name)["rx_packets"] == \
            before.router(name)["rx_packets"] + 100
