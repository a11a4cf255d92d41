# SPDX-License-Identifier: GPL-2.0-only
"""What the VM lab boots: Debian's kernels, QEMU and an initramfs, kept under OUTPUT/vm.

Packages come from the machine's own Debian mirror, with backports beside it, in an apt state of
the lab's own: unpacked, never installed, and nothing that apt-get installs elsewhere changes.
"""

import glob
import gzip
import lzma
import os
import re
import shutil
import subprocess

BUSYBOX = "busybox-static"
KERNELS = {"6.1": "", "6.12": "-backports"}
QEMU = "qemu-system-x86"

# What the initramfs needs to reach the rest; with what they depend on.
BOOT_MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")

# Files under /etc that programs from /usr want.
ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "group", "passwd", "nsswitch.conf",
       "protocols", "services", "ethertypes", "os-release", "debian_version", "python3",
       "python3.11", "iproute2", "profile", "bash.bashrc", "terminfo", "login.defs")


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
    """apt-get with sources, lists and a cache of the lab's own; it installs nothing."""

    def __init__(self, top):
        self.top = os.path.join(top, "apt")
        parts = os.path.join(self.top, "sources")
        for name in (parts, os.path.join(self.top, "lists/partial"),
                     os.path.join(self.top, "cache/archives/partial")):
            os.makedirs(name, exist_ok=True)
        self.options = ["-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={parts}",
                        "-o", f"Dir::State::Lists={self.top}/lists", "-o", f"Dir::Cache={self.top}/cache",
                        "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
                        "-o", "Acquire::Retries=3", "-o", "Acquire::Languages=none"]
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
        return call("apt-get", "-qq", *self.options, *args, **kwargs)

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

    def unpack_with_needs(self, where, suite, package):
        """The package of this suite, and what it needs and the machine lacks."""
        archives = f"{self.top}/cache/archives"
        for deb in glob.glob(archives + "/*.deb"):
            os.unlink(deb)
        self.get("install", "--yes", "--download-only", "--reinstall", "--no-install-recommends",
                 "-t", suite, package)
        unpack(glob.glob(archives + "/*.deb"), where)


def unpack(debs, where):
    """All or nothing: a directory that exists is complete."""
    new = where + ".new"
    shutil.rmtree(new, ignore_errors=True)
    for deb in debs:
        call("dpkg", "-x", deb, new)
    os.rename(new, where)


class Parts:
    """The lab's parts; what is there already is not fetched again."""

    def __init__(self, output):
        self.top = os.path.join(output, "vm")
        os.makedirs(self.top, exist_ok=True)
        self._apt = None

    @property
    def apt(self):
        if self._apt is None:
            print("vm: reading the package lists", flush=True)
            self._apt = Apt(self.top)
        return self._apt

    def _part(self, name, fetch):
        where = os.path.join(self.top, name)
        if not os.path.isdir(where):
            print(f"vm: fetching {name}", flush=True)
            fetch(where)
        return where

    def qemu(self):
        """The command of a QEMU that has igb."""
        def fetch(where):
            self.apt.unpack_with_needs(where, self.apt.release + "-backports", QEMU)
        usr = self._part("qemu", fetch) + "/usr"
        libraries = [path for path in glob.glob(usr + "/lib/*-linux-gnu") if os.path.isdir(path)]
        env = {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}
        argv = [usr + "/bin/qemu-system-x86_64"]
        for data in ("share/qemu", "share/seabios", "lib/ipxe/qemu"):
            if os.path.isdir(f"{usr}/{data}"):
                argv += ["-L", f"{usr}/{data}"]
        return argv, env

    def kernel(self, series):
        """Directories of Debian's newest kernel of this series: its image, its modules."""
        def fetch(where):
            suite = self.apt.release + KERNELS[series]
            policy = self.apt.cache("show", "--no-all-versions", "linux-image-amd64") \
                if not KERNELS[series] else self.apt.cache("show", "linux-image-amd64")
            name = re.search(rf"^Depends: (linux-image-{re.escape(series)}\.\S+)", policy, re.M)
            if not name:
                raise Failed(f"{suite} has no kernel {series}")
            self.apt.unpack(where, name[1])
            modules = glob.glob(where + "/lib/modules/*")[0]
            call("depmod", "-b", where, os.path.basename(modules))
        where = self._part("linux-" + series, fetch)
        return glob.glob(where + "/boot/vmlinuz-*")[0], glob.glob(where + "/lib/modules/*")[0]

    def busybox(self):
        where = self._part("busybox", lambda where: self.apt.unpack(where, BUSYBOX))
        return next(path for path in (where + "/bin/busybox", where + "/usr/bin/busybox")
                    if os.path.exists(path))


def module_order(modules, names):
    """The files of these modules after those that they need, from modules.dep."""
    needs = {}
    with open(modules + "/modules.dep", encoding="utf-8") as f:
        for line in f:
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
    by_name = {re.sub(r"\.ko.*", "", os.path.basename(path)).replace("-", "_"): path for path in needs}
    order = []

    def add(path):
        for need in reversed(needs[path]):
            add(need)
        if path not in order:
            order.append(path)

    for name in names:
        if name.replace("-", "_") in by_name:      # otherwise the kernel has it built in
            add(by_name[name.replace("-", "_")])
    return order


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def initramfs(path, busybox, modules, shares, run, shell=False):
    """@shares: (tag, directory in the VM); @run: a shell script. Returns @path."""
    init = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vm-init")
    top = path + ".d"
    shutil.rmtree(top, ignore_errors=True)
    for name in ("bin", "dev", "proc", "sys", "etc", "modules", "vm"):
        os.makedirs(f"{top}/{name}")
    shutil.copy(busybox, f"{top}/bin/busybox")
    os.chmod(f"{top}/bin/busybox", 0o755)
    shutil.copy(init, f"{top}/init")
    os.chmod(f"{top}/init", 0o755)
    for name in ETC:
        if os.path.isdir("/etc/" + name):
            shutil.copytree("/etc/" + name, f"{top}/etc/{name}", symlinks=True)
        elif os.path.exists("/etc/" + name):
            shutil.copy("/etc/" + name, f"{top}/etc/{name}", follow_symlinks=True)
    order = []
    for module in module_order(modules, BOOT_MODULES):
        name = re.sub(r"\.(xz|gz)$", "", os.path.basename(module))
        with open(f"{modules}/{module}", "rb") as f:
            data = f.read()
        data = lzma.decompress(data) if module.endswith(".xz") else data
        data = gzip.decompress(data) if module.endswith(".gz") else data
        with open(f"{top}/modules/{name}", "wb") as f:
            f.write(data)
        order.append(name)
    write(f"{top}/modules/order", "".join(name + "\n" for name in order))
    write(f"{top}/vm/shares", "".join(f"{tag} {where}\n" for tag, where in shares))
    write(f"{top}/vm/run", run)
    if shell:
        write(f"{top}/vm/shell", "")
    with open(path, "wb") as out:
        subprocess.run("find . -print0 | cpio --quiet --null -o -H newc -R 0:0", shell=True, cwd=top,
                       stdout=out, check=True)
    shutil.rmtree(top)
    return path
