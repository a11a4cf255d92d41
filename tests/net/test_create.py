# SPDX-License-Identifier: GPL-2.0-only
"""Routers made in one command: their namespaces, veths and addresses; and their removal."""

import json
import os
import time

import pytest

from devices import VRXDP
from hoststate import differences, host_state
from netns import Netns, run
from test_bad_input import one_line
from traffic import ping


def made(lab, name="red"):
    """A router's name with the suite's prefix, so that what a killed run leaves is found."""
    return f"{lab.prefix}-{name}"


def inside(lab, name="red"):
    """The namespace that vrxdp made; it goes with the lab at the latest."""
    ns = Netns.existing(made(lab, name))
    if ns.name not in [n.name for n in lab.namespaces]:
        lab.namespaces.append(ns)
    return ns


def there(lab, name="red"):
    return os.path.exists(f"/run/netns/{made(lab, name)}")


def devices(lab):
    """The host's, by name: what index each has."""
    return {name: link["ifindex"] for name, link in lab.host.links().items()}


def create(lab, name="red", *more, host=7, status=0, keys=""):
    ip4, ip6 = lab.ports[0].addresses(host)
    done = lab.vrxdp("router", "create", made(lab, name), "--path", "stack", "--interface",
                     f"wan=up0,address={ip4}/24,{ip6}/64{keys}", *more, status=status)
    if not done.returncode:
        inside(lab, name)
    return done


def delete(lab, name="red", *more, status=0):
    return lab.vrxdp("router", "del", made(lab, name), *more, status=status)


def config(lab, router="", iface="", names=("red",)):
    """A file with routers to be made, with these lines more in their sections."""
    text = "[port up0]\n"
    for i, name in enumerate(names):
        text += f"[router {made(lab, name)}]\ncreate = yes\npath = stack\n{router}\n" \
                f"[interface {made(lab, name)}/wan]\nport = up0\n" \
                f"address = {lab.ports[0].addresses(7 + i)[0]}/24\n{iface}\n"
    return text


def answers(up0, host=7, seconds=10):
    """IPv6 waits for DAD before it uses an address."""
    ip4, ip6 = up0.addresses(host)
    until = time.monotonic() + seconds
    while not ping(up0.out, ip6, 1) and time.monotonic() < until:
        time.sleep(0.1)
    return ping(up0.out, ip4), ping(up0.out, ip6)


def interface(lab, name="red"):
    return lab.status().interface(made(lab, name))


def sleeper(lab, name="red"):
    process = inside(lab, name).popen("sleep", "600")
    lab.processes.append(process)
    return process


@pytest.fixture
def up0(lab):
    port = lab.port()
    lab.vrxdp("attach", "up0")
    return port


def test_a_created_router_answers_at_its_addresses(lab, up0):
    create(lab)
    create(lab, "blue", host=8)
    assert answers(up0) == answers(up0, 8) == (3, 3)
    assert ping(inside(lab), up0.addresses(8)[0]) == 3
    router = lab.settled().router(made(lab))
    assert router["rx_packets"] == router["stack_packets"] > 6
    status = lab.status().router(made(lab))
    assert (status["netns"], status["origin"]) == (made(lab), "command")
    assert status["interfaces"][0]["problems"] == []


def test_ip_netns_exec_enters_a_created_router_and_its_loopback_is_up(lab, up0):
    create(lab)
    out = run("ip", "netns", "exec", made(lab), "ping", "-c1", "127.0.0.1").stdout
    assert "1 received" in out
    assert set(inside(lab).links()) == {"lo", "wan"}


def test_the_hosts_end_says_nothing_by_itself(lab, up0):
    lab.host.sysctl("net/ipv6/conf/default/disable_ipv6", 0)
    create(lab)
    link = lab.host.links()[interface(lab)["device"]]
    assert link["inet6_addr_gen_mode"] == "none"
    assert not lab.host.ip_json("addr", "show", "dev", link["ifname"])[0]["addr_info"]
    assert inside(lab).links()["wan"]["inet6_addr_gen_mode"] != "none"


