# SPDX-License-Identifier: GPL-2.0-only
"""Marked frames: sent as they are, and found wherever they come out, among any other traffic."""

import contextlib
import ctypes
import errno
import socket
import struct
import time

from traffic import capture

MARK = b"mArK"
ETHERTYPE = 0x88b6      # IEEE local experimental 2; vrxdp's relay uses 1
CTAG, STAG = 0x8100, 0x88a8
BROADCAST, MULTICAST = "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:55"
RESERVED = "01:80:c2:00:00:0e"

# Classic BPF, linux/filter.h: accept a frame whose last four bytes are MARK.
_LD_LEN, _SUB, _TAX, _LD_IND, _JEQ, _RET = 0x80, 0x14, 0x07, 0x40, 0x15, 0x06
FILTER = [(_LD_LEN, 0, 0, 0), (_SUB, 0, 0, 4), (_TAX, 0, 0, 0), (_LD_IND, 0, 0, 0),
          (_JEQ, 0, 1, int.from_bytes(MARK, "big")), (_RET, 0, 0, 0xffff), (_RET, 0, 0, 0)]
SO_ATTACH_FILTER = 26


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def marked(number, dst, src, tags=(), size=60, kind=ETHERTYPE):
    """Frame @number; @tags are pairs (TPID, VID), outermost first. @size is without tags."""
    head = mac_bytes(dst) + mac_bytes(src) + b"".join(struct.pack("!HH", *tag) for tag in tags)
    body = struct.pack("!HI", kind, number)
    return head + body + bytes(max(0, size - 12 - len(body) - len(MARK))) + MARK


def parse(frame):
    """The number and the tags of a marked frame."""
    at, tags = 12, []
    while (tpid := struct.unpack_from("!H", frame, at)[0]) in (CTAG, STAG):
        tags.append((tpid, struct.unpack_from("!H", frame, at + 2)[0] & 0xfff))
        at += 4
    return struct.unpack_from("!I", frame, at + 2)[0], tuple(tags)


def _only_marked(sock):
    code = b"".join(struct.pack("HBBI", *line) for line in FILTER)
    buffer = ctypes.create_string_buffer(code, len(code))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HP", len(FILTER), ctypes.addressof(buffer)))


def watch(dev):
    """The marked frames that a device's stack gets."""
    return capture(dev, _only_marked)


@contextlib.contextmanager
def watching(devices):
    """A dictionary: the same keys as @devices, and what each gets."""
    with contextlib.ExitStack() as stack:
        yield {key: stack.enter_context(watch(dev)) for key, dev in devices.items()}


class Sender:
    """A raw socket on a device; counts what the kernel took."""

    def __init__(self, dev, pps=5000, tries=5):
        with dev.ns:
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.sock.bind((dev.name, 0))
        self.gap, self.due, self.sent = 1 / pps, time.monotonic(), 0
        self.tries = tries

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def send(self, frame):
        """False: the device is down or gone, or refuses the frame's length."""
        self.due = max(self.due + self.gap, time.monotonic() - 20 * self.gap)
        if (wait := self.due - time.monotonic()) > 0:
            time.sleep(wait)
        for _ in range(self.tries):
            try:
                self.sock.send(frame)
                self.sent += 1
                return True
            except OSError as error:
                if error.errno not in (errno.ENOBUFS, errno.EAGAIN):
                    return False
                time.sleep(0.0003)
        return False
