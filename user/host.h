/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes to the host outside of vrxdp's own maps and programs. Each is written to
 * the journal before it is made, with what was found, and undone when its owner goes,
 * unless somebody else has changed the same thing since: that is left, and named.
 * Functions say their errors and return -1.
 */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "netns.h"
#include "state.h"

struct owner {
	__u8 kind; /* enum vrxdp_owner */
	__u32 id;
};

/* A device and its open namespace. */
struct host_device {
	const struct vrxdp_device_rec *rec;
	const struct netns *ns;
};

/* Set an ethtool feature. One that the device lacks, or can't change, is left; *left tells. */
int host_feature(struct state *st, struct owner who, struct host_device dev, const char *feature,
		 bool on, bool *left);

/*
 * What the far end of a veth needs for XDP on this end (or the near end of a relay): whole
 * frames with checksums and tags in place, and a NAPI that takes redirected frames.
 */
int host_far_end(struct state *st, struct owner who, struct host_device dev);

/* The part of it that concerns what the device sends. */
int host_whole_frames(struct state *st, struct owner who, struct host_device dev);

/* Is it still as host_far_end() leaves it? Returns 1, 0, or a negative errno; never says. */
int host_far_end_whole(struct host_device dev, char *what, size_t what_len);

/* Let the device receive frames for @mac: its filter, or promiscuous mode. */
int host_receive(struct state *st, struct owner who, struct host_device dev, const __u8 mac[6]);

/* Let it receive all group addresses: routers' groups aren't in its filter. */
int host_receive_groups(struct state *st, struct owner who, struct host_device dev);
/* Whatever comes: promiscuous mode. */
int host_receive_all(struct state *st, struct owner who, struct host_device dev);

/* Give the device a clsact qdisc if it has none. */
int host_clsact(struct state *st, struct owner who, struct host_device dev);

/* Make a pair of veths in the device's namespace; undone by deleting @rec's. */
int host_veth_pair(struct state *st, struct owner who, const struct netns *ns,
		   struct vrxdp_device_rec *near, struct vrxdp_device_rec *far, __u32 mtu);

/* Undo all that was done for @who, the last first. */
int host_undo(struct state *st, struct owner who);

/* The same, but a veth that was made for it stays. */
int host_undo_settings(struct state *st, struct owner who);

/* The same, only for changes of this kind (VRXDP_UNDO_*). */
int host_undo_kind(struct state *st, struct owner who, __u32 kind);

#endif
