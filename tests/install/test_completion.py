# SPDX-License-Identifier: GPL-2.0-only
"""Completion in a real bash, as it is installed; the names come from a program of the test's."""

import os
import re
import shlex
import subprocess

import pytest

FAKE = """#!/bin/sh
# Says what it was asked, and answers as vrxdp does.
echo "$*" >>{log}
case "$*" in
*"router list") printf 'red: netns red, from a file\\n    wan: port up0, mac x\\nblue: guest\\n' ;;
*status) printf 'port up0: device eth0, native, up\\nport up1: device eth1\\nrouter red: netns\\n' ;;
esac
"""


class Shell:
    def __init__(self, prefix, tmp_path):
        self.script = f"{prefix}/share/bash-completion/completions/vrxdp"
        self.log = tmp_path / "asked"
        self.dir = tmp_path / "bin"
        self.dir.mkdir()
        (self.dir / "vrxdp").write_text(FAKE.format(log=shlex.quote(str(self.log))))
        (self.dir / "vrxdp").chmod(0o755)
        (tmp_path / "file.conf").write_text("")
        (tmp_path / "folder").mkdir()
        self.cwd = tmp_path

    def bash(self, script):
        done = subprocess.run(["bash", "--norc", "-u", "-c", f". {shlex.quote(self.script)}\n{script}"],
                              capture_output=True, text=True, timeout=30, check=False, cwd=self.cwd,
                              env={**os.environ, "PATH": f"{self.dir}:{os.environ['PATH']}"})
        assert (done.returncode, done.stderr) == (0, ""), script
        return done.stdout.split()

    def verbs(self, command):
        return self.bash(f'_vrxdp_words {shlex.quote(command)}; echo "${{verbs[*]}}"')

    def words(self, line):
        """What Tab at the end of @line offers. bash splits words at '=' as readline does."""
        split = re.findall(r"=|[^\s=]+", line)
        if line.endswith(" "):
            split.append("")
        words = " ".join(shlex.quote(word) for word in split)
        return self.bash(f"""
            complete -p vrxdp >/dev/null || exit 1
            COMP_WORDS=({words}) COMP_CWORD={len(split) - 1}
            _vrxdp vrxdp
            [ ${{#COMPREPLY[@]}} -eq 0 ] || printf '%s\\n' "${{COMPREPLY[@]}}"
        """)


@pytest.fixture
def shell(prefix, tmp_path):
    return Shell(prefix, tmp_path)


def help_words(prefix, *args):
    done = subprocess.run([f"{prefix}/sbin/vrxdp", *args, "--help"], capture_output=True, text=True,
                          check=True)
    return done.stdout


def test_the_commands_of_the_help_are_offered(shell, prefix):
    listed = help_words(prefix).partition("Commands:\n")[2].partition("\n\n")[0]
    commands = re.findall(r"^  (\S+)", listed, re.MULTILINE)
    assert shell.words("vrxdp ") == commands
    assert shell.words("vrxdp --bpffs /x det") == ["detach"]
    assert shell.words("vrxdp nothing") == []


def test_the_options_of_each_commands_help_are_offered(shell, prefix):
    for command in shell.words("vrxdp "):
        for path in [[command, verb] for verb in shell.verbs(command)] or [[command]]:
            text = help_words(prefix, *path)
            wanted = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", text, re.MULTILINE))
            offered = shell.words(f"vrxdp {' '.join(path)} --")
            assert set(offered) == wanted | {"--bpffs", "--netns", "--help"}, path
            assert len(offered) == len(set(offered)), path
    assert "--version" in shell.words("vrxdp --v")


@pytest.mark.parametrize("line, words", [
    ("vrxdp router ", {"create", "add", "set", "del", "list"}),
    ("vrxdp attach --mode ", {"auto", "native", "generic"}),
    ("vrxdp attach --mode=", {"auto", "native", "generic"}),
    ("vrxdp attach --mode=g", {"generic"}),
    ("vrxdp router add x --path s", {"stack"}),
    ("vrxdp attach -c fi", {"file.conf"}),
    ("vrxdp attach --config=fi", {"file.conf"}),
    ("vrxdp --bpffs f", {"folder"}),
    ("vrxdp attach l", {"lo"}),
    ("vrxdp attach --netns x l", {"lo"}),
    ("vrxdp top -d ", set()),
    ("vrxdp status x", set()),
    ("vrxdp detach up", {"up0", "up1"}),
    ("vrxdp stats ", {"red", "blue"}),
    ("vrxdp stats red b", {"blue"}),
    ("vrxdp router del r", {"red"}),
    ("vrxdp router set ", {"red", "blue"}),
    ("vrxdp router add ", set()),
])
def test_values_and_operands_are_offered(shell, line, words):
    offered = shell.words(line)
    assert words <= set(offered) if "lo" in words else set(offered) == words


def test_names_come_from_the_instance_that_the_line_is_about(shell):
    shell.words("vrxdp --bpffs /run/other/bpf detach ")
    shell.words("vrxdp router del --bpffs=/run/more ")
    assert shell.log.read_text() == \
        "--bpffs /run/other/bpf status\n--bpffs /run/more router list\n"
