# SPDX-License-Identifier: GPL-2.0-only
"""Losses behind the verdict, on the way to a router: the right reason, exactly as many."""

import signal

import pytest

from scale import many
from traffic import count, frames, sink


@pytest.fixture
def quiet(lab):
    lab.quiet = True
    return lab


def lose(lab, up0, red, blue, reason, n=1000, size=60):
    """All of red's frames are lost for @reason; its neighbour's arrive in between."""
    before = lab.settled()
    with count(lab, blue.dev) as at_blue:
        sent = frames(up0.wire, f"dst={red.mac},min={size},max={size}", f"dst={blue.mac}", n=n)
    stats = lab.settled()
    lost, others = (s["sent"] for s in sent["streams"])
    router = stats.router("red")
    was = before.router("red")
    assert router["rx_packets"] - was["rx_packets"] == lost
    assert router["stack_packets"] == was["stack_packets"]
    assert router["drops"].get(reason, 0) - was["drops"].get(reason, 0) == lost, router["drops"]
    assert at_blue.packets() == others
    assert stats.router("blue")["drops"] == {}
    return stats


def test_a_tap_whose_reader_is_too_slow_loses_exactly_what_its_ring_cannot_hold(quiet):
    up0 = quiet.port()
    red = quiet.router("red", up0, "tap")
    red.device.set("txqueuelen 100")
    quiet.attach()
    red.pump.send_signal(signal.SIGSTOP)
    with count(quiet, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac}", n=1000)
        router = quiet.settled().router()
        red.pump.send_signal(signal.SIGCONT)
    assert router["drops"] == {"ring-full": 900}
    assert (router["rx_packets"], router["stack_packets"]) == (1000, 100)
    assert at_red.packets() == 100


def test_a_veth_router_that_is_too_slow_loses_at_its_full_ring(quiet):
    up0 = quiet.port()
    red = quiet.router("red", up0)
    with sink(quiet, red.dev, work=3000) as at_red:
        red.dev.threaded()
        quiet.attach()
        n = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=many(50_000), pps=100_000)["sent"]
        router = quiet.settled(30).router()
    assert set(router["drops"]) == {"ring-full"}
    assert router["rx_packets"] == n
    assert router["stack_packets"] == at_red.packets() < n
    assert router["drops"]["ring-full"] == n - at_red.packets()


def test_a_device_that_is_down(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    red.device.down()
    lose(quiet, up0, red, blue, "device-down")
    red.device.up()
    with count(quiet, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac}", n=10)
    assert at_red.packets() == 10


def test_a_far_end_that_is_down(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    red.dev.down()
    lose(quiet, up0, red, blue, "no-receiver")


def test_a_tap_without_a_reader(quiet):
    up0, red, blue = quiet.sites("tap", "veth")
    quiet.end(red.pump)
    lose(quiet, up0, red, blue, "no-receiver")
    red.start_pump(quiet)
    with count(quiet, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac}", n=10)
    assert at_red.packets() == 10


def test_a_far_end_that_takes_no_xdp_frames_because_its_owner_turned_gro_off(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    red.dev.features(gro=False)
    lose(quiet, up0, red, blue, "no-xdp")
    problems = quiet.status().interface()["problems"]
    assert problems and "gro" in problems[0].lower()


def test_a_device_that_is_deleted(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    quiet.host.ip("link del v-red")
    lose(quiet, up0, red, blue, "device-gone")


def test_a_device_that_moved_to_another_namespace(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    quiet.host.ip(f"link set v-red netns {up0.out.name}")
    lose(quiet, up0, red, blue, "device-gone")


# Like the kernel's own forwarding (is_skb_forwardable), 4 bytes above the MTU are for a tag.
@pytest.mark.parametrize("end", ["device", "dev"])
def test_a_small_mtu_drops_what_is_above_it_and_nothing_else(quiet, end):
    up0 = quiet.port()
    red, blue = quiet.router("red", up0), quiet.router("blue", up0)
    getattr(red, end).set("mtu 1000")
    quiet.attach()
    up0.dev.threaded()
    lose(quiet, up0, red, blue, "mtu", size=1019)
    before = quiet.settled().router()["drops"]["mtu"]
    with count(quiet, red.dev) as at_red:
        # Small ones between big ones: nobody else in a bulk is lost.
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1018,weight=3",
                      f"dst={red.mac},min=1019,max=1514", n=many(20_000), pps=150_000)
    small, big = (s["sent"] for s in sent["streams"])
    assert at_red.packets() == small
    assert quiet.settled().router()["drops"] == {"mtu": before + big}


def test_an_mtu_that_a_router_lowers_later_drops_what_is_above_it(quiet):
    up0, red, blue = quiet.sites("veth", "veth")
    red.dev.set("mtu 1000")
    lose(quiet, up0, red, blue, "mtu", size=1200)


def test_a_small_mtu_with_mixed_sizes_is_counted_exactly(quiet):
    up0, red = quiet.site()
    up0.dev.threaded()
    red.dev.set("mtu 1000")
    with count(quiet, red.dev) as at_red:
        sent = frames(up0.wire, f"dst={red.mac},min=1019,max=1514", f"dst={red.mac},weight=3",
                      n=many(20_000), pps=150_000)
    router = quiet.settled().router()
    assert router["stack_packets"] == at_red.packets()
    assert router["rx_packets"] == sent["sent"]
    # The kernel drops a bulk behind a frame that its device refused.
    assert set(router["drops"]) <= {"mtu", "bulk"}
    assert sum(router["drops"].values()) == sent["sent"] - at_red.packets()
    assert router["drops"]["mtu"] <= sent["streams"][0]["sent"]
    assert sum(router["drops"].values()) >= sent["streams"][0]["sent"]


def test_losses_of_a_macvlan_router_show_as_its_devices_own(quiet):
    # XDP_PASS hands the frame to the kernel: what its child then loses is no verdict's loss.
    up0, red = quiet.site("macvlan")
    red.dev.down()
    frames(up0.wire, f"dst={red.mac}", n=100)
    router = quiet.settled().router()
    assert (router["rx_packets"], router["stack_packets"]) == (100, 100)
