# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages that are unpacked, never installed.

They come from the machine's own Debian mirror, with backports beside it, by an apt state of the
project's own: nothing that apt-get installs elsewhere changes.
"""

import glob
import os
import re
import shutil
import subprocess
import time

PAUSES = (3, 15, 30)    # seconds between attempts at the mirror

class Failed(Exception):
    """One line that says what is wrong and what to do."""


def call(*argv, **kwargs):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, **kwargs)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Failed(f"{' '.join(argv[:2])} …: status {done.returncode}: {' '.join(said)}")
    return done.stdout


class Apt:
    """apt-get with sources, lists and a cache of its own below @top; it installs nothing.

    @architectures: Debian's names of others than the machine's; the first is that of a package whose
    name has none, and of what it needs: no package counts as installed then.
    """

    def __init__(self, top, architectures=()):
        self.top = os.path.join(top, "apt")
        parts = os.path.join(self.top, "sources")
        for name in (parts, os.path.join(self.top, "lists/partial"),
                     os.path.join(self.top, "cache/archives/partial")):
            os.makedirs(name, exist_ok=True)
        self.options = ["-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={parts}",
                        "-o", f"Dir::State::Lists={self.top}/lists", "-o", f"Dir::Cache={self.top}/cache",
                        "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
                        "-o", "Acquire::Retries=3", "-o", "Acquire::Languages=none",
                        "-o", "APT::Update::Error-Mode=any"]
        self.machine = call("dpkg", "--print-architecture").strip()
        if architectures:
            status = os.path.join(self.top, "status")
            with open(status, "w", encoding="utf-8"):
                pass
            self.options += ["-o", f"Dir::State::status={status}",
                             "-o", f"APT::Architecture={architectures[0]}"]
            for name in (*architectures, self.machine):
                self.options += ["-o", f"APT::Architectures::={name}"]
        self.release = self._sources(os.path.join(parts, "lab.list"))
        self.get("update")

    @staticmethod
    def _sources(path):
        """The machine's own, and the backports of the same mirror."""
        with open("/etc/os-release", encoding="utf-8") as f:
            release = re.search(r"^VERSION_CODENAME=(\S+)", f.read(), re.M)[1]
        found = call("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                     "Created-By: Packages")
        lines = sorted({tuple(line.split()) for line in found.splitlines()})
        wanted = [line for line in lines if line[1].startswith(release) and line[2] == "main"]
        main = [line for line in wanted if line[1] == release]
        if not main:
            raise Failed(f"apt has no source of Debian {release} main; add one")
        wanted.append((main[0][0], release + "-backports", "main"))
        key = "/usr/share/keyrings/debian-archive-keyring.gpg"
        with open(path, "w", encoding="utf-8") as f:
            for uri, suite, component in wanted:
                f.write(f"deb [signed-by={key}] {uri} {suite} {component}\n")
        return release

    def get(self, *args, **kwargs):
        """A mirror that is just being changed, or doesn't answer, is asked again."""
        for pause in (*PAUSES, None):
            try:
                return call("apt-get", "-qq", *self.options, *args, **kwargs)
            except Failed as why:
                if pause is None:
                    raise
                print(f"{why}; once more in {pause} s", flush=True)
                time.sleep(pause)
        return None

    def cache(self, *args):
        return call("apt-cache", *self.options, *args)

    def unpack(self, where, *packages):
        """Download the packages themselves, and unpack them to @where."""
        debs = where + ".debs"
        shutil.rmtree(debs, ignore_errors=True)
        os.makedirs(debs)
        self.get("download", *packages, cwd=debs)
        unpack(glob.glob(debs + "/*.deb"), where)
        shutil.rmtree(debs)

    def unpack_with_needs(self, where, suite, *packages):
        """The packages of this suite, and what they need and the machine lacks."""
        archives = f"{self.top}/cache/archives"
        for deb in glob.glob(archives + "/*.deb"):
            os.unlink(deb)
        self.get("install", "--yes", "--download-only", "--reinstall", "--no-install-recommends",
                 "-t", suite, *packages)
        unpack(glob.glob(archives + "/*.deb"), where)


def unpack(debs, where):
    """All or nothing: a directory that exists is complete."""
    new = where + ".new"
    shutil.rmtree(new, ignore_errors=True)
    for deb in debs:
        call("dpkg", "-x", deb, new)
    os.rename(new, where)
