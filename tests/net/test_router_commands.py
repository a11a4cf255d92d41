# SPDX-License-Identifier: GPL-2.0-only
"""`router add|set|del|list`, and origins: a file removes only what came from a file."""

import json

import pytest

from test_bad_input import one_line
from traffic import count, frames, ping


def interface(router, **more):
    keys = {"mac": router.mac, "device": router.device.name, **more}
    return f"wan={router.port.name}," + ",".join(f"{k}={v}" for k, v in keys.items())


@pytest.fixture
def site(lab):
    """Red comes from the file; blue exists and isn't registered."""
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    lab.routers.remove(blue)
    lab.attach()
    return lab, up0, red, blue


def add(lab, router, *more):
    return lab.vrxdp("router", "add", router.name, "--netns", router.ns.name, "--path", "stack",
                     "--interface", interface(router), *more)


def test_a_router_that_is_added_works_and_one_that_is_deleted_does_not(site):
    lab, up0, red, blue = site
    assert ping(up0.out, blue.ip4, 1) == 0
    add(lab, blue)
    assert ping(up0.out, blue.ip4) == ping(blue.ns, red.ip4) == 3
    assert lab.stats().names() == ["blue", "red"]
    lab.vrxdp("router", "del", "blue")
    up0.out.ip("neigh flush all")
    assert ping(up0.out, blue.ip4, 1) == 0
    assert lab.stats().names() == ["red"]
    # It deletes no device that it didn't make.
    assert {"v-red", "v-blue"} <= lab.host.links().keys()
    assert ping(up0.out, red.ip4) == 3


@pytest.mark.parametrize("verb", ["add", "set"])
def test_an_interface_that_is_given_twice_is_an_error(site, verb):
    lab, _, red, blue = site
    name, where = ("blue", ("--netns", blue.ns.name)) if verb == "add" else ("red", ())
    before = lab.status().data
    one_line(lab.vrxdp("router", verb, name, *where, "--interface",
                       interface(blue), "--interface", interface(blue, vlan=7), status=2), 2,
             f"{name}/wan", "twice")
    assert lab.status().data == before and red.ns


def test_list_and_status_tell_the_same_of_an_interface(site):
    lab, _, red, _ = site
    lab.vrxdp("router", "set", "red", "--interface",
              interface(red, vlan="100,200-202", vrrp="3,9", mac=f"{red.mac},02:00:00:00:55:01"))
    listed = json.loads(lab.vrxdp("router", "list", "--json").stdout)[0]["interfaces"][0]
    assert listed == {"name": "wan", "port": "up0", "macs": [red.mac, "02:00:00:00:55:01"],
                      "vlan": "100,200,201,202", "vrrp": [3, 9], "device": "v-red"}
    assert listed.items() <= lab.status().interface().items()
    for command in (("router", "list"), ("status",)):
        assert f"mac {red.mac},02:00:00:00:55:01, vlan 100,200-202, vrrp 3,9, device v-red" in \
            lab.vrxdp(*command).stdout
    assert "vlan = 100,200-202\n" in lab.vrxdp("status", "--config").stdout


def test_a_guest_is_added_with_its_tap(lab):
    up0 = lab.port()
    red = lab.router("red", up0, "tap")
    lab.vrxdp("attach", "up0")
    lab.vrxdp("router", "add", "red", "--guest", "--interface", interface(red))
    assert ping(up0.out, red.ip4) == 3
    assert lab.status().router()["netns"] is None


def test_set_changes_an_interface_and_the_totals_go_on(site):
    lab, up0, red, blue = site
    assert ping(up0.out, red.ip4) == 3
    before = lab.settled().router()["rx_packets"]
    lab.quiet = True
    lab.vrxdp("router", "set", "red", "--interface", interface(red, vlan=100))
    assert lab.stats().interface()["vlan"] == "100"
    with count(lab, red.dev) as at_red:
        frames(up0.wire, f"dst={red.mac},vlan=100", f"dst={red.mac}", n=100)
    assert 0 < at_red.packets(dst=red.mac) < 100
    assert lab.settled().router()["rx_packets"] >= before + at_red.packets(dst=red.mac)
    assert blue.name not in lab.stats().names()


