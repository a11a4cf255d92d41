# SPDX-License-Identifier: GPL-2.0-only
"""A router that bridges its interfaces forwards nobody's frames: their sources aren't its own."""

from devices import Dev
from marked import BROADCAST, CTAG, MULTICAST, Sender, marked, parse, watching

STATION = "02:00:00:00:77:77"


def test_a_router_that_bridges_its_two_interfaces_gives_nobody_a_second_copy(lab):
    lab.quiet = True
    up0 = lab.port()
    evil, victim, tagged = (lab.router(name, up0, vlan=vlan)
                            for name, vlan in (("evil", None), ("victim", None), ("tagged", 100)))
    # Into VLAN 100 as well, so that a bridge would join the two.
    for name, vlan in (("lan", None), ("vlan", 100)):
        end = Dev(evil.ns, name, f"02:00:00:00:05:{len(name):02x}")
        lab.veth(Dev(lab.host, f"w-{name}"), end)
        evil.more[name] = {"port": up0.name, "mac": end.mac, "device": f"w-{name}"}
        if vlan:
            evil.more[name]["vlan"] = vlan
    lab.attach()
    # The bridge's own frames mustn't pass either: with an address of evil's they would go round.
    evil.ns.ip(f"link add br0 address {STATION[:-2]}88 type bridge", "link set br0 up",
               *[f"link set {name} master br0" for name in ("wan", "lan", "vlan")])
    with watching({"wire": up0.wire, "victim": victim.dev, "tagged": tagged.dev}) as seen:
        with Sender(up0.wire) as wire, Sender(victim.dev) as router:
            for number in range(0, 200, 2):
                wire.send(marked(number, (BROADCAST, MULTICAST)[number % 4 // 2], STATION))
                router.send(marked(number + 1, BROADCAST, victim.mac))
            wire.send(marked(999, BROADCAST, STATION, ((CTAG, 100),)))
    numbers = {name: sorted(parse(frame)[0] for frame in got) for name, got in seen.items()}
    assert numbers == {"wire": list(range(1, 200, 2)), "victim": list(range(0, 200, 2)),
                       "tagged": [999]}
    # wan and lan get 200 each, vlan one; each goes to the two others' ways out, and no farther.
    # Beside them are the few that the bridge sends by itself.
    drops = lab.settled().router("evil")["tx_drops"]
    assert set(drops) == {"source-mac"} and 0 <= drops["source-mac"] - 2 * 401 < 30
