# SPDX-License-Identifier: GPL-2.0-only
"""A reload under traffic: routers that stay the same lose nothing, and every packet counts once."""

import contextlib

import pytest

from devices import Dev
from lab import section
from packets import ether, ipv4
from test_router_commands import interface
from traffic import count, steady

PPS = 25_000    # what the stack path carries without a full ring, with room to spare
BROADCAST = "ff:ff:ff:ff:ff:ff"


class Site:
    """Red forwards from up0 to up1 with its kernel; others on up0 come and go."""

    def __init__(self, lab, kind):
        lab.quiet = True
        self.lab = lab
        self.up0, self.up1 = lab.port(), lab.port("up1")
        self.red = lab.router("red", self.up0, kind)
        self.lan = Dev(self.red.ns, "lan", "02:00:01:00:01:02")
        lab.veth(Dev(lab.host, "v-lan"), self.lan)
        self.red.more["lan"] = {"port": "up1", "mac": self.lan.mac, "device": "v-lan"}
        self.red.ns.sysctl("net/ipv4/ip_forward", 1)
        self.red.ns.ip("addr add 10.77.0.2/24 dev wan", "addr add 10.77.1.2/24 dev lan",
                       f"neigh add 10.77.1.1 lladdr {self.up1.wire.mac} dev lan",
                       f"neigh add 10.77.0.1 lladdr {self.up0.wire.mac} dev wan")
        self.blue = lab.router("blue", self.up0)
        self.green = lab.router("green", self.up0, "tap")
        self.grey = lab.router("grey", self.up0, vlan=100)
        inside = lab.netns("inside")
        self.crowd = [section("router", dev.name, {"netns": inside.name, "path": "stack"})
                      + section("interface", f"{dev.name}/wan",
                                {"port": "up0", "mac": dev.mac, "device": dev.name})
                      for dev in lab.many_veths(lab.host, inside, 12)]

    def config(self, *routers, limit=200, crowd=0, reverse=False):
        """A file with red and these."""
        self.lab.routers = [self.red, *routers]
        self.up0.conf["group-limit"] = f"{limit}kpps"
        sections = ["[" + text for text in self.lab.config().split("[")[1:]] + self.crowd[:crowd]
        return "\n".join(reversed(sections) if reverse else sections)

    def configs(self):
        """Others come first and go last, in crowds, in another order, with another limit."""
        yield self.config(self.blue)
        yield self.config(self.blue, self.green, limit=100)
        yield self.config(limit=300)
        yield self.config(self.grey, crowd=12)
        yield self.config(self.grey, self.blue, crowd=12, reverse=True)
        yield self.config(self.green, limit=100, crowd=3)
        yield self.config()
        yield self.config(self.green, self.grey, self.blue, reverse=True)
        yield self.config(self.blue, crowd=12)
        yield self.config()

    def forwarded(self):
        """A stream that red's kernel forwards to up1's wire."""
        return "hex=" + ether(self.red.mac, self.up0.wire.mac,
                              ipv4("10.77.0.1", "10.77.1.1", payload=b"x" * 60)).hex()


    def streams(self):
        return self.forwarded() + ",weight=9", f"dst={BROADCAST},min=60,max=1514"

    @contextlib.contextmanager
    def nothing_is_lost(self):
        """Traffic through red while the block runs; source, counters and sinks must agree."""
        with count(self.lab, self.red.dev) as at_red, count(self.lab, self.up1.wire) as outside:
            with steady(self.lab, self.up0.wire, *self.streams(), pps=PPS) as sent:
                yield
        self.check(sent, at_red, outside)

    def check(self, sent, at_red, outside):
        through, copies = (stream["sent"] for stream in sent["streams"])
        stats = self.lab.settled()
        red = stats.router()
        assert through > 1000, "hardly any traffic"
        assert outside.packets(src=self.lan.mac, dst=self.up1.wire.mac) == through
        assert at_red.packets(dst=self.red.mac) == through
        assert at_red.packets(dst=BROADCAST) == copies
        assert red["drops"] == red["tx_drops"] == {}
        assert red["rx_packets"] == red["stack_packets"] == through + copies
        assert red["tx_packets"] == through
        assert stats.port("up0")["rx_packets"] == through + copies
        assert stats.port("up1")["tx_packets"] == through
        wan, lan = (stats.interface("red", name) for name in ("wan", "lan"))
        assert (wan["rx_packets"], lan["tx_packets"]) == (through + copies, through)
        assert wan["rx_bytes"] == sent["bytes"]


@pytest.mark.parametrize("kind, mode", [("veth", "native"), ("macvlan", "native"),
                                        ("veth", "generic")])
def test_a_router_that_the_file_leaves_alone_loses_nothing_in_ten_reloads(lab, kind, mode):
    site = Site(lab, kind)
    site.up0.conf["mode"] = mode
    lab.attach(site.config())
    with site.nothing_is_lost():
        for text in site.configs():
            lab.attach(text)
    assert lab.stats().names() == ["red"]


def test_a_router_whose_path_is_set_loses_nothing(lab):
    site = Site(lab, "veth")
    lab.attach(site.config())
    with site.nothing_is_lost():
        for path in ("fast", "stack") * 5:
            lab.vrxdp("router", "set", "red", "--path", path)
            assert lab.status().router()["wanted"] == path


def test_a_router_loses_nothing_while_another_interface_of_its_own_comes_and_goes(lab):
    site = Site(lab, "veth")
    lab.attach(site.config())
    dmz = Dev(site.red.ns, "dmz", "02:00:00:00:03:01")
    lab.veth(Dev(lab.host, "v-dmz"), dmz)
    more = section("interface", "red/dmz", {"port": "up1", "mac": dmz.mac, "device": "v-dmz"})
    with site.nothing_is_lost():
        for _ in range(5):
            lab.attach(site.config() + more)
            lab.attach(site.config())


@pytest.mark.parametrize("bulks", [False, True], ids=["one by one", "in bulks"])
def test_frames_for_an_interface_that_moves_are_its_own_or_the_hosts_and_all_count(lab, bulks):
    """Attached anew again and again: there is no moment at which a frame is nobody's."""
    lab.quiet = True
    up0, red = lab.site()
    if bulks:
        up0.dev.threaded()
    with count(lab, red.dev) as at_red, count(lab, up0.dev) as at_host:
        with steady(lab, up0.wire, f"dst={red.mac},min=60,max=1514", pps=PPS) as sent:
            for vlan in (100, None) * 8:
                lab.vrxdp("router", "set", "red", "--interface",
                          interface(red, **{"vlan": vlan} if vlan else {}))
    stats = lab.settled()
    router = stats.router()
    assert stats.port()["rx_packets"] == sent["sent"]
    assert at_host.packets() + router["rx_packets"] == sent["sent"]
    assert at_red.packets() == router["stack_packets"]
    assert min(at_host.packets(), at_red.packets()) > 1000
    print(f"{sent['sent']} sent, {at_host.packets()} to the host, drops {router['drops']}")
