# SPDX-License-Identifier: GPL-2.0-only
"""`attach` without argument: vrxdp.conf and conf.d make one config. And origins."""

import json
import os

import pytest

from devices import VRXDP, Dev
from lab import section
from test_bad_input import one_line
from test_router_commands import add, interface
from traffic import ping


class Etc:
    """A directory that stands for /etc/vrxdp."""

    def __init__(self, lab):
        self.lab, self.dir = lab, f"{lab.dir}/etc"
        os.mkdir(self.dir)

    def write(self, name, *parts):
        return self.lab.config_file("".join(parts), f"etc/{name}")

    def remove(self, name):
        os.unlink(f"{self.dir}/{name}")

    def attach(self, *args, status=0):
        done = self.lab.host.run("env", f"VRXDP_ETC={self.dir}", VRXDP, "--bpffs", self.lab.bpffs,
                                 "attach", *args, check=False)
        assert status is None or done.returncode == status, (done.stdout, done.stderr)
        return done


@pytest.fixture
def etc(lab):
    lab.port()
    lab.router("red", lab.ports[0])
    lab.router("blue", lab.ports[0])
    return Etc(lab)


def port(lab):
    return section("port", "up0", lab.ports[0].conf)


def router(item):
    return section("router", item.name, item.conf)


def wan(item):
    return section("interface", f"{item.name}/wan", item.iface)


def test_sections_spread_over_the_files_make_one_config(etc):
    lab, (red, blue) = etc.lab, etc.lab.routers
    etc.write("vrxdp.conf", wan(red), port(lab))
    etc.write("conf.d/20-red.conf", router(red))
    etc.write("conf.d/10-blue.conf", wan(blue), router(blue))
    etc.attach()
    assert lab.stats().names() == ["blue", "red"]
    assert ping(lab.ports[0].out, red.ip4) == ping(lab.ports[0].out, blue.ip4) == 3
    assert etc.attach().stdout == "nothing to do\n"
    etc.remove("conf.d/10-blue.conf")
    etc.attach()
    assert lab.stats().names() == ["red"]


def test_conf_d_alone_is_enough_and_so_is_vrxdp_conf(etc):
    lab, (red, _) = etc.lab, etc.lab.routers
    path = etc.write("conf.d/all.conf", port(lab), router(red), wan(red))
    etc.attach()
    assert lab.stats().names() == ["red"]
    os.rename(path, f"{etc.dir}/vrxdp.conf")
    os.rmdir(f"{etc.dir}/conf.d")
    assert etc.attach().stdout == "nothing to do\n"


def test_names_with_a_dot_in_front_or_another_end_are_ignored(etc):
    lab = etc.lab
    etc.write("vrxdp.conf", port(lab))
    for name in (".hidden.conf", ".conf", "a.conf~", "a.conf.dpkg-old", "README", "aconf"):
        etc.write(f"conf.d/{name}", "nonsense")
    etc.attach()
    assert lab.status().names("ports") == ["up0"]


def test_a_section_in_two_files_is_an_error_that_names_both(etc):
    lab = etc.lab
    etc.write("vrxdp.conf", port(lab))
    # C order: capitals before small letters, whatever LC_ALL says.
    etc.write("conf.d/B.conf", "[router red]\nguest = yes\n")
    etc.write("conf.d/a.conf", "; a comment\n[router red]\nguest = yes\n")
    done = etc.attach(status=None)
    one_line(done, 1, f"{etc.dir}/conf.d/a.conf:2: [router red]", f"{etc.dir}/conf.d/B.conf:1")
    etc.write("conf.d/B.conf", "[daemon]\n[daemon]\n")
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d/B.conf:2: [daemon]", "line 1")
    lab.vrxdp("status", status=1)


def test_what_does_not_fit_together_is_named_with_the_right_files(etc):
    lab, (red, blue) = etc.lab, etc.lab.routers
    etc.write("vrxdp.conf", port(lab), router(red), wan(red))
    blue.iface["mac"] = red.mac
    etc.write("conf.d/blue.conf", "\n\n", router(blue), wan(blue))
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d/blue.conf:6: ", "vrxdp.conf:6", red.mac)
    blue.iface["colour"] = "blue"
    etc.write("conf.d/blue.conf", router(blue), wan(blue))
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d/blue.conf:8: ", "colour")


