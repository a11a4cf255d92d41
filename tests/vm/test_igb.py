# SPDX-License-Identifier: GPL-2.0-only
"""A physical NIC's driver: igb on two emulated 82576, joined by a wire."""

import time

import pytest

from devices import Dev
from hoststate import differences, host_state
from nics import carrier, macs_of, nic_port
from traffic import Transfer, checksum_errors, count, frames, ping, steady, udp_answers


def site(lab, **router):
    """A port on igb, and the router red behind a veth; attached."""
    up0 = nic_port(lab, "igb")
    red = lab.router("red", up0, **router)
    lab.attach()
    carrier(up0.dev, up0.wire)
    return up0, red


def reachable(up0, *routers):
    """Both ways, both families."""
    for red in routers:
        assert ping(up0.out, red.ip4) == ping(up0.out, red.ip6) == 3
        assert ping(red.ns, up0.ip4) == ping(red.ns, up0.ip6) == 3


def test_a_router_behind_igb_is_reached_in_native_mode(lab):
    up0, red = site(lab)
    assert lab.status().port()["mode"] == "native"
    assert lab.status().port()["problems"] == []
    reachable(up0, red)
    assert udp_answers(up0.out, red.ns, red.ip4, [0, 1, 1472]) == 3
    assert Transfer(up0.out, red.ns, red.ip4, 1_000_000).same
    assert Transfer(red.ns, up0.out, up0.ip6, 1_000_000).same
    assert checksum_errors(up0.out, red.ns) == 0


def test_two_routers_on_one_nic_reach_each_other(lab):
    up0 = nic_port(lab, "igb")
    red, blue = lab.router("red", up0), lab.router("blue", up0, "macvlan")
    lab.attach()
    carrier(up0.dev, up0.wire)
    reachable(up0, red, blue)
    assert ping(red.ns, blue.ip4) == ping(blue.ns, red.ip6) == 3


def test_the_nics_filter_passes_a_routers_address_only_while_it_is_attached(lab):
    lab.quiet = True
    up0, red = site(lab)
    assert red.mac in macs_of(up0.dev)

    def arrived():
        with count(lab, red.dev) as at_red:
            frames(up0.wire, f"dst={red.mac}", n=200, pps=2000)
        return at_red.packets()

    assert arrived() == 200
    # Without the entry the NIC itself drops them: the emulated filter is a real one.
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    assert red.mac in " ".join(lab.status().interface()["problems"])
    assert arrived() == 0
    lab.attach()
    assert lab.status().interface()["problems"] == []
    assert arrived() == 200
    lab.vrxdp("detach", "--all")
    assert red.mac not in macs_of(up0.dev)


def test_vlan_offload_is_off_while_attached_and_comes_back(lab):
    up0 = nic_port(lab, "igb")
    red = lab.router("red", up0, vlan=100)
    offload = {name: up0.dev.feature(name) for name in ("rx-vlan-offload", "tx-vlan-offload")}
    assert offload["rx-vlan-offload"]
    lab.attach()
    carrier(up0.dev, up0.wire)
    assert not up0.dev.feature("rx-vlan-offload") and not up0.dev.feature("tx-vlan-offload")
    # A VLAN device of the kernel's on the other end.
    up0.out.ip("addr flush dev wire", "link add link wire name tagged type vlan id 100",
               "link set tagged up")
    Dev(up0.out, "tagged").address(up0.ip4, up0.ip6)
    reachable(up0, red)
    assert Transfer(up0.out, red.ns, red.ip4, 500_000).same
    assert Transfer(red.ns, up0.out, up0.ip4, 500_000).same
    lab.vrxdp("detach", "--all")
    assert {name: up0.dev.feature(name) for name in offload} == offload


def test_what_keeps_tagged_frames_away_is_named_and_healed(lab):
    lab.quiet = True
    up0, red = site(lab, vlan=100)

    def arrived():
        with count(lab, red.dev) as at_red:
            frames(up0.wire, f"dst={red.mac},vlan=100", n=200, pps=2000)
        return at_red.packets()

    assert lab.status().interface()["problems"] == [] and arrived() == 200
    # igb takes VLANs that nobody registered in promiscuous mode only.
    lab.host.ip("link set up0 promisc off")
    assert "rx-vlan-filter" in " ".join(lab.status().interface()["problems"])
    assert arrived() == 0
    lab.attach()
    assert lab.status().interface()["problems"] == [] and arrived() == 200
    up0.dev.features(rxvlan=True)
    carrier(up0.dev, up0.wire)
    assert "rx-vlan-hw-parse" in " ".join(lab.status().port()["problems"])
    assert arrived() == 0
    lab.attach()
    carrier(up0.dev, up0.wire)
    assert lab.status().port()["problems"] == [] and arrived() == 200


@pytest.mark.parametrize("end", ["dev", "wire"])
def test_a_link_flap_costs_nothing_but_its_time(lab, end):
    up0, red = site(lab)
    reachable(up0, red)
    for _ in range(2):
        dev = getattr(up0, end)
        dev.down()
        dev.up()
        carrier(up0.dev, up0.wire)
        # The world's own addresses went with its link.
        up0.out.ip(f"addr replace {up0.ip6}/64 dev wire nodad")
        reachable(up0, red)
    assert lab.status().port()["state"] == "up"
    assert red.mac in macs_of(up0.dev)


def test_attach_and_detach_again_and_again_keep_the_link_and_restore_the_nic(lab):
    up0 = nic_port(lab, "igb")
    red = lab.router("red", up0)
    before = host_state(lab)
    for _ in range(3):
        lab.attach()
        carrier(up0.dev, up0.wire)
        assert ping(up0.out, red.ip4) == 3
        lab.vrxdp("detach", "--all")
        carrier(up0.dev, up0.wire)
        assert differences(before, host_state(lab)) == []


def test_the_ports_counters_are_the_drivers(lab):
    # An emulated NIC's ring holds 256 frames, and its machine may be busy: at this rate for most of a second.
    n = 600
    lab.quiet = True
    up0, red = site(lab)

    def driver():
        return [up0.dev.counter(way, "packets") for way in ("rx", "tx")]

    before = driver()
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=n, pps=300)
        back = frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514", n=n, pps=300)
    stats = lab.settled()
    assert at_red.flow() == (n, sent["bytes"]) and outside.flow() == (n, back["bytes"])
    router, port = stats.router(), stats.port()
    assert (router["rx_packets"], router["rx_bytes"]) == (n, sent["bytes"])
    assert (router["tx_packets"], router["tx_bytes"]) == (n, back["bytes"])
    rx, tx = [now - then for now, then in zip(driver(), before)]
    assert port["rx_packets"] == rx
    assert port["tx_packets"] == tx == n


def test_a_router_that_comes_and_goes_costs_another_no_frame(lab):
    lab.quiet = True
    up0, red = site(lab)
    blue = lab.router("blue", up0)
    with count(lab, red.dev) as at_red:
        with steady(lab, up0.wire, f"dst={red.mac}", pps=500) as sent:
            for routers in ([red, blue], [red], [red, blue]):
                lab.routers = routers
                lab.attach()
                time.sleep(0.3)
    assert at_red.packets() == sent["sent"] > 500
    assert {red.mac, blue.mac} <= macs_of(up0.dev)
