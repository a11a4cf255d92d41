/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one list of pinned maps: X(SYMBOL, "name", entries), where entries may use
 * R (routers) and I (interfaces) that the maps are made for, and S, the slots.
 */
#ifndef STATE_MAPS_H
#define STATE_MAPS_H

#include "vrxdp/fib.h"
#include "vrxdp/limits.h"

#define STATE_MAPS(X)                                                                              \
	X(DEMUX, "vx_demux", VRXDP_DEMUX_ROOM(I))                                                  \
	X(IFACES, "vx_ifaces", (I) + 1)                                                            \
	X(PORTS, "vx_ports", VRXDP_MAX_PORTS)                                                      \
	X(PORT_STATE, "vx_port_state", VRXDP_MAX_PORTS)                                            \
	X(DEVICES, "vx_devices", (S))                                                              \
	X(TARGETS, "vx_targets", (S))                                                              \
	X(COPIES, "vx_copies", (S))                                                                \
	X(GROUPS, "vx_groups", VRXDP_MAX_GROUPS)                                                   \
	X(GROUP_COUNTS, "vx_group_counts", VRXDP_MAX_GROUPS)                                       \
	X(VRIDS, "vx_vrids", (I) + 1)                                                              \
	X(HOST_MACS, "vx_host_macs", VRXDP_MAX_HOST_MACS)                                          \
	X(BEHIND, "vx_behind", VRXDP_MAX_BEHIND)                                                   \
	X(GROUP_MEMBERS, "vx_group_members", VRXDP_DEMUX_ROOM(I))                                  \
	X(GROUP_WIRE, "vx_group_wire", VRXDP_MAX_GROUPS)                                           \
	X(GROUP_ALL, "vx_group_all", VRXDP_MAX_GROUPS)                                             \
	X(FAST, "vx_fast", (R))                                                                    \
	X(IFACE_IN, "vx_iface_in", (I) + 1)                                                        \
	X(NEXTHOP_NUMBERS, "vx_nexthop_numbers", VRXDP_NEXTHOP_NUMBERS(R))                         \
	X(NEXTHOPS, "vx_nexthops", VRXDP_NEXTHOPS(R))                                              \
	X(FIB_CHUNKS, "vx_fib_chunks", VRXDP_FIB_MAX_CHUNKS)                                       \
	X(FIB_MARKS, "vx_fib_marks", 1)                                                            \
	X(WIRE, "vx_wire", 1)                                                                      \
	X(TICKS, "vx_ticks", 1)                                                                    \
	X(UNDERWAY, "vx_underway", (S))                                                            \
	X(RELAY_FRAME, "vx_relay_frame", 1)                                                        \
	X(PORT_COUNTS, "vx_port_counts", VRXDP_MAX_PORTS)                                          \
	X(IFACE_COUNTS, "vx_iface_counts", (I) + 1)                                                \
	X(ROUTER_COUNTS, "vx_router_counts", (R))                                                  \
	X(PORT_RECS, "vx_port_recs", VRXDP_MAX_PORTS)                                              \
	X(ROUTER_RECS, "vx_router_recs", (R))                                                      \
	X(IFACE_RECS, "vx_iface_recs", (I))                                                        \
	X(UNDO_RECS, "vx_undo_recs", 16 * (I) + 16 * VRXDP_MAX_PORTS)                              \
	X(CARRY, "vx_carry", VRXDP_CARRY_ROOM(R, I))                                               \
	X(META, "vx_meta", 1)

#endif