def test_no_config_at_all_is_one_clear_error(etc):
    one_line(etc.attach(status=None), 1, etc.dir, "vrxdp.conf", "conf.d", "-c FILE")
    os.mkdir(f"{etc.dir}/conf.d")
    one_line(etc.attach(status=None), 1, etc.dir, "vrxdp.conf", "conf.d", "-c FILE")
    etc.write("vrxdp.conf", "; nothing\n")
    one_line(etc.attach(status=None), 1, etc.dir, "no ports")
    os.rmdir(f"{etc.dir}/conf.d")
    etc.remove("vrxdp.conf")
    os.rmdir(etc.dir)
    one_line(etc.attach(status=None), 1, etc.dir, "vrxdp.conf", "conf.d")


def test_what_cannot_be_read_is_an_error(etc):
    etc.write("vrxdp.conf", port(etc.lab))
    os.mkdir(f"{etc.dir}/conf.d")
    os.symlink("nowhere", f"{etc.dir}/conf.d/a.conf")
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d/a.conf", "No such file")
    etc.remove("conf.d/a.conf")
    os.mkdir(f"{etc.dir}/conf.d/a.conf")
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d/a.conf", "directory")
    os.rmdir(f"{etc.dir}/conf.d/a.conf")
    os.rmdir(f"{etc.dir}/conf.d")
    etc.write("conf.d", "")
    one_line(etc.attach(status=None), 1, f"{etc.dir}/conf.d", "Not a directory")
    etc.remove("conf.d")
    etc.remove("vrxdp.conf")
    os.symlink("nowhere", f"{etc.dir}/vrxdp.conf")
    one_line(etc.attach(status=None), 1, f"{etc.dir}/vrxdp.conf", "No such file")
    one_line(etc.attach("-c", etc.dir, status=None), 1, etc.dir, "it is a directory")


def test_status_tells_the_origin_of_ports_and_routers(etc):
    lab, (red, blue) = etc.lab, etc.lab.routers
    etc.write("vrxdp.conf", port(lab), router(red), wan(red))
    etc.attach()
    add(lab, blue)
    status = lab.status()
    assert [status.router(name)["origin"] for name in ("red", "blue")] == ["file", "command"]
    assert status.port()["origin"] == "file"
    lines = lab.vrxdp("status").stdout.splitlines()
    for start, end in (("port up0", "a file"), ("router red", "a file"),
                       ("router blue", "a command")):
        assert next(line for line in lines if line.startswith(start)).endswith("from " + end)


def test_an_interface_of_a_file_that_a_command_changed_goes_with_the_file(etc):
    lab, (red, blue) = etc.lab, etc.lab.routers
    etc.write("vrxdp.conf", port(lab), router(red), wan(red))
    etc.write("conf.d/blue.conf", router(blue), wan(blue))
    etc.attach()
    lab.vrxdp("router", "set", "blue", "--interface", interface(blue, vlan=100))
    etc.remove("conf.d/blue.conf")
    etc.attach()
    assert lab.stats().names() == ["red"]
    # A command's own interface needs its router, and keeps the file from removing it.
    lan = Dev(red.ns, "lan", "02:00:00:00:03:01")
    lab.veth(Dev(lab.host, "v-lan"), lan)
    lab.vrxdp("router", "set", "red", "--interface", f"lan=up0,mac={lan.mac},device=v-lan")
    etc.write("vrxdp.conf", port(lab))
    one_line(etc.attach(status=None), 1, "red/lan", "router")
    assert json.loads(lab.vrxdp("router", "list", "--json").stdout)[0]["name"] == "red"


def test_without_a_file_what_came_from_commands_is_repaired(etc):
    lab, (red, _) = etc.lab, etc.lab.routers
    done = etc.attach(status=None)
    one_line(done, 1, etc.dir)
    lab.vrxdp("attach", "up0")
    add(lab, red)
    etc.attach()
    assert lab.status().interface()["problems"] == []
    red.dev.set("mtu", 1400)
    assert "MTU" in str(lab.status().interface()["problems"])
    etc.attach("--dry-run")
    assert "MTU" in str(lab.status().interface()["problems"])
    etc.attach()
    assert lab.status().interface()["problems"] == []
    assert ping(lab.ports[0].out, red.ip4) == 3


def test_files_that_are_gone_detach_nothing(etc):
    lab, (red, blue) = etc.lab, etc.lab.routers
    etc.write("vrxdp.conf", port(lab), router(red), wan(red))
    etc.attach()
    add(lab, blue)
    etc.remove("vrxdp.conf")
    before = lab.status().data
    one_line(etc.attach(status=None), 1, etc.dir, "port up0", "came from a file")
    assert lab.status().data == before


def test_a_device_that_has_another_label_is_named_with_it(etc):
    lab = etc.lab
    etc.write("vrxdp.conf", "[port wan]\ndevice = up0\n")
    etc.attach()
    one_line(lab.vrxdp("attach", "up0", status=1), 1, "device up0: ", "as port wan")
