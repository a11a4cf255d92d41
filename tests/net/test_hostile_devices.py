# SPDX-License-Identifier: GPL-2.0-only
"""What a router's owner does to his devices is nobody's loss but his own (hostile.py)."""

import signal
import time

import pytest

from devices import Dev
from hostile import attack, attacks, name_of, printable, withstand
from marked import BROADCAST

OTHER = "02:00:00:00:66:66"
NAMES = ["\x1b[2J\x1b[31mred", "\x1b]0;pwned\x07", "ünïcödé", "v-victim", "vx_ports",
         'a"b\\c', "-c", "abcdefghijklmno"]


@attack(kinds=("veth", "macvlan"), says=OTHER)
def changes_its_mac(evil):
    evil.send(evil.wire, evil.victim.mac)
    evil.run("ip", "link", "set", "wan", "address", OTHER)
    evil.send(evil.wire, evil.victim.mac)
    if evil.kind == "veth":
        evil.send(evil.wire, evil.victim.mac, src=OTHER)


@attack(says="MAC address")
def changes_its_mac_again_and_again(evil):
    for i, mac in enumerate([evil.victim.mac, evil.host, evil.wire, evil.tagged.mac] * 5):
        evil.run("ip", "link", "set", "wan", "address", mac)
        evil.send(evil.wire, evil.victim.mac, evil.host, n=5, src=mac)
        evil.send(evil.wire, n=5 + i % 2)


@attack(kinds=("macvlan", "veth", "port"))
def renames_its_device(evil):
    for name in NAMES:
        evil.rename(name)
        evil.send(evil.wire, evil.victim.mac, n=5)
        printable(evil.lab.vrxdp("status", "--json"))
    if evil.kind != "veth":
        evil.rename(NAMES[0])
        assert any(r"renamed to \x1b[2J\x1b[31mred" in text for text in evil.scene.problems())


@attack(kinds=("veth", "macvlan"), says="down$")
def sets_its_link_down_and_up(evil):
    for _ in range(20):
        evil.flap()
        evil.send(evil.wire, evil.victim.mac, n=3)
    evil.dev.down()


@attack(says="far end.*(MAC address|moved|can't be found)", remade=True)
def moves_its_end_to_a_namespace_of_its_own(evil):
    pid = evil.lair()
    evil.run("ip", "link", "set", "wan", "netns", str(pid))
    evil.run("nsenter", "-t", str(pid), "-n", "ip", "link", "set", "wan", "up")
    evil.mend_pid = pid
    evil.scene.check_output()


def _back(evil):
    evil.run("nsenter", "-t", str(evil.mend_pid), "-n", "ip", "link", "set", "wan", "netns",
             evil.ns.path)
    evil.dev.up()


moves_its_end_to_a_namespace_of_its_own.how.mend = _back


@attack()
def moves_its_end_there_and_back_under_traffic(evil):
    pid = evil.lair()
    evil.mend_pid = pid
    for _ in range(5):
        evil.run("ip", "link", "set", "wan", "netns", str(pid))
        _back(evil)
        evil.send(evil.wire, evil.victim.mac, n=5)


def _makes_veth(evil):
    """As a container manager does: the same names again."""
    evil.lab.veth(evil.router.device, evil.dev)


@attack(says="deleted or moved", mend=_makes_veth, remade=True)
def deletes_its_end(evil):
    evil.send(evil.wire, n=5)
    evil.ip("link del wan")


@attack(says="deleted or moved", mend=_makes_veth, remade=True)
def makes_devices_with_the_names_of_the_host_s(evil):
    """Its own v-evil and up0 must not be taken for the host's."""
    evil.ip("link del wan")
    for name in ("v-evil", "v-victim", "up0", "vx1n"):
        evil.ip(f"link add {name} type veth peer name x{name}")
        evil.ip(f"link set {name} up")
    done = evil.lab.attach(status=None)
    assert "evil" in done.stdout + done.stderr
    for name in ("v-evil", "v-victim", "up0", "vx1n"):
        assert "xdp" not in evil.ip(f"link show dev {name}")
        evil.ip(f"link del {name}")


@attack()
def makes_devices_with_the_names_and_addresses_of_others(evil):
    for name in ("up0", "v-victim", "vx2n"):
        evil.ip(f"link add {name} address {evil.victim.mac} type veth peer name p{name}")
        evil.ip(f"link set {name} up")
    for kind in ("macvlan mode bridge", "macvlan mode passthru"):
        evil.ip(f"link add link wan name child address {evil.victim.mac} type {kind}")
        evil.ip("link set child up")
        evil.ip("link del child")
    evil.ip(f"link add br0 address {evil.host} type bridge")


@attack(says="rx-gro")
def turns_gro_off(evil):
    evil.ethtool("gro", "off")


@attack(says="far end was changed: tx-")
def turns_checksum_and_segmentation_offload_on(evil):
    evil.ethtool("tx", "on", "tso", "on", "gso", "on")
    evil.send(evil.wire, evil.victim.mac)


@attack(says="far end was changed: tx-vlan")
def turns_vlan_offload_on(evil):
    evil.ethtool("txvlan", "on", "tx-vlan-stag-hw-insert", "on")
    evil.send(evil.wire, evil.victim.mac, evil.tagged.mac, tags=((0x8100, 100),))
    # Now the tag is beside the frame, where XDP doesn't see it: it must be lost on the way.
    evil.run("tc", "qdisc", "add", "dev", "wan", "clsact")
    evil.dev.filter("egress", "push100")
    evil.send(evil.wire, evil.victim.mac, evil.tagged.mac, BROADCAST)


@attack()
def makes_its_napi_threaded_and_back(evil):
    for value in ("1", "0") * 5:
        evil.run("ip", "netns", "exec", evil.ns.name, "sh", "-c",
                 f"echo {value} >/sys/class/net/wan/threaded")
        evil.flap()
        evil.send(evil.wire, evil.victim.mac, n=5)


@attack()
def raises_its_mtu(evil):
    evil.run("ip", "link", "set", "wan", "mtu", "9000")
    for size in (1514, 1515, 1519, 3000, 9000):
        evil.send(evil.wire, evil.victim.mac, evil.host, "ff:ff:ff:ff:ff:ff", n=10, size=size)


@attack(says="MTU")
def lowers_its_mtu(evil):
    evil.run("ip", "link", "set", "wan", "mtu", "68")
    evil.send(evil.wire, evil.victim.mac)


@attack()
def puts_its_device_into_a_bridge_of_its_own(evil):
    evil.ip("link add br0 type bridge")
    evil.ip("link set br0 up")
    evil.ip("link set wan master br0")
    evil.ip("link add x0 type veth peer name x1")
    for name in ("x0", "x1"):
        evil.ip(f"link set {name} up")
    evil.ip("link set x0 master br0")
    inside = Dev(evil.ns, "x1")
    evil.dev, wan = inside, evil.dev
    evil.send(evil.wire, evil.victim.mac, evil.host)
    evil.send(evil.wire, evil.victim.mac, src=evil.victim.mac)
    evil.dev = wan
    evil.ip("link set wan nomaster")
    evil.ip("link del br0")
    evil.ip("link del x0")


@attack(kinds=("tap",))
def stops_reading_its_tap(evil):
    for _ in range(3):
        evil.router.pump.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        evil.router.pump.send_signal(signal.SIGCONT)
        evil.send(evil.wire, evil.victim.mac, n=10)


@pytest.mark.parametrize("pair", attacks(globals()), ids=name_of)
def test_others_neither_lose_nor_get_anything_when_the_owner(scenes, pair):
    withstand(scenes, *pair)
