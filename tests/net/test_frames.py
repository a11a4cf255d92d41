# SPDX-License-Identifier: GPL-2.0-only
"""Frames of any form: delivered byte for byte, or dropped with a reason, never miscounted."""

import os

import pytest

from packets import ICMP, TCP, UDP, ether, ipv4, ipv6
from traffic import Transfer, capture, checksum_errors, count, frames, ping, udp_answers

SRC = "02:00:00:00:00:fe"


def forms(dst):
    """Well-formed and malformed, all for one address."""
    udp = ipv4("10.0.0.1", "10.0.0.2", UDP, b"x" * 60)
    packets = {
        "UDP": udp, "TCP over IPv6": ipv6("fd77::1", "fd77::2", TCP, b"x" * 9),
        "IPv4 that ends in its header": udp[:19], "IPv4 longer than the frame": udp[:40],
        "IPv4 with a wrong header checksum": udp[:10] + b"\0\0" + udp[12:],
        "IPv4 with a header of 4 bytes": b"\x41" + udp[1:],
        "version 7": b"\x75" + udp[1:], "TTL 0": ipv4("10.0.0.1", "10.0.0.2", ttl=0),
        "first fragment": ipv4("10.0.0.1", "10.0.0.2", raw=b"y" * 64, fragment=0x2000),
        "last fragment": ipv4("10.0.0.1", "10.0.0.2", raw=b"y" * 9, fragment=8),
        "source is a group address": ipv4("224.0.0.1", "10.0.0.2", ICMP),
        "IPv6 that ends in its header": ipv6("fd77::1", "fd77::2")[:39],
        "IPv6 for hop limit 0": ipv6("fd77::1", "fd77::2", hops=0), "nothing": b"",
    }
    found = {name: ether(dst, SRC, data, 0x86dd if "IPv6" in name else 0x0800)
             for name, data in packets.items()}
    found["802.3 length"] = ether(dst, SRC, b"\xaa\xaa\x03" + b"z" * 43, 46)
    found["unknown type"] = ether(dst, SRC, b"q" * 46, 0x1234)
    found["MPLS"] = ether(dst, SRC, b"q" * 46, 0x8847)
    found["priority tag"] = ether(dst, SRC, b"\xa0\0\x08\0" + udp, 0x8100)
    return found


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_every_form_reaches_the_router_byte_for_byte(lab, kind):
    lab.quiet = True
    up0, red = lab.site(kind)
    sent = forms(red.mac)
    with capture(red.dev) as seen:
        for frame in sent.values():
            frames(up0.wire, "hex=" + frame.hex())
    assert [name for name, frame in sent.items() if frame not in seen] == []
    assert len(seen) == len(sent)
    router = lab.settled().router()
    assert router["rx_packets"] == router["stack_packets"] == len(sent)
    assert router["rx_bytes"] == sum(map(len, sent.values()))


def test_every_form_leaves_the_router_byte_for_byte(lab):
    lab.quiet = True
    up0, red = lab.site()
    sent = [frame[:6] + bytes.fromhex(red.mac.replace(":", "")) + frame[12:]
            for name, frame in forms(up0.wire.mac).items() if name != "priority tag"]
    with capture(up0.wire) as seen:
        for frame in sent:
            frames(red.dev, "hex=" + frame.hex())
    assert sorted(seen) == sorted(sent)
    assert lab.settled().router()["tx_bytes"] == sum(map(len, sent))


def test_frames_cut_at_every_length_count_and_arrive_as_they_are(lab):
    lab.quiet = True
    up0, red = lab.site()
    whole = ether(red.mac, SRC, ipv6("fd77::1", "fd77::2", TCP, b"x" * 20))
    with capture(red.dev) as seen:
        for length in range(14, len(whole)):
            frames(up0.wire, "hex=" + whole[:length].hex())
    assert seen == [whole[:length] for length in range(14, len(whole))]
    assert lab.settled().router()["rx_bytes"] == sum(map(len, seen))


