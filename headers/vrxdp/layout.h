/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the data path and the commands share: keys and values of the maps that
 * packets meet. Fixed-width, explicitly padded, host byte order unless the type
 * says otherwise. A change here needs a new VRXDP_LAYOUT.
 */
#ifndef VRXDP_LAYOUT_H
#define VRXDP_LAYOUT_H

#include "limits.h"
#include "reasons.h"

/* How frames reach a router's own stack from the port. */
enum vrxdp_delivery {
	VRXDP_REDIRECT = 1,   /* to the host end of a veth, or a tap */
	VRXDP_PASS_CHILD = 2, /* XDP_PASS: a macvlan child of the port takes it */
	VRXDP_PASS_PORT = 3,  /* XDP_PASS: the whole port is the router's */
};

/* Who has this unicast address on this port and VLAN? VLAN 0: no tag. */
struct vrxdp_demux_key {
	__u32 port;
	__u16 vlan;
	__u8 mac[6];
};
_Static_assert(sizeof(struct vrxdp_demux_key) == 12, "a hash key without padding");

/* A device, in any namespace: the namespace's inode number and the ifindex. */
struct vrxdp_device_key {
	__u32 netns;
	__u32 ifindex;
};

/* An interface of a router. Array, index is the interface's number, 0 is none. */
struct vrxdp_iface {
	__u32 router;
	__u32 port;
	__u32 group;   /* index of vx_group_counts, and of the maps of copies */
	__u16 vlan;    /* 0: untagged and priority-tagged */
	__u16 max_len; /* longest frame that the device and its far end take, bytes */
	__u8 mac[6];
	__u8 delivery; /* enum vrxdp_delivery; 0: the entry is free */
	__u8 pad;
};
_Static_assert(sizeof(struct vrxdp_iface) == 24, "same on both sides");

/* A port. Array, index is the port's number. */
struct vrxdp_port {
	__u64 copy_ns;  /* time that one copy of a group frame is worth; 0: no limit */
	__u64 burst_ns; /* how far copies may run ahead of that, ns */
	__u8 mac[6];
	__u16 max_len;  /* longest frame that the device and its far end take, bytes */
	__u32 whole;    /* the interface that the whole port belongs to, 0: none */
	__u32 by_relay; /* 1: frames leave by the relay's far end and tc (generic mode) */
};
_Static_assert(sizeof(struct vrxdp_port) == 32, "same on both sides");

/* What the data path itself keeps about a port. */
struct vrxdp_port_state {
	__u64 copies_until; /* theoretical arrival time of the next copy, CLOCK_MONOTONIC ns */
};

/* Which interfaces get copies of the group frames of a port and VLAN. */
struct vrxdp_group_key {
	__u32 port;
	__u16 vlan;
	__u16 pad;
};

struct vrxdp_group {
	__u32 index;  /* of vx_group_counts, vx_group_wire and vx_group_all */
	__u32 copies; /* interfaces that get a copy by redirect */
	__u32 passed; /* interfaces that the kernel itself serves (macvlan, whole port) */
	__u32 pad;
};

struct vrxdp_count {
	__u64 packets;
	__u64 bytes;
};

/*
 * Group frames of a port and VLAN that every interface missed, or that the
 * kernel itself gave to every interface behind XDP_PASS.
 */
struct vrxdp_group_counts {
	struct vrxdp_count limited;  /* reason group-limit */
	struct vrxdp_count oversize; /* reason group-size */
	struct vrxdp_count overrun;  /* reason ring-full: the relay's ring was full */
	struct vrxdp_count passed;
};

/* Index is the group's. Frames from the wire, and those of members that have left. */
struct vrxdp_group_shared {
	struct vrxdp_group_counts wire;
	struct vrxdp_group_counts left;
};

/*
 * Index is the interface's number. Frames that it sent itself are counted here and not
 * with its group, since they are missed by all but itself. An interface's share is
 * its group's counts, and what the other members sent, since it joined (@before):
 * user/shares.c. None of these numbers ever decreases.
 */
struct vrxdp_group_member {
	struct vrxdp_group_counts sent;
	struct vrxdp_group_counts before;
};

/* What vx_settle gives an interface that leaves: its share, to be counted as its own. */
struct vrxdp_settle {
	__u32 iface;
	__u32 pad;
	struct vrxdp_group_counts share;
};

/* A frame between the verdict and the flush of its bulk. Numbers of interfaces, 0: none. */
struct vrxdp_frame_underway {
	__u16 from;  /* whose transmission it is */
	__u16 to;    /* whose reception it is */
	__u16 len;   /* bytes, with the VLAN tag that the frame has on the port */
	__u16 flags; /* VRXDP_UNDERWAY_* */
};

/* The devmap program took the frame out of its bulk; it counts nowhere. */
#define VRXDP_UNDERWAY_SKIP 1u
/* On its way to a relay, where it counts later; only its loss counts here. */
#define VRXDP_UNDERWAY_VIA 2u

struct vrxdp_underway {
	__u32 head; /* next to be flushed */
	__u32 tail; /* next free; tail - head frames are under way */
	/* Frames of the flush at hand, from and to the same, that aren't counted yet. */
	__u16 run_from;
	__u16 run_to;
	__u32 run_packets;
	__u64 run_bytes;
	struct vrxdp_frame_underway frame[VRXDP_UNDERWAY];
};
_Static_assert(sizeof(struct vrxdp_underway) == 280, "same on both sides");

/* Counters, per CPU. */
struct vrxdp_port_counters {
	struct vrxdp_count rx; /* every frame that the port's program saw */
	struct vrxdp_count tx; /* frames that vrxdp sent there */
	__u64 drops[VRXDP_REASONS];
};

struct vrxdp_iface_counters {
	struct vrxdp_count rx;
	struct vrxdp_count tx;
};

/* rx_packets is fast + stack + the sum of drops, by definition. */
struct vrxdp_router_counters {
	__u64 rx_bytes;
	struct vrxdp_count tx;
	__u64 fast;
	__u64 stack;
	__u64 drops[VRXDP_REASONS];    /* received, not delivered */
	__u64 tx_drops[VRXDP_REASONS]; /* sent by the router's stack, not accepted */
	__u64 punts[VRXDP_REASONS];
};

#endif
