# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of device: real stacks talk through it, and what arrives is whole.

Senders have their offloads as users have them: checksums and segmentation left to
the device, on the wire's end as in the router.
"""

import pytest

from devices import KINDS
from traffic import Transfer, checksum_errors, count, ping, udp_answers

# What reaches the kernel's own drivers without XDP (a macvlan child's and a whole port's
# transmissions) may leave its checksum to them; behind a redirect it must be in the frame.
SIZES = [0, 1, 2, 17, 512, 1400, 1452]


@pytest.fixture(params=KINDS)
def site(lab, request):
    return lab, *lab.site(request.param)


def test_addresses_are_resolved_and_pings_answered_both_ways(site):
    _, up0, red = site
    for ns, ip4, ip6 in ((up0.out, red.ip4, red.ip6), (red.ns, up0.ip4, up0.ip6)):
        ns.ip("neigh flush all")
        assert ping(ns, ip4) == 3
        assert ping(ns, ip6) == 3
        known = {n["dst"]: n["lladdr"] for n in ns.ip_json("neigh") if "lladdr" in n}
        assert known[ip4] == known[ip6] == (red.mac if ns is up0.out else up0.wire.mac)


def test_udp_arrives_whole_both_ways_with_right_checksums(site):
    lab, up0, red = site
    whole = red.device is not None
    with count(lab, red.dev) as at_router, count(lab, up0.wire) as outside:
        for address in (red.ip4, red.ip6):
            assert udp_answers(up0.out, red.ns, address, SIZES) == len(SIZES)
        for address in (up0.ip4, up0.ip6):
            assert udp_answers(red.ns, up0.out, address, SIZES) == len(SIZES)
    for got in (at_router, outside):
        assert got.bad_checksums == 0
        assert got.right_checksums(whole) >= 4 * len(SIZES)
    assert checksum_errors(up0.out, red.ns) == 0


def test_tcp_arrives_whole_both_ways_with_right_checksums(site):
    lab, up0, red = site
    whole = red.device is not None
    with count(lab, red.dev) as at_router, count(lab, up0.wire) as outside:
        assert Transfer(up0.out, red.ns, red.ip4, 300_000).same
        assert Transfer(up0.out, red.ns, red.ip6, 300_000).same
        assert Transfer(red.ns, up0.out, up0.ip4, 300_000).same
        assert Transfer(red.ns, up0.out, up0.ip6, 300_000).same
    for got in (at_router, outside):
        assert got.bad_checksums == 0
        assert got.right_checksums(whole) > 0
    assert checksum_errors(up0.out, red.ns) == 0


def test_much_tcp_goes_through_both_ways(site):
    _, up0, red = site
    assert Transfer(up0.out, red.ns, red.ip4, 50_000_000).same
    assert Transfer(red.ns, up0.out, up0.ip4, 50_000_000).same
    assert checksum_errors(up0.out, red.ns) == 0


def test_the_senders_offloads_were_on_before_attach(lab):
    # What the tests above rely on: else they would show nothing about offloads.
    up0 = lab.port()
    red = lab.router("red", up0)
    for dev in (up0.wire, red.dev):
        assert dev.feature("tx-checksumming") and dev.feature("tcp-segmentation-offload")


def test_what_a_stack_exchanges_is_counted_for_its_router(site):
    lab, up0, red = site
    ping(up0.out, red.ip4, 1)
    before = lab.settled()
    assert ping(up0.out, red.ip4, 10) == 10
    after = lab.settled()
    for key in ("rx_packets", "stack_packets", "tx_packets"):
        # ARP may add a few in the same time.
        assert 10 <= after.router()[key] - before.router()[key] <= 14
    for key in ("rx_bytes", "tx_bytes"):
        assert 10 * 98 <= after.router()[key] - before.router()[key] <= 10 * 98 + 4 * 60
    assert after.router()["drops"] == after.router()["tx_drops"] == {}
    assert after.port(up0.name)["rx_packets"] - before.port(up0.name)["rx_packets"] >= 10


def test_a_far_end_that_is_down_at_attach_gets_frames_when_it_comes_up(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    red.dev.down()
    lab.attach()
    red.dev.up()
    red.ns.ip(f"addr add {red.ip6}/64 dev wan nodad")   # lost when it went down
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert lab.status().interface()["problems"] == []


def test_a_device_with_addresses_is_not_set_down_for_that(lab):
    lab.quiet = True
    up0 = lab.port()
    red = lab.router("red", up0)
    lab.host.sysctl("net/ipv6/conf/v-red/disable_ipv6", 0)
    lab.host.ip("addr add 2001:db8::1/64 dev v-red nodad")
    red.dev.down()
    assert "once more" in lab.attach().stderr
    assert "2001:db8::1" in str(lab.host.ip_json("addr", "show", "dev", "v-red"))
