# SPDX-License-Identifier: GPL-2.0-only
"""Traffic through the lab: real stacks, and frames that are counted one by one."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

from devices import helper
from scale import rate, volume

# linux/if_packet.h, asm/socket.h
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 1, 8, 23
PACKET_MR_PROMISC, TP_STATUS_VLAN_VALID, SO_RCVBUFFORCE, ETH_P_ALL = 1, 1 << 4, 33, 3

SETTLE = 0.15   # seconds until the last frame has come out of the last queue of an idle machine


def settle():
    """Wait until the last frame has come out: who moves it waits for a CPU, if others run."""
    with open("/proc/loadavg", encoding="ascii") as f:
        load, _, _, running, _ = f.read().split()
    busy = max(float(load), int(running.partition("/")[0])) / os.cpu_count()
    time.sleep(SETTLE * max(1, busy))


def ping(ns, address, count=3, size=56, interval=0.02, extra=()):
    """How many of @count echo requests were answered."""
    done = ns.run("ping", "-q", "-n", "-c", count, "-i", interval, "-W", 1, "-s", size, *extra,
                  address, check=False)
    match = re.search(r"(\d+) received", done.stdout)
    return int(match.group(1)) if match else 0


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Transfer:
    """A TCP stream from one namespace to another; same is True if it came out unchanged."""

    def __init__(self, from_ns, to_ns, to_address, size):
        size = volume(size)
        self.size, self.error, self.received = size, None, b""
        block = hashlib.shake_128(b"vrxdp").digest(1 << 20)
        with to_ns:
            server = socket.socket(_family(to_address), socket.SOCK_STREAM)
        with from_ns:
            client = socket.socket(_family(to_address), socket.SOCK_STREAM)
        with server, client:
            for s in (server, client):
                s.settimeout(20)
            server.bind((to_address, 5000))
            server.listen()
            thread = threading.Thread(target=self._receive, args=(server,))
            thread.start()
            sent, left, start = hashlib.sha256(), size, time.monotonic()
            try:
                client.connect((to_address, 5000))
                while left:
                    part = block[:min(left, len(block))]
                    client.sendall(part)
                    sent.update(part)
                    left -= len(part)
                client.shutdown(socket.SHUT_WR)
            except OSError as error:
                self.error = error
                client.close()
            thread.join()
        self.seconds = time.monotonic() - start
        self.same = not self.error and not left and self.received == sent.digest()
        print(f"TCP to {to_address}: {size / 1e6:.0f} MB in {self.seconds:.2f} s, "
              f"{size * 8e-6 / self.seconds:.0f} Mbit/s, same: {self.same}")

    def _receive(self, server):
        digest = hashlib.sha256()
        try:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(20)
                while data := connection.recv(1 << 20):
                    digest.update(data)
        except OSError as error:
            self.error = error
        self.received = digest.digest()


def udp_answers(from_ns, to_ns, to_address, sizes):
    """How many datagrams of these sizes come back from an echo on @to_address unchanged."""
    with to_ns:
        server = socket.socket(_family(to_address), socket.SOCK_DGRAM)
    with from_ns:
        client = socket.socket(_family(to_address), socket.SOCK_DGRAM)
    right = 0
    with server, client:
        for s in (server, client):
            s.settimeout(1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        server.bind((to_address, 5001))
        for size in sizes:
            data = hashlib.shake_128(str(size).encode()).digest(size)
            client.sendto(data, (to_address, 5001))
            with contextlib.suppress(TimeoutError):
                asked, peer = server.recvfrom(65536)
                server.sendto(asked, peer)
                right += asked == data and client.recv(65536) == data
    return right


def checksum_errors(*namespaces):
    """What these kernels refused for its checksum, all protocols."""
    total = 0
    for ns in namespaces:
        lines = [line.split() for line in ns.read("snmp").splitlines()]
        for names, values in zip(lines[::2], lines[1::2]):
            total += int(dict(zip(names, values)).get("InCsumErrors", 0))
        for line in ns.read("snmp6").splitlines():
            name, value = line.split()
            total += int(value) if name.endswith("InCsumErrors") else 0
    return total


def frames(dev, *streams, n=1, pps=50000, seed=1, lossy=False):
    """Send @n frames of @streams (tests/lib/frames.c); returns what was sent, exactly. See scale.py."""
    done = dev.ns.run(helper("frames"), "-n", n, "-r", rate(pps), "-s", seed, *["-l"][:lossy],
                      dev.name, *streams)
    return json.loads(done.stdout)


@contextlib.contextmanager
def steady(lab, dev, *streams, pps):
    """Send while the block runs; afterwards what is yielded says what was sent, exactly."""
    sent = {}
    process = dev.ns.popen(helper("frames"), "-n", 2**32 - 1, "-r", rate(pps), dev.name, *streams,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lab.processes.append(process)
    yield sent
    assert process.poll() is None, process.communicate()[1]
    sent.update(json.loads(lab.end(process, signal.SIGTERM)))


@contextlib.contextmanager
def in_background(*calls):
    """Run these functions at the same time; their results are in the list that is yielded."""
    results = [None] * len(calls)

    def work(i):
        results[i] = calls[i]()
    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    yield results
    for thread in threads:
        thread.join()


class Received:
    """What a counting helper saw; it is complete when the `with` block is left."""

    def __init__(self):
        self.data = None

    def flow(self, **fields):
        """Packets and bytes of the flows that have these dst, src, vlan."""
        hits = [f for f in self.data["flows"] if all(f[k] == v for k, v in fields.items())]
        return sum(f["packets"] for f in hits), sum(f["bytes"] for f in hits)

    def packets(self, **fields):
        return self.flow(**fields)[0]

    @property
    def whole(self):
        """Numbered frames came unchanged, all, once and in order."""
        return not (self.data["corrupt"] or self.data["missing"] or self.data["late"])

    @property
    def bad_checksums(self):
        return self.data["checksums"]["bad"]

    def right_checksums(self, whole=True):
        """Packets with a right checksum; unless @whole, with one that is left to the driver too."""
        sums = self.data["checksums"]
        return sums["good"] + (0 if whole else sums["unfinished"])


@contextlib.contextmanager
def _receiving(lab, dev, *argv):
    received = Received()
    process = lab.start(dev.ns, *argv)
    yield received
    settle()
    received.data = json.loads(lab.end(process, signal.SIGTERM))
    assert not received.data.get("lost"), "the counting program itself was too slow"


def count(lab, dev):
    """Count what the stack of a device gets (tests/lib/count.c)."""
    return _receiving(lab, dev, helper("count"), dev.name)


def sink(lab, dev, work=0):
    """Count with XDP and drop (tests/lib/sink.c); @work makes it slow."""
    return _receiving(lab, dev, helper("sink"), "-w", work, dev.name)


def _with_tag(frame, extra):
    """struct tpacket_auxdata: status, len, snaplen, mac, net, tci, tpid."""
    status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", extra[0][2][:20])
    if status & TP_STATUS_VLAN_VALID:
        return frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
    return frame


def send(dev, *raw):
    """Send frames, as bytes, on a device: each as it is, without padding."""
    with dev.ns:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        sock.bind((dev.name, 0))
        for frame in raw:
            sock.send(frame)


@contextlib.contextmanager
def capture(dev, narrow=None):
    """
    Every frame that a device's stack gets, as bytes; a tag is put back where it was.
    @narrow is called with the socket first, to filter.
    """
    with dev.ns:
        ifindex = socket.if_nametoindex(dev.name)
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    seen = []
    with sock:
        if narrow:
            narrow(sock)
        sock.bind((dev.name, ETH_P_ALL))
        sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                        struct.pack("iHH8s", ifindex, PACKET_MR_PROMISC, 0, b""))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        yield seen
        settle()
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, extra, _, _ = sock.recvmsg(65536, 256)
                seen.append(_with_tag(frame, extra))