def test_derived_addresses_are_local_and_the_same_when_it_is_made_again(lab, up0):
    macs = []
    for _ in range(2):
        create(lab)
        create(lab, "blue", host=8)
        macs.append([inside(lab, name).links()["wan"]["address"] for name in ("red", "blue")]
                    + [lab.host.links()[interface(lab)["device"]]["address"]])
        delete(lab)
        delete(lab, "blue")
    assert macs[0] == macs[1] and len(set(macs[0])) == 3
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs[0])


def test_the_first_given_address_is_the_devices(lab, up0):
    create(lab, keys=",mac=02:00:00:00:0e:01,02:00:00:00:0e:02,vrrp=51")
    assert inside(lab).links()["wan"]["address"] == "02:00:00:00:0e:01"
    assert lab.stats().interface(made(lab))["macs"] == ["02:00:00:00:0e:01", "02:00:00:00:0e:02"]
    assert answers(up0) == (3, 3)


def test_the_pair_has_the_ports_mtu(lab):
    up0 = lab.port(mtu=9000)
    lab.vrxdp("attach", "up0")
    create(lab)
    assert inside(lab).links()["wan"]["mtu"] == 9000
    assert lab.host.links()[interface(lab)["device"]]["mtu"] == 9000
    assert ping(up0.out, up0.addresses(7)[0], size=8972, extra=("-M", "do")) == 3


def test_the_pair_of_stacked_tags_has_the_mtu_that_fits_the_port(lab, up0):
    create(lab, keys=",vlan=200.100")
    assert inside(lab).links()["wan"]["mtu"] == 1496
    assert lab.host.links()[interface(lab)["device"]]["mtu"] == 1496
    assert interface(lab)["problems"] == []


def test_a_router_has_an_interface_on_each_port_that_is_named(lab, up0):
    lab.port("up1")
    lab.vrxdp("attach", "up1")
    done = create(lab, "red", "--interface", "lan=up1,vlan=100")
    assert done.stdout.count("attached") == 3
    assert set(inside(lab).links()) == {"lo", "wan", "lan"}
    assert lab.stats().interface(made(lab), "lan")["vlan"] == "100"


def test_deleting_a_created_router_leaves_nothing_of_it(lab, up0):
    before = devices(lab)
    create(lab)
    create(lab, "blue", host=8)
    lab.namespaces.remove(next(n for n in lab.namespaces if n.name == made(lab)))
    delete(lab)
    assert not there(lab) and there(lab, "blue")
    assert answers(up0, 8) == (3, 3)
    delete(lab, "blue")
    assert devices(lab) == before and not there(lab, "blue")
    assert lab.status().names() == []


def test_detach_all_restores_a_host_with_created_routers(lab):
    up0 = lab.port()
    before = host_state(lab)
    lab.vrxdp("attach", "up0")
    lab.vrxdp("router", "create", made(lab), "--interface", "wan=up0,address=10.77.0.7/24")
    assert ping(up0.out, "10.77.0.7") == 3
    done = lab.vrxdp("detach", "--all")
    assert done.stderr == "" and not there(lab)
    assert differences(before, host_state(lab)) == []


def test_what_was_there_before_is_used_and_stays(lab, up0):
    ns = lab.netns("red")
    lab.host.ip(f"link add name mine address 02:00:00:00:00:99 type veth peer name wan netns "
                f"{ns.name} address 02:00:00:00:0e:07")
    lab.host.ip("link set mine up")
    ns.ip("link set wan up", "addr add 10.77.0.7/24 dev wan")
    one_line(create(lab, status=1), 1, "router: ", "02:00:00:00:0e:07")
    create(lab, keys=",mac=02:00:00:00:0e:07")
    assert interface(lab)["device"] == "mine"
    assert ping(up0.out, "10.77.0.7") == 3
    delete(lab)
    assert "wan" in ns.links() and "mine" in devices(lab)
    lab.vrxdp("detach", "--all")
    assert "wan" in ns.links() and "mine" in devices(lab)


def test_only_the_veth_is_vrxdps_in_a_namespace_that_was_there(lab, up0):
    ns = lab.netns("red")
    ns.sysctl("net/ipv6/conf/default/disable_ipv6", 0)
    before = devices(lab)
    create(lab)
    assert answers(up0)[0] == 3
    delete(lab)
    assert there(lab) and set(ns.links()) == {"lo"}
    assert devices(lab) == before


