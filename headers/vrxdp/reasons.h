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
	  "a frame before it in the same bulk was refused, and the kernel dropped the rest")

/* Room for reasons to come, so that counters keep their places. */
#define VRXDP_REASONS 40

enum vrxdp_reason {
	VRXDP_REASON_NONE = 0,
#define X(number, symbol, name, text) VRXDP_DROP_##symbol = (number),
	VRXDP_REASON_TABLE(X)
#undef X
};

#endif
