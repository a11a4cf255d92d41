# SPDX-License-Identifier: GPL-2.0-only
"""VRRP: the virtual address moves between routers of one host, and between hosts (RFC 5798)."""

import os
import signal
import time

import pytest

from packets import ether, tag
from traffic import capture, ping, send

VMAC = "00:00:5e:00:01:33"
GROUP = "01:00:5e:00:00:12"
VRID = 0x33


def advert(src, priority=100, vrid=VRID, ttl=255, version=0x31):
    """An IPv4 advertisement, RFC 5798 5.2; checksums aren't looked at on the way."""
    vrrp = bytes([version, vrid, priority, 1, 0, 100, 0, 0]) + bytes([10, 77, 0, 100])
    ip = bytes([0x45, 0xc0, 0, 20 + len(vrrp), 0, 0, 0, 0, ttl, 112, 0, 0]) \
        + bytes([10, 77, 0, 2]) + bytes([224, 0, 0, 18])
    return ether(GROUP, src, ip + vrrp)


def frame(dst, src, note):
    return ether(dst, src, bytes([note]) + bytes(45), 0x88b6)


@pytest.fixture
def pair(lab):
    """Routers red and blue on one port, both in VRID 51; green is in none."""
    lab.quiet = True
    up0 = lab.port()
    routers = [lab.router(name, up0) for name in ("red", "blue", "green")]
    for router in routers[:2]:
        router.iface["vrrp"] = "51, 52"
    lab.attach()
    return lab, up0, *routers


def to_virtual(up0, red, blue):
    """Where a frame to the virtual address goes: "red", "blue", "host" …"""
    with capture(red.dev) as at_red, capture(blue.dev) as at_blue, capture(up0.dev) as at_host:
        send(up0.wire, frame(VMAC, up0.wire.mac, 1))
    return [name for name, got in (("red", at_red), ("blue", at_blue), ("host", at_host))
            if frame(VMAC, up0.wire.mac, 1) in got]


def test_the_virtual_address_belongs_to_the_interface_that_advertised_last(pair):
    lab, up0, red, blue, green = pair
    assert to_virtual(up0, red, blue) == ["host"]
    send(red.dev, advert(VMAC))
    assert to_virtual(up0, red, blue) == ["red"]
    send(blue.dev, advert(VMAC))
    assert to_virtual(up0, red, blue) == ["blue"]
    # By its own source address, too (keepalived's vmac_xmit_base).
    send(red.dev, advert(red.mac))
    assert to_virtual(up0, red, blue) == ["red"]
    # From a sibling.
    with capture(red.dev) as at_red:
        send(green.dev, frame(VMAC, green.mac, 2))
    assert frame(VMAC, green.mac, 2) in at_red
    # Somebody on the wire is the master now: frames for it go there.
    send(up0.wire, advert(VMAC))
    assert to_virtual(up0, red, blue) == ["host"]
    with capture(up0.wire) as outside:
        send(green.dev, frame(VMAC, green.mac, 3))
    assert frame(VMAC, green.mac, 3) in outside


def test_only_an_advertisement_of_a_listed_vrid_moves_it(pair):
    _, up0, red, blue, green = pair
    send(red.dev, advert(VMAC))
    send(blue.dev, advert(VMAC, priority=0), advert(VMAC, ttl=254), advert(VMAC, vrid=60),
         advert(VMAC, version=0x32), frame(GROUP, VMAC, 9), advert(red.mac))
    send(green.dev, advert(VMAC), advert(green.mac))
    send(up0.wire, advert(VMAC, priority=0), advert(VMAC, vrid=52))
    assert to_virtual(up0, red, blue) == ["red"]


def test_only_its_owner_sends_from_the_virtual_address(pair):
    lab, up0, red, blue, green = pair
    send(red.dev, advert(VMAC))
    with capture(up0.wire) as outside, capture(red.dev) as at_red, capture(blue.dev) as at_blue:
        send(red.dev, frame(up0.wire.mac, VMAC, 1), frame("ff:ff:ff:ff:ff:ff", VMAC, 2))
        send(blue.dev, frame(up0.wire.mac, VMAC, 3))
        send(green.dev, frame(up0.wire.mac, VMAC, 4))
    assert outside == [frame(up0.wire.mac, VMAC, 1), frame("ff:ff:ff:ff:ff:ff", VMAC, 2)]
    assert (at_red, at_blue) == ([], [frame("ff:ff:ff:ff:ff:ff", VMAC, 2)])
    stats = lab.settled()
    assert stats.router("blue")["tx_drops"] == stats.router("green")["tx_drops"] \
        == {"source-mac": 1}
    assert stats.router("red")["tx_packets"] == 3


