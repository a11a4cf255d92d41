/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What interfaces share with their groups: group frames that all missed, or that the
 * kernel gave to all, are counted once for the group (headers/vrxdp/layout.h).
 * Functions say their errors and return -1.
 */
#ifndef SHARES_H
#define SHARES_H

#include "state.h"

struct shares {
	struct vrxdp_group_counts *of; /* by interface, in all of its groups */
	__u32 nifaces;
};

/* Read the shares of all interfaces below @nifaces. */
int shares_read(const struct state *st, __u32 nifaces, struct shares *s);
void shares_free(struct shares *s);

/*
 * A number that changes when an interface joins or leaves a group: what it leaves with moves
 * from the group's counts to its own. Shares and counters that were read between two equal
 * marks belong together.
 */
int shares_mark(const struct state *st, __u64 *mark);

/* What one that joins the group @index now, by @delivery, starts from. */
int share_before(const struct state *st, __u32 index, __u8 delivery,
		 struct vrxdp_group_counts *before);

/* @key's share of what its group has counted since it joined. */
int share_now(const struct state *st, const struct vrxdp_member_key *key, __u8 delivery,
	      struct vrxdp_group_counts *share);

#endif
