# SPDX-License-Identifier: GPL-2.0-only
"""One virtual machine: its command line, its run, and what remains of it when it hangs."""

import ctypes
import mmap
import os
import platform
import re
import select
import shutil
import signal
import subprocess
import time

from vmparts import Failed, initramfs

# Below 2816 MB q35 has no memory above 4 GB, so the firmware puts PCI's windows below 4 GB. QEMU 10.0
# forgets the upper half of the addresses of igb's virtual functions: elsewhere their registers read as ones.
MEMORY_MB = 2752
CPUS = 2
CONSOLE_TAIL = 40       # lines shown of a guest that hung or died

# Emulated, each of these features costs more than it is worth here.
TCG_CPU = "max,-la57,-smap,-smep,-umip,-pku"
# A kernel that measures one emulated clock by another, while the host is busy, finds both wrong: it
# then waits for a timer that never comes, takes a clock that costs microseconds to read, or lives forty
# seconds in one. So it is told what the TSC's frequency is (tsc_khz()).
KERNEL = "console=ttyS0 panic=-1 oops=panic rdinit=/init quiet loglevel=4 " \
         "tsc=reliable no_timer_check mitigations=off"
MACHINE = "q35,hpet=off"

# A boot takes some 8 s of one CPU; how long that is depends on the host.
BOOTS = 4
BOOT_SECONDS = 300
BOOT_CPU = 100
# A machine that uses less than this share of a CPU for so long waits for ever.
IDLE_SHARE, BOOT_IDLE, IDLE = 0.05, 20, 120
TRIAL_SECONDS = 10
PR_SET_PDEATHSIG = 1

STATUS = re.compile(r"vm-init: status (\d+)")
UP = "vm-init: up"
# Each hub joins two NICs of the guest's, and nothing else.
NOISE = re.compile(r"qemu-system-x86_64: warning: hub \d+ is not connected to host network")

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


def tsc_khz(seconds=0.2):
    """The frequency of the host's TSC, which is an emulated machine's too; 0 where it can't be measured."""
    if platform.machine() != "x86_64":
        return 0
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return 0
    code.write(b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3")     # rdtsc; shl $32, %rdx; or %rdx, %rax; ret
    rdtsc = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(code)))

    def read():
        """Both clocks, at the same time: of some readings that which was interrupted least."""
        tries = [(time.monotonic_ns(), rdtsc(), time.monotonic_ns()) for _ in range(20)]
        before, ticks, after = min(tries, key=lambda t: t[2] - t[0])
        return (before + after) / 2, ticks

    first = read()
    time.sleep(seconds)
    second = read()
    return round((second[1] - first[1]) * 1e6 / (second[0] - first[0]))


def cpu_seconds(pid):
    """What the process has used of CPUs."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Idle:
    """For how long has a process done nothing?"""

    def __init__(self, pid):
        self.pid, self.since, self.used = pid, time.monotonic(), 0

    def seconds(self):
        now, used = time.monotonic(), cpu_seconds(self.pid)
        if used - self.used > max(0.5, IDLE_SHARE * (now - self.since)):
            self.since, self.used = now, used
        return now - self.since


class NoBoot(Failed):
    """Worth another try."""


class Guest:
    """
    A guest of one kernel; @devices are QEMU's arguments for the NICs, @hot an image of vmhot.py,
    @under the command that starts QEMU, if any.
    """

    def __init__(self, parts, series, shares, devices=(), accel="tcg", hot=None, under=()):
        self.parts, self.series, self.shares, self.hot = parts, series, shares, hot
        self.devices, self.accel, self.under = list(devices), accel, list(under)
        # Of the run under way; afterwards it is the last run's, without the process's number.
        self.last_console = os.path.join(parts.top, f"console-{series}.log")
        self.console = f"{self.last_console}.{os.getpid()}"

    def argv(self, initrd, kernel, out):
        qemu, env = self.parts.qemu()
        kvm = self.accel == "kvm"
        khz = 0 if kvm else tsc_khz()
        argv = self.under + qemu + ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                       "-M", MACHINE, "-accel", "kvm" if kvm else "tcg,thread=multi",
                       "-cpu", "host" if kvm else TCG_CPU,
                       "-smp", str(CPUS), "-m", str(MEMORY_MB), "-kernel", kernel, "-initrd", initrd,
                       "-append", KERNEL + (f" tsc_early_khz={khz}" if khz else ""), "-serial", f"file:{self.console}",
                       "-device", "virtio-serial-pci", "-chardev", out,
                       "-device", "virtconsole,chardev=out", "-device", "virtio-rng-pci"]
        if self.hot:
            argv += ["-drive", f"file={self.hot},format=raw,if=none,id=hot,read-only=on",
                     "-device", "virtio-blk-pci,drive=hot"]
        for tag, path, _ in self.shares:
            argv += ["-fsdev", f"local,id={tag},path={path},security_model=none,readonly=on,multidevs=remap",
                     "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        return argv + self.devices, env

    def start(self, script, kind=""):
        kernel, modules = self.parts.kernel(self.series)
        name = os.path.join(self.parts.top, f"initramfs-{self.series}.{os.getpid()}{kind}")
        shares = [(tag, where) for tag, _, where in self.shares]
        initrd = initramfs(name, self.parts.busybox(), modules, shares, script, kind)
        out = "stdio,id=out,signal=off" if kind == "shell" else "stdio,id=out"
        argv, env = self.argv(initrd, kernel, out)
        return argv, env, initrd

    def shell(self, script):
        """Interactive, on this terminal."""
        size = shutil.get_terminal_size()
        terminal = f"stty rows {size.lines} cols {size.columns}; export TERM={os.environ.get('TERM', 'linux')}\n"
        argv, env, initrd = self.start(terminal + script, "shell")
        try:
            return subprocess.call(argv, env=env)
        finally:
            os.unlink(initrd)

    def boots(self):
        """Does it boot, and at once? For a kind of acceleration that may be there and not work."""
        argv, env, initrd = self.start("", "trial")
        try:
            done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=TRIAL_SECONDS, check=False, preexec_fn=_die_with_parent)
            return not done.returncode and self._booted()
        except subprocess.TimeoutExpired:
            return False
        finally:
            os.unlink(initrd)

    def run(self, script, seconds, silence, each_line):
        """Run @script in the guest; return its status. Raises Failed for a guest that says nothing
        for @silence s, runs longer than @seconds, or ends without a status."""
        argv, env, initrd = self.start(script)
        try:
            for left in reversed(range(BOOTS)):
                try:
                    self._once(argv, env, seconds, silence, each_line)
                    break
                except NoBoot as why:
                    if not left:
                        raise
                    each_line(f"vm: {why}; once more")
            status = [int(match[1]) for match in map(STATUS.search, tail(self.console, 50)) if match]
            if not status:
                raise Failed("the virtual machine stopped by itself")
            return status[-1]
        except Failed as why:
            for line in tail(self.console, CONSOLE_TAIL):
                each_line(f"console: {line}")
            raise Failed(f"Linux {self.series}: {why}") from None
        finally:
            os.unlink(initrd)
            if os.path.exists(self.console):
                os.replace(self.console, self.last_console)

    def _once(self, argv, env, seconds, silence, each_line):
        if os.path.exists(self.console):
            os.unlink(self.console)
        with subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, preexec_fn=_die_with_parent) as qemu:
            try:
                self._follow(qemu, seconds, silence, each_line)
            finally:
                qemu.kill()

    def _booted(self):
        return any(UP in line for line in tail(self.console, 100))

    def _follow(self, qemu, seconds, silence, each_line):
        """Pass on lines until the guest ends; raises Failed where it had to be stopped."""
        began = heard = time.monotonic()
        idle = Idle(qemu.pid)
        booted = False
        rest = b""
        while True:
            now, unused = time.monotonic(), idle.seconds()
            if not booted:
                booted, heard = self._booted(), now
                used = cpu_seconds(qemu.pid)
                if not booted and (unused > BOOT_IDLE or used > BOOT_CPU or now > began + BOOT_SECONDS):
                    raise NoBoot(f"it didn't boot in {now - began:.0f} s, with {used:.0f} s of CPU")
            if now > began + seconds:
                raise Failed(f"stopped after {seconds} s")
            if booted and unused > IDLE and now > heard + IDLE:
                raise Failed(f"stopped: it did nothing for {IDLE} s")
            if now > heard + silence:
                raise Failed(f"stopped: it said nothing for {silence} s")
            if not select.select([qemu.stdout], [], [], 1)[0]:
                continue
            got = os.read(qemu.stdout.fileno(), 65536)
            if not got:
                qemu.wait(30)
                if not booted and not self._booted():
                    raise NoBoot("it stopped while it booted")
                return
            heard = now
            *lines, rest = (rest + got).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace").rstrip("\r")
                if not NOISE.fullmatch(text):
                    each_line(text)


def acceleration(guest):
    """KVM if a trial boot of @guest works with it; and why not."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg", "no /dev/kvm"
    guest.accel, guest.devices, guest.shares = "kvm", [], []
    if guest.boots():
        return "kvm", "the trial boot worked"
    return "tcg", "a trial boot with KVM didn't work"
