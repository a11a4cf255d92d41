# SPDX-License-Identifier: GPL-2.0-only
"""
The virtual machine's NICs, in pairs: QEMU joins the two of a driver by a hub, or outside of the
machine by taps, which take checksums and segmentation on them and have several queues.

      out-up0                  host                      red
    ┌────────┐  NIC  hub  NIC ┌────────────────┐  veth ┌─────┐
    │   wire ├────────────────┤ up0 ─ vrxdp ─ v├───────┤ wan │
    └────────┘                └────────────────┘       └─────┘

A NIC is known by its PCI address: its name changes when it moves between namespaces.
"""

import os
import time

import pytest

from devices import Port
from netns import run

PCI = "/sys/bus/pci/devices"
CARRIER_S = 30      # igb resets its PHY when XDP comes and goes


def driver_of(address):
    link = f"{PCI}/{address}/driver"
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


def netdev_dir(address):
    """Where sysfs has its network device: virtio's is a level below."""
    for path in (f"{PCI}/{address}", *(e.path for e in os.scandir(f"{PCI}/{address}")
                                       if e.name.startswith("virtio"))):
        if os.path.isdir(path + "/net"):
            return path + "/net"
    return None


def mac_of(address):
    """Its own, from the factory."""
    where = netdev_dir(address)
    with open(f"{where}/{os.listdir(where)[0]}/address", encoding="ascii") as f:
        return f.read().strip()


def nics(driver, wired=None):
    """The PCI addresses of this driver's NICs, in order; on taps, or not, if @wired is given."""
    names = {driver, {"virtio_net": "virtio-pci"}.get(driver, driver)}
    found = [a for a in sorted(os.listdir(PCI)) if driver_of(a) in names and netdev_dir(a)]
    return [a for a in found if wired is None or wired == (int(mac_of(a).split(":")[4], 16) >= 0x10)]


def name_of(address, seconds=10):
    """Its name in the first namespace; the kernel brings it back there some time later."""
    until = time.monotonic() + seconds
    while True:
        where = netdev_dir(address)
        found = os.listdir(where) if where else []
        if found:
            return found[0]
        assert time.monotonic() < until, f"{address}: its network device doesn't come back"
        time.sleep(0.05)


def all_home():
    """Wait until every NIC is in the first namespace again, and down; virtual functions are gone."""
    for address in sorted(os.listdir(PCI)):
        if os.path.exists(f"{PCI}/{address}/sriov_numvfs"):
            with open(f"{PCI}/{address}/sriov_numvfs", "w", encoding="ascii") as f:
                f.write("0")
    for address in sorted(os.listdir(PCI)):
        if os.path.exists(f"{PCI}/{address}") and netdev_dir(address):
            name = name_of(address)
            run("ip", "link", "set", "dev", name, "down")
            if name in ("up0", "wire"):
                run("ip", "link", "set", "dev", name, "name", "n" + address.replace(":", "")[4:])


def take(address, dev, mtu=1500):
    """Move the NIC into @dev's namespace, under its name."""
    name = name_of(address)
    run("ip", "link", "set", "dev", name, "down")
    run("ip", "link", "set", "dev", name, "netns", dev.ns.name, "name", dev.name)
    dev.set("mtu", mtu)
    dev.mac = dev.ns.links()[dev.name]["address"]
    dev.pci = address
    dev.up()


def carrier(*devices, seconds=CARRIER_S):
    """Wait until they all have a link."""
    until = time.monotonic() + seconds
    for dev in devices:
        while dev.ns.links()[dev.name]["operstate"] not in ("UP", "UNKNOWN"):
            assert time.monotonic() < until, f"{dev.name}: no link for {seconds} s"
            time.sleep(0.05)


class NicPort(Port):
    """A port on a real driver; what is outside is the other NIC of the pair."""

    near, far = None, None

    def _make(self, lab, mtu):
        take(self.near, self.dev, mtu)
        take(self.far, self.wire, mtu)
        carrier(self.dev, self.wire)


def nic_port(lab, driver, name="up0", mtu=1500, ns=None, wired=None):
    found = nics(driver, wired)
    if len(found) < 2:
        pytest.skip(f"this virtual machine has no {driver} on taps: run scripts/vm as root")
    kind = type("NicPort", (NicPort,), {"near": found[0], "far": found[1]})
    return lab.port(name, ns, mtu=mtu, kind=kind)


def macs_of(dev):
    """The unicast addresses in the device's filter beyond its own."""
    found = set()
    for line in run("bridge", "-n", dev.ns.name, "fdb", "show", "dev", dev.name).stdout.splitlines():
        mac = line.split()[0]
        if not int(mac[:2], 16) & 1:
            found.add(mac)
    return found
