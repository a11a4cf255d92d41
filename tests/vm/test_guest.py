# SPDX-License-Identifier: GPL-2.0-only
"""vrxdp in a guest, on the NICs that virtual machines have."""

import os
import re

import pytest

from devices import Dev, Router
from hoststate import differences, host_state
from nics import carrier, macs_of, nic_port, nics, take
from traffic import Transfer, checksum_errors, count, frames, ping, udp_answers

VERSION = tuple(int(part) for part in os.uname().release.split(".")[:2])
# The first version of Linux whose driver has native XDP.
NATIVE = {"virtio_net": (4, 10), "vmxnet3": (6, 6), "e1000": None}
# On taps, where there is a choice: there frames come merged, without checksums, and by several queues.
WIRED = {"virtio_net": True, "vmxnet3": True, "e1000": False}
# What takes tags out of received frames, and what merges them.
OFFLOADS = ("rx-vlan-offload", "large-receive-offload", "rx-gro-hw")
RX = ("rx_packets", "rx_bytes")
GENERIC = "generic mode: slow, and losses after a redirect can't be seen"

FORGETS = "vmxnet3 forgets the program when it is set down or its MTU is changed: run vrxdp attach after that"

on_each_driver = pytest.mark.parametrize("driver", sorted(NATIVE))


def has_native(driver):
    return NATIVE[driver] is not None and VERSION >= NATIVE[driver]


def guest_port(lab, driver, **more):
    """A port on it, in the best mode that it has."""
    up0 = nic_port(lab, driver, wired=WIRED[driver], **more)
    if not has_native(driver):
        up0.conf["mode"] = "generic"
    return up0


def expected_problems(driver, mode):
    if mode == "generic":
        return [GENERIC]
    return [FORGETS] if driver == "vmxnet3" else []


def attach(lab, up0):
    done = lab.attach()
    carrier(up0.dev, up0.wire)
    return done


def reached(ns, *addresses):
    """An emulated NIC loses frames when its driver is late, up to all of a burst; not for ever."""
    return all(any(ping(ns, address) for _ in range(10)) for address in addresses)


def answered(a, b, address, sizes):
    return all(any(udp_answers(a, b, address, [size]) for _ in range(5)) for size in sizes)


def exchanged(out, ip4, ip6, red):
    """Ping, UDP and TCP between the world and a router, from both sides."""
    assert reached(out, red.ip4, red.ip6) and reached(red.ns, ip4, ip6)
    assert answered(out, red.ns, red.ip4, [0, 1, 1472])
    assert answered(red.ns, out, ip6, [0, 1, 1452])
    assert Transfer(out, red.ns, red.ip4, 300_000).same
    assert Transfer(red.ns, out, ip6, 300_000).same


def offloads(dev):
    return {name for name in OFFLOADS if dev.feature(name)}


@on_each_driver
def test_a_mode_is_chosen_or_refused_and_detach_leaves_the_nic_as_it_was(lab, driver):
    up0 = nic_port(lab, driver, wired=WIRED[driver])
    lab.router("red", up0)
    before = host_state(lab)
    assert offloads(up0.dev)    # with nothing to turn off, what follows would show nothing
    if has_native(driver):
        assert re.fullmatch(f".*{FORGETS}.*\n" if driver == "vmxnet3" else "", attach(lab, up0).stderr)
    else:
        refusal = lab.attach(status=1).stderr
        assert f"port up0: device up0: the driver {driver} has no native XDP" in refusal
        assert "--mode generic" in refusal
        assert differences(before, host_state(lab)) == []
    for mode in ["native"] * has_native(driver) + ["generic"]:
        if mode == "generic":
            up0.conf["mode"] = mode
            assert "generic mode: several times slower" in attach(lab, up0).stderr
        status = lab.status().port()
        assert (status["mode"], status["state"]) == (mode, "up")
        assert status["problems"] == expected_problems(driver, mode)
        assert offloads(up0.dev) == set()
        lab.vrxdp("detach", "--all")
        carrier(up0.dev, up0.wire)
        assert differences(before, host_state(lab)) == []


@on_each_driver
def test_routers_of_every_kind_are_reached_with_whole_frames(lab, driver):
    up0 = guest_port(lab, driver)
    red, blue = lab.router("red", up0), lab.router("blue", up0, "macvlan")
    green = lab.router("green", up0, vlan=100)
    attach(lab, up0)
    for router in (red, blue):
        exchanged(up0.out, up0.ip4, up0.ip6, router)
    assert reached(red.ns, blue.ip4, blue.ip6) and reached(blue.ns, red.ip4, red.ip6)
    # A NIC that hides the tag, or has a filter for VLANs, shows green nothing.
    up0.out.ip("addr flush dev wire", "link add link wire name tagged type vlan id 100",
               "link set tagged up")
    Dev(up0.out, "tagged").address(up0.ip4, up0.ip6)
    exchanged(up0.out, up0.ip4, up0.ip6, green)
    assert checksum_errors(up0.out, red.ns, blue.ns, green.ns) == 0
    stats = lab.settled()
    for router in (red, blue, green):
        assert (stats.router(router.name)["drops"], stats.router(router.name)["tx_drops"]) == ({}, {})


