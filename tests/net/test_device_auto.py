# SPDX-License-Identifier: GPL-2.0-only
"""device = auto: the host end whose far end is in the router's namespace."""

import json

import pytest

from devices import Dev
from test_bad_input import one_line
from traffic import ping


def another(lab, red, name, mac=None, host=None):
    """One more veth into red's namespace."""
    near, far = Dev(host or lab.host, f"x-{name}"), Dev(red.ns, name, mac)
    lab.veth(near, far)
    return near


def test_the_only_veth_into_the_router_is_found_and_shown_by_its_name(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    red.iface["device"] = "auto"
    assert "v-red" in lab.attach().stdout
    assert ping(up0.out, red.ip4) == ping(red.ns, up0.ip6) == 3
    assert lab.status().interface()["device"] == "v-red"
    assert lab.stats().interface()["device"] == "v-red"
    listed = json.loads(lab.vrxdp("router", "list", "--json").stdout)
    assert listed[0]["interfaces"][0]["device"] == "v-red"
    for command in (["status"], ["router", "list"]):
        assert "device v-red" in lab.vrxdp(*command).stdout
    assert lab.attach().stdout == "nothing to do\n"


def test_of_several_the_one_with_the_interfaces_address_is_taken(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    another(lab, red, "lan", "02:00:00:00:77:01")
    red.iface["device"] = "auto"
    red.more["lan"] = {"port": "up0", "vlan": 7, "device": "auto",
                       "mac": "02:00:00:00:77:02,02:00:00:00:77:01"}
    lab.attach()
    assert lab.status().interface()["device"] == "v-red"
    assert lab.status().interface("red", "lan")["device"] == "x-lan"
    assert ping(up0.out, red.ip4) == 3


def test_by_command_it_is_found_too(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    lab.vrxdp("attach", "up0")
    lab.vrxdp("router", "add", "red", "--netns", red.ns.name, "--interface",
              f"wan=up0,mac={red.mac},device=auto")
    assert lab.status().interface()["device"] == "v-red"
    assert ping(up0.out, red.ip4) == 3


def test_it_is_found_in_the_ports_namespace(lab):
    blue = lab.netns("blue")
    up0 = lab.port(ns=blue)
    red = lab.router("red", up0)
    red.ns.ip("link del wan")
    lab.veth(Dev(blue, "v-there"), red.dev)
    red.dev.address(red.ip4, red.ip6)
    red.iface["device"] = "auto"
    lab.attach()
    assert lab.status().interface()["device"] == "v-there"
    assert ping(up0.out, red.ip4) == 3


def test_it_is_found_again_when_it_was_made_anew_under_another_name(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    red.iface["device"] = "auto"
    lab.attach()
    lab.host.ip("link del v-red")
    lab.veth(Dev(lab.host, "v-new"), red.dev)
    red.dev.address(red.ip4, red.ip6)
    lab.attach()
    assert lab.status().interface()["device"] == "v-new"
    assert ping(up0.out, red.ip4) == 3


@pytest.mark.parametrize("macs, word", [((None, None), "none"),
                                        (("02:00:00:00:77:01",) * 2, "several")])
def test_several_that_no_address_tells_apart_are_an_error(lab, macs, word):
    red = lab.router("red", lab.port())
    red.dev.set("down")
    red.ns.ip("link del wan")
    for name, mac in zip(("a", "b"), macs):
        another(lab, red, name, mac)
    red.iface.update(device="auto", mac="02:00:00:00:77:01")
    one_line(lab.attach(status=1), 1, "red/wan", "x-a, x-b", word)


def test_none_is_an_error(lab):
    red = lab.router("red", lab.port())
    elsewhere = lab.netns("elsewhere")
    lab.host.ip(f"link set v-red netns {elsewhere.name}")
    red.iface["device"] = "auto"
    one_line(lab.attach(status=1), 1, "red/wan", "no veth", red.ns.name)


def test_one_that_belongs_to_another_interface_is_an_error(lab):
    red = lab.router("red", lab.port())
    red.more["lan"] = {"port": "up0", "mac": "02:00:00:00:77:01", "device": "auto"}
    one_line(lab.attach(status=1), 1, "red/lan", "red/wan", "v-red")


def test_a_guest_has_nothing_to_be_found(lab):
    red = lab.router("red", lab.port(), "tap")
    red.iface["device"] = "auto"
    one_line(lab.attach(status=1), 1, "red/wan", "guest", "tap")
