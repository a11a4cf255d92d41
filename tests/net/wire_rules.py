# SPDX-License-Identifier: GPL-2.0-only
"""Where a frame must come out, by the rules of docs/architecture.md, and in which form.

Written from the rules, not from the code: routers on a port are as if on one wire, each with
its VLANs, and nothing connects one port with another.
"""

from collections import Counter
from dataclasses import dataclass

from marked import BROADCAST, CTAG, MULTICAST, RESERVED, STAG, Sender, marked, parse, watching

UNKNOWN = "02:00:99:00:00:99"
FORMS = [(), ((CTAG, 0),), ((CTAG, 100),), ((CTAG, 200),), ((CTAG, 300),), ((CTAG, 4095),),
         ((STAG, 200), (CTAG, 100)), ((STAG, 200), (CTAG, 200)), ((STAG, 100),),
         ((STAG, 200), (CTAG, 0)), ((STAG, 0), (CTAG, 100)),
         ((CTAG, 0), (CTAG, 100)), ((CTAG, 100), (CTAG, 200)), ((CTAG, 100), (STAG, 200))]


def wire_vlan(tags):
    """The VLAN that a frame is in on the wire, (outer, VID); None: in none that vrxdp serves."""
    if not tags:
        return 0, 0
    if tags[0][0] == CTAG:
        if tags[0][1]:
            return 0, tags[0][1]
        return (0, 0) if len(tags) == 1 else None
    if len(tags) > 1 and tags[0][1] and tags[1][0] == CTAG and tags[1][1]:
        return tags[0][1], tags[1][1]
    return None


@dataclass
class Member:
    """A router on a port."""

    name: str
    port: str
    mac: str
    dev: object
    kind: str
    vlan: str = ""      # as in the config

    @property
    def redirected(self):
        return self.kind in ("veth", "tap")

    @property
    def hidden(self):
        """The tags that the router doesn't see."""
        if not self.vlan or self.vlan == "trunk" or "," in self.vlan:
            return ()
        outer, _, inner = self.vlan.rpartition(".")
        return ((STAG, int(outer)), (CTAG, int(inner))) if outer else ((CTAG, int(inner)),)

    def has(self, vlan):
        if not self.vlan:
            return vlan == (0, 0)
        if vlan is None or vlan[0] and not self.hidden:
            return False
        if self.vlan == "trunk":
            return vlan[1] != 0
        if self.hidden:
            return vlan == wire_vlan(self.hidden)
        return str(vlan[1]) in self.vlan.split(",")

    def sent_form(self, tags):
        """The frame's tags on the wire; None: the router may not send it."""
        if self.hidden:
            return self.hidden + tags
        return tags if wire_vlan(tags) and self.has(wire_vlan(tags)) else None

    def seen_form(self, tags):
        return tags[len(self.hidden):]


class Wires:
    """Ports, and the routers on them."""

    def __init__(self, members, ports):
        self.members = members
        self.ports = ports      # name: MAC
        self.whole = {m.port for m in members if m.kind == "port"}

    def on(self, port):
        return [m for m in self.members if m.port == port]

    def owner(self, port, vlan, mac):
        return next((m for m in self.on(port) if m.mac == mac and m.has(vlan)), None)

    def _host(self, port, form):
        return {} if port in self.whole else {f"host {port}": form}

    def _to_all(self, port, vlan, form, sender=None):
        seen = {m.name: m.seen_form(form) for m in self.on(port)
                if m is not sender and m.has(vlan)}
        # The kernel gives a macvlan child group frames of every VLAN.
        seen.update({m.name: form for m in self.on(port)
                     if m.kind == "macvlan" and m is not sender})
        return seen

    def from_wire(self, port, dst, tags):
        vlan, host = wire_vlan(tags), self._host(port, tags)
        if int(dst[:2], 16) & 1:
            if dst == RESERVED or vlan is None:
                return host | {m.name: tags for m in self.on(port) if not m.redirected}
            return host | self._to_all(port, vlan, tags) | \
                {m.name: tags for m in self.on(port) if m.kind == "port"}
        owner = self.owner(port, vlan, dst) if vlan else None
        if owner and owner.redirected:
            return {owner.name: owner.seen_form(tags)}
        # What XDP passes, the kernel gives to a macvlan child by its address alone, and to a
        # whole port anyway.
        return host | {m.name: tags for m in self.on(port)
                       if m.kind == "port" or m.kind == "macvlan" and m.mac == dst}

    def from_router(self, sender, dst, tags):
        if sender.kind == "macvlan":
            return self._to_children(sender, dst, tags) or self._from_child(sender, dst, tags)
        port, form = sender.port, sender.sent_form(tags)
        if form is None or dst == RESERVED:
            return {}
        vlan, wire = wire_vlan(form), f"wire {port}"
        if int(dst[:2], 16) & 1:
            return {wire: form} | self._to_all(port, vlan, form, sender) | self._host(port, form)
        owner = self.owner(port, vlan, dst)
        if owner is sender:
            return {} if sender.redirected else {wire: form}
        if owner:
            return {owner.name: owner.seen_form(form)} | \
                ({} if owner.redirected else self._host(port, form))
        if dst == self.ports[port] and sender.redirected:
            return self._host(port, form)
        return {wire: form}

    def _to_children(self, sender, dst, tags):
        """Within the macvlan driver, which asks for the address only; vrxdp doesn't see it."""
        return {name: tags for m in self.on(sender.port) if m.kind == "macvlan" and m.mac == dst
                for name in (m.name, f"host {m.port}")}

    def _from_child(self, sender, dst, tags):
        port, vlan = sender.port, wire_vlan(tags)
        allowed = vlan == (0, 0) and dst != RESERVED
        if not int(dst[:2], 16) & 1:
            owner = self.owner(port, vlan, dst)
            return {} if not allowed else {owner.name: tags} if owner else {f"wire {port}": tags}
        # The device below it doesn't hear it.
        seen = {m.name: tags for m in self.on(port) if m.kind == "macvlan" and m is not sender}
        return seen | ({f"wire {port}": tags} | self._to_all(port, vlan, tags, sender)
                       if allowed else {})


