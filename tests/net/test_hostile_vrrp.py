# SPDX-License-Identifier: GPL-2.0-only
"""A hostile router takes no virtual address but those of VRIDs and VLANs that the config gives it."""

import pytest

from marked import CTAG, marked, parse, watching
from packets import tag
from test_vrrp import VMAC, advert
from traffic import send

VLAN = ((CTAG, 300),)


@pytest.fixture
def site(lab):
    """evil has VRID 51 on VLANs 100 and 200, victim on 300; both have other addresses as well."""
    lab.quiet = True
    up0 = lab.port()
    evil = lab.router("evil", up0, vlan="100,200")
    victim = lab.router("victim", up0, vlan="300,400")
    for router in (evil, victim):
        router.iface["vrrp"] = "51"
    lab.attach()
    send(victim.dev, tag(advert(VMAC), 300))
    return lab, up0, evil, victim


def receivers(up0, evil, victim, *frames, sender):
    """Who gets which of the marked frames."""
    devices = {"wire": up0.wire, "host": up0.dev, "evil": evil.dev, "victim": victim.dev}
    with watching({name: dev for name, dev in devices.items() if dev is not sender}) as seen:
        send(sender, *frames)
    return {name: [parse(frame)[0] for frame in got] for name, got in seen.items() if got}


def test_an_advertisement_in_a_vlan_that_is_not_its_own_takes_nothing(site):
    lab, up0, evil, victim = site
    to_virtual = marked(1, VMAC, up0.wire.mac, VLAN)
    assert receivers(up0, evil, victim, to_virtual, sender=up0.wire) == {"victim": [1]}
    send(evil.dev, tag(advert(evil.mac), 300), tag(advert(VMAC), 300))
    assert receivers(up0, evil, victim, to_virtual, sender=up0.wire) == {"victim": [1]}
    from_virtual = marked(2, up0.wire.mac, VMAC, VLAN)
    assert receivers(up0, evil, victim, from_virtual, sender=evil.dev) == {}
    assert receivers(up0, evil, victim, from_virtual, sender=victim.dev) == {"wire": [2]}
    # In a VLAN of both it would be right: here is one of its own.
    send(evil.dev, tag(advert(evil.mac), 100))
    mine = marked(3, VMAC, up0.wire.mac, ((CTAG, 100),))
    assert receivers(up0, evil, victim, mine, sender=up0.wire) == {"evil": [3]}
    assert lab.settled().router("evil")["tx_drops"] == {"vlan": 1, "source-mac": 2}


def test_a_router_that_lists_no_vrid_takes_none(lab):
    lab.quiet = True
    up0, evil, victim = lab.sites("veth", "veth")
    victim.iface["vrrp"] = "51"
    lab.attach()
    send(victim.dev, advert(VMAC))
    send(evil.dev, advert(evil.mac), advert(VMAC), advert(victim.mac))
    seen = receivers(up0, evil, victim, marked(1, VMAC, up0.wire.mac), sender=up0.wire)
    assert seen == {"victim": [1]}


def test_a_trunk_that_advertises_in_all_vlans_leaves_room_for_others(lab):
    """512 of its own, no more; a router that comes later is attached, and takes its address."""
    lab.quiet = True
    up0 = lab.port()
    evil, victim = lab.router("evil", up0, vlan="trunk"), lab.router("victim", up0, vlan="300,400")
    late = lab.router("late", up0)
    for router in (evil, victim):
        router.iface["vrrp"] = "51, 52, 53"
    lab.routers.remove(late)
    lab.attach(lab.config() + "[daemon]\nmax-interfaces = 8\n")
    vlans = [vid for vid in range(1, 1000) if vid not in (300, 400)]
    for vid in vlans:
        send(evil.dev, tag(advert(VMAC), vid))
    send(victim.dev, tag(advert(VMAC), 300))
    lab.routers.append(late)
    lab.attach(lab.config() + "[daemon]\nmax-interfaces = 8\n")
    frames = [marked(vid % 250, VMAC, up0.wire.mac, ((CTAG, vid),)) for vid in (*vlans, 300)]
    with watching({"evil": evil.dev, "victim": victim.dev}) as seen:
        send(up0.wire, *frames)
    assert {name: len(got) for name, got in seen.items()} == {"evil": 512, "victim": 1}
