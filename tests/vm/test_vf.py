# SPDX-License-Identifier: GPL-2.0-only
"""Virtual functions: igbvf on the VFs of an emulated 82576, beside its PF on igb."""

import contextlib

import pytest

from devices import Dev
from hoststate import differences, host_state
from nics import carrier, macs_of, take
from traffic import Transfer, checksum_errors, count, frames, ping, udp_answers
from vfs import WAIT_S, count_plainly, linked, make_vfs, pf_port, reach, until, vf_port, vf_router

MAC, BROADCAST = "02:00:00:00:0f:{:02x}", "ff:ff:ff:ff:ff:ff"


def whole(lab, **options):
    """The router red, whose own device is a VF; attached."""
    pf = pf_port(lab)
    red = vf_router(lab, "red", pf, **options)
    linked(red.port)
    lab.attach()
    linked(red.port)
    return pf, red


def all_talk(pf, *routers):
    """Both ways, both families, all sizes."""
    for red in routers:
        assert ping(pf.out, red.ip4) == ping(pf.out, red.ip6) == 3
        assert ping(red.ns, pf.ip4) == ping(red.ns, pf.ip6) == 3
        assert udp_answers(pf.out, red.ns, red.ip4, [0, 1, 1472]) == 3
        assert udp_answers(red.ns, pf.out, pf.ip6, [0, 1, 1452]) == 3
        assert Transfer(pf.out, red.ns, red.ip4, 1_000_000).same
        assert Transfer(red.ns, pf.out, pf.ip6, 1_000_000).same
    assert checksum_errors(pf.out, *[red.ns for red in routers]) == 0


def test_a_vf_is_refused_in_native_mode_with_the_reason_and_left_as_it_was(lab):
    pf = pf_port(lab, vfs=1)
    red = vf_router(lab, "red", pf)
    linked(red.port)
    before = host_state(lab)
    for mode in ("auto", "native"):
        red.port.conf["mode"] = mode
        done = lab.attach(status=1)
        assert "the driver igbvf has no native XDP" in done.stderr and "--mode generic" in done.stderr
    assert differences(before, host_state(lab)) == []
    linked(red.port)


def test_a_vf_that_is_a_routers_own_device_works_in_generic_mode_with_its_warning(lab):
    pf = pf_port(lab)
    red, blue = vf_router(lab, "red", pf), vf_router(lab, "blue", pf, 1)
    linked(red.port, blue.port)
    done = lab.attach()
    assert "port vf0: " in done.stderr and "generic mode" in done.stderr
    linked(red.port, blue.port)
    status = lab.status()
    for name in ("vf0", "vf1"):
        assert status.port(name)["mode"] == "generic" and status.port(name)["state"] == "up"
        assert [text for text in status.port(name)["problems"] if "generic mode" not in text] == []
    all_talk(pf, red, blue)
    assert ping(red.ns, blue.ip4) == ping(blue.ns, red.ip6) == 3
    assert Transfer(red.ns, blue.ns, blue.ip4, 1_000_000).same


