/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the data path and the commands share: keys and values of the maps that
 * packets meet. Fixed-width, explicitly padded, host byte order unless the type
 * says otherwise. A change here needs a new VRXDP_LAYOUT.
 */
#ifndef VRXDP_LAYOUT_H
#define VRXDP_LAYOUT_H

#include <linux/types.h>

#include "limits.h"
#include "reasons.h"

/* How frames reach a router's own stack from the port. */
enum vrxdp_delivery {
	VRXDP_REDIRECT = 1,   /* to the host end of a veth, or a tap */
	VRXDP_PASS_CHILD = 2, /* XDP_PASS: a macvlan child of the port takes it */
	VRXDP_PASS_PORT = 3,  /* XDP_PASS: the whole port is the router's */
};

/* How an interface's frames are tagged on the port, and what the router sees of it. */
enum vrxdp_tags {
	VRXDP_TAGS_NONE = 0,    /* untagged and priority-tagged */
	VRXDP_TAGS_ACCESS = 1,  /* one 802.1Q tag, which the router doesn't see */
	VRXDP_TAGS_STACKED = 2, /* 802.1ad outside, 802.1Q inside; the router sees neither */
	VRXDP_TAGS_LIST = 3,    /* 802.1Q, the VLANs of a list; frames pass with their tag */
	VRXDP_TAGS_TRUNK = 4,   /* the same, all VLANs */
};

/* A VLAN of a port. */
struct vrxdp_vlan {
	__u16 outer; /* VID of the 802.1ad tag, 0: there is none */
	__u16 vid;   /* of the 802.1Q tag, 0: there is none */
};

/* Stands for all VIDs that a port has no entry of their own for: trunks. */
#define VRXDP_VID_TRUNK 0xffffu

/* Who has this unicast address on this port and VLAN? */
struct vrxdp_demux_key {
	__u16 port;
	struct vrxdp_vlan vlan;
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
	struct vrxdp_vlan vlan; /* of the tags that the router doesn't see */
	__u16 max_len;          /* longest frame that the device and its far end take, bytes */
	__u8 mac[6];            /* the first */
	__u8 delivery;          /* enum vrxdp_delivery; 0: the entry is free */
	__u8 tags;              /* enum vrxdp_tags */
	__u8 hidden;            /* bytes of the tags that the router doesn't see */
	__u8 more_macs;         /* 1: vx_demux knows others */
	__u8 vrrp;              /* 1: vx_vrids lists some */
	__u8 pad[3];
};
_Static_assert(sizeof(struct vrxdp_iface) == 28, "same on both sides");

/* VRIDs whose MAC addresses the interface may have: one bit each. Index is the interface's. */
struct vrxdp_vrids {
	__u8 bits[VRXDP_VRIDS / 8];
	__s32 room; /* how many entries of vx_demux it may still make */
};

/* Unicast addresses behind a port on the host's side: its bridge, macvlan children of others. */
struct vrxdp_host_mac {
	__u32 port;
	__u8 mac[6];
	__u16 pad;
};

/* A port. Array, index is the port's number. */
struct vrxdp_port {
	__u64 copy_ns;  /* time that one copy of a group frame is worth; 0: no limit */
	__u64 burst_ns; /* how far copies may run ahead of that, ns */
	__u8 mac[6];
	__u16 max_len;   /* longest frame that the device and its far end take, bytes */
	__u32 whole;     /* the interface that the whole port belongs to, 0: none */
	__u32 by_relay;  /* 1: frames leave by the relay's far end and tc (generic mode) */
	__u32 host_macs; /* how many of vx_host_macs are this port's */
	__u32 bridged;   /* 1: it is in a bridge, whose other members are in vx_behind */
};
_Static_assert(sizeof(struct vrxdp_port) == 40, "same on both sides");

/* What the data path itself keeps about a port. */
struct vrxdp_port_state {
	__u64 copies_until; /* theoretical arrival time of the next copy, CLOCK_MONOTONIC ns */
};