class Probe:
    """Sends frames and compares where they come out with where they must."""

    def __init__(self, lab, wires):
        self.wires = wires
        self.devices = {m.name: m.dev for m in wires.members}
        for port in lab.ports:
            self.devices[f"wire {port.name}"] = port.wire
            if port.name not in wires.whole:
                self.devices[f"host {port.name}"] = port.dev
        self.sent, self.expected, self.seen = {}, {}, {}

    def expect(self, what, expected):
        """The number of the next frame, which must come out as in @expected."""
        number = len(self.sent) + 1
        self.sent[number] = what
        self.expected[number] = Counter(expected.items())
        return number

    def allow(self, frame, name):
        """This frame, which isn't one of mark(), may be seen there, as often as it is sent."""
        number, tags = parse(frame)
        self.sent[number] = "a frame of another make"
        self.expected.setdefault(number, Counter())[(name, tags)] += 1

    def _send(self, sender, from_, dst, src, tags, expected):
        number = self.expect(f"from {from_} to {dst} source {src} tags {tags}", expected)
        sender.send(marked(number, dst, src, tags))

    def destinations(self):
        macs = {m.mac for m in self.wires.members} | set(self.wires.ports.values())
        return sorted(macs) + [UNKNOWN, BROADCAST, MULTICAST, RESERVED]

    def router_sends(self, member, forms=None):
        """To every address, in every form, and with the address of everybody else."""
        # On the kernel's own way out, a frame that is dropped there looks like a full queue.
        with Sender(member.dev, tries=5 if member.redirected else 1) as sender:
            for dst in self.destinations():
                for tags in forms or FORMS:
                    self._send(sender, member.name, dst, member.mac, tags,
                               self.wires.from_router(member, dst, tags))
            if not member.redirected:
                return      # whose frames it is, only its source tells
            for src in self.destinations()[:-3] + ["00:00:00:00:00:00", MULTICAST]:
                for dst in (BROADCAST, UNKNOWN, *self.wires.ports.values()):
                    if src != member.mac:
                        self._send(sender, member.name, dst, src, (), {})

    def wire_sends(self, port, wire, forms=None):
        with Sender(wire) as sender:
            for dst in self.destinations():
                for tags in forms or FORMS:
                    self._send(sender, f"wire {port}", dst, wire.mac, tags,
                               self.wires.from_wire(port, dst, tags))

    def __enter__(self):
        self._watching = watching(self.devices)
        self._frames = self._watching.__enter__()
        return self

    def __exit__(self, *exc):
        self._watching.__exit__(*exc)
        for name, frames in self._frames.items():
            for frame in frames:
                number, tags = parse(frame)
                self.seen.setdefault(number, Counter())[(name, tags)] += 1

    def check(self, at_most=False):
        """
        Print each frame that came out elsewhere, or in another form, or not once; if @at_most,
        frames that are lost are right.
        """
        wrong = []
        for number in self.sent.keys() | self.seen.keys():
            seen = self.seen.get(number, Counter())
            expected = self.expected.get(number, Counter())
            if seen - expected or not at_most and expected - seen:
                wrong.append(number)
                print(f"{self.sent.get(number, number)}: expected {dict(expected)}, came "
                      f"{dict(seen)}")
        assert not wrong, f"{len(wrong)} of {len(self.sent)} frames came out wrong"
