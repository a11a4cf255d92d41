/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Group addresses: which interfaces get copies, how many copies a port may make,
 * and what those who missed one are told.
 */
#ifndef GROUP_H
#define GROUP_H

#include <stdbool.h>

#include "maps.h"

static __always_inline struct vrxdp_group *group_find(__u32 port, struct vrxdp_vlan vlan)
{
	struct vrxdp_group_key key = { .port = port, .vlan = vlan };
	struct vrxdp_group *group = bpf_map_lookup_elem(&vx_groups, &key);

	/* Where a VLAN has no group of its own, only trunks have it. */
	if (!group && vlan.vid && !vlan.outer) {
		key.vlan.vid = VRXDP_VID_TRUNK;
		group = bpf_map_lookup_elem(&vx_groups, &key);
	}
	return group;
}

static __always_inline void shared_count_add(struct vrxdp_count *count, __u64 packets, __u64 bytes)
{
	__sync_fetch_and_add(&count->packets, packets);
	__sync_fetch_and_add(&count->bytes, bytes);
}

enum group_event { GROUP_LIMITED, GROUP_OVERSIZE, GROUP_OVERRUN, GROUP_PASSED };

static __always_inline struct vrxdp_count *group_event_count(struct vrxdp_group_counts *counts,
							     enum group_event event)
{
	switch (event) {
	case GROUP_LIMITED:
		return &counts->limited;
	case GROUP_OVERSIZE:
		return &counts->oversize;
	case GROUP_OVERRUN:
		return &counts->overrun;
	default:
		return &counts->passed;
	}
}

/*
 * The same happened to @packets frames at every interface of the group but @sender
 * (0: from the wire). One or two additions for all: a storm must not cost a loop.
 */
static __always_inline void group_count(const struct vrxdp_group *group, enum group_event event,
					__u32 sender, __u64 packets, __u64 bytes)
{
	struct vrxdp_member_key key = { .iface = sender, .group = group->index };
	__u32 index = group->index;
	struct vrxdp_group_shared *shared = bpf_map_lookup_elem(&vx_group_counts, &index);
	struct vrxdp_group_counts *counts;
	struct vrxdp_group_member *member;

	if (!shared)
		return;
	/* Its own first: who joins in between starts from what the group has counted. */
	member = sender ? bpf_map_lookup_elem(&vx_group_members, &key) : NULL;
	/* One that is just leaving has no part in the sum of what members sent. */
	counts = member ? &shared->sent : &shared->wire;
	if (member)
		shared_count_add(group_event_count(&member->sent, event), packets, bytes);
	shared_count_add(group_event_count(counts, event), packets, bytes);
}

/*
 * May the port make @copies more copies now? Generic cell rate algorithm (ITU-T
 * I.371): one time stamp is all its state, so CPUs share it without a lock.
 */
static __always_inline bool group_may_copy(__u32 port, __u32 copies)
{
	struct vrxdp_port_state *state = bpf_map_lookup_elem(&vx_port_state, &port);
	struct vrxdp_port *p = bpf_map_lookup_elem(&vx_ports, &port);
	__u64 now, until, from;
	int i;

	if (!state || !p || !p->copy_ns)
		return true;
	now = bpf_ktime_get_ns();
	for (i = 0; i < 4; i++) {
		until = *(volatile __u64 *)&state->copies_until;
		from = until > now ? until : now;
		if (from - now > p->burst_ns)
			return false;
		if (__sync_val_compare_and_swap(&state->copies_until, until,
						from + copies * p->copy_ns) == until)
			return true;
	}
	return false;
}

#endif
