# SPDX-License-Identifier: GPL-2.0-only
"""What hoststate.py tells, by netlink itself: some milliseconds a namespace, for many looks."""

import array
import fcntl
import os
import platform
import socket
import struct
import ctypes

NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH = 18, 22, 26, 30
RTM_GETQDISC, RTM_GETTFILTER = 38, 46
AF_BRIDGE = 7
# Flags that follow the far end or the reader: IFF_RUNNING, IFF_LOWER_UP, IFF_DORMANT.
MOVING_FLAGS = 0x40 | 0x10000 | 0x20000
INGRESS, EGRESS = 0xfffffff2, 0xfffffff3
SIOCETHTOOL, ETHTOOL_GFEATURES, FEATURE_BLOCKS = 0x8946, 0x3a, 4

# Of each kind of message: its header, and the attributes that move by themselves.
# IFLA_STATS, OPERSTATE, STATS64, AF_SPEC (counts of ICMPv6), CARRIER and its changes;
# the cacheinfo of addresses, neighbours and routes; TCA_XSTATS, STATS, STATS2.
KINDS = {
    "links": (RTM_GETLINK, socket.AF_UNSPEC, 16, {7, 16, 23, 26, 33, 35, 47, 48}),
    "addresses": (RTM_GETADDR, socket.AF_UNSPEC, 8, {6}),
    "fdb": (RTM_GETNEIGH, AF_BRIDGE, 12, {3}),
    "routes": (RTM_GETROUTE, socket.AF_UNSPEC, 12, {12}),
    "qdiscs": (RTM_GETQDISC, socket.AF_UNSPEC, 20, {3, 4, 7}),
}


def _messages(sock, kind, body):
    """The answers to one dump."""
    sock.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
    while True:
        data = sock.recv(1 << 18)
        while data:
            length, what = struct.unpack_from("=IH", data)
            if what == NLMSG_DONE:
                return
            if what == NLMSG_ERROR:
                raise OSError(-struct.unpack_from("=i", data, 16)[0], "netlink")
            yield data[16:length]
            data = data[(length + 3) & ~3:]


def _attributes(data, moving):
    """{type: value} without those that move."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if kind & 0x3fff not in moving:
            found[kind & 0x3fff] = data[4:length].hex()
        data = data[(length + 3) & ~3:]
    return found


class Eye:
    """Looks at one namespace, with sockets that stay open."""

    def __init__(self, ns):
        self.ns = ns
        with ns:
            self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            self.any = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def close(self):
        self.netlink.close()
        self.any.close()

    def _features(self, name):
        """Available, requested and active bits of each block; `never changed` is the kernel's."""
        buf = array.array("I", [ETHTOOL_GFEATURES, FEATURE_BLOCKS] + [0] * 4 * FEATURE_BLOCKS)
        request = struct.pack("16sQ16x", name.encode(), buf.buffer_info()[0])
        fcntl.ioctl(self.any, SIOCETHTOOL, request)
        return buf[2:].tolist()

    def look(self):
        """A flat dictionary: namespace, what, and its parts."""
        state, names = {}, {}
        for what, (kind, family, header, moving) in KINDS.items():
            body = struct.pack("=B", family) + bytes(header - 1)
            parts = []
            for message in _messages(self.netlink, kind, body):
                head, attrs = bytearray(message[:header]), _attributes(message[header:], moving)
                if what == "links":
                    index, flags = struct.unpack_from("=iI", head, 4)
                    struct.pack_into("=I", head, 8, flags & ~MOVING_FLAGS)
                    names[index] = bytes.fromhex(attrs[3]).rstrip(b"\0").decode()
                elif what == "qdiscs":
                    struct.pack_into("=I", head, 16, 0)     # how many refer to it
                parts.append(f"{head.hex()} {sorted(attrs.items())}")
            state[f"{self.ns.name}: {what}"] = sorted(parts)
        state[f"{self.ns.name}: features"] = [f"{name} {self._features(name)}"
                                              for name in names.values()]
        filters = []
        for index in names:
            for parent in (INGRESS, EGRESS):
                body = struct.pack("=BxxxiIII", 0, index, 0, parent, 0)
                try:
                    filters += [m.hex() for m in _messages(self.netlink, RTM_GETTFILTER, body)]
                except OSError:
                    pass    # the device has no clsact qdisc
        state[f"{self.ns.name}: filters"] = filters
        state[f"{self.ns.name}: groups"] = sorted(
            " ".join(line.split()[1::3]) for line in self.ns.read("dev_mcast").splitlines())
        return state


BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_OBJ_GET, BPF_OBJ_GET_INFO_BY_FD = 7, 15
BPF_GET_FD_BY_ID = {"progs": 13, "maps": 14, "links": 30}

_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attr):
    fd = _libc.syscall(BPF, command, attr, len(attr))
    return -ctypes.get_errno() if fd < 0 else fd


def _info(fd):
    """The first words of what the kernel tells: type, id, and of a link its program."""
    info = ctypes.create_string_buffer(256)
    attr = ctypes.create_string_buffer(
        struct.pack("=IIQ", fd, len(info), ctypes.addressof(info)), 16)
    if _bpf(BPF_OBJ_GET_INFO_BY_FD, attr) < 0:
        raise OSError(ctypes.get_errno(), "BPF_OBJ_GET_INFO_BY_FD")
    return struct.unpack_from("=III", info)


def pinned(bpffs):
    """What is pinned by vrxdp at @bpffs: a set of (kind, id); the kernel never gives an id again."""
    found = set()
    for kind in BPF_GET_FD_BY_ID:
        top = f"{bpffs}/{kind}"
        for name in os.listdir(top) if os.path.isdir(top) else []:
            path = ctypes.create_string_buffer(f"{top}/{name}".encode())
            fd = _bpf(BPF_OBJ_GET, ctypes.create_string_buffer(
                struct.pack("=QII", ctypes.addressof(path), 0, 0), 16))
            if fd < 0:
                continue
            _, number, program = _info(fd)
            os.close(fd)
            found.add((kind, number))
            if kind == "links":
                found.add(("progs", program))
    return found


def living(objects):
    """Those of a set that pinned() gave which the kernel still has."""
    left = set()
    for kind, number in objects:
        fd = _bpf(BPF_GET_FD_BY_ID[kind],
                  ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 12))
        if fd >= 0:
            os.close(fd)
            left.add((kind, number))
    return left
