# SPDX-License-Identifier: GPL-2.0-only
"""What every command of the table does alike: help, version, wrong usage, exit status."""

import re
import subprocess

import pytest

from devices import ROOT, VRXDP


def vrxdp(*args, **more):
    return subprocess.run([VRXDP, *args], capture_output=True, text=True, check=False, **more)


def commands():
    """The commands that the top-level help lists."""
    listed = vrxdp("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+)", listed, re.MULTILINE)


def one_line(text):
    return text.count("\n") == 1 and text.endswith("\n")


def test_the_help_lists_the_commands_on_stdout_with_status_0():
    got = vrxdp("--help")
    assert (got.returncode, got.stderr) == (0, "")
    assert {"attach", "detach", "status", "stats", "top", "router"} <= set(commands())


def test_every_command_has_help_on_stdout_with_status_0():
    for command in commands():
        got = vrxdp(command, "--help")
        assert (command, got.returncode, got.stderr) == (command, 0, "")
        assert got.stdout.startswith(f"Usage: vrxdp {command}")


def test_no_line_of_help_is_longer_than_100_columns():
    for args in [["--help"]] + [[command, "--help"] for command in commands()]:
        for line in vrxdp(*args).stdout.splitlines():
            assert len(line) <= 100, line


def test_the_version_is_that_of_the_VERSION_file():
    with open(f"{ROOT}/VERSION", encoding="utf-8") as file:
        assert vrxdp("--version").stdout == f"vrxdp {file.read().strip()}\n"


@pytest.mark.parametrize("args", [
    [],
    ["nothing"],
    ["stat"],
    ["--nothing"],
    ["--bpffs"],
    ["--vers"],
])
def test_wrong_usage_says_so_in_one_line_with_status_2(args):
    got = vrxdp(*args)
    assert (got.returncode, got.stdout) == (2, "")
    assert got.stderr.startswith("vrxdp: ") and one_line(got.stderr)


def test_every_command_refuses_an_option_that_it_lacks():
    for command in commands():
        got = vrxdp(command, "--nothing")
        assert (command, got.returncode, got.stdout) == (command, 2, "")
        assert got.stderr.startswith(f"vrxdp {command}: --nothing: ") and one_line(got.stderr)


def test_every_command_takes_the_common_options_before_and_after_it():
    for command in commands():
        for args in (["--bpffs", "/nowhere", command, "--help"],
                     [command, "--bpffs=/nowhere", "--netns", "blue", "--help"]):
            assert (args, vrxdp(*args).returncode) == (args, 0)


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w", encoding="utf-8") as full:
        got = subprocess.run([VRXDP, "--help"], stdout=full, stderr=subprocess.PIPE, text=True,
                             check=False)
    assert got.returncode == 1
    assert "stdout" in got.stderr and one_line(got.stderr)
