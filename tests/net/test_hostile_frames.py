# SPDX-License-Identifier: GPL-2.0-only
"""What a router's owner sends comes out by the rules of its port and VLAN, or not (hostile.py)."""

import socket
import struct
import time

import pytest

from devices import Dev
from hostile import attack, attacks, header, name_of, withstand
from marked import BROADCAST, CTAG, MULTICAST, RESERVED, STAG, marked
from packets import ether, ipv4

ZERO = "00:00:00:00:00:00"
ARP = 0x0806
PACKET_VNET_HDR = 15


@attack(kinds=("veth", "tap", "generic"))
def sends_with_addresses_of_others(evil):
    for src in (evil.victim.mac, evil.tagged.mac, evil.far.mac, evil.host, evil.wire, evil.ally.mac,
                ZERO, BROADCAST, MULTICAST, RESERVED, "02:00:00:00:66:66"):
        evil.send(evil.wire, evil.victim.mac, evil.tagged.mac, evil.far.mac, evil.host, BROADCAST,
                  n=20, src=src)


@attack(kinds=("macvlan",))
def sends_with_addresses_of_routers_behind_redirects(evil):
    for src in (evil.victim.mac, evil.ally.mac):
        evil.send(evil.wire, evil.victim.mac, evil.host, BROADCAST, n=20, src=src)


@attack(kinds=("port",))
def sends_by_its_whole_port_with_other_addresses(evil):
    for src in (evil.victim.mac, "02:00:00:00:66:66", ZERO, BROADCAST):
        evil.send(evil.wire, evil.victim.mac, BROADCAST, n=20, src=src)


@attack(kinds=("veth", "tap", "macvlan", "generic"))
def sends_into_vlans_that_are_not_its_own(evil):
    for tags in (((CTAG, 100),), ((CTAG, 4095),), ((STAG, 100),), ((STAG, 100), (CTAG, 100)),
                 ((CTAG, 0), (CTAG, 100)), ((CTAG, 0), (CTAG, 0), (CTAG, 100)), ((STAG, 0),),
                 ((CTAG, 0), (STAG, 100)), ((STAG, 0), (CTAG, 100)), ((CTAG, 100), (CTAG, 100))):
        evil.send(evil.wire, evil.victim.mac, evil.tagged.mac, evil.far.mac, BROADCAST, n=20,
                  tags=tags)


@attack()
def sends_priority_tags(evil):
    evil.send(evil.wire, evil.victim.mac, evil.tagged.mac, BROADCAST, n=20, tags=((CTAG, 0),))


@attack(kinds=("veth", "macvlan"))
def sends_to_reserved_groups(evil):
    evil.send(*[f"01:80:c2:00:00:{last:02x}" for last in range(16)], n=20)


@attack(kinds=("veth", "tap", "macvlan", "generic"))
def floods_broadcasts_and_multicasts(evil):
    """Below the port's group-limit, and slowly enough for the CPU: see SECURITY.md."""
    evil.send(BROADCAST, MULTICAST, "33:33:00:00:00:01", "01:80:c2:00:00:14", n=500, pps=3000)


def _gives_the_limit_back(evil):
    evil.lab.ports[0].conf.pop("group-limit")
    evil.lab.attach()


@attack(drops=("group-limit",), mend=_gives_the_limit_back)
def uses_the_group_limit_up(evil):
    """Others on the port miss group frames then, which is counted; and nothing else."""
    evil.lab.ports[0].conf["group-limit"] = "50pps"
    evil.lab.attach()
    evil.send(BROADCAST, n=2000, pps=4000)
    time.sleep(0.2)
    assert evil.lab.stats().router("victim")["drops"]["group-limit"] > 500


@attack(kinds=("veth", "tap", "macvlan"))
def floods_unknown_addresses(evil):
    evil.send(*[f"02:00:66:00:00:{i:02x}" for i in range(100)], evil.far.mac, evil.tagged.mac, n=20,
              pps=3000)


def arp(evil, opcode, ip):
    mac = bytes.fromhex(evil.mac.replace(":", ""))
    address = socket.inet_aton(ip)
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, opcode) + mac + address + bytes(6) + address


@attack(kinds=("veth", "macvlan"))
def floods_arp_for_everybodys_addresses(evil):
    """What hosts on its VLAN believe is beyond a switch; the frames of the others still pass."""
    for ip in (evil.victim.ip4, evil.tagged.ip4, evil.far.ip4, evil.scene.ports["up0"].ip4) * 100:
        evil.send_raw(*[header(BROADCAST, evil.mac, ARP) + arp(evil, opcode, ip)
                        for opcode in (1, 2)])


