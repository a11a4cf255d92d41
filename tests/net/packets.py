# SPDX-License-Identifier: GPL-2.0-only
"""Packets made by hand, with right checksums (RFC 1071)."""

import socket
import struct

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ether(dst, src, payload, kind=None):
    kind = kind or {4: 0x0800, 6: 0x86dd}[payload[0] >> 4]
    return bytes.fromhex((dst + src).replace(":", "")) + struct.pack("!H", kind) + payload


def tag(frame, *vids, outer=0x8100):
    """@frame with 802.1Q tags; @outer is the type of the outermost."""
    tags = b""
    for i, vid in enumerate(vids):
        tags += struct.pack("!HH", outer if not i else 0x8100, vid)
    return frame[:12] + tags + frame[12:]


def _l4(protocol, payload, pseudo):
    """The header of TCP, UDP or an echo request, its checksum, and the payload."""
    if protocol == UDP:
        data = struct.pack("!HHHH", 1001, 1002, 8 + len(payload), 0) + payload
        at = 6
    elif protocol == TCP:
        data = struct.pack("!HHIIBBHHH", 1001, 1002, 1, 1, 0x50, 0x10, 1000, 0, 0) + payload
        at = 16
    else:
        data = struct.pack("!BBHI", 8 if protocol == ICMP else 128, 0, 0, 1) + payload
        at = 2
        pseudo = None if protocol == ICMP else pseudo
    total = checksum((pseudo(len(data)) if pseudo else b"") + data)
    return data[:at] + struct.pack("!H", total) + data[at + 2:]


def ipv4(src, dst, protocol=UDP, payload=b"", ttl=64, fragment=0, raw=None):
    """An IPv4 packet; @raw is the payload of IP as it is, for fragments."""
    ends = socket.inet_aton(src) + socket.inet_aton(dst)
    data = raw if raw is not None else \
        _l4(protocol, payload, lambda n: ends + struct.pack("!HH", protocol, n))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 7, fragment, ttl, protocol, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def ipv6(src, dst, protocol=UDP, payload=b"", hops=64):
    ends = socket.inet_pton(socket.AF_INET6, src) + socket.inet_pton(socket.AF_INET6, dst)
    data = _l4(protocol, payload, lambda n: ends + struct.pack("!II", n, protocol))
    return struct.pack("!IHBB", 0x60000000, len(data), protocol, hops) + ends + data
