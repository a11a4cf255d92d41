# SPDX-License-Identifier: GPL-2.0-only
"""What others change behind vrxdp's back shows in status, and `attach -c` heals it."""

import json
import time

import pytest

from devices import Dev
from traffic import ping


def problems(lab, router="red"):
    return " ".join(lab.status().interface(router)["problems"])


def heals(lab, up0, red):
    lab.attach()
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert problems(lab) == ""
    assert "nothing" in lab.attach().stdout


def test_nothing_is_wrong_after_attach(lab):
    lab.sites("veth", "tap", "macvlan")
    status = lab.status()
    for item in status.data["ports"] + [r["interfaces"][0] for r in status.data["routers"]]:
        assert (item["problems"], item["state"]) == ([], "up")


def test_a_renamed_device_goes_on_working_and_is_named(lab):
    up0, red = lab.site()
    red.device.down()
    lab.host.ip("link set v-red name v-new")
    lab.host.ip("link set v-new up")
    assert ping(up0.out, red.ip4) == 3
    assert "v-new" in problems(lab)
    red.iface["device"] = "v-new"
    heals(lab, up0, red)


def test_a_deleted_device_is_missing_until_it_is_made_again(lab):
    up0, red = lab.site()
    before = lab.settled().router()
    lab.host.ip("link del v-red")
    status = lab.status().interface()
    assert status["state"] == "missing" and status["problems"]
    lab.veth(red.device, red.dev)
    red.dev.address(red.ip4, red.ip6)
    heals(lab, up0, red)
    assert lab.settled().router()["rx_packets"] > before["rx_packets"]


def test_a_moved_device_is_missing_until_it_comes_back(lab):
    up0, red = lab.site()
    lab.host.ip(f"link set v-red netns {up0.out.name}")
    assert lab.status().interface()["state"] == "missing"
    up0.out.ip(f"link set v-red netns {lab.host.name}")
    red.device.up()
    red.dev.up()
    heals(lab, up0, red)


def test_a_deleted_port_is_missing_until_it_is_made_again(lab):
    up0, red = lab.site()
    lab.host.ip("link del up0")
    assert lab.status().port()["state"] == "missing"
    lab.veth(up0.dev, up0.wire)
    up0.wire.address(up0.ip4, up0.ip6)
    heals(lab, up0, red)


def test_a_device_that_stays_away_does_not_keep_others_from_healing(lab):
    up0, red, blue = lab.sites("veth", "veth")
    lab.host.ip("link del v-blue", "link del v-red")
    lab.veth(red.device, red.dev)
    red.dev.address(red.ip4, red.ip6)
    done = lab.attach(status=None)
    assert ping(up0.out, red.ip4) == 3
    assert done.returncode == 1 and "blue" in done.stderr
    assert lab.status().interface("blue")["state"] == "missing"
    assert blue.name in lab.stats().names()


@pytest.mark.parametrize("feature", [{"gro": False}, {"tx": True}])
def test_an_offload_that_the_owner_changed_is_reported_and_set_again(lab, feature):
    up0, red = lab.site()
    red.dev.features(**feature)
    assert problems(lab)
    heals(lab, up0, red)


def test_a_recreated_namespace_is_bound_again(lab):
    up0, red = lab.site()
    lab.namespaces.remove(red.ns)
    red.ns.delete()
    # The kernel takes a namespace down in its own time.
    for _ in range(100):
        if lab.status().interface()["state"] == "missing":
            break
        time.sleep(0.1)
    assert lab.status().interface()["state"] == "missing"
    red.ns = lab.netns("red")
    red.dev = Dev(red.ns, "wan", red.mac)
    lab.veth(red.device, red.dev)
    red.dev.address(red.ip4, red.ip6)
    heals(lab, up0, red)


def test_a_program_that_somebody_detached_is_reported_and_attached_again(lab):
    up0, red = lab.site()
    link = next(iter(red_links(lab)))
    lab.host.run("bpftool", "link", "detach", "id", link)
    assert lab.status().port()["problems"]
    heals(lab, up0, red)


def red_links(lab):
    """The ids of the links that hold the port's program."""
    ifindex = lab.host.links()["up0"]["ifindex"]
    program = lab.host.links()["up0"]["xdp"]["prog"]["id"]
    for link in json.loads(lab.host.run("bpftool", "-j", "link", "show").stdout):
        if link.get("type") == "xdp" and link.get("prog_id") == program \
                and link.get("ifindex", ifindex) == ifindex:
            yield link["id"]


def test_the_gone_namespace_of_a_router_can_be_detached(lab):
    _, red = lab.site()
    lab.namespaces.remove(red.ns)
    red.ns.delete()
    lab.vrxdp("detach", "--all")
    assert not lab.host.links()["up0"].get("xdp")
