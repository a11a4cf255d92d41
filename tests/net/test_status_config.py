# SPDX-License-Identifier: GPL-2.0-only
"""`status --config`: what is attached as a config file, from which attach makes the same."""

import os

import pytest

from devices import Dev
from test_bad_input import one_line
from test_create import inside, made, there
from test_readers import GROUP, member
from traffic import ping


def running(lab):
    return lab.vrxdp("status", "--config").stdout


def without_origins(lab):
    data = lab.status().data
    for item in data["ports"] + data["routers"]:
        del item["origin"]
    return data


def rich(lab):
    """All kinds, and all keys."""
    up0 = lab.port()
    lab.port("up1", ns=lab.netns("there"))
    red = lab.router("red", up0)
    red.iface.update(vrrp="51,52", mac=f"{red.mac},02:00:00:00:0e:99")
    red.more["trunk"] = {"port": "up1", "mac": "02:00:00:00:77:01", "vlan": "100,200-210",
                         "device": "x-trunk"}
    lab.veth(Dev(lab.host, "x-trunk"), Dev(red.ns, "trunk", "02:00:00:00:77:01"))
    lab.router("blue", up0, "tap", vlan="200.100", mtu=1496)
    auto = lab.router("auto", up0)
    auto.iface["device"] = "auto"
    lab.router("child", up0, "macvlan")
    lab.router("whole", "up2", "port")
    up0.conf.update({"group-limit": "1234pps", "mode": "native"})
    text = lab.config() \
        + f"[router {made(lab, 'new')}]\ncreate = yes\npath = fast\n" \
          f"[interface {made(lab, 'new')}/wan]\nport = up0\naddress = 10.77.0.99/24\n" \
          f"[interface {made(lab, 'new')}/lan]\nport = up1\nvlan = trunk\n" \
          "[daemon]\nmax-routers = 99\nmax-interfaces = 77\n"
    return text, up0, red


def test_what_it_says_makes_the_same_again(lab):
    text, up0, red = rich(lab)
    lab.attach(text)
    mac = inside(lab, "new").links()["wan"]["address"]
    before, second = without_origins(lab), running(lab)
    for line in (f"mac = {mac}", "vrrp = 51,52", "vlan = 200.100", "group-limit = 1234pps",
                 "netns = " + lab.ports[1].ns.name, "max-routers = 99"):
        assert f"{line}\n" in second
    lab.vrxdp("detach", "--all")
    assert not there(lab, "new")
    assert lab.vrxdp("attach", "-c", lab.config_file(second, "second.conf")).stderr == ""
    assert running(lab) == second
    assert without_origins(lab) == before
    assert inside(lab, "new").links()["wan"]["address"] == mac
    assert ping(up0.out, red.ip4) == ping(up0.out, "10.77.0.99") == 3
    assert lab.attach(second).stdout == "nothing to do\n"


def test_what_commands_made_is_in_it_and_says_so(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    lab.vrxdp("attach", "up0", "--mode", "native")
    lab.vrxdp("router", "create", made(lab, "new"), "--path", "stack", "--interface",
              "wan=up0,address=10.77.0.7/24,vlan=7")
    lab.vrxdp("router", "add", "red", "--netns", red.ns.name, "--interface",
              f"wan=up0,mac={red.mac},device=auto")
    text, before = running(lab), without_origins(lab)
    inside(lab, "new")
    assert text.count(" ; by a command\n") == 5
    lab.vrxdp("detach", "--all")
    lab.attach(text)
    assert without_origins(lab) == before
    assert running(lab) == text.replace(" ; by a command", "")
    assert lab.status().router()["origin"] == lab.status().port()["origin"] == "file"
    assert ping(up0.out, red.ip4) == 3


def test_a_namespace_is_written_as_it_was_given(lab):
    up0 = lab.port()
    red = lab.router("red", up0)
    sleeper = red.ns.popen("sleep", "600")
    lab.processes.append(sleeper)
    for given in (str(sleeper.pid), f"/proc/{sleeper.pid}/ns/net", red.ns.path):
        red.conf["netns"] = given
        lab.attach()
        assert f"netns = {given}\n" in running(lab)
        lab.vrxdp("detach", "--all")


def test_a_port_of_another_namespace_by_command_comes_back(lab):
    blue = lab.netns("blue")
    lab.port(ns=blue)
    lab.vrxdp("--netns", blue.name, "attach", "up0")
    text = running(lab)
    assert f"netns = {blue.name}\n" in text
    lab.vrxdp("detach", "--all")
    lab.attach(text)
    assert lab.status().port()["netns"] == blue.name
    lab.vrxdp("detach", "--all")
    one_line(lab.vrxdp("--netns", "/proc/1/../self/ns/net ;", "attach", "up0", status=None), 1,
             "--netns")


def test_a_reader_without_root_gets_the_same(lab, monkeypatch):
    os.chmod(lab.dir, 0o755)
    lab.bpffs = f"{lab.dir}/made/bpf"
    monkeypatch.setenv("VRXDP_GROUP", str(GROUP))
    red = lab.router("red", lab.port())
    red.iface["vlan"] = "100-102"
    lab.attach()
    done = member(lab, "status", "--config")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", running(lab))


@pytest.mark.parametrize("args", [("--json", "--config"), ("--config", "-j")])
def test_it_has_no_json_form(lab, args):
    lab.port()
    lab.vrxdp("attach", "up0")
    one_line(lab.vrxdp("status", *args, status=2), 2, "--config", "--json")