def test_before_any_advertisement_the_first_that_sends_from_the_virtual_address_has_it(pair):
    lab, up0, red, blue, green = pair
    with capture(up0.wire) as outside:
        send(green.dev, frame(up0.wire.mac, VMAC, 1))
        send(red.dev, frame(up0.wire.mac, VMAC, 2))
        send(blue.dev, frame(up0.wire.mac, VMAC, 3))
    assert outside == [frame(up0.wire.mac, VMAC, 2)]
    assert to_virtual(up0, red, blue) == ["red"]
    send(up0.wire, advert(VMAC))
    with capture(up0.wire) as outside:
        send(red.dev, frame(up0.wire.mac, VMAC, 4))
    assert outside == []
    send(red.dev, advert(VMAC))
    assert to_virtual(up0, red, blue) == ["red"]
    assert lab.settled().router()["tx_drops"] == {"source-mac": 1}


def test_in_a_vlan_of_a_trunk_it_moves_by_itself(lab):
    lab.quiet = True
    up0 = lab.port()
    red, blue = lab.router("red", up0, vlan="100,200"), lab.router("blue", up0, vlan="trunk")
    for router in (red, blue):
        router.iface["vrrp"] = "51"
    lab.attach()
    send(red.dev, tag(advert(VMAC), 100), tag(advert(VMAC), 200))
    send(blue.dev, tag(advert(VMAC), 200))
    with capture(red.dev) as at_red, capture(blue.dev) as at_blue:
        send(up0.wire, *(tag(frame(VMAC, up0.wire.mac, vid), vid) for vid in (100, 200)))
    assert at_red == [tag(frame(VMAC, up0.wire.mac, 100), 100)]
    assert at_blue == [tag(frame(VMAC, up0.wire.mac, 200), 200)]


def test_an_owner_that_leaves_leaves_nothing_behind(pair):
    lab, up0, red, blue, _ = pair
    send(red.dev, advert(VMAC))
    lab.routers.remove(red)
    lab.attach()
    assert to_virtual(up0, red, blue) == ["host"]
    send(blue.dev, advert(VMAC))
    assert to_virtual(up0, red, blue) == ["blue"]
    del blue.iface["vrrp"]
    lab.attach()
    assert to_virtual(up0, red, blue) == ["host"]


def test_a_virtual_address_comes_and_goes_as_often_as_it_likes_while_others_change(pair):
    lab, up0, red, blue, green = pair
    for vid in range(100, 106):
        for taker in (red, blue, red):
            send(taker.dev, advert(VMAC))
            assert to_virtual(up0, red, blue) == [taker.name]
        send(up0.wire, advert(VMAC))
        assert to_virtual(up0, red, blue) == ["host"]
        green.iface["vlan"] = vid
        lab.attach()
        # Nor does the change give it to who sends from it, while the master is on the wire.
        send(blue.dev, frame(up0.wire.mac, VMAC, 1))
        assert to_virtual(up0, red, blue) == ["host"]
    assert lab.settled().router("blue")["tx_drops"] == {"source-mac": 6}


def test_a_trunks_virtual_addresses_come_and_go_as_often_as_they_like(lab):
    lab.quiet = True
    up0 = lab.port()
    red, green = lab.router("red", up0, vlan="trunk"), lab.router("green", up0)
    red.iface["vrrp"] = "51"
    lab.attach()
    sent = [tag(advert(VMAC), vid) for vid in range(1, 401)]
    mine = [tag(frame(VMAC, up0.wire.mac, 1), vid) for vid in (1, 400)]
    for vid in (500, 501):
        send(red.dev, *sent)
        with capture(red.dev) as at_red:
            send(up0.wire, *mine)
        assert [f for f in at_red if f in mine] == mine
        send(up0.wire, *sent)
        green.iface["vlan"] = vid
        lab.attach()


