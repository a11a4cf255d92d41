# SPDX-License-Identifier: GPL-2.0-only
"""Several instances on one machine, plain ports, and detaching a part."""

import os

from hoststate import differences, host_state
from traffic import count, frames, ping


def test_two_instances_side_by_side_keep_their_own_state(lab):
    up0, up1 = lab.port(), lab.port("up1")
    red, blue = lab.router("red", up0), lab.router("blue", up1)
    other = f"{lab.dir}/other"
    before = host_state(lab)
    ports, routers = lab.ports, lab.routers
    lab.ports, lab.routers = [up0], [red]
    lab.attach()
    lab.ports, lab.routers = [up1], [blue]
    lab.vrxdp("attach", "-c", lab.config_file(name="other.conf"), bpffs=other)
    assert ping(up0.out, red.ip4) == ping(up1.out, blue.ip4) == 3
    assert lab.stats().names() == ["red"] and lab.stats().names("ports") == ["up0"]
    assert '"blue"' in lab.vrxdp("stats", "--json", bpffs=other).stdout
    lab.vrxdp("detach", "--all")
    assert ping(up1.out, blue.ip4) == 3
    assert ping(up0.out, red.ip4, 1) == 0
    lab.vrxdp("detach", "--all", bpffs=other)
    lab.ports, lab.routers = ports, routers
    assert not os.path.exists(f"{other}/maps")
    assert differences(before, host_state(lab)) == []


def test_two_instances_cannot_have_the_same_port(lab):
    lab.site()
    before = host_state(lab)
    done = lab.vrxdp("attach", "up0", bpffs=f"{lab.dir}/other", status=1)
    assert done.stderr.count("\n") == 1 and "up0" in done.stderr
    assert differences(before, host_state(lab)) == []


def test_attach_takes_devices_as_plain_ports(lab):
    lab.quiet = True
    up0, up1 = lab.port(), lab.port("up1")
    before = host_state(lab)
    lab.vrxdp("attach", "up0", "up1")
    assert lab.status().names("ports") == ["up0", "up1"]
    frames(up0.wire, f"dst={up0.dev.mac}", n=12)
    frames(up1.wire, "dst=ff:ff:ff:ff:ff:ff", n=13)
    stats = lab.settled()
    assert [stats.port(p)["rx_packets"] for p in ("up0", "up1")] == [12, 13]
    lab.vrxdp("detach", "up0")
    assert lab.status().names("ports") == ["up1"]
    lab.vrxdp("detach", "up1")
    assert differences(before, host_state(lab)) == []


def test_attach_takes_a_device_of_another_namespace_by_netns(lab):
    nic = lab.netns("nic")
    lab.port("up1", ns=nic)
    lab.vrxdp("attach", "--netns", nic.name, "up1")
    port = lab.status().port("up1")
    assert (port["device"], port["mode"], port["state"]) == ("up1", "native", "up")
    assert nic.links()["up1"].get("xdp")
    lab.vrxdp("detach", "up1")
    assert not nic.links()["up1"].get("xdp")


def test_detach_names_a_port_by_its_label(lab):
    up0 = lab.port()
    up0.name = "uplink"
    red = lab.router("red", up0)
    lab.attach()
    assert ping(up0.out, red.ip4) == 3
    assert lab.stats().port("uplink")["device"] == "up0"
    lab.vrxdp("detach", "uplink")
    assert lab.status().names("ports") == []
    assert not lab.host.links()["up0"].get("xdp")


def test_after_detaching_a_port_its_routers_and_their_totals_stay(lab):
    lab.quiet = True
    up0, up1 = lab.port(), lab.port("up1")
    red, blue = lab.router("red", up0), lab.router("blue", up1)
    lab.attach()
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=50)
    lab.settled()
    lab.vrxdp("detach", "up0")
    stats = lab.stats()
    assert stats.names() == ["blue", "red"] and stats.names("ports") == ["up1"]
    assert stats.router()["interfaces"] == []
    assert (stats.router()["rx_packets"], stats.router()["rx_bytes"]) == (50, 5000)
    with count(lab, blue.dev) as at_blue:
        frames(up1.wire, f"dst={blue.mac}", n=10)
    assert at_blue.packets() == 10
    lab.attach()
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=50)
    assert lab.settled().router()["rx_packets"] == 100


def test_detaching_the_last_port_leaves_the_routers_until_detach_all(lab):
    lab.site()
    lab.vrxdp("detach", "up0")
    assert lab.stats().names() == ["red"]
    lab.vrxdp("detach", "--all")
    assert not os.path.ismount(lab.bpffs)
    lab.vrxdp("stats", status=1)