@pytest.mark.parametrize("take", ["host end", "inner end"])
def test_a_device_that_has_the_name_already_is_an_error_before_anything_is_made(lab, up0, take):
    if take == "host end":
        create(lab)
        name = interface(lab)["device"]
        delete(lab)
        lab.host.ip(f"link add {name} type veth peer name other")
        word = name
    else:
        lab.netns("red").ip("link add wan type bridge")
        word = "wan"
        lab.kernel_forwards = True
    state = lab.status().data, devices(lab)
    one_line(create(lab, status=1), 1, "router: ", word)
    assert (lab.status().data, devices(lab)) == state
    assert there(lab) == (take == "inner end")


def test_a_failure_in_the_middle_leaves_nothing(lab, up0):
    before = devices(lab)
    lab.host.run("ip", "link", "set", "up0", "mtu", "70")
    inner = lab.vrxdp("router", "create", made(lab), "--interface",
                      "wan=up0,address=fd77::1/64", status=1)
    # IPv6 needs an MTU of 1280.
    assert "wan" in inner.stderr
    assert devices(lab) == before and not there(lab)
    assert lab.status().names() == []


def test_wrong_create_commands_say_one_line_and_change_nothing(lab, up0):
    create(lab)
    red, before = made(lab), (lab.status().data, devices(lab))
    wrong = {
        ("create", red): (1, "exists"),
        ("create", "1234"): (1, "1234"),
        ("create", made(lab, "x"), "--interface", "lo=up0"): (1, "lo"),
        ("create", made(lab, "x"), "--interface", "abcdefghijklmnop=up0"): (1, "abcdefghijklmnop"),
        ("create", made(lab, "x"), "--interface", "wan=nowhere"): (1, "nowhere"),
        ("create", made(lab, "x"), "--interface", "wan=up0,address=10.0.0.1"): (2, "10.0.0.1"),
        ("create", made(lab, "x"), "--interface", "wan=up0,device=nosuch"): (1, "mac"),
        ("create", made(lab, "x"), "--netns", "x"): (2, "--netns"),
        ("set", red, "--guest"): (1, red),
        ("set", red, "--netns", "other"): (1, red),
        ("add", made(lab, "x"), "--netns", lab.host.name, "--interface",
         "wan=up0,mac=02:00:00:00:0e:09,device=auto,address=10.0.0.1/8"): (1, "address"),
        ("del", red, "--hard"): (2, "--hard"),
    }
    for args, (status, word) in wrong.items():
        one_line(lab.vrxdp("router", *args, status=None), status, "vrxdp router: ", word)
    assert (lab.status().data, devices(lab)) == before
    assert not there(lab, "x")


def test_create_needs_something_attached(lab):
    lab.port()
    one_line(create(lab, status=1), 1, "nothing is attached")
    assert not there(lab)


def test_a_namespace_that_only_this_mount_namespace_sees_is_refused(lab, up0):
    done = lab.host.run("unshare", "--mount", "--propagation", "slave", VRXDP, "--bpffs",
                        lab.bpffs, "router", "create", made(lab), "--interface", "wan=up0",
                        check=False)
    one_line(done, 1, "PID 1")
    assert not there(lab) and lab.status().names() == []


def test_set_gives_a_created_router_an_interface_and_changes_it_in_place(lab, up0):
    create(lab)
    up1 = lab.port("up1")
    lab.vrxdp("attach", "up1")
    lab.vrxdp("router", "set", made(lab), "--interface", "lan=up1,address=10.77.1.7/24")
    assert ping(up1.out, "10.77.1.7") == 3
    before = devices(lab)
    mac = inside(lab).links()["lan"]["address"]
    done = lab.vrxdp("router", "set", made(lab), "--interface",
                     "lan=up1,address=10.77.1.8/24,10.77.1.9/24,mac=02:00:00:00:0e:08")
    assert "changed" in done.stdout
    lan = inside(lab).ip_json("addr", "show", "dev", "lan")[0]
    assert mac != lan["address"] == "02:00:00:00:0e:08"
    assert [a["local"] for a in lan["addr_info"] if a["family"] == "inet"] == \
        ["10.77.1.8", "10.77.1.9"]
    up1.out.ip("neigh flush all")
    assert ping(up1.out, "10.77.1.8") == 3
    lab.vrxdp("router", "set", made(lab), "--interface", "lan=up1,address=10.77.1.8/24,vrrp=7")
    up1.out.ip("neigh flush all")
    assert inside(lab).links()["lan"]["address"] == mac
    assert ping(up1.out, "10.77.1.8") == 3 and ping(up1.out, "10.77.1.9", 1) == 0
    assert devices(lab) == before


