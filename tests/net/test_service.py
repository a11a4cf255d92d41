# SPDX-License-Identifier: GPL-2.0-only
"""What vrxdp.service runs, with the rights that it has there; and completion of what is attached."""

import os
import re
import shlex
import subprocess

from devices import ROOT, VRXDP
from hoststate import differences, host_state
from netns import run
from traffic import ping


def lines_of(name):
    with open(f"{ROOT}/dist/{name}.in", encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def run_line(lab, line, *more):
    """A command line of the unit, with its capabilities and without new privileges."""
    kept = lines_of("vrxdp.service")["CapabilityBoundingSet"].lower().split()
    every = run("setpriv", "--list-caps").stdout.split()
    assert {name.removeprefix("cap_") for name in kept} < set(every)
    dropped = ",".join(f"-{name}" for name in every if f"cap_{name}" not in kept)
    program, *args = shlex.split(line)
    assert program == "@sbindir@/vrxdp"
    return lab.host.run("setpriv", "--no-new-privs", f"--bounding-set={dropped}",
                        f"--inh-caps={dropped}", "sh", "-c", 'umask 0077; exec "$@"', "sh",
                        VRXDP, "--bpffs", lab.bpffs, *args, *more, check=False)


def test_start_reload_and_the_drop_ins_stop_do_what_they_say(lab):
    up0 = lab.port()
    red, guest = lab.router("red", up0), lab.router("kvm", up0, kind="tap")
    before = host_state(lab)
    unit = lines_of("vrxdp.service")
    assert "ExecStop" not in unit
    config = ("-c", lab.config_file())
    assert run_line(lab, unit["ExecStart"], *config).returncode == 0
    assert ping(up0.out, red.ip4) == 3
    assert lab.status().data["tracing"] is True
    lab.routers.remove(guest)
    config = ("-c", lab.config_file())
    assert run_line(lab, unit["ExecReload"], *config).returncode == 0
    assert lab.status().names() == ["red"]
    lab.routers.append(guest)
    stop = lines_of("detach-on-stop.conf")["ExecStop"]
    done = run_line(lab, stop)
    assert (done.returncode, done.stderr) == (0, "")
    assert differences(before, host_state(lab)) == []


def test_a_devices_name_is_never_run_by_completion(lab):
    """Whoever had a NIC in a namespace may have named it; it comes back with this name."""
    lab.host.run("ip", "link", "add", "name", "$(id>ran)", "type", "veth", "peer", "name", "far")
    script = f"""
        cd {lab.dir}
        . {ROOT}/dist/vrxdp.bash
        COMP_WORDS=(vrxdp attach '$') COMP_CWORD=2
        _vrxdp {VRXDP}
        eval "printf '%s\\n' ${{COMPREPLY[0]}}"
    """
    # ip netns exec mounts the namespace's own /sys/class/net.
    done = run("ip", "netns", "exec", lab.host.name, "bash", "-c", script)
    assert done.stdout == "$(id>ran)\n"
    assert not os.path.exists(f"{lab.dir}/ran")


def test_bash_completes_the_names_that_are_attached(lab):
    lab.port("up1")
    lab.sites("veth", "macvlan")

    def offered(*words):
        script = f"""
            . {ROOT}/dist/vrxdp.bash
            COMP_WORDS=(vrxdp --bpffs {lab.bpffs} {' '.join(words)} '')
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _vrxdp {VRXDP}
            echo "${{COMPREPLY[@]}}"
        """
        return subprocess.run(lab.host.command("bash", "-c", script), capture_output=True,
                              text=True, check=True).stdout.split()

    assert offered("detach") == ["up0", "up1"] == lab.status().names("ports")
    assert offered("stats") == offered("router", "del") == ["blue", "red"] == lab.status().names()
