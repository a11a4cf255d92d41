# SPDX-License-Identifier: GPL-2.0-only
"""Generic mode only when asked for, and hosts that refuse tracing: what can't be seen is said."""

import pytest

from devices import VRXDP
from traffic import checksum_errors, count, frames, ping, udp_answers


@pytest.mark.parametrize("kind", ["veth", "tap", "macvlan"])
def test_a_generic_port_carries_frames_and_says_what_it_costs(lab, kind):
    up0 = lab.port()
    red = lab.router("red", up0, kind)
    up0.conf["mode"] = "generic"
    done = lab.attach()
    assert "generic" in done.stderr and "slow" in done.stderr
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert udp_answers(up0.out, red.ns, red.ip4, [0, 1, 1472]) == 3
    assert udp_answers(red.ns, up0.out, up0.ip6, [0, 1, 1452]) == 3
    assert checksum_errors(up0.out, red.ns) == 0
    status = lab.status()
    assert status.port()["mode"] == lab.stats().port()["mode"] == "generic"
    assert "generic" in status.port()["problems"][0]
    assert "generic" in lab.vrxdp("status").stdout


def test_generic_frames_are_counted(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    up0.conf["mode"] = "generic"
    lab.attach()
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=3000, pps=20_000)
        back = frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514", n=3000,
                      pps=20_000)
    stats = lab.settled()
    assert at_red.flow() == (3000, sent["bytes"]) and at_red.whole
    assert outside.flow() == (3000, back["bytes"]) and outside.whole
    assert (stats.port()["rx_packets"], stats.port()["rx_bytes"]) == at_red.flow()
    assert (stats.router()["rx_packets"], stats.router()["rx_bytes"]) == at_red.flow()
    assert (stats.router()["tx_packets"], stats.router()["tx_bytes"]) == outside.flow()
    assert stats.router(blue.name)["rx_packets"] == 0


def test_a_device_without_native_xdp_works_in_generic_mode_when_asked_for(lab):
    lab.quiet = True
    up0 = lab.port()
    lab.host.ip("link add link up0 name child address 02:00:00:00:77:01 type macvlan mode bridge",
                "link set child up")
    lab.vrxdp("attach", "--mode", "native", "child", status=1)
    lab.vrxdp("attach", "child", status=1)
    assert "generic" in lab.vrxdp("attach", "--mode", "generic", "child").stderr
    frames(up0.wire, "dst=02:00:00:00:77:01", n=20)
    assert lab.settled().port("child")["rx_packets"] == 20


@pytest.fixture
def blind(lab):
    """Attached where the kernel doesn't report what becomes of a redirect."""
    lab.quiet = True
    up0 = lab.port()
    red = lab.router("red", up0)
    lab.host.run("env", "VRXDP_NO_TRACING=1", VRXDP, "--bpffs", lab.bpffs, "attach", "-c",
                 lab.config_file())
    return lab, up0, red


def test_without_tracing_frames_pass_and_are_counted_at_the_verdict(blind):
    lab, up0, red = blind
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=5000)
        frames(red.dev, f"dst={up0.wire.mac},src={red.mac}", n=5000)
    router = lab.settled().router()
    assert at_red.flow() == (router["rx_packets"], router["rx_bytes"]) == (5000, sent["bytes"])
    assert outside.packets() == router["tx_packets"] == 5000


def test_without_tracing_status_says_that_losses_are_not_seen(blind):
    lab, up0, red = blind
    assert lab.status().data["tracing"] is False
    assert "can't be seen" in lab.vrxdp("status").stdout
    red.dev.down()
    frames(up0.wire, f"dst={red.mac}", n=10)
    router = lab.settled().router()
    assert (router["stack_packets"], router["drops"]) == (10, {})


def test_what_a_router_sends_to_a_port_that_takes_no_xdp_frames_gets_out(lab):
    up0 = lab.port()
    lab.host.ip("link add link up0 name child type macvlan mode passthru", "link set child up")
    red = lab.router("red", up0)
    up0.conf.update(device="child", mode="generic")
    lab.attach()
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert udp_answers(red.ns, up0.out, up0.ip4, [0, 1, 1472]) == 3
    stats = lab.settled()
    assert stats.router()["tx_drop_packets"] == 0
    assert stats.router()["tx_packets"] == stats.port()["tx_packets"] > 6