def test_detaching_a_port_takes_the_veths_and_leaves_the_namespace(lab, up0):
    create(lab)
    lab.vrxdp("detach", "up0")
    assert set(inside(lab).links()) == {"lo"}
    assert lab.status().names() == [made(lab)]
    lab.vrxdp("attach", "up0")
    lab.vrxdp("router", "set", made(lab), "--interface", "wan=up0,address=10.77.0.7/24")
    assert ping(up0.out, "10.77.0.7") == 3
    delete(lab)
    assert not there(lab)


def test_processes_in_a_created_router_keep_it_from_being_deleted(lab, up0):
    create(lab)
    process = sleeper(lab)
    before = lab.status().data
    one_line(delete(lab, status=1), 1, made(lab), f"sleep ({process.pid})", "--force")
    assert lab.status().data == before and answers(up0) == (3, 3)
    delete(lab, "red", "--force")
    assert not there(lab) and process.poll() is None
    # What is left of it leads nowhere.
    with open(f"/proc/{process.pid}/net/dev", encoding="ascii") as f:
        assert "wan" not in f.read()


def test_a_process_name_is_escaped(lab, up0):
    create(lab)
    process = inside(lab).popen("sh", "-c", "printf 'a\\033[31m' >/proc/$$/comm; exec 3<&0; "
                                "while :; do read x <&3; done", stdin=-1, stdout=-3)
    lab.processes.append(process)
    until = time.monotonic() + 10
    while b"\x1b" not in open(f"/proc/{process.pid}/comm", "rb").read():
        assert time.monotonic() < until
        time.sleep(0.02)
    done = delete(lab, status=1)
    assert "\x1b" not in done.stderr and "a\\x1b[31m" in done.stderr


def test_detach_all_leaves_a_namespace_that_processes_are_in_and_says_so(lab, up0):
    before = set(devices(lab)) - {"vx2n", "vx2f"}
    create(lab)
    create(lab, "blue", host=8)
    process = sleeper(lab)
    done = lab.vrxdp("detach", "--all")
    assert done.stderr.count("\n") == 1 and "warning" in done.stderr
    assert f"sleep ({process.pid})" in done.stderr and f"ip netns del {made(lab)}" in done.stderr
    assert there(lab) and not there(lab, "blue")
    assert set(inside(lab).links()) == {"lo"} and set(devices(lab)) == before
    assert not os.path.exists(f"{lab.bpffs}/maps")


def test_a_namespace_that_somebody_else_made_in_its_place_is_never_touched(lab, up0):
    create(lab)
    run("ip", "netns", "del", made(lab))
    run("ip", "netns", "add", made(lab))
    inside(lab).ip("link add theirs type bridge")
    lab.kernel_forwards = True
    delete(lab)
    assert there(lab) and "theirs" in inside(lab).links()


def test_a_renamed_end_of_a_made_veth_goes_with_it(lab, up0):
    create(lab)
    before = devices(lab)
    name = interface(lab)["device"]
    lab.host.ip(f"link set {name} down", f"link set {name} name theirs", "link set theirs up")
    inside(lab).ip("link set wan down", "link set wan name other", "link set other up")
    delete(lab)
    assert devices(lab).keys() == before.keys() - {name, "vx2n", "vx2f"} and not there(lab)


def test_attach_makes_what_the_file_says_and_nothing_twice(lab):
    up0 = lab.port()
    text = config(lab, names=("red", "blue"))
    assert "made" in lab.attach(text, "--dry-run").stdout and not there(lab)
    lab.attach(text)
    inside(lab), inside(lab, "blue")
    assert ping(up0.out, up0.addresses(7)[0]) == ping(up0.out, up0.addresses(8)[0]) == 3
    assert lab.status().router(made(lab))["origin"] == "file"
    assert lab.attach(text).stdout == "nothing to do\n"
    lab.attach(config(lab, iface="vrrp = 9"))
    assert there(lab) and not there(lab, "blue")
    assert lab.attach(config(lab, iface="vrrp = 9")).stdout == "nothing to do\n"
    assert ping(up0.out, up0.addresses(7)[0]) == 3