@on_each_driver
def test_a_router_that_has_the_whole_nic_is_reached_and_counted(lab, driver):
    up0 = guest_port(lab, driver, ns=lab.netns("red"))
    red = Router(lab, "red", up0, "port", 1500)
    lab.routers.append(red)
    attach(lab, up0)
    exchanged(up0.out, up0.ip4, up0.ip6, red)
    assert checksum_errors(up0.out, red.ns) == 0
    for dev in (up0.dev, up0.wire):
        dev.quiet()
    before = lab.settled()
    driver_had = received_by(up0.dev)
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=300, pps=500)
    now = lab.settled()
    assert at_red.packets() == received_by(up0.dev) - driver_had > 0
    assert at_red.flow() == tuple(now.port()[key] - before.port()[key] for key in RX)
    assert at_red.flow() == tuple(now.router()[key] - before.router()[key] for key in RX)


def received_by(dev):
    """What the driver says that it has received."""
    return dev.counter("rx", "packets")


def sent_by(dev, driver):
    """
    And sent. virtio_net counts a frame of XDP as sent when it takes the buffer back, which is with
    the next one: see how many it was handed.
    """
    if driver != "virtio_net":
        return dev.counter("tx", "packets")
    said = dev.ns.run("ethtool", "-S", dev.name).stdout
    return sum(int(n) for n in re.findall(r"tx(?:_queue_)?\d+_xdp_tx: (\d+)", said))


@on_each_driver
def test_frames_are_counted_as_the_driver_counts_them_and_strangers_stay_outside(lab, driver):
    lab.quiet = True
    up0 = guest_port(lab, driver)
    red = lab.router("red", up0)
    attach(lab, up0)
    before = received_by(up0.dev), sent_by(up0.dev, driver), received_by(up0.wire)
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=500, pps=500)
        back = frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514", n=500, pps=500)
    stats = lab.settled()
    rx, tx, out = [now - then for now, then in zip(
        (received_by(up0.dev), sent_by(up0.dev, driver), received_by(up0.wire)), before)]
    router, port = stats.router(), stats.port()
    assert at_red.flow() == (router["rx_packets"], router["rx_bytes"])
    assert (router["rx_packets"], router["rx_bytes"]) == (port["rx_packets"], port["rx_bytes"])
    assert port["rx_packets"] == rx
    assert (router["tx_packets"], router["tx_bytes"]) == (500, back["bytes"])
    assert (port["tx_packets"], port["tx_bytes"]) == (500, back["bytes"])
    assert tx == 500
    assert outside.packets() == out
    # The emulated e1000 drops what comes while it has no buffer, before its driver sees it.
    if driver != "e1000":
        assert at_red.flow() == (500, sent["bytes"]) and outside.flow() == (500, back["bytes"])

    assert red.mac in macs_of(up0.dev)
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac}", n=100, pps=500)
    assert at_red.packets() == 0
    lab.host.run("bridge", "fdb", "add", red.mac, "dev", "up0", "self")
    lab.vrxdp("detach", "--all")
    assert red.mac not in macs_of(up0.dev)


@on_each_driver
def test_link_flaps_on_both_ends_leave_routers_reachable(lab, driver):
    up0 = guest_port(lab, driver)
    red = lab.router("red", up0)
    attach(lab, up0)
    assert reached(up0.out, red.ip4, red.ip6)
    for dev in (up0.dev, up0.wire):
        dev.down()
        dev.up()
        carrier(up0.dev, up0.wire)
        up0.out.ip(f"addr replace {up0.ip6}/64 dev wire nodad")
        if driver == "vmxnet3" and has_native(driver):
            lab.attach()    # what status says that it takes
        assert reached(up0.out, red.ip4, red.ip6) and reached(red.ns, up0.ip4, up0.ip6)
    assert lab.status().port()["state"] == "up"
    assert lab.status().port()["problems"] == expected_problems(driver, lab.status().port()["mode"])
    assert red.mac in macs_of(up0.dev)