/* Which interfaces get copies of the group frames of a port and VLAN. */
struct vrxdp_group_key {
	__u32 port;
	struct vrxdp_vlan vlan;
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

/* Index is the group's. */
struct vrxdp_group_shared {
	struct vrxdp_group_counts wire; /* frames from the wire */
	struct vrxdp_group_counts sent; /* frames that members sent, ever */
	struct vrxdp_group_counts left; /* of those, the ones of members that have left */
};

/* An interface in a group. */
struct vrxdp_member_key {
	__u32 iface;
	__u32 group; /* index */
};

/*
 * What a member sent itself, all but itself have missed. So its share is what its group has
 * counted from the wire and what the other members sent, since it joined (@before):
 * user/shares.c. None of these numbers ever decreases.
 */
struct vrxdp_group_member {
	struct vrxdp_group_counts sent;
	struct vrxdp_group_counts before;
};

/* What vx_settle gives an interface that leaves a group: its share, to be counted as its own. */
struct vrxdp_settle {
	struct vrxdp_member_key member;
	struct vrxdp_group_counts share;
};

/*
 * Counters that the maps of one layout hand on to another's, which vx_carry_over adds once. The
 * key, and that `done` comes before the numbers, are the same in all layouts.
 */
enum vrxdp_carry_kind {
	VRXDP_CARRY_PORT = 1,
	VRXDP_CARRY_IFACE = 2,
	VRXDP_CARRY_ROUTER = 3,
	VRXDP_CARRY_GROUP = 4,
	VRXDP_CARRY_MEMBER = 5, /* what it sent: struct vrxdp_group_member */
};

struct vrxdp_carry_key {
	__u32 kind;
	__u32 index; /* of the port, interface, router or group */
	__u32 group; /* VRXDP_CARRY_MEMBER: its index */
	__u32 pad;
};

#define VRXDP_CARRY_NUMBERS 256u

struct vrxdp_carry {
	__u64 done;                         /* 1: they have been added */
	__u64 numbers[VRXDP_CARRY_NUMBERS]; /* a value of the counters' map, all CPUs together */
};

/* A frame between the verdict and the flush of its bulk. Numbers of interfaces, 0: none. */
struct vrxdp_frame_underway {
	__u16 from;   /* whose transmission it is */
	__u16 to;     /* whose reception it is */
	__u16 len;    /* bytes, with the VLAN tags that the frame has on the port */
	__u16 flags;  /* VRXDP_UNDERWAY_* */
	__u16 in;     /* the interface that received it, if XDP forwarded it; else 0 */
	__u16 in_len; /* then, as it was received */
	__u32 pad;    /* values of per-CPU maps are read in units of 8 bytes */
};
_Static_assert(sizeof(struct vrxdp_frame_underway) % 8 == 0, "read whole from a per-CPU map");

/* Frames from, to and forwarded for the same. */
struct vrxdp_run {
	__u16 from;
	__u16 to;
	__u16 in;
	__u16 packets;
	__u32 bytes;
	__u32 in_bytes;
};

/* The devmap program took the frame out of its bulk; it counts nowhere. */
#define VRXDP_UNDERWAY_SKIP 1u
/* On its way to a relay, where it counts later; only its loss counts here. */
#define VRXDP_UNDERWAY_VIA 2u

struct vrxdp_underway {
	__u32 head;           /* next to be flushed */
	__u32 tail;           /* next free; tail - head frames are under way */
	struct vrxdp_run run; /* of the flush at hand, not counted yet */
	/* 1: the newest frame may still be refused. Its report is for one tracer, if there are two. */
	__u32 fresh;
	__u32 reason; /* of the frame of the flush at hand that was lost last; else 0 */
	struct vrxdp_frame_underway frame[VRXDP_UNDERWAY];
};
_Static_assert(sizeof(struct vrxdp_underway) == 544, "same on both sides");

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
