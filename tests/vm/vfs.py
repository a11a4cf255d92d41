# SPDX-License-Identifier: GPL-2.0-only
"""
Virtual functions of igb (an emulated 82576), each the whole port of a router or a port of the host.

      out-up0                 host                         red
    ┌────────┐ NIC hub NIC ┌────────┐ the NIC's own ┌────────────┐
    │   wire ├─────────────┤ up0 PF ├──┬── switch ──┤ vf0 ─ vrxdp│
    └────────┘             └────────┘  │            └────────────┘
                                       └──────────── vf1: blue, or a port of the host

What the emulation can't do is in docs/devices.md.
"""

import contextlib
import os
import socket
import time

from devices import Dev, Port, Router
from nics import PCI, carrier, nic_port, take
from traffic import ETH_P_ALL, PACKET_IGNORE_OUTGOING, SETTLE, SOL_PACKET, SO_RCVBUFFORCE, capture, ping, send

# A VF learns from its PF that there is a link, by a driver that asks every 2 s and resets itself every 10 s at most.
WAIT_S = 120

# An EtherType for experiments, and 46 bytes.
PROBE = b"\x88\xb5" + b"vrxdp".ljust(46)


def until(what, true):
    """Wait for a state that drivers reach in their own time."""
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, f"{what}: not within {WAIT_S} s"
        time.sleep(0.1)


def make_vfs(pf, number):
    """Their PCI addresses; the PF is up, or their driver can't reach it."""
    with open(f"{PCI}/{pf}/sriov_numvfs", "w", encoding="ascii") as f:
        f.write(str(number))
    return [os.path.basename(os.readlink(f"{PCI}/{pf}/virtfn{i}")) for i in range(number)]


class VfPort(Port):
    """A VF; outside is what is outside of its PF."""

    pf, number_of_vf = None, None

    def __init__(self, lab, name, number, ns, mtu):
        self.name, self.number, self.ns = name, number, ns
        self.out, self.wire = self.pf.out, self.pf.wire
        self.ip4, self.ip6 = self.pf.ip4, self.pf.ip6
        self.dev = Dev(ns, name)
        take(self.pf.vfs[self.number_of_vf], self.dev, mtu)
        self.conf = {"device": name, "mode": "generic"}

    def addresses(self, host):
        return self.pf.addresses(host)

    def given(self, *options):
        """What the PF says of the VF: ip link set PF vf N …"""
        self.pf.dev.set("vf", self.number_of_vf, *options)

    def comes_back_with(self, mac):
        """The address that the PF has set comes with the VF's next reset."""
        self.dev.down()
        self.dev.up()
        until(f"{self.name}: address {mac}", lambda: self.ns.links()[self.name]["address"] == mac)
        self.dev.mac = mac


def pf_port(lab, vfs=2, attached=False):
    """The PF with its VFs in the first namespace; unless @attached, not one of vrxdp's ports."""
    pf = nic_port(lab, "igb")
    pf.vfs = make_vfs(pf.dev.pci, vfs)
    carrier(pf.dev, pf.wire)
    if not attached:
        lab.ports.remove(pf)
    return pf


def vf_port(lab, pf, number=0, ns=None, mac=None):
    """The VF as a port of the host, or of @ns; @mac: as its PF says."""
    kind = type("VfPort", (VfPort,), {"pf": pf, "number_of_vf": number})
    if mac:
        pf.dev.set("vf", number, "mac", mac)
    port = lab.port(f"vf{number}", ns, kind=kind)
    if mac:
        port.comes_back_with(mac)
    return port


def vf_router(lab, name, pf, number=0, mac=None):
    """A router whose own device is the VF."""
    router = Router(lab, name, vf_port(lab, pf, number, lab.netns(name), mac), "port", 1500)
    lab.routers.append(router)
    return router


def bytes_of(mac):
    return bytes.fromhex(mac.replace(":", ""))


def one_way(a, b):
    """Does a frame pass from one device to the other? For namespaces without addresses, too."""
    probe = bytes_of(b.mac) + bytes_of(a.mac) + PROBE
    with capture(b) as seen:
        send(a, probe)
    return probe in seen


def linked(*ports):
    """
    Wait until each VF and the wire exchange frames: that its link is up says little after a
    reset of the PF, since its driver hasn't noticed yet.
    """
    for port in ports:
        carrier(port.dev, seconds=WAIT_S)
        until(f"{port.name} to the wire", lambda p=port: one_way(p.dev, p.wire) and one_way(p.wire, p.dev))


class Arrived:
    """As count() yields it, for one device."""

    def __init__(self):
        self.frames = []

    def packets(self, **fields):
        return sum(all(frame[k] == v for k, v in fields.items()) for frame in self.frames)


@contextlib.contextmanager
def count_plainly(dev):
    """count() without promiscuous mode, which the emulated PF gets wrong."""
    got = Arrived()
    with dev.ns:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        sock.bind((dev.name, ETH_P_ALL))
        yield got
        time.sleep(SETTLE)
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                frame = sock.recv(65536)
                got.frames.append({"dst": frame[:6].hex(":"), "src": frame[6:12].hex(":")})


def reach(*pairs):
    """Wait until each namespace gets answers from each address."""
    for ns, address in pairs:
        until(f"{ns.name} to {address}", lambda ns=ns, address=address: ping(ns, address, 1) == 1)