def test_another_namespace_name_can_be_given(lab):
    up0 = lab.port()
    lab.attach(config(lab, router=f"netns = {made(lab, 'other')}"))
    assert there(lab, "other") and not there(lab)
    inside(lab, "other")
    assert ping(up0.out, up0.addresses(7)[0]) == 3


@pytest.mark.parametrize("lost", ["namespace", "veth", "replaced"])
def test_attach_makes_again_what_somebody_deleted(lab, lost):
    up0 = lab.port()
    text = config(lab)
    lab.attach(text)
    ns = inside(lab)
    before = lab.settled().router(made(lab))["rx_packets"], ns.links()["wan"]["address"]
    if lost == "veth":
        lab.host.ip(f"link del {interface(lab)['device']}")
    else:
        run("ip", "netns", "del", ns.name)
        until = time.monotonic() + 20
        while interface(lab)["state"] != "missing" and time.monotonic() < until:
            time.sleep(0.1)
    if lost == "replaced":
        run("ip", "netns", "add", ns.name)
    assert interface(lab)["state"] == "missing"
    lab.attach(text)
    assert ping(up0.out, up0.addresses(7)[0]) == 3
    assert ns.links()["wan"]["address"] == before[1]
    assert lab.settled().router(made(lab))["rx_packets"] > before[0]
    assert lab.attach(text).stdout == "nothing to do\n"
    lab.vrxdp("detach", "--all")
    assert there(lab) == (lost == "replaced")


def test_a_file_without_the_router_deletes_it_unless_processes_are_in_it(lab):
    lab.port()
    lab.attach(config(lab, names=("red", "blue")))
    inside(lab), inside(lab, "blue")
    process = sleeper(lab, "blue")
    before = lab.status().data
    for args in ((), ("--dry-run",)):
        one_line(lab.attach(config(lab), *args, status=1), 1, "attach", made(lab, "blue"),
                 str(process.pid))
    assert lab.status().data == before
    lab.end(process)
    lab.attach(config(lab))
    assert there(lab) and not there(lab, "blue")


@pytest.mark.parametrize("first", [True, False])
def test_without_confirm_a_made_router_goes_unless_processes_are_in_it(lab, first):
    lab.port()
    if not first:
        lab.attach("[port up0]\n")
    lab.attach(config(lab, names=("red", "blue")), "--confirm", 3)
    inside(lab), inside(lab, "blue")
    sleeper(lab, "blue")
    until = time.monotonic() + 40
    while there(lab) and time.monotonic() < until:
        time.sleep(0.1)
    assert not there(lab) and there(lab, "blue")
    until = time.monotonic() + 40
    while set(inside(lab, "blue").links()) != {"lo"} and time.monotonic() < until:
        time.sleep(0.1)
    assert set(inside(lab, "blue").links()) == {"lo"}


def test_a_port_in_a_created_namespace_keeps_it(lab, up0):
    create(lab)
    lab.host.ip(f"link add p9 type veth peer name far9 netns {made(lab)}")
    lab.attach(f"[port far9]\nnetns = {made(lab)}\n")
    one_line(delete(lab, status=1), 1, made(lab), "far9")
    lab.vrxdp("detach", "far9")
    delete(lab)
    assert not there(lab)


def test_list_and_json_name_the_device_that_was_made(lab, up0):
    create(lab)
    listed = json.loads(lab.vrxdp("router", "list", "--json").stdout)[0]["interfaces"][0]
    name = interface(lab)["device"]
    assert listed["device"] == lab.stats().interface(made(lab))["device"] == name
    assert name in devices(lab)
    assert f"device {name}" in lab.vrxdp("router", "list").stdout
    assert f"device {name} (veth)" in lab.vrxdp("status").stdout


def test_a_file_in_the_place_of_a_namespace_is_an_error_and_stays(lab, up0):
    path = f"/run/netns/{made(lab)}"
    with open(path, "x", encoding="ascii"):
        pass
    try:
        one_line(create(lab, status=1), 1, made(lab), "remove it")
        assert lab.status().names() == [] and os.path.exists(path)
    finally:
        os.unlink(path)
