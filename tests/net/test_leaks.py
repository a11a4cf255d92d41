# SPDX-License-Identifier: GPL-2.0-only
"""No frame gets from one router to another but by the rules of a port and VLAN that both are on.

Every frame goes out with a number of its own; everybody notes what comes in. The comparison is
with tests/net/wire_rules.py, which is written from the documented rules.
"""

import os
import random

import pytest

from wire_rules import Member, Probe, Wires

LONG = os.environ.get("VRXDP_LONG", "") not in ("", "0")
SEED = int(os.environ.get("VRXDP_SEED", random.randrange(1 << 30)))


def site(lab, layout):
    """@layout: (name, port, kind, vlan, whose MAC address it has too, None: one of its own)."""
    lab.quiet = True
    ports = {"up0": lab.port("up0"), "up1": lab.port("up1", ns=lab.netns("nic"))}
    members = {}
    for name, port, kind, vlan, like in layout:
        router = lab.router(name, ports.get(port, port), kind, vlan or None)
        if like:
            router.mac = router.iface["mac"] = members[like].mac
            router.dev.set(f"address {router.mac}")
        members[name] = Member(name, router.port.name, router.mac, router.dev, kind, vlan)
    lab.attach()
    return Probe(lab, Wires(list(members.values()), {p.name: p.dev.mac for p in lab.ports}))


EVERY_KIND = [
    ("plain", "up0", "veth", "", None), ("other", "up0", "veth", "", None),
    ("guest", "up0", "tap", "", None), ("child", "up0", "macvlan", "", None),
    ("child2", "up0", "macvlan", "", None), ("access", "up0", "veth", "100", None),
    ("access2", "up0", "tap", "100", None), ("far", "up0", "veth", "300", "plain"),
    ("list", "up0", "veth", "100,200", None), ("trunk", "up0", "veth", "trunk", None),
    ("trunk2", "up0", "tap", "trunk", None), ("stacked", "up0", "veth", "200.100", None),
    ("stacked2", "up0", "tap", "200.100", "plain"), ("inner", "up0", "veth", "200", "access"),
    ("plain1", "up1", "veth", "", "plain"), ("access1", "up1", "veth", "100", "access"),
    ("trunk1", "up1", "tap", "trunk", None), ("whole", "up2", "port", "", None),
]


def test_each_frame_of_each_sender_comes_out_exactly_where_the_wire_rules_say(lab):
    probe = site(lab, EVERY_KIND)
    with probe:
        for member in probe.wires.members:
            probe.router_sends(member)
        for port in lab.ports:
            probe.wire_sends(port.name, port.wire)
    probe.check()
    lab.settled()


@pytest.mark.parametrize("number", range(40 if LONG else 2))
def test_random_routers_keep_to_the_wire_rules(lab, number):
    rng = random.Random(f"{SEED}-{number}")
    print(f"VRXDP_SEED={SEED}")
    vlans = ["", "", "100", "200", "300", "100,200", "200,300", "trunk", "200.100", "100.200"]
    layout = []
    for i in range(rng.randrange(4, 9)):
        kind = rng.choice(["veth", "veth", "tap", "macvlan"])
        layout.append((f"r{i}", rng.choice(["up0", "up0", "up1"]), kind,
                       "" if kind == "macvlan" else rng.choice(vlans), None))
    probe = site(lab, layout)
    print(layout)
    with probe:
        for member in probe.wires.members:
            probe.router_sends(member)
        for port in lab.ports:
            probe.wire_sends(port.name, port.wire)
    probe.check()
    lab.settled()
