# SPDX-License-Identifier: GPL-2.0-only
"""make install and uninstall, the manual's pages, the units."""

import os
import re
import subprocess

from conftest import ROOT


def documents():
    names = [name for name in os.listdir(f"{ROOT}/docs") if name.endswith(".md")]
    return {f"share/doc/vrxdp/{name}" for name in ["README.md", "CHANGELOG.md", "COPYING", *names]}


def examples():
    found = os.listdir(f"{ROOT}/docs/examples") if os.path.isdir(f"{ROOT}/docs/examples") else []
    return {f"share/doc/vrxdp/examples/{name}" for name in [*found, "detach-on-stop.conf"]}


def units():
    names = [name[:-3] for name in os.listdir(f"{ROOT}/dist") if name.endswith(".service.in")]
    return {f"lib/systemd/system/{name}" for name in names}


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, **more)


def test_install_puts_every_file_where_it_belongs_and_nothing_else(tree):
    tree.make("install", DESTDIR=tree.path)
    want = {"sbin/vrxdp", "share/man/man8/vrxdp.8", "share/man/man5/vrxdp.conf.5",
            "share/bash-completion/completions/vrxdp", "lib/sysusers.d/vrxdp.conf",
            "lib/systemd/system/vrxdp.service"} | documents() | examples() | units()
    files = tree.files()
    assert set(files) == {f"usr/local/{name}" for name in want}
    assert files.pop("usr/local/sbin/vrxdp") == "0o755"
    assert set(files.values()) == {"0o644"}


def test_what_an_administrator_wrote_is_left_alone(tree):
    for name in ("etc/vrxdp/vrxdp.conf", "etc/vrxdp/conf.d/a.conf",
                 "etc/systemd/system/vrxdp.service.d/mine.conf"):
        os.makedirs(os.path.dirname(f"{tree.path}/{name}"), exist_ok=True)
        with open(f"{tree.path}/{name}", "w", encoding="utf-8") as f:
            f.write("mine")
    before = tree.files()
    for target in ("install", "install", "uninstall"):
        tree.make(target, DESTDIR=tree.path, PREFIX="/usr")
        for name in before:
            with open(f"{tree.path}/{name}", encoding="utf-8") as f:
                assert (target, name, f.read()) == (target, name, "mine")
    assert tree.files() == before


def test_uninstall_leaves_no_file_and_no_directory_of_vrxdps_own(tree):
    tree.make("install", DESTDIR=tree.path, PREFIX="/usr")
    assert tree.files()
    tree.make("uninstall", DESTDIR=tree.path, PREFIX="/usr")
    assert tree.files() == {}
    assert not [top for top, _, _ in os.walk(tree.path) if "vrxdp" in os.path.relpath(top, tree.path)]


def test_the_installed_program_runs(prefix):
    with open(f"{ROOT}/VERSION", encoding="utf-8") as f:
        assert run(f"{prefix}/sbin/vrxdp", "--version").stdout == f"vrxdp {f.read().strip()}\n"


def test_the_manual_renders_without_a_warning(prefix):
    for page, words in (("man8/vrxdp.8", ("COMMANDS", "--dry-run", "vrxdp.conf(5)")),
                        ("man5/vrxdp.conf.5", ("INTERFACES", "group-limit", "vrxdp(8)"))):
        path = f"{prefix}/share/man/{page}"
        lint = run("mandoc", "-Tlint", "-W", "warning", path)
        assert (page, lint.returncode, lint.stdout + lint.stderr) == (page, 0, "")
        shown = run("mandoc", "-Tutf8", path).stdout
        plain = re.sub(".\b", "", shown).replace("\u2010", "-")
        for word in words:
            assert word in plain, f"{page}: {word}"


def help_of(prefix, *args):
    return run(f"{prefix}/sbin/vrxdp", *args, "--help").stdout


def test_the_manual_has_every_command_and_option_of_the_help(prefix):
    with open(f"{prefix}/share/man/man8/vrxdp.8", encoding="utf-8") as f:
        page = re.sub(r"\\f[BIP]|\\&", "", f.read().replace("\\-", "-"))
    listed = help_of(prefix).partition("Commands:\n")[2].partition("\n\n")[0]
    commands = re.findall(r"^  (\S+)", listed, re.MULTILINE)
    assert "attach" in commands
    for command in commands:
        section = page.partition(f".SS {command}\n")[2].partition(".SS ")[0].partition(".SH ")[0]
        text = help_of(prefix, command)
        assert text.partition("\n")[0].replace("Usage: ", "") in section
        for option in re.findall(r"^  (?:-., )?(--[a-z-]+)", text, re.MULTILINE):
            assert option in section, f"{command} {option}"


def test_systemd_finds_nothing_wrong_with_the_units(prefix):
    for unit in units():
        done = run("systemd-analyze", "verify", "--man=no", f"{prefix}/{unit}",
                   env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert (unit, done.returncode, done.stdout + done.stderr) == (unit, 0, "")


def test_the_drop_in_that_detaches_belongs_to_the_unit(prefix, tmp_path):
    unit = tmp_path / "units" / "vrxdp.service"
    (tmp_path / "units" / "vrxdp.service.d").mkdir(parents=True)
    with open(f"{prefix}/lib/systemd/system/vrxdp.service", encoding="utf-8") as f:
        text = f.read()
    unit.write_text(text)
    assert "ExecStop" not in text
    with open(f"{prefix}/share/doc/vrxdp/examples/detach-on-stop.conf", encoding="utf-8") as f:
        drop_in = f.read()
    assert f"ExecStop={prefix}/sbin/vrxdp detach --all\n" in drop_in
    (tmp_path / "units" / "vrxdp.service.d" / "detach-on-stop.conf").write_text(drop_in)
    done = run("systemd-analyze", "verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_unit_gives_itself_mounts_that_the_host_would_not_see(prefix):
    """With any of these options the service has a mount namespace: systemd.exec(5)."""
    private = re.compile(r"^(Private(?!Users)|Protect(?!Proc=default|Clock|Hostname)|Read(Only|Write)"
                         r"|Inaccessible|Bind|TemporaryFileSystem|Root|Mount|ProcSubset"
                         r"|(State|Cache|Logs|Runtime|Configuration)Directory"
                         r"|DynamicUser|NoExecPaths|ExecPaths|ExtensionImages)", re.MULTILINE)
    for unit in units():
        with open(f"{prefix}/{unit}", encoding="utf-8") as f:
            assert (unit, private.findall(f.read())) == (unit, [])


def test_the_group_is_made_by_systemd_sysusers(prefix, tmp_path):
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", f"{prefix}/lib/sysusers.d/vrxdp.conf")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^vrxdp:", (tmp_path / "etc" / "group").read_text(), re.MULTILINE)
