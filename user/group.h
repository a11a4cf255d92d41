/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of copies: who gets a copy of the group frames of a port and VLAN.
 * Functions say their errors and return -1.
 */
#ifndef GROUP_USER_H
#define GROUP_USER_H

#include "netns.h"
#include "state.h"

/* Members of a group beside its interfaces: the port and the relay. */
#define GROUP_OTHER_MEMBERS 2u

struct group_member {
	__u32 iface;
	__u8 delivery; /* enum vrxdp_delivery */
	__u32 ifindex; /* its device, redirected ones only */
	const struct netns *ns;
};

/*
 * Let @m join the groups of @port that @vlans say, but for those of @had (NULL: none), where it
 * is already. @expected: how many members a group will have at most by what is known now.
 * @port's relay must be there for members by redirect.
 */
int group_join(struct state *st, const struct world_port *port, const struct vrxdp_vlans *vlans,
	       const struct vrxdp_vlans *had, const struct group_member *m, __u32 expected);

/*
 * Let @iface leave all groups of @port, but for those that @keep has (NULL: none). What it has
 * missed there is counted as its own.
 */
int group_leave(struct state *st, __u32 port, __u32 iface, const struct vrxdp_vlans *keep);

/* End memberships that no record accounts for: what a killed command left. */
int group_sweep(struct state *st);

/* Is @iface in the groups that @vlans say? Quiet. */
bool group_joined(const struct state *st, __u32 port, __u32 iface, const struct vrxdp_vlans *vlans);

/* Make the maps of all of @port's groups anew: its relay has come or changed. */
int group_renew_all(struct state *st, const struct world_port *port);

/*
 * The same maps, filled, but handed to @take instead of installed: @outer is vx_group_wire or
 * vx_group_all. @fd is @take's to close, which returns 0 or -1: said.
 */
typedef int group_take(enum state_map outer, __u32 index, int fd, void *arg);
int group_remake(struct state *st, const struct world_port *port, group_take *take, void *arg);

/* Write vx_ports' limit for @port: @members interfaces are on it. */
int group_limit(struct state *st, __u32 port, __u64 copies_per_second, __u32 members);

/*
 * Count the members of all groups anew: a membership, the map of copies and the group's counts
 * change one after the other, and a killed command leaves them apart.
 */
int group_recount(struct state *st);

#endif
