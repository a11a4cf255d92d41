# SPDX-License-Identifier: GPL-2.0-only
"""Bad input and trouble: one clear line, the right status, and nothing half done."""

import os

import pytest

from devices import VRXDP, Dev
from hoststate import differences, host_state
from lab import Lab, section


@pytest.fixture(scope="module")
def site():
    """A host with a port and two routers, not attached: nothing here may change it."""
    lab = Lab(f"bad{os.getpid() % 97}")
    try:
        up0 = lab.port()
        lab.router("red", up0)
        lab.router("blue", up0, "tap")
        lab.port("busy").dev.xdp()
        taken = lab.router("taken", up0)
        taken.device.xdp()
        lab.host.ip("link add link up0 name child type macvlan mode bridge")
        lab.host.ip("link add br0 type bridge")
        lab.kernel_forwards = True
        lab.before = host_state(lab)
        yield lab
    finally:
        lab.close()


def conf(lab, change=None, **keys):
    """A right config with what @keys says instead: port_X, router_X, iface_X, dropped if None."""
    parts = {"port": {"device": "up0"}, "router": {"netns": lab.routers[0].ns.name},
             "iface": {"port": "up0", "mac": lab.routers[0].mac, "device": "v-red"}}
    for key, value in keys.items():
        part, name = key.split("_", 1)
        parts[part][name.replace("_", "-")] = value
    for part in parts.values():
        for name in [name for name, value in part.items() if value is None]:
            del part[name]
    text = section("port", "up0", parts["port"]) + section("router", "red", parts["router"]) \
        + section("interface", "red/wan", parts["iface"])
    return change(text) if change else text


def blue(lab, **keys):
    return section("router", "blue", {"guest": "yes"}) + section("interface", "blue/wan", {
        "port": "up0", "mac": lab.routers[1].mac, "device": "t-blue", **keys})


def one_line(done, status, *words):
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    assert done.stderr.startswith("vrxdp")
    for word in words:
        assert word in done.stderr, done.stderr


