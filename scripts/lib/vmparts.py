# SPDX-License-Identifier: GPL-2.0-only
"""What the VM lab boots: Debian's kernels, QEMU and an initramfs, kept under OUTPUT/vm.

Packages are unpacked, never installed (debs.py).
"""

import contextlib
import glob
import gzip
import lzma
import os
import re
import shutil
import subprocess

from debs import Apt, Failed, call

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUSYBOX = "busybox-static"
KERNELS = {"6.1": "", "6.12": "-backports"}
QEMU = "qemu-system-x86"

# What the initramfs needs to reach the rest; with what they depend on.
BOOT_MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", "virtio_blk", "crc32c_generic",
                "ext4")

# Files under /etc that programs from /usr want.
ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "group", "passwd", "nsswitch.conf",
       "protocols", "services", "ethertypes", "os-release", "debian_version", "python3",
       "python3.11", "iproute2", "profile", "bash.bashrc", "terminfo", "login.defs")

class Parts:
    """The lab's parts; what is there already is not fetched again."""

    def __init__(self, output):
        self.top = os.path.join(output, "vm")
        os.makedirs(self.top, exist_ok=True)
        self._apt = None
        self._clear_leftovers()

    def _clear_leftovers(self):
        """What runs that were killed left behind: its names end with their process number, and a kind."""
        for name in os.listdir(self.top):
            owner = re.fullmatch(r"(?:hot|initramfs-[\d.]+|console-[\d.]+\.log)\.(\d+)(?:shell|trial)?(?:\.d)?", name)
            if owner and not os.path.exists("/proc/" + owner[1]):
                path = os.path.join(self.top, name)
                with contextlib.suppress(FileNotFoundError):    # another run clears up, too
                    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)

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


def initramfs(path, busybox, modules, shares, run, kind=""):
    """@shares: (tag, directory in the VM); @run: a shell script; @kind: "", shell or trial. Returns @path."""
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
    if kind:
        write(f"{top}/vm/{kind}", "")
    with open(path, "wb") as out:
        subprocess.run("find . -print0 | cpio --quiet --null -o -H newc -R 0:0", shell=True, cwd=top,
                       stdout=out, check=True)
    shutil.rmtree(top)
    return path
