/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a frame was dropped: the one table. Numbers index counters in pinned maps
 * and never change meaning; a retired number stays reserved.
 * docs/counters.md is generated from it.
 *
 * X(number, SYMBOL, "name", "text")
 */
#ifndef VRXDP_REASONS_H
#define VRXDP_REASONS_H

#define VRXDP_REASON_TABLE(X)                                                                      \
	X(1, MALFORMED, "malformed", "the frame ends inside its Ethernet or VLAN header")          \
	X(2, SOURCE_MAC, "source-mac",                                                             \
	  "a router sent a frame whose source MAC address is not its interface's")                 \
	X(3, VLAN, "vlan", "a router without a VLAN of its own sent a frame with a VLAN tag")      \
	X(4, RESERVED_GROUP, "reserved-group",                                                     \
	  "a router sent to 01:80:c2:00:00:00 to :0f, which never leave a link")                   \
	X(5, GROUP_LIMIT, "group-limit",                                                           \
	  "copies of group frames were above the port's group-limit")                              \
	X(6, GROUP_SIZE, "group-size",                                                             \
	  "a group frame of more than one buffer: the kernel can't copy it")                       \
	X(7, MTU, "mtu", "the frame is above the MTU of the device or of its far end")             \
	X(8, RING_FULL, "ring-full", "the device's ring was full: its receiver is too slow")       \
	X(9, DEVICE_DOWN, "device-down", "the device was down")                                    \
	X(10, DEVICE_GONE, "device-gone", "the device was deleted or moved away")                  \
	X(11, NO_RECEIVER, "no-receiver",                                                          \
	  "the device's far end was down, or the tap had no reader")                               \
	X(12, NO_XDP, "no-xdp",                                                                    \
	  "the device or its far end takes no XDP frames (GRO off and no program), "               \
	  "or none of more than one buffer")                                                       \
	X(13, REDIRECT, "redirect-error", "the kernel refused the redirect for another reason")    \
	X(14, HEADROOM, "headroom", "no room in front of the frame for a VLAN tag")                \
	X(15, HAIRPIN, "hairpin", "a router sent a frame to its own interface's MAC address")      \
	X(16, BULK, "bulk",                                                                        \
	  "a frame before it in the same bulk was refused, and the kernel dropped the rest")       \
	X(17, IP_CHECKSUM, "ip-checksum", "the checksum of the IPv4 header is wrong")              \
	X(18, MARTIAN, "martian",                                                                  \
	  "an IP address that can't be there: source is the router's own, loopback, group …")      \
	X(19, RP_FILTER, "rp-filter",                                                              \
	  "no way back to the source, or by another interface: rp_filter (RFC 3704)")              \
	X(20, BLACKHOLE, "blackhole", "the route says so")                                         \
	X(21, STALE, "stale",                                                                      \
	  "punt: nobody has confirmed lately that the router's tables are right")                  \
	X(22, NOT_IP, "not-ip", "punt: neither IPv4 nor IPv6, or not forwarded at this interface") \
	X(23, LOCAL, "local", "punt: for the router itself, or a broadcast")                       \
	X(24, GROUP, "group", "punt: an IP group address")                                         \
	X(25, LINK_LOCAL, "link-local", "punt: an IPv6 address that is valid on its link only")    \
	X(26, OPTIONS, "ip-options", "punt: IPv4 options, or an IPv6 hop-by-hop header")           \
	X(27, TTL, "ttl", "punt: the TTL or hop limit would reach 0")                              \
	X(28, NO_ROUTE, "no-route", "punt: the router has no route")                               \
	X(29, UNREACHABLE, "unreachable",                                                          \
	  "punt: the route says so, and the kernel tells the sender")                              \
	X(30, PROHIBIT, "prohibit", "punt: the route says so, and the kernel tells the sender")    \
	X(31, ENCAP, "encap", "punt: the route adds an encapsulation")                             \
	X(32, OTHER_DEVICE, "other-device",                                                        \
	  "punt: the route's device is none of the router's interfaces")                           \
	X(33, SAME_INTERFACE, "same-interface", "punt: it would leave where it came in")           \
	X(34, NEIGHBOUR, "neighbour", "punt: the next hop's MAC address isn't known")              \
	X(35, ROUTER_CHAIN, "router-chain",                                                        \
	  "punt: it has passed as many routers of this host as one run of XDP may")                \
	X(36, BUFFERS, "buffers", "punt: the first buffer of the frame ends inside the IP header")

/* Room for reasons to come, so that counters keep their places. */
#define VRXDP_REASONS 40

enum vrxdp_reason {
	VRXDP_REASON_NONE = 0,
#define X(number, symbol, name, text) VRXDP_DROP_##symbol = (number),
	VRXDP_REASON_TABLE(X)
#undef X
};

#endif
