# SPDX-License-Identifier: GPL-2.0-only
"""status, stats and top show what is: for people and as JSON, as the contract says."""

import fcntl
import re
import socket
import struct
import threading
import time

from devices import ROOT
from traffic import frames

SIOCSIFNAME = 0x8923

PORT = {"name", "device", "mode", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "drops"}
ROUTER = {"name", "path", "rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "fast_packets",
          "stack_packets", "drop_packets", "drops", "tx_drop_packets", "tx_drops", "punts",
          "cpu_ns", "interfaces"}
IFACE = {"name", "port", "macs", "vlan", "device", "rx_packets", "rx_bytes", "tx_packets",
         "tx_bytes"}


def test_stats_json_has_the_contracts_keys_and_values(lab):
    lab.quiet = True
    up0, red = lab.site()
    frames(up0.wire, f"dst={red.mac},min=100,max=100", n=10)
    before, data = time.monotonic_ns(), lab.settled().data
    assert before < data["time_ns"] < time.monotonic_ns()
    port, router = data["ports"][0], data["routers"][0]
    assert PORT <= port.keys() and ROUTER <= router.keys()
    iface = router["interfaces"][0]
    assert IFACE <= iface.keys()
    assert (port["name"], port["device"], port["mode"]) == ("up0", "up0", "native")
    assert (iface["name"], iface["port"], iface["macs"], iface["device"]) == \
        ("wan", "up0", [red.mac], "v-red")
    assert (router["path"], router["stack_packets"], router["rx_bytes"]) == ("stack", 10, 1000)
    assert router["cpu_ns"] is None or router["cpu_ns"] >= 0


def test_status_json_has_the_contracts_keys_and_values(lab):
    _, red = lab.site()
    data = lab.status().data
    port, router = data["ports"][0], data["routers"][0]
    assert {"name", "device", "netns", "mode", "state", "problems"} <= port.keys()
    assert (port["mode"], port["state"], port["problems"]) == ("native", "up", [])
    assert {"name", "netns", "origin", "wanted", "path", "why", "routes", "neighbours",
            "interfaces"} <= router.keys()
    assert (router["netns"], router["origin"], router["wanted"]) == (red.ns.name, "file", "stack")
    assert (router["path"], router["why"]) == ("stack", [])
    iface = router["interfaces"][0]
    assert (iface["name"], iface["port"], iface["device"], iface["state"]) == \
        ("wan", "up0", "v-red", "up")
    assert data["daemon"] == {"running": False, "pid": 0}
    assert data["tracing"] is True
    with open(f"{ROOT}/VERSION", encoding="ascii") as f:
        assert data["version"] == f.read().strip()


def test_a_router_that_should_be_fast_runs_on_stack_and_status_says_why(lab):
    red = lab.router("red", lab.port())
    del red.conf["path"]
    lab.attach()
    router = lab.status().router()
    assert (router["wanted"], router["path"]) == ("fast", "stack")
    assert {why["cause"] for why in router["why"]} == {"daemon"}
    assert lab.stats().router()["path"] == "stack"


def test_people_see_the_same(lab):
    lab.quiet = True
    up0, red = lab.site(vlan=100)
    frames(up0.wire, f"dst={red.mac},vlan=100", n=4321)
    red.dev.down()
    frames(up0.wire, f"dst={red.mac},vlan=100", n=7)
    lab.settled()
    status = lab.vrxdp("status").stdout
    for word in ("up0", "red", "wan", "v-red", "native", "stack", "100", "far end is down"):
        assert word in status, status
    stats = lab.vrxdp("stats").stdout
    for word in ("up0", "red", "4328", "4321", "no-receiver"):
        assert word in stats, stats


def test_stats_takes_names_of_routers(lab):
    lab.sites("veth", "tap", "macvlan")
    assert lab.stats("blue").names() == ["blue"]
    assert lab.stats("red", "blue").names() == ["blue", "red"]
    done = lab.vrxdp("stats", "blue", "nobody", status=1)
    assert done.stdout == "" and "nobody" in done.stderr and done.stderr.count("\n") == 1


def test_top_prints_plain_lines_with_a_time_and_the_rate(lab):
    lab.quiet = True
    up0, red = lab.site()
    thread = threading.Thread(target=frames, args=(up0.wire, f"dst={red.mac},min=100,max=100"),
                              kwargs={"n": 20_000, "pps": 5000})
    thread.start()
    time.sleep(0.3)
    done = lab.vrxdp("top", "-b", "-d", "1", "-n", "2")
    thread.join()
    assert "\x1b" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if re.search(r"\bred\b", line)]
    assert len(lines) == 2
    assert all(re.search(r"\d\d:\d\d:\d\d", line) for line in lines)
    rate = float(re.search(r"rx_pps=([\d.]+)", lines[-1]).group(1))
    assert 1000 < rate < 20_000


def rename(dev, name):
    """As a program would: the kernel takes all but blanks, '/' and ':'."""
    with dev.ns, socket.socket() as sock:
        fcntl.ioctl(sock, SIOCSIFNAME, struct.pack("16s16s8x", dev.name.encode(), name))


def test_names_that_a_routers_owner_chose_are_escaped(lab):
    up0 = lab.port()
    red = lab.router("red", up0, "macvlan")
    lab.attach()
    red.dev.down()
    rename(red.dev, b"a\x1b[2J\\\"b")
    for args in (("status",), ("status", "--json"), ("stats",), ("stats", "--json"),
                 ("top", "-b", "-n", "1", "-d", "1")):
        out = lab.vrxdp(*args).stdout
        assert "\x1b" not in out
    assert lab.status().interface()["problems"]


def test_help_goes_to_stdout_with_status_0_and_names_every_command(lab):
    text = lab.vrxdp("--help").stdout
    for name in ("attach", "detach", "status", "stats", "top", "router"):
        assert name in text
        assert name in lab.vrxdp(name, "--help").stdout
    assert "daemon" not in text