def test_frames_that_end_inside_their_tag_reach_no_router_and_are_counted(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0, vlan=100)
    lab.attach()
    for router, other in ((red, blue), (blue, red)):
        cut = ether(router.mac, SRC, b"\0\x64\x08", 0x8100)
        with capture(red.dev) as at_red, capture(blue.dev) as at_blue:
            for length in range(14, 18):
                frames(up0.wire, "hex=" + cut[:length].hex())
        assert at_red == at_blue == [], (router.name, other.name)
        for length in range(14, 18):
            frames(router.dev, "hex=" + ether(up0.wire.mac, router.mac, b"\0\x64\x08",
                                              0x8100)[:length].hex())
    stats = lab.settled()
    assert stats.port()["rx_packets"] == 8
    assert stats.router("red")["rx_packets"] == stats.router("blue")["rx_packets"] == 0
    for name in ("red", "blue"):
        assert stats.router(name)["tx_drops"] == {"malformed": 4}


def test_fragments_pass_both_ways(lab):
    up0, red = lab.site()
    sizes = [3000, 9000, 60000]
    for ns, peer, ip4, ip6 in ((up0.out, red.ns, red.ip4, red.ip6),
                               (red.ns, up0.out, up0.ip4, up0.ip6)):
        assert udp_answers(ns, peer, ip4, sizes) == len(sizes)
        assert udp_answers(ns, peer, ip6, sizes) == len(sizes)
        assert ping(ns, ip4, size=5000) == ping(ns, ip6, size=5000) == 3
    assert checksum_errors(up0.out, red.ns) == 0


@pytest.mark.parametrize("kind", ["veth", "macvlan", "port"])
def test_jumbo_frames_pass_whole(lab, kind):
    release = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))
    if kind == "veth" and release < (6, 3):
        pytest.skip("Linux before 6.3 doesn't redirect frames of several buffers")
    up0, red = lab.site(kind, mtu=9000)
    assert ping(up0.out, red.ip4, size=8972, extra=("-M", "do")) == 3
    assert ping(red.ns, up0.ip6, size=8952, extra=("-M", "do")) == 3
    for ns, peer, address in ((up0.out, red.ns, red.ip4), (red.ns, up0.out, up0.ip6)):
        assert udp_answers(ns, peer, address, [3500, 4096, 8192, 8952]) == 4
        assert Transfer(ns, peer, address, 20_000_000).same
    assert checksum_errors(up0.out, red.ns) == 0


def test_jumbo_frames_pass_in_a_vlan_and_between_neighbours(lab):
    up0 = lab.port(mtu=9000)
    red, blue = (lab.router(name, up0, vlan=100, mtu=9000) for name in ("red", "blue"))
    lab.attach()
    assert ping(red.ns, blue.ip4, size=8972, extra=("-M", "do")) == 3
    assert Transfer(red.ns, blue.ns, blue.ip6, 20_000_000).same
    with count(lab, red.dev) as at_red:
        sent = frames(up0.wire, f"dst={red.mac},vlan=100,min=3000,max=9018", n=2000)
    assert at_red.packets() >= 2000 and not at_red.data["corrupt"]
    assert lab.settled().router()["drops"] == {}
    assert sent["sent"] == 2000


def test_a_tap_says_why_it_does_not_take_frames_of_several_buffers(lab):
    lab.quiet = True
    up0, red = lab.site("tap", mtu=9000)
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac},min=8000,max=9014", n=100)
        frames(up0.wire, f"dst={red.mac},min=60,max=3000", n=100)
    router = lab.settled().router()
    assert at_red.packets() == router["stack_packets"]
    assert router["rx_packets"] == 200
    # Whether a driver takes several buffers is the kernel's to say; what it refuses is counted.
    assert router["drops"] in ({}, {"no-xdp": 100})


def test_group_frames_of_several_buffers_are_counted_where_they_cannot_be_copied(lab):
    lab.quiet = True
    up0 = lab.port(mtu=9000)
    red = lab.router("red", up0, mtu=9000)
    lab.attach()
    with count(lab, red.dev) as at_red, count(lab, up0.dev) as at_host:
        frames(up0.wire, "dst=ff:ff:ff:ff:ff:ff,min=8000,max=9014", n=50, pps=5000)
    router = lab.settled().router()
    assert at_host.packets() == 50
    assert router["rx_packets"] == 50
    assert at_red.packets() == router["stack_packets"]
    assert router["drops"] in ({}, {"group-size": 50})
