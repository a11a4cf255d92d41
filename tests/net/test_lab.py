# SPDX-License-Identifier: GPL-2.0-only
"""The lab itself: its traffic is right, and a kernel that forwards can't pass for vrxdp."""

import os

import pytest

import netns
from packets import ICMP, ICMPV6, TCP, UDP, ether, ipv4, ipv6
from scale import many
from traffic import Transfer, checksum_errors, count, frames, ping, sink, udp_answers


def bridge(lab, *devices):
    lab.kernel_forwards = True
    lab.host.ip("link add br0 type bridge", "link set br0 up",
                *[f"link set {dev.name} master br0" for dev in devices])


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_the_traffic_of_these_tests_gets_through_a_kernel_bridge(lab, kind):
    up0 = lab.port()
    red = lab.router("red", up0, kind)
    bridge(lab, up0.dev, red.device)
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert udp_answers(up0.out, red.ns, red.ip4, [0, 1, 1472]) == 3
    assert udp_answers(red.ns, up0.out, up0.ip6, [0, 1, 1452]) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 5_000_000).same
    assert Transfer(red.ns, up0.out, up0.ip6, 5_000_000).same
    assert checksum_errors(up0.out, red.ns) == 0


@pytest.mark.parametrize("kind", ["veth", "tap"])
def test_without_vrxdp_nothing_gets_through(lab, kind):
    up0 = lab.port()
    red = lab.router("red", up0, kind)
    assert ping(up0.out, red.ip4, 1) == ping(red.ns, up0.ip6, 1) == 0


def test_a_bridge_in_the_host_would_be_noticed(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    assert lab.host_forwarded() is None
    bridge(lab, up0.dev, red.device)
    assert "bridge" in lab.host_forwarded()


def test_a_host_that_routes_would_be_noticed(lab):
    lab.kernel_forwards = True
    up0 = lab.port()
    red = lab.router("red", up0)
    lab.host.sysctl("net/ipv4/ip_forward", 1)
    lab.host.ip("addr add 10.77.0.100/24 dev up0", "addr add 10.78.0.1/24 dev v-red")
    red.ns.ip("addr flush dev wan", "addr add 10.78.0.2/24 dev wan",
              "route add default via 10.78.0.1")
    up0.out.ip("route add 10.78.0.0/24 via 10.77.0.100")
    assert ping(up0.out, "10.78.0.2") == 3
    assert "forwarded" in lab.host_forwarded()


def test_frames_and_its_counters_agree_to_the_frame(lab):
    lab.quiet = True
    up0 = lab.port()
    n = many(20000)
    streams = ["dst=02:00:00:00:01:01,min=60,max=1514", "dst=random,min=14,max=100,kind=noise",
               "dst=02:00:00:00:01:02,vlan=100,min=64,max=200", "dst=group,min=30,max=60"]
    with count(lab, up0.dev) as seen:
        sent = frames(up0.wire, *streams, n=n, pps=100000)
    with sink(lab, up0.dev) as sunk:
        again = frames(up0.wire, *streams, n=n, pps=100000)
    assert sent["streams"] == again["streams"]
    assert sum(s["sent"] for s in sent["streams"]) == sent["sent"] == n
    for got in (seen, sunk):
        assert got.flow() == (n, sent["bytes"])
        for stream, key in ((0, {"dst": "02:00:00:00:01:01"}), (2, {"vlan": 100})):
            expected = sent["streams"][stream]
            assert got.flow(**key) == (expected["sent"], expected["bytes"])
    assert seen.whole


def test_a_lost_a_changed_and_a_late_frame_are_seen(lab):
    lab.quiet = True
    up0 = lab.port()
    mac = "dst=02:00:00:00:01:01"
    header = "020000000101" "0200000000fe" "88b5" "76727864" "00000000"
    with count(lab, up0.dev) as seen:
        frames(up0.wire, mac, n=10)
        frames(up0.wire, f"hex={header}{12:016x}")      # 10 and 11 are missing
        frames(up0.wire, f"hex={header}{3:016x}")       # came before
        frames(up0.wire, f"hex={header}{13:016x}ff")    # not what belongs there
    assert [seen.data[key] for key in ("missing", "late", "corrupt")] == [2, 1, 1]


def test_a_wrong_checksum_is_seen(lab):
    lab.quiet = True
    up0 = lab.port()
    packets = [ipv4("10.0.0.1", "10.0.0.2", kind, b"odd") for kind in (TCP, UDP, ICMP)]
    packets += [ipv6("fd77::1", "fd77::2", kind, b"odd") for kind in (TCP, UDP, ICMPV6)]
    with count(lab, up0.dev) as seen:
        for packet in packets:
            right = ether(up0.dev.mac, up0.wire.mac, packet)
            frames(up0.wire, "hex=" + right.hex())
            frames(up0.wire, "hex=" + right[:-1].hex() + f"{right[-1] ^ 1:02x}")
    assert (seen.right_checksums(), seen.bad_checksums) == (6, 6)


def test_leftovers_of_a_killed_run_go_and_those_of_a_live_one_stay(lab):
    dead = next(pid for pid in range(4194303, 0, -1) if not os.path.exists(f"/proc/{pid}"))
    name = f"{netns.PREFIX}{dead}-0-host"
    netns.run("ip", "netns", "add", name)
    os.mkdir(f"{netns.RUN}/{netns.PREFIX}{dead}-0")
    netns.clear_leftovers()
    assert not os.path.exists(f"/run/netns/{name}")
    assert not os.path.exists(f"{netns.RUN}/{netns.PREFIX}{dead}-0")
    assert os.path.exists(lab.host.path) and os.path.exists(lab.dir)
