# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces of the tests: making, entering, and clearing up after killed runs."""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess

PREFIX = "vxt"
RUN = "/run"
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    """A run that is killed takes its helper programs along."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(*argv, check=True, text=None, timeout=60):
    """Run a program; the error of one that fails names it and what it said."""
    done = subprocess.run([str(a) for a in argv], input=text, capture_output=True, text=True,
                          timeout=timeout, preexec_fn=_die_with_parent)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))}: status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
    return done


class Netns:
    """A namespace; `with ns:` makes this thread's new sockets belong to it."""

    def __init__(self, name):
        self.name = name
        self.path = f"/run/netns/{name}"
        self._outside = []
        run("ip", "netns", "add", name)
        for family in ("default", "all"):
            self.sysctl(f"net/ipv6/conf/{family}/disable_ipv6", 1)
            self.sysctl(f"net/ipv6/conf/{family}/accept_dad", 0)
            self.sysctl(f"net/ipv6/conf/{family}/router_solicitations", 0)
            self.sysctl(f"net/ipv4/conf/{family}/rp_filter", 0)
        self.sysctl("net/ipv4/ip_forward", 0)
        self.ip("link set lo up")

    @classmethod
    def existing(cls, name):
        """One that somebody else has made."""
        ns = cls.__new__(cls)
        ns.name, ns.path, ns._outside = name, f"/run/netns/{name}", []
        return ns

    def __enter__(self):
        self._outside.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        inside = os.open(self.path, os.O_RDONLY)
        try:
            _setns(inside)
        finally:
            os.close(inside)
        return self

    def __exit__(self, *exc):
        outside = self._outside.pop()
        try:
            _setns(outside)
        finally:
            os.close(outside)

    def command(self, *argv):
        """The host's mounts, this namespace's network."""
        return ["nsenter", f"--net={self.path}", *map(str, argv)]

    def run(self, *argv, **kwargs):
        return run(*self.command(*argv), **kwargs)

    def popen(self, *argv, **kwargs):
        return subprocess.Popen(self.command(*argv), text=True, preexec_fn=_die_with_parent,
                                **kwargs)

    def ip(self, *lines):
        """`ip` commands, one a line, in one run."""
        run("ip", "-n", self.name, "-batch", "-", text="\n".join(lines) + "\n")

    def ip_json(self, *argv):
        return json.loads(run("ip", "-n", self.name, "-j", *argv).stdout or "[]")

    def sysctl(self, path, value):
        with self, open(f"/proc/sys/{path}", "w", encoding="ascii") as f:
            f.write(str(value))

    def read(self, path):
        """A file of /proc/net as this namespace sees it."""
        with self, open(f"/proc/thread-self/net/{path}", encoding="ascii") as f:
            return f.read()

    def links(self):
        return {link["ifname"]: link for link in self.ip_json("-d", "-s", "link", "show")}

    def delete(self):
        run("ip", "netns", "del", self.name, check=False)


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _alive(pid):
    return os.path.exists(f"/proc/{pid}")


def _owner_gone(name):
    match = re.match(rf"{PREFIX}(\d+)-", name)
    return match and not _alive(int(match.group(1)))


def unmount_below(directory):
    with open("/proc/self/mounts", encoding="utf-8") as f:
        points = [line.split()[1] for line in f]
    for point in reversed(points):
        if point == directory or point.startswith(directory + "/"):
            run("umount", "-l", point, check=False)


def clear_leftovers():
    """What runs that were killed left behind; those that live keep theirs."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        if _owner_gone(name):
            run("ip", "netns", "del", name, check=False)
    for name in os.listdir(RUN):
        if _owner_gone(name):
            unmount_below(f"{RUN}/{name}")
            shutil.rmtree(f"{RUN}/{name}", ignore_errors=True)