CONFIG = """global_defs {{
  router_id {name}
}}
vrrp_instance lan {{
  state BACKUP
  interface {dev}
  virtual_router_id 51
  priority {priority}
  advert_int 0.1
  version 3
  use_vmac vrrp51
  virtual_ipaddress {{
    {address}/24
  }}
}}
"""


def keepalived(lab, ns, dev, priority, address):
    """keepalived in @ns; it ends with the lab."""
    # The virtual address is to be heard of by ARP from its own device only.
    ns.sysctl("net/ipv4/conf/all/arp_ignore", 1)
    ns.sysctl("net/ipv4/conf/all/arp_announce", 2)
    base = f"{lab.dir}/{ns.name}"
    os.makedirs(base)
    with open(f"{base}/conf", "w", encoding="ascii") as f:
        f.write(CONFIG.format(name=ns.name, dev=dev, priority=priority, address=address))
    process = ns.popen("/usr/sbin/keepalived", "-n", "-l", "-P", "-f", f"{base}/conf", "-p",
                       f"{base}/pid", "-r", f"{base}/vrrp.pid", stdout=open(f"{base}/log", "w"),
                       stderr=open(f"{base}/err", "w"))
    lab.processes.append(process)
    return process


def lost(ns, address, seconds, during):
    """Echo requests, ten a second, that weren't answered while @during is called."""
    flow = ns.popen("ping", "-q", "-n", "-i", "0.1", "-c", str(seconds * 10), "-W", "1", address,
                    stdout=-1)
    time.sleep(1)
    during()
    out = flow.communicate(timeout=seconds + 20)[0]
    sent, received = (int(line.split()[i]) for line in out.splitlines()
                      if "packets transmitted" in line for i in (0, 3))
    print(f"{sent} sent, {received} answered")
    return sent - received, received


def master(address, *namespaces):
    """Which of these namespaces has the address."""
    return [ns for ns in namespaces
            if any(a["local"] == address for link in ns.ip_json("addr", "show")
                   for a in link["addr_info"])]


def wait_for_master(address, want, *namespaces):
    until = time.monotonic() + 20
    while master(address, *namespaces) != [want]:
        assert time.monotonic() < until, "keepalived never agreed"
        time.sleep(0.1)


def test_keepalived_fails_over_between_two_routers_of_one_host(lab):
    up0 = lab.port()
    red, blue = lab.router("red", up0), lab.router("blue", up0)
    for router in (red, blue):
        router.iface["vrrp"] = "51"
    lab.attach()
    address = up0.addresses(100)[0]
    first = keepalived(lab, red.ns, "wan", 200, address)
    wait_for_master(address, red.ns, red.ns)
    keepalived(lab, blue.ns, "wan", 100, address)
    assert ping(up0.out, address) == 3

    def fail():
        lab.end(first, signal.SIGTERM)
        wait_for_master(address, blue.ns, red.ns, blue.ns)
    missing, answered = lost(up0.out, address, 5, fail)
    assert missing < 25 and answered > 20
    assert ping(up0.out, address) == 3
    neighbour = next(n for n in up0.out.ip_json("neigh", "show", address))
    assert neighbour["lladdr"] == VMAC


def test_keepalived_fails_over_between_hosts(lab):
    """The other host's router is beyond the wire: its master takes the address away, and back."""
    up0 = lab.port()
    red, green = lab.router("red", up0), lab.router("green", up0)
    red.iface["vrrp"] = "51"
    lab.attach()
    address = up0.addresses(100)[0]
    keepalived(lab, red.ns, "wan", 100, address)
    wait_for_master(address, red.ns, red.ns)
    assert ping(green.ns, address) == ping(up0.out, address) == 3
    other = keepalived(lab, up0.out, "wire", 200, address)
    wait_for_master(address, up0.out, red.ns, up0.out)
    assert ping(green.ns, address) == 3
    lab.end(other, signal.SIGTERM)
    wait_for_master(address, red.ns, red.ns, up0.out)
    assert ping(green.ns, address) == ping(up0.out, address) == 3