def test_a_vfs_counters_are_its_drivers_to_the_byte(lab):
    lab.quiet = True
    pf, red = whole(lab)

    def driver():
        return [red.dev.counter(way, "packets") for way in ("rx", "tx")]

    before, was = lab.settled(), driver()
    with count(lab, red.dev) as at_red, count(lab, pf.wire) as outside:
        sent = frames(pf.wire, f"dst={red.mac},min=60,max=1514", n=1000, pps=1000)
        back = frames(red.dev, f"dst={pf.wire.mac},src={red.mac},min=60,max=1514", n=1000, pps=1000)
    after = lab.settled()
    assert at_red.flow() == (1000, sent["bytes"]) and at_red.whole
    assert outside.flow() == (1000, back["bytes"]) and outside.whole
    assert [now - then for now, then in zip(driver(), was)] == [1000, 1000]

    def grown(what):
        router = what(after)
        return {key: router[key] - what(before)[key]
                for key in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes") if key in router}

    assert grown(lambda stats: stats.router()) == {
        "rx_packets": 1000, "rx_bytes": sent["bytes"], "tx_packets": 1000, "tx_bytes": back["bytes"]}
    assert grown(lambda stats: stats.port("vf0"))["rx_packets"] == 1000
    assert after.router()["drops"] == after.router()["tx_drops"] == {}


def test_routers_behind_a_vf_get_what_is_theirs_and_the_filters_are_as_before_afterwards(lab):
    lab.quiet = True
    pf = pf_port(lab, vfs=1)
    vf0 = vf_port(lab, pf, ns=lab.host)
    red, blue = lab.router("red", vf0), lab.router("blue", vf0)
    linked(vf0)
    before = host_state(lab)
    done = lab.attach()
    assert "port vf0 is a virtual function" in done.stderr and "trust on" in done.stderr
    assert any("virtual function" in text for text in lab.status().port("vf0")["problems"])
    assert {red.mac, blue.mac} <= macs_of(vf0.dev)
    with count(lab, red.dev) as at_red, count(lab, blue.dev) as at_blue, \
            count(lab, pf.wire) as outside:
        sent = frames(pf.wire, f"dst={red.mac},src={pf.wire.mac},max=1514",
                      f"dst={blue.mac},src={pf.wire.mac}", n=400, pps=1000)
        frames(pf.wire, f"dst={BROADCAST},src=02:00:00:00:77:01", n=10, pps=500)
        back = frames(red.dev, f"dst={pf.wire.mac},src={red.mac}", n=200, pps=1000)
    assert [at.packets(src=pf.wire.mac) for at in (at_red, at_blue)] == [
        stream["sent"] for stream in sent["streams"]]
    assert [at.packets(src="02:00:00:00:77:01") for at in (at_red, at_blue)] == [10, 10]
    assert outside.packets(src=red.mac) == back["sent"] == 200
    stats = lab.settled()
    assert stats.router()["rx_packets"] == sent["streams"][0]["sent"] + 10
    assert stats.router()["tx_packets"] == 200 and stats.router()["tx_drops"] == {}
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []


def test_addresses_behind_a_vf_whose_mac_the_pf_has_set_need_trust(lab):
    lab.quiet = True
    pf = pf_port(lab, vfs=1)
    vf0 = vf_port(lab, pf, ns=lab.host, mac=MAC.format(0))
    red = lab.router("red", vf0)
    linked(vf0)
    for trust, arrive in (("off", 0), ("on", 100)):
        vf0.given("trust", trust)
        lab.attach()
        with count(lab, red.dev) as at_red:
            frames(pf.wire, f"dst={red.mac}", n=100, pps=1000)
        assert at_red.packets() == arrive
        lab.vrxdp("detach", "--all")


def test_a_mac_that_the_pf_sets_is_the_routers_and_its_owner_cannot_change_it(lab):
    pf = pf_port(lab, vfs=1)
    red = vf_router(lab, "red", pf, mac=MAC.format(1))
    linked(red.port)
    red.iface["mac"] = MAC.format(2)
    done = lab.attach(status=1)
    assert f"the whole port has the MAC address {MAC.format(1)}; give this one" in done.stderr
    red.iface["mac"] = MAC.format(1)
    lab.attach()
    reach((red.ns, pf.ip4), (pf.out, red.ip6))
    with pytest.raises(RuntimeError, match="Cannot assign requested address"):
        red.dev.set("address", MAC.format(2))
    assert lab.status().interface()["problems"] == []
    # The PF gives another one: it comes with the VF's next reset, and then the config must follow.
    red.port.given("mac", MAC.format(3))
    red.port.comes_back_with(MAC.format(3))
    red.ns.ip(f"addr replace {red.ip6}/64 dev {red.dev.name} nodad")
    carrier(red.dev, seconds=WAIT_S)
    assert f"the device has the MAC address {MAC.format(3)}" in lab.status().interface()["problems"]
    assert ping(red.ns, pf.ip4, 1) == 0
    red.iface["mac"] = MAC.format(3)
    lab.attach()
    reach((red.ns, pf.ip4), (pf.out, red.ip6))
    assert lab.status().interface()["problems"] == []


def test_an_owner_who_changes_the_vfs_mac_is_cut_off_until_it_is_back(lab):
    lab.quiet = True
    pf, red = whole(lab)
    red.dev.set("address", MAC.format(4))
    before = lab.settled().router()
    with count(lab, pf.wire) as outside:
        frames(red.dev, f"dst={pf.wire.mac},src={MAC.format(4)}", n=50, pps=1000, lossy=True)
    after = lab.settled().router()
    assert outside.packets() == 0
    assert after["tx_drops"]["source-mac"] == 50 + before["tx_drops"].get("source-mac", 0)
    assert after["tx_packets"] == before["tx_packets"]
    status = lab.status()
    assert f"the device has the MAC address {MAC.format(4)}" in status.interface()["problems"]
    # That is the owner's business: the config goes for the others as before, and takes no address from a link.
    lab.attach()
    frames(red.dev, f"dst={pf.wire.mac},src={MAC.format(4)}", n=50, pps=1000, lossy=True)
    assert lab.settled().router()["tx_drops"] == {"source-mac": after["tx_drops"]["source-mac"] + 50}
    red.dev.set("address", red.mac)
    with count(lab, pf.wire) as outside:
        frames(red.dev, f"dst={pf.wire.mac},src={red.mac}", n=50, pps=1000)
    assert outside.packets() == 50
    assert lab.status().interface()["problems"] == []


def test_a_vlan_is_the_pfs_work_and_in_the_config_it_is_refused(lab):
    pf = pf_port(lab, vfs=1)
    pf.dev.set("vf", 0, "vlan", 100)
    red = vf_router(lab, "red", pf)
    red.iface["vlan"] = "100-100"
    done = lab.attach(status=1)
    assert "rx-vlan-offload is fixed" in done.stderr and "vf N vlan VID" in done.stderr
    del red.iface["vlan"]
    lab.attach()
    # A VLAN device of the kernel's on the other end.
    pf.out.ip("addr flush dev wire", "link add link wire name tagged type vlan id 100",
              "link set tagged up")
    Dev(pf.out, "tagged").address(pf.ip4, pf.ip6)
    carrier(red.dev, seconds=WAIT_S)
    reach((pf.out, red.ip4), (red.ns, pf.ip6))
    assert Transfer(pf.out, red.ns, red.ip4, 500_000).same
    assert udp_answers(red.ns, pf.out, pf.ip4, [0, 1472]) == 2


def beside(lab, **router):
    """
    vrxdp on the PF with red and blue behind veths; VF 0 the whole port of green, and VF 1 in a
    namespace that vrxdp knows nothing of.
    """
    pf = pf_port(lab, attached=True)
    red, blue = lab.router("red", pf, **router), lab.router("blue", pf, **router)
    green, grey = vf_router(lab, "green", pf), vf_router(lab, "grey", pf, 1)
    lab.routers.remove(grey)
    lab.ports.remove(grey.port)
    linked(green.port, grey.port)
    return pf, red, blue, green, grey


def test_pf_and_vfs_side_by_side_each_frame_arrives_once_and_at_the_right_one(lab):
    lab.quiet = True
    pf, *routers = beside(lab)
    lab.attach()
    linked(*[r.port for r in routers[2:]])
    ends = {dev.mac: dev for dev in (pf.wire, pf.dev, *[r.dev for r in routers])}
    to_all = [pf.wire.mac, *[r.mac for r in routers[2:]]]   # not the PF's: the emulated switch brings them back
    sent = {}
    with contextlib.ExitStack() as stack:
        seen = {mac: stack.enter_context(count_plainly(dev) if dev is pf.dev else count(lab, dev))
                for mac, dev in ends.items()}
        for mac, dev in ends.items():
            others = [other for other in ends if other != mac]
            done = frames(dev, *[f"dst={other},src={mac},max=1514" for other in others], n=250, pps=1000)
            sent.update({(mac, other): stream["sent"] for other, stream in zip(others, done["streams"])})
            if mac in to_all:
                frames(dev, f"dst={BROADCAST},src={mac}", n=20, pps=500)
    for mac in ends:
        for other in ends:
            if mac != other:
                assert seen[other].packets(src=mac, dst=other) == sent[mac, other] > 0, (mac, other)
                groups = 20 if mac in to_all else 0
                assert seen[other].packets(src=mac, dst=BROADCAST) == groups, (mac, other)
                assert seen[other].packets(src=mac) == sent[mac, other] + groups, (mac, other)


def test_attach_and_detach_on_the_pf_bounce_the_vfs_links_and_they_come_back(lab):
    pf, red, blue, green, grey = beside(lab)
    before = host_state(lab)
    lab.attach()
    assert [lab.status().port(name)["mode"] for name in ("up0", "vf0")] == ["native", "generic"]
    # Neighbours of the PF's routers find them by ARP: the emulated PF loses group addresses (IPv6).
    reach((green.ns, pf.ip4), (grey.ns, pf.ip4), (red.ns, green.ip4), (grey.ns, red.ip4))
    assert ping(blue.ns, pf.ip4) == ping(red.ns, blue.ip4) == ping(green.ns, blue.ip4) == 3
    assert ping(green.ns, grey.ip6) == ping(pf.out, grey.ip6) == 3
    assert Transfer(green.ns, red.ns, red.ip4, 500_000).same
    assert Transfer(blue.ns, grey.ns, grey.ip4, 500_000).same
    assert checksum_errors(red.ns, blue.ns, green.ns, grey.ns, pf.out) == 0
    lab.vrxdp("detach", "--all")
    # First the VFs: until they have reset themselves, the PF doesn't know their addresses.
    reach((green.ns, pf.ip4), (grey.ns, pf.ip4))
    assert differences(before, host_state(lab)) == []


def test_counters_of_a_pf_beside_its_vfs_are_the_drivers_to_the_frame(lab):
    lab.quiet = True
    pf, red, _, green, grey = beside(lab)
    lab.attach()
    linked(green.port, grey.port)

    def driver():
        return [dev.counter(way, "packets") for dev in (pf.dev, green.dev) for way in ("rx", "tx")]

    was, before = driver(), lab.settled()
    with count(lab, red.dev) as at_red, count(lab, grey.dev) as at_grey:
        frames(pf.wire, f"dst={red.mac}", n=300, pps=1000)
        frames(green.dev, f"dst={red.mac},src={green.mac}", n=200, pps=1000)
        frames(red.dev, f"dst={grey.mac},src={red.mac}", n=100, pps=1000)
    after, is_now = lab.settled(), driver()
    assert (at_red.packets(), at_grey.packets()) == (500, 100)
    grown = {name: [after.router(name)[key] - before.router(name)[key]
                    for key in ("rx_packets", "tx_packets")] for name in ("red", "green")}
    assert grown == {"red": [500, 100], "green": [0, 200]}
    assert [b - a for a, b in zip(was, is_now)] == [500, 100, 0, 200]
    assert after.port()["rx_packets"] - before.port()["rx_packets"] == 500
    assert after.port()["tx_packets"] - before.port()["tx_packets"] == 100


def test_vfs_that_are_taken_away_while_attached_are_missed_and_new_ones_attach(lab):
    pf, red = whole(lab)
    make_vfs(pf.dev.pci, 0)
    until("the missing VF", lambda: lab.status().port("vf0")["state"] == "missing")
    assert "deleted or moved" in lab.status().port("vf0")["problems"][0]
    assert "vf0" in lab.attach(status=1).stderr
    lab.vrxdp("detach", "--all")
    lab.ports.clear()
    lab.routers.clear()
    pf.vfs = make_vfs(pf.dev.pci, 1)
    take(pf.vfs[0], red.dev)
    red.iface["mac"] = red.mac = red.dev.mac
    red.dev.address(red.ip4, red.ip6)
    lab.ports.append(red.port)
    lab.routers.append(red)
    lab.attach()
    reach((red.ns, pf.ip4), (pf.out, red.ip6))