# What is wrong: the config, and words that the line must have.
CONFIGS = {
    "an unknown device": (lambda lab: conf(lab, port_device="up9"), ("up9",)),
    "an unknown namespace of a port": (lambda lab: conf(lab, port_netns="nowhere"), ("nowhere",)),
    "an unknown namespace of a router": (lambda lab: conf(lab, router_netns="nowhere"),
                                         ("nowhere", "red")),
    "a namespace that is a file": (lambda lab: conf(lab, router_netns="/etc/passwd"),
                                   ("/etc/passwd",)),
    "a PID that is nobody's": (lambda lab: conf(lab, router_netns="4194303"), ("4194303",)),
    "an unknown device of an interface": (lambda lab: conf(lab, iface_device="v-nix"),
                                          ("v-nix", "red/wan")),
    "somebody else's program on a port": (lambda lab: conf(lab, port_device="busy"),
                                          ("busy", "pass")),
    "somebody else's program on a device": (
        lambda lab: conf(lab, router_netns=lab.routers[2].ns.name, iface_device="v-taken"),
        ("v-taken", "pass")),
    "a port without native XDP": (lambda lab: conf(lab, port_device="br0"),
                                  ("br0", "generic")),
    "a veth of another router": (lambda lab: conf(lab, router_netns=lab.routers[2].ns.name),
                                 ("v-red", "red")),
    "a device that leads nowhere": (lambda lab: conf(lab, iface_device="br0"), ("br0",)),
    "an unknown key": (lambda lab: conf(lab, port_colour="red"), ("vrxdp.conf:3", "colour")),
    "a key of a later version": (lambda lab: conf(lab, router_limit="1kpps"),
                                 ("vrxdp.conf:5", "limit")),
    "an unknown section": (lambda lab: conf(lab) + "[bridge br0]\n", ("vrxdp.conf:9", "bridge")),
    "a repeated section": (lambda lab: conf(lab) + "[port up0]\n", ("vrxdp.conf:9", "up0")),
    "a repeated key": (lambda lab: conf(lab, lambda t: t.replace("netns", "path = stack\nnetns", 1)
                                        .replace("[interface", "path = fast\n[interface")),
                       ("vrxdp.conf:6", "path")),
    "a line that is no key": (lambda lab: conf(lab, lambda t: t + "hello\n"),
                              ("vrxdp.conf:9", "hello")),
    "a key before any section": (lambda lab: "mode = auto\n" + conf(lab), ("vrxdp.conf:1", "mode")),
    "a section that doesn't end": (lambda lab: conf(lab) + "[port x\n", ("vrxdp.conf:9",)),
    "a bad name": (lambda lab: conf(lab) + "[router a/b]\n", ("vrxdp.conf:9", "a/b")),
    "a name that is too long": (lambda lab: conf(lab) + f"[router {'x' * 32}]\n",
                                ("vrxdp.conf:9", "xxx")),
    "a NUL byte": (lambda lab: conf(lab) + "\0\n", ("vrxdp.conf:9",)),
    "an empty value": (lambda lab: conf(lab, iface_mac=""), ("vrxdp.conf:7", "mac")),
    "no mac": (lambda lab: conf(lab, iface_mac=None), ("red/wan", "mac")),
    "an interface of an unknown port": (lambda lab: conf(lab, iface_port="up7"),
                                        ("up7", "red/wan")),
    "an interface of an unknown router": (lambda lab: conf(lab, lambda t: t.replace(
        "[router red]", "[router rad]")), ("red/wan",)),
    "a malformed MAC": (lambda lab: conf(lab, iface_mac="02:00:00:00:01"),
                        ("vrxdp.conf:7", "02:00:00:00:01")),
    "a multicast MAC": (lambda lab: conf(lab, iface_mac="01:00:5e:00:00:01"),
                        ("vrxdp.conf:7", "01:00:5e:00:00:01")),
    "a MAC twice on a port and VLAN": (
        lambda lab: conf(lab) + blue(lab, mac=lab.routers[0].mac),
        (lambda lab: lab.routers[0].mac, "blue/wan")),
    "a device twice": (lambda lab: conf(lab) + blue(lab, device="v-red"), ("v-red",)),
    "a port's device twice": (lambda lab: conf(lab) + "[port up1]\ndevice = up0\n", ("up0",)),
    "VLAN 4095": (lambda lab: conf(lab, iface_vlan=4095), ("vrxdp.conf:9", "4095")),
    "VLAN 100x": (lambda lab: conf(lab, iface_vlan="100x"), ("vrxdp.conf:9", "100x")),
    "a VLAN on a macvlan": (lambda lab: conf(lab, router_netns=lab.host.name, iface_device="child",
                                             iface_vlan=100), ("vlan", "red/wan")),
    "a rate without unit": (lambda lab: conf(lab, port_group_limit="1000"),
                            ("vrxdp.conf:3", "1000")),
    "more routers than the maps hold": (
        lambda lab: "[daemon]\nmax-routers = 1\n" + conf(lab) + blue(lab), ("max-routers",)),
    "more interfaces than the maps hold": (
        lambda lab: "[daemon]\nmax-interfaces = 1\n" + conf(lab) + blue(lab), ("max-interfaces",)),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_with(site, name):
    text, words = CONFIGS[name]
    words = [word(site) if callable(word) else word for word in words]
    one_line(site.attach(text(site), status=None), 1, "vrxdp attach: ", *words)
    assert differences(site.before, host_state(site)) == []


def test_the_config_that_these_errors_are_made_from_is_right(site):
    site.attach(conf(site) + blue(site))
    site.vrxdp("detach", "--all")
    assert differences(site.before, host_state(site)) == []


COMMANDS = {
    "attach, a file that isn't there": (("attach", "-c", "/nowhere"), 1, ("/nowhere",)),
    "attach, a directory": (("attach", "-c", "/etc"), 1, ("/etc",)),
    "attach, an unknown device": (("attach", "up9"), 1, ("up9",)),
    "attach, no native XDP": (("attach", "br0"), 1, ("br0", "--mode generic", "slow")),
    "attach, a macvlan as native port": (("attach", "--mode", "native", "child"), 1,
                                         ("child", "--mode generic", "slow")),
    "attach, somebody else's program": (("attach", "busy"), 1, ("busy", "pass")),
    "attach, one good and one bad device": (("attach", "up0", "up9"), 1, ("up9",)),
    "attach, an unknown mode": (("attach", "--mode", "fast", "up0"), 2, ("fast",)),
    "attach, an unknown option": (("attach", "--colour", "up0"), 2, ("--colour",)),
    "attach, an option cut short": (("attach", "--dry", "up0"), 2, ("--dry",)),
    "attach, an unknown namespace": (("attach", "--netns", "nowhere", "up0"), 1, ("nowhere",)),
    "attach, a file and a device": (("attach", "-c", "/etc/hosts", "up0"), 2, ()),
    "detach of what isn't attached": (("detach", "up0"), 1, ()),
    "detach --all of nothing": (("detach", "--all"), 1, ()),
    "detach without a name": (("detach",), 2, ()),
    "detach of a name and --all": (("detach", "--all", "up0"), 2, ()),
    "status of nothing": (("status",), 1, ()),
    "stats of nothing": (("stats",), 1, ()),
    "router add to nothing": (("router", "add", "red", "--guest"), 1, ()),
    "router without a verb": (("router",), 2, ()),
    "router add without a name": (("router", "add"), 2, ()),
    "router del of two": (("router", "del", "a", "b"), 2, ()),
    "an unknown command": (("atach",), 2, ("atach",)),
    "a command that isn't built": (("daemon",), 2, ("daemon",)),
    "no command": ((), 2, ()),
    "top, an interval of nothing": (("top", "-b", "-d", "0"), 2, ()),
    "top, a count that is no number": (("top", "-b", "-n", "1x"), 2, ("1x",)),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command(site, name):
    args, status, words = COMMANDS[name]
    one_line(site.vrxdp(*args, status=None), status, *words)
    assert differences(site.before, host_state(site)) == []


def test_detach_names_a_device_that_is_not_a_port(lab):
    lab.site()
    before = host_state(lab)
    one_line(lab.vrxdp("detach", "up7", status=None), 1, "vrxdp detach: ", "up7")
    one_line(lab.vrxdp("detach", "v-red", status=None), 1, "vrxdp detach: ", "v-red")
    one_line(lab.vrxdp("stats", "nobody", status=None), 1, "vrxdp stats: ", "nobody")
    assert differences(before, host_state(lab)) == []


def test_a_state_of_another_user_is_not_touched(site):
    """Errors of the file system are said in one line, too."""
    done = site.host.run(VRXDP, "--bpffs", "/proc/vrxdp", "attach", "up0", check=False)
    one_line(done, 1, "/proc/vrxdp")
    done = site.host.run(VRXDP, "--bpffs", site.config_file("x"), "attach", "up0", check=False)
    one_line(done, 1, "vrxdp.conf")
    assert differences(site.before, host_state(site)) == []


def test_a_macvlan_of_another_device_is_not_the_ports(lab):
    lab.port()
    other = lab.port("up1")
    red = lab.router("red", other, "macvlan")
    red.iface["port"] = "up0"
    before = host_state(lab)
    one_line(lab.attach(status=None), 1, "red/wan", "wan")
    assert differences(before, host_state(lab)) == []


def test_the_routers_own_end_is_named_as_such(lab):
    red = lab.router("red", lab.port())
    red.iface["device"] = "wan"
    assert isinstance(red.dev, Dev)
    one_line(lab.attach(status=None), 1, "red/wan", "wan", "end")