@attack(kinds=("veth", "generic"))
def sends_what_looks_like_the_relays(evil):
    """The mark of bpf/relay.h: no address, the relay's type, another frame inside."""
    for src in (evil.mac, ZERO):
        for dst in (evil.victim.mac, evil.tagged.mac, evil.host, evil.wire, BROADCAST):
            evil.send_inside(header(ZERO, src, 0x88b5), dst)
            evil.send_inside(2 * header(ZERO, src, 0x88b5), dst)
    evil.send(ZERO, evil.host, kind=0x88b5)


@attack(kinds=("veth", "tap"))
def sends_runts_and_cut_tags(evil):
    whole = marked(0, evil.victim.mac, evil.mac, ((CTAG, 0), (CTAG, 100)))
    for src in (evil.mac, evil.victim.mac):
        start = header(evil.victim.mac, src, CTAG)
        evil.send_raw(*[start[:12] + kind + whole[14:length] for length in range(14, 24)
                        for kind in (b"\x81\x00", b"\x88\xa8", b"\x08\x00")])


@attack()
def sends_giants(evil):
    evil.run("ip", "link", "set", "wan", "mtu", "9000")
    for size in (1515, 1518, 1519, 2000, 4000, 9014):
        evil.send(evil.wire, evil.victim.mac, evil.host, BROADCAST, n=10, size=size)


@attack(says="far end was changed")
def sends_super_frames(evil):
    """Segments and checksums left to a device that says it makes them: struct virtio_net_hdr."""
    evil.ethtool("tx", "on", "tso", "on", "gso", "on")
    packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20000, 1, 0, 64, 6, 0, bytes([10, 77, 0, 9]),
                         bytes([10, 77, 0, 1])) + struct.pack("!HHIIBBHHH", 1, 2, 1, 1, 0x50, 0x10,
                                                              9, 0, 0)
    with evil.ns:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        sock.bind(("wan", 0))
        sock.setsockopt(263, PACKET_VNET_HDR, 1)
        for dst in (evil.wire, evil.victim.mac, evil.host, BROADCAST) * 20:
            head = struct.pack("=BBHHHH", 1, 1, 54, 1000, 34, 16)
            sock.send(head + header(dst, evil.mac, 0x0800) + packet + bytes(20000 - 40))


@attack(counted=False)
def loops_packets_with_another_router(evil):
    """Each is the other's gateway: 255 hops for each packet."""
    ends = [(evil.ns, evil.dev, evil.mac), (evil.ally.ns, evil.ally.dev, evil.ally.mac)]
    for i, (ns, dev, _) in enumerate(ends):
        ns.sysctl("net/ipv4/ip_forward", 1)
        ns.sysctl("net/ipv4/conf/all/send_redirects", 0)
        ns.sysctl(f"net/ipv4/conf/{dev.name}/send_redirects", 0)
        ns.ip(f"addr add 10.66.0.{i + 1}/24 dev {dev.name}",
              f"neigh add 10.66.0.{2 - i} lladdr {ends[1 - i][2]} dev {dev.name}",
              f"route add default via 10.66.0.{2 - i}")
    packet = ipv4("10.66.0.77", "192.0.2.1", payload=b"round and round", ttl=255)
    for _ in range(20):
        evil.send_raw(ether(evil.ally.mac, evil.mac, packet))
        evil.send(evil.wire, n=5)
    hops = int(dict(zip(*[line.split() for line in evil.ns.read("snmp").splitlines()
                          if line[:3] == "Ip:"]))["ForwDatagrams"])
    assert hops > 20 * 100      # else this showed nothing
    for ns, dev, _ in ends:
        ns.ip(f"addr flush dev {dev.name}")


@attack()
def bounces_what_it_gets(evil):
    evil.xdp("bounce")
    evil.send(evil.wire, evil.victim.mac)


@attack(counted=False)
def reflects_what_it_gets_to_its_sender(evil):
    evil.xdp("reflect")
    evil.send(evil.wire, evil.victim.mac)
    Dev(evil.ns, "wan").up()


@pytest.mark.parametrize("pair", attacks(globals()), ids=name_of)
def test_others_neither_lose_nor_get_anything_when_a_router(scenes, pair):
    withstand(scenes, *pair)