@pytest.mark.parametrize("driver", ["e1000", "vmxnet3"])
def test_an_offload_that_comes_back_is_told_and_attach_turns_it_off_again(lab, driver):
    up0 = guest_port(lab, driver)
    lab.router("red", up0)
    before = host_state(lab)
    attach(lab, up0)
    well = lab.status().port()["problems"]
    # Natively, vmxnet3 takes only a wish for LRO, and fulfils it when the program is gone.
    up0.dev.ns.run("ethtool", "-K", "up0", "lro", "on", check=False)
    up0.dev.features(rxvlan=True)
    assert offloads(up0.dev)
    problems = lab.status().port()["problems"]
    assert len(problems) == len(well) + 1 and "changes received frames" in problems[0]
    lab.attach()
    assert offloads(up0.dev) == set()
    assert lab.status().port()["problems"] == well
    lab.vrxdp("detach", "--all")
    carrier(up0.dev, up0.wire)
    assert differences(before, host_state(lab)) == []


@pytest.mark.parametrize("upper", ["macvlan", "bond"])
def test_lro_of_the_nic_below_a_generic_port_comes_back(lab, upper):
    near = nic_port(lab, "vmxnet3", wired=True)
    other = lab.netns("other")
    if upper == "macvlan":
        lab.host.ip(f"link add link up0 netns {other.name} name top type macvlan mode bridge")
        other.ip("link set top up")
    else:
        lab.kernel_forwards = True
        other = lab.host
        other.ip("link add top type bond", "link set up0 down", "link set up0 master top",
                 "link set up0 up", "link set top up")
    before = host_state(lab)
    assert near.dev.feature("large-receive-offload")
    lab.vrxdp("attach", "--netns", other.name, "--mode", "generic", "top")
    assert not near.dev.feature("large-receive-offload")
    lab.vrxdp("detach", "top")
    assert differences(before, host_state(lab)) == []


def test_vmxnet3_with_an_mtu_above_a_page_is_refused_in_words(lab):
    up0 = nic_port(lab, "vmxnet3", mtu=9000)
    before = host_state(lab)
    assert re.search(r"device up0: the driver vmxnet3 has no native XDP, or none at an MTU of 9000",
                     lab.attach(status=1).stderr)
    assert differences(before, host_state(lab)) == []
    assert up0.dev.feature("large-receive-offload")


def queue_pairs(dev):
    return int(re.findall(r"Combined:\s+(\d+)", dev.ns.run("ethtool", "-l", dev.name).stdout)[-1])


def test_virtio_net_keeps_queues_for_xdp_or_status_tells_that_it_has_none(lab):
    cpus = os.cpu_count()
    up0 = nic_port(lab, "virtio_net", wired=True)
    before = queue_pairs(up0.dev)
    assert lab.attach().stderr == ""
    assert queue_pairs(up0.dev) == before + cpus
    lab.vrxdp("detach", "--all")
    assert queue_pairs(up0.dev) == before
    # Linux would send by queues that don't exist.
    lab.host.run("ethtool", "-L", "up0", "combined", before + cpus)
    refusal = lab.attach(status=1).stderr
    assert f"use fewer (ethtool -L up0 combined {before})" in refusal
    lab.host.run("ethtool", "-L", "up0", "combined", before)
    lab.attach()


def test_frames_by_a_single_queue_of_virtio_net_are_all_counted(lab):
    lab.quiet = True
    up0 = nic_port(lab, "virtio_net", wired=False)
    red = lab.router("red", up0)
    assert "virtio_net has no queues to spare" in attach(lab, up0).stderr
    assert "no queues to spare" in lab.status().port()["problems"][0]
    with count(lab, red.dev) as at_red, count(lab, up0.wire) as outside:
        sent = frames(up0.wire, f"dst={red.mac},min=60,max=1514", n=500, pps=500)
        back = frames(red.dev, f"dst={up0.wire.mac},src={red.mac},min=60,max=1514", n=500, pps=500)
    router = lab.settled().router()
    assert at_red.flow() == (router["rx_packets"], router["rx_bytes"]) == (500, sent["bytes"])
    assert outside.flow() == (router["tx_packets"], router["tx_bytes"]) == (500, back["bytes"])


def test_virtio_net_that_cant_refuse_merged_frames_says_how_to_start_the_vm(lab):
    stubborn = nics("virtio_net", wired=True)[2]
    up0 = Dev(lab.host, "up0")
    take(stubborn, up0)
    before = host_state(lab)
    refusal = lab.vrxdp("attach", "up0", status=1).stderr
    assert "start the VM without it (guest_csum=off,guest_tso4=off" in refusal
    assert differences(before, host_state(lab)) == []
    warning = lab.vrxdp("attach", "--mode", "generic", "up0").stderr
    assert "rx-gro-hw can't be turned off" in warning
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []
