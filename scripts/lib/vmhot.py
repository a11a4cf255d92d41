# SPDX-License-Identifier: GPL-2.0-only
"""
What the VM lab's machines open again and again, as an image of a file system: it lies above what they
share with the host. Each open of a file by 9p costs an emulated machine milliseconds, and to start a command
takes a dozen; from the image, a fifth of that. What isn't in it comes from the host.
"""

import glob
import os
import re
import shutil
import stat
import subprocess
import sysconfig

from debs import Failed, call

# Their programs, with the libraries that these need.
PACKAGES = ("bash", "dash", "coreutils", "util-linux", "mount", "sed", "grep", "procps", "iproute2", "ethtool",
            "iputils-ping", "kmod", "libc-bin", "python3-minimal", "python3.11-minimal", "strace", "keepalived",
            "socat", "tcpdump")
# Python's own modules, without those that are big and that no test needs; and pytest with what it needs.
NOT = re.compile(r"config-.*|test|idlelib|lib2to3|ensurepip|pydoc_data|tkinter")
PYTEST = re.compile(r"_?pytest.*|pluggy.*|iniconfig.*|packaging.*|attrs?.*|py|py\..*|xdist|execnet.*|exceptiongroup.*")


def programs():
    """Paths of the packages' programs, those of the machine that are installed."""
    done = subprocess.run(["dpkg", "-L", *PACKAGES], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    found = set()
    for line in done.stdout.splitlines():
        directory, name = os.path.split(line)
        path = os.path.join(os.path.realpath(directory), name)
        if re.match(r"/usr/s?bin/|/usr/lib/.*\.so", path) and not os.path.isdir(path):
            found.add(path)
    return found


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def with_links(path):
    """The path, and those that its symbolic links lead to."""
    yield path
    for _ in range(8):      # as a loop of links has no end
        if not os.path.islink(path):
            break
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        path = os.path.join(os.path.realpath(os.path.dirname(target)), os.path.basename(target))
        yield path


def libraries(paths):
    """What the programs are linked with."""
    done = subprocess.run(["ldd", *paths], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    found = set()
    for path in set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", done.stdout, re.M)):
        directory, name = os.path.split(path)
        found.add(os.path.join(os.path.realpath(directory), name))
    return found


def files_below(top):
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if not NOT.fullmatch(name)]
        yield from (os.path.join(directory, name) for name in files)


def python_modules():
    found = set(files_below(sysconfig.get_path("stdlib")))
    for entry in os.scandir("/usr/lib/python3/dist-packages"):
        if PYTEST.fullmatch(entry.name):
            found |= set(files_below(entry.path)) if entry.is_dir() else {entry.path}
    return found


def of_the_system():
    found = programs() | python_modules()
    elf = [path for path in found if os.path.exists(path) and not os.path.islink(path) and is_elf(path)]
    found |= libraries(elf)
    found = {link for path in found for link in with_links(path)}
    return {path for path in found if path.startswith("/usr/") and os.path.lexists(path)}


def of_the_tree(root, output):
    """The suites, and the programs that they run often."""
    found = {path for top in ("tests", "scripts") for path in glob.glob(f"{root}/{top}/**", recursive=True)}
    for pattern in ("vrxdp", "*/vrxdp", "tests/*", "tests/lib/*.bpf.o"):
        found |= set(glob.glob(f"{output}/{pattern}"))
    return {path for path in found if os.path.isfile(path) or os.path.islink(path)}


def image(path, shares, root, output):
    """Make the image @path, with a directory for each of @shares: (tag, directory, ...). Returns @path."""
    stage = path + ".d"
    shutil.rmtree(stage, ignore_errors=True)
    size = 0
    for file in sorted(of_the_system() | of_the_tree(root, output)):
        inside = [(len(top), tag, file[len(top):]) for tag, top, *_ in shares if file.startswith(top + "/")]
        if not inside:
            continue
        _, tag, rest = max(inside)
        target = f"{stage}/{tag}{rest}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(file, target, follow_symlinks=False)
        size += 4096 + (0 if os.path.islink(file) else os.stat(file, follow_symlinks=False)[stat.ST_SIZE] // 4096 * 4096)
    with open(path, "wb") as f:
        f.truncate(size * 5 // 4 + (16 << 20))
    if not shutil.which("mke2fs", path="/usr/sbin:/sbin"):
        raise Failed("mke2fs isn't installed; run scripts/setup")
    call("/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0", "-m", "0", "-d", stage,
         path)
    shutil.rmtree(stage)
    return path