def test_list_names_routers_interfaces_and_origins(site):
    lab, _, red, blue = site
    add(lab, blue)
    listed = {r["name"]: r for r in json.loads(lab.vrxdp("router", "list", "--json").stdout)}
    assert {name: r["origin"] for name, r in listed.items()} == {"red": "file", "blue": "command"}
    assert listed["blue"]["interfaces"][0]["macs"] == [blue.mac]
    text = lab.vrxdp("router", "list").stdout
    for word in ("red", "blue", red.mac, blue.mac, "v-red", "v-blue", "file", "command"):
        assert word in text


def test_attach_removes_only_what_came_from_the_file(site):
    lab, up0, red, blue = site
    add(lab, blue)
    lab.attach("[port up0]\n")
    assert lab.stats().names() == ["blue"]
    assert ping(up0.out, blue.ip4) == 3
    assert ping(up0.out, red.ip4, 1) == 0
    lab.attach()
    assert lab.stats().names() == ["blue", "red"]
    assert ping(up0.out, red.ip4) == 3
    assert {r["name"]: r["origin"] for r in lab.status().data["routers"]} == \
        {"blue": "command", "red": "file"}


def test_a_port_that_a_commands_router_needs_is_not_removed_by_a_file(site):
    lab, up0, _, blue = site
    add(lab, blue)
    done = lab.attach("", status=None)
    if done.returncode:
        one_line(done, 1, "up0", "blue")
    assert ping(up0.out, blue.ip4) == 3


def test_a_plain_port_stays_when_a_file_is_applied(lab):
    lab.port("extra")
    red = lab.router("red", lab.port())
    lab.vrxdp("attach", "extra")
    lab.ports = lab.ports[1:]
    lab.attach()
    assert lab.status().names("ports") == ["extra", "up0"]
    lab.attach("[port up0]\n")
    assert lab.status().names("ports") == ["extra", "up0"]
    assert red.name not in lab.stats().names()


def test_wrong_router_commands_say_one_line_and_change_nothing(site):
    lab, up0, red, blue = site
    before = lab.vrxdp("status", "--json").stdout
    wrong = {
        ("add", "red", "--guest"): (1, "red"),
        ("add", "blue"): (2, "blue"),
        ("add", "blue", "--netns", "nowhere"): (1, "nowhere"),
        ("add", "a/b", "--guest"): (2, "a/b"),
        ("add", "blue", "--netns", blue.ns.name, "--interface", "wan"): (2, "wan"),
        ("add", "blue", "--netns", blue.ns.name, "--interface", interface(blue, mac=red.mac)):
            (1, red.mac),
        ("add", "blue", "--netns", blue.ns.name, "--interface", interface(blue, vrrp=300)):
            (2, "300"),
        ("add", "blue", "--netns", blue.ns.name, "--interface", interface(blue, port="up9")):
            (2, "up9"),
        ("set", "blue", "--path", "stack"): (1, "blue"),
        ("set", "red", "--path", "slow"): (2, "slow"),
        ("del", "blue"): (1, "blue"),
        ("list", "red"): (2, "red"),
        ("make", "blue"): (2, "make"),
    }
    for args, (status, word) in wrong.items():
        one_line(lab.vrxdp("router", *args, status=None), status, "vrxdp router: ", word)
    assert lab.vrxdp("status", "--json").stdout == before
    assert ping(up0.out, red.ip4) == 3


@pytest.mark.parametrize("line,word", [
    ("set red --interface wan", "--interface wan"),
    ("set red --interface wan=up0,mac=02:00:00:00:0e", "02:00:00:00:0e"),
    ("set red --interface wan=up0,colour=red", "colour"),
    ("set red --interface wan=up0,vlan=4095", "4095"),
    ("set red --path slow", "slow"),
    ("set red --netns nowhere --guest", "not both"),
    ("add new", "--guest"),
    ("create new --netns nowhere", "its name"),
])
def test_an_option_that_cannot_be_right_is_wrong_usage(site, line, word):
    lab = site[0]
    before = lab.status().data
    one_line(lab.vrxdp("router", *line.split(), status=2), 2, "router", word, "--help")
    assert lab.status().data == before
