/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What interfaces share with their groups: group frames that all missed, or that the
 * kernel gave to all, are counted once for the group (headers/vrxdp/layout.h).
 */
#ifndef SHARES_H
#define SHARES_H

#include "state.h"

struct shares {
	struct vrxdp_iface *ifaces;
	struct vrxdp_group_member *members;
	struct vrxdp_group_shared *groups;
	struct vrxdp_group_counts *sent; /* by all members of a group now */
	__u32 nifaces;
};

/* Read what is needed for interfaces below @nifaces. Returns 0, or -1: said. */
int shares_read(const struct state *st, __u32 nifaces, struct shares *s);
void shares_free(struct shares *s);

/* @iface's share of what its group has counted since it joined. */
struct vrxdp_group_counts shares_of(const struct shares *s, __u32 iface);

/* What an interface that joins @group now, by @delivery, starts from. */
struct vrxdp_group_counts shares_before(const struct shares *s, __u32 group, __u8 delivery);

#endif
