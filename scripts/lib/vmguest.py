# SPDX-License-Identifier: GPL-2.0-only
"""One virtual machine: its command line, its run, and what remains of it when it hangs."""

import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import time

from vmparts import Failed, initramfs

# Below 2816 MB q35 has no memory above 4 GB, so the firmware puts PCI's windows below 4 GB. QEMU 10.0
# forgets the upper half of the addresses of igb's virtual functions: elsewhere their registers read as ones.
MEMORY_MB = 2752
CPUS = 2
CONSOLE_TAIL = 40       # lines shown of a guest that hung or died
BOOT_SECONDS = 120
BOOTS = 3
PR_SET_PDEATHSIG = 1

NO_BOOT = f"did not boot within {BOOT_SECONDS} s"
STATUS = re.compile(r"vm-init: status (\d+)")

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tail(path, lines):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x1bc", "", line.rstrip("\n"))
                    for line in f.readlines()[-lines:]]
    except FileNotFoundError:
        return []


class Guest:
    """A guest of one kernel; @devices are QEMU's arguments for the NICs."""

    def __init__(self, parts, series, shares, devices=()):
        self.parts, self.series, self.shares = parts, series, shares
        self.devices = list(devices)
        self.console = os.path.join(parts.top, f"console-{series}.log")

    def argv(self, accel, initrd, kernel, out):
        qemu, env = self.parts.qemu()
        argv = qemu + ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                       "-M", "q35", "-accel", accel, "-cpu", "host" if accel == "kvm" else "max",
                       "-smp", str(CPUS), "-m", str(MEMORY_MB), "-kernel", kernel, "-initrd", initrd,
                       "-append", "console=ttyS0 panic=-1 oops=panic rdinit=/init quiet loglevel=4",
                       "-serial", f"file:{self.console}",
                       "-device", "virtio-serial-pci", "-chardev", out,
                       "-device", "virtconsole,chardev=out", "-device", "virtio-rng-pci"]
        for tag, path, _ in self.shares:
            argv += ["-fsdev", f"local,id={tag},path={path},security_model=none,readonly=on,multidevs=remap",
                     "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        return argv + self.devices, env

    def start(self, script, accel="tcg,thread=multi", shell=False):
        kernel, modules = self.parts.kernel(self.series)
        name = os.path.join(self.parts.top, f"initramfs-{self.series}.{os.getpid()}")
        shares = [(tag, where) for tag, _, where in self.shares]
        initrd = initramfs(name, self.parts.busybox(), modules, shares, script, shell)
        out = "stdio,id=out,signal=off" if shell else "stdio,id=out"
        argv, env = self.argv(accel, initrd, kernel, out)
        return argv, env, initrd

    def shell(self, script):
        """Interactive, on this terminal."""
        argv, env, initrd = self.start(script, shell=True)
        try:
            return subprocess.call(argv, env=env)
        finally:
            os.unlink(initrd)

    def run(self, script, seconds, silence, each_line, accel="tcg,thread=multi"):
        """Run @script in the guest; return its status. Raises Failed for a guest that says nothing
        for @silence s, runs longer than @seconds, or ends without a status."""
        argv, env, initrd = self.start(script, accel)
        try:
            for left in reversed(range(BOOTS)):
                why = self._once(argv, env, seconds, silence, each_line)
                if why != NO_BOOT or not left:
                    break
                # On a busy host the kernel may measure its timer wrong, and waits for ever.
                print("vm: it did not boot; once more", flush=True)
        finally:
            os.unlink(initrd)
        status = [int(match[1]) for match in map(STATUS.match, tail(self.console, 50)) if match]
        if why is None and not status:
            why = "stopped by itself"
        if why:
            for line in tail(self.console, CONSOLE_TAIL):
                print(f"vm: console: {line}")
            sys.stdout.flush()
            raise Failed(f"Linux {self.series}: the virtual machine {why}")
        return status[-1]

    def _once(self, argv, env, seconds, silence, each_line):
        if os.path.exists(self.console):
            os.unlink(self.console)
        with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, preexec_fn=_die_with_parent) as qemu:
            try:
                return self._follow(qemu, seconds, silence, each_line)
            finally:
                qemu.kill()

    def _booted(self):
        return any(line == "vm-init: up" for line in tail(self.console, 100))

    def _follow(self, qemu, seconds, silence, each_line):
        """Pass on lines until the guest ends; returns why it had to be stopped, or None."""
        heard = time.monotonic()
        end, boot_end = heard + seconds, heard + BOOT_SECONDS
        booted = False
        rest = b""
        while True:
            now = time.monotonic()
            booted = booted or self._booted()
            if not booted and now > boot_end:
                return NO_BOOT
            if now > end:
                return f"was stopped after {seconds} s"
            if now > heard + silence:
                return f"was stopped: it said nothing for {silence} s"
            if not select.select([qemu.stdout], [], [], 1)[0]:
                continue
            got = os.read(qemu.stdout.fileno(), 65536)
            if not got:
                qemu.wait(30)
                return None
            heard = now
            *lines, rest = (rest + got).split(b"\n")
            for line in lines:
                each_line(line.decode(errors="replace").rstrip("\r"))
