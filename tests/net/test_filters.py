# SPDX-License-Identifier: GPL-2.0-only
"""A port's filters, on a tap: it has them as a NIC does, but drops nothing by them."""

import pytest

from devices import TapPort
from hoststate import differences, host_state


def fdb(lab):
    """The unicast addresses in up0's filter."""
    shown = lab.host.run("bridge", "fdb", "show", "dev", "up0").stdout.splitlines()
    return {line.split()[0] for line in shown if not int(line[:2], 16) & 1}


def flags(lab):
    return {flag for flag in lab.host.links()["up0"]["flags"] if flag in ("ALLMULTI", "PROMISC")}


def named(lab, *words):
    """The problems of red and blue have these words, and no others have any."""
    problems = [" ".join(lab.status().interface(name)["problems"]) for name in ("red", "blue")]
    for text in problems:
        assert bool(text) == bool(words)
        assert all(word in text for word in words)
    assert lab.status().port()["problems"] == []


@pytest.fixture
def site(lab):
    """A port, the routers red and blue behind it, attached; and what it was like before."""
    up0 = lab.port(kind=TapPort)
    red, blue = lab.router("red", up0), lab.router("blue", up0, "tap")
    red.iface["vrrp"] = blue.iface["vrrp"] = "51"
    before = host_state(lab)
    lab.attach()
    named(lab)
    return red, blue, before


def test_an_address_that_somebody_removed_is_named_and_put_back(lab, site):
    red, _, before = site
    whole = fdb(lab)
    assert {red.mac, "00:00:5e:00:01:33", "00:00:5e:00:02:33"} <= whole
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    assert red.mac in " ".join(lab.status().interface()["problems"])
    assert lab.status().interface("blue")["problems"] == []
    # An address of both is a problem of both.
    lab.host.run("bridge", "fdb", "del", "00:00:5e:00:02:33", "dev", "up0", "self")
    assert "and 1 more" in " ".join(lab.status().interface()["problems"])
    named(lab, "filter")
    done = lab.attach()
    assert "red/wan" in done.stdout and "blue/wan" in done.stdout
    assert fdb(lab) == whole
    named(lab)
    assert "nothing to do" in lab.attach().stdout
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []


def test_the_flag_for_groups_is_named_and_set_again(lab, site):
    *_, before = site
    assert flags(lab) == {"ALLMULTI"}
    lab.host.ip("link set up0 allmulticast off")
    named(lab, "allmulti")
    lab.attach()
    assert flags(lab) == {"ALLMULTI"}
    named(lab)
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []


def test_nothing_is_missing_in_promiscuous_mode(lab, site):
    red, *_ = site
    lab.host.ip("link set up0 promisc on allmulticast off")
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    named(lab)
    # Whoever set it takes it away again.
    lab.host.ip("link set up0 promisc off")
    assert red.mac in " ".join(lab.status().interface()["problems"])
    lab.attach()
    assert red.mac in fdb(lab) and flags(lab) == {"ALLMULTI"}
    named(lab)


def test_what_others_took_away_and_nobody_put_back_is_no_trouble_for_detach(lab, site):
    red, _, before = site
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    lab.host.ip("link set up0 allmulticast off")
    lab.vrxdp("detach", "--all")
    assert differences(before, host_state(lab)) == []


def test_a_change_of_a_router_puts_its_addresses_back_too(lab, site):
    red, *_ = site
    lab.host.run("bridge", "fdb", "del", red.mac, "dev", "up0", "self")
    red.iface["mac"] = f"{red.mac},02:00:00:00:0e:99"
    lab.attach()
    assert {red.mac, "02:00:00:00:0e:99"} <= fdb(lab)
    named(lab)
