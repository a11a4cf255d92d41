# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces that die, come back and are taken for others; programs of the owner's (hostile.py)."""

import time

import pytest

from devices import Dev
from hostile import attack, attacks, name_of, withstand
from netns import run


def _comes_back(evil):
    """A new container: the same names, other namespaces and devices."""
    lab, router = evil.lab, evil.router
    evil.ns = router.ns = lab.netns("evil")
    evil.dev = router.dev = Dev(evil.ns, "wan", evil.mac)
    lab.veth(router.device, router.dev)


def _gone(evil, name):
    """The kernel takes a namespace down in its own time."""
    for _ in range(100):
        if name not in evil.lab.host.links():
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} is still there")


@attack(says="deleted or moved", mend=_comes_back, remade=True)
def dies_and_comes_back(evil):
    evil.send(evil.wire, evil.victim.mac, n=5)
    evil.lab.namespaces.remove(evil.ns)
    evil.ns.delete()
    _gone(evil, "v-evil")


def _bind_back(evil):
    run("umount", evil.ns.path)
    run("mount", "--bind", f"/proc/{evil.keeper}/ns/net", evil.ns.path)


@attack(mend=_bind_back)
def has_another_namespace_under_its_name(evil):
    """Somebody put another namespace where its name was; the router lives on without a name."""
    evil.keeper = evil.lab.start(evil.ns, "sh", "-c", "echo ready; exec sleep 600").pid
    pid = evil.lair()
    run("umount", evil.ns.path)
    run("mount", "--bind", f"/proc/{pid}/ns/net", evil.ns.path)
    done = evil.lab.attach(status=None)
    assert done.returncode == 1 and "evil" in done.stderr
    evil.scene.check_output()


@attack()
def has_the_names_of_others_neighbours(evil):
    """Within its own entries: the limits of the table are the machine's, see SECURITY.md."""
    evil.ip("addr add 10.66.0.1/16 dev wan")
    for i in range(90):
        evil.ip(f"neigh add 10.66.1.{i + 1} lladdr {evil.victim.mac} dev wan")
    evil.send(evil.wire, evil.victim.mac)
    evil.ip("addr flush dev wan")


@attack()
def drops_all_with_a_program_of_its_own(evil):
    for _ in range(5):
        evil.xdp("drop")
        evil.send(evil.wire, evil.victim.mac, n=10)
        evil.xdp(None)


@attack(kinds=("macvlan", "port"))
def tries_programs_on_other_kinds_of_devices(evil):
    for program in ("drop", "bounce", "reflect"):
        evil.xdp(program)
        evil.send(evil.wire, evil.victim.mac, n=10)
    evil.xdp(None)


@attack()
def filters_and_shapes_inside(evil):
    evil.run("tc", "qdisc", "add", "dev", "wan", "clsact")
    evil.dev.filter("egress", "push100")
    evil.send(evil.wire, evil.victim.mac, evil.tagged.mac)
    evil.run("tc", "qdisc", "del", "dev", "wan", "clsact")
    evil.run("tc", "qdisc", "add", "dev", "wan", "root", "tbf", "rate", "1mbit", "burst", "10k",
             "latency", "10ms")
    evil.send(evil.wire, evil.victim.mac)


@attack(kinds=("port",), says="tc programs")
def takes_the_check_off_its_whole_port(evil):
    """It may: the wire is its own. Nobody else's frames cross it."""
    evil.run("tc", "qdisc", "del", "dev", evil.dev.name, "clsact")
    evil.xdp(None)
    evil.xdp("drop")


@attack(kinds=("macvlan",))
def makes_more_children_of_the_port(evil):
    evil.ip("link add link wan name more type macvlan mode bridge")
    evil.ip("link set more up")
    evil.send(evil.wire, evil.victim.mac)
    evil.ip("link del more")


@pytest.mark.parametrize("pair", attacks(globals()), ids=name_of)
def test_others_neither_lose_nor_get_anything_when_the_owner(scenes, pair):
    withstand(scenes, *pair)
