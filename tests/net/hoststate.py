# SPDX-License-Identifier: GPL-2.0-only
"""What a detach must put back: everything about the lab's namespaces that vrxdp could change."""

import json
import os
import re

# Counts, and what follows from a link that has just come up.
MOVING = {"stats", "stats64", "operstate"}
# ip and tc make these in the first bpffs that they find, whoever runs them.
IPROUTE2 = {"ip", "tc", "xdp", "globals"}


def _of_netns(ns):
    names = []
    for link in ns.ip_json("-d", "link", "show"):
        names.append(link["ifname"])
        link["flags"] = sorted(set(link["flags"]) - {"NO-CARRIER", "LOWER_UP"})
        for part in ("info_data", "info_slave_data"):
            data = link.get("linkinfo", {}).get(part, {})
            for timer in [key for key in data if key.endswith("_timer")]:
                del data[timer]
        yield f"link {names[-1]}", {k: v for k, v in link.items() if k not in MOVING}
    yield "links", sorted(names)
    yield "features", ns.run("ethtool", "-k", "*").stdout.splitlines()
    yield "channels", ns.run("ethtool", "-l", "*", check=False).stdout.splitlines()
    shows = "".join(f"filter show dev {name} {way}\n" for name in names
                    for way in ("ingress", "egress"))
    # A device without clsact has no filters to show, which tc takes for an error.
    yield "filters", ns.run("tc", "-force", "-batch", "-", text=shows,
                            check=False).stdout.splitlines()
    yield "addresses", [(a["ifname"], i.get("local")) for a in ns.ip_json("addr")
                        for i in a["addr_info"]]
    # What a bridge has learnt comes and goes with the traffic.
    yield "fdb", sorted(line for line in ns.run("bridge", "fdb", "show").stdout.splitlines()
                        if " self" in line or " permanent" in line or " static" in line)
    yield "maddress", sorted(re.sub(r"users \d+", "", line) for line in
                             ns.run("ip", "maddress", "show").stdout.splitlines())
    yield "qdiscs", ns.run("tc", "qdisc", "show").stdout.splitlines()
    programs = json.loads(ns.run("bpftool", "-j", "net", "show").stdout)
    yield "programs", [{k: v for k, v in part.items() if k != "flow_dissector"}
                       for part in programs]
    yield "routes", ns.ip_json("route", "show", "table", "all")


def host_state(lab, namespaces=None):
    """A flat dictionary of texts, to be compared with another one; of all namespaces, or these."""
    state = {}
    for ns in namespaces or lab.namespaces:
        for what, value in _of_netns(ns):
            state[f"{ns.name}: {what}"] = value
    with open("/proc/self/mounts", encoding="utf-8") as f:
        state["mounts"] = [line for line in f if lab.dir in line]
    state["files"] = sorted(os.path.join(top, name) for top, dirs, files in os.walk(lab.dir)
                            for name in dirs + files
                            if not name.endswith(".conf") and name not in IPROUTE2)
    return state


def _parts(value):
    if isinstance(value, dict):
        return [f"{k}={v}" for k, v in value.items()]
    return [str(part) for part in value] if isinstance(value, list) else [str(value)]


def differences(before, after):
    """One line for each thing that isn't the same: what went, what came."""
    found = []
    for what in sorted(before.keys() | after.keys()):
        was, is_now = _parts(before.get(what)), _parts(after.get(what))
        if was != is_now:
            found.append(f"{what}: -{[p for p in was if p not in is_now]} "
                         f"+{[p for p in is_now if p not in was]}")
    return found
