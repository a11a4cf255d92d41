// SPDX-License-Identifier: GPL-2.0-only
/* How many members the groups of copies have, after a command was killed between two of them. */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "group.h"

/* Is the interface in the group's map of copies? It has two, the second is written last. */
static bool in_copies(const struct state *st, __u32 index, __u32 iface)
{
	__u32 slot = VRXDP_SLOT_IFACE + iface, id;
	struct bpf_devmap_val val;
	int fd = -1;
	bool in;

	if (!bpf_map_lookup_elem(st->map[MAP_GROUP_ALL], &index, &id))
		fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return false;
	in = !bpf_map_lookup_elem(fd, &slot, &val);
	close(fd);
	return in;
}

/* One that is half attached counts as group_leave() will count it. */
static bool is_redirected(const struct state *st, const struct vrxdp_member_key *member)
{
	struct vrxdp_iface hot;

	if (!state_get(st, MAP_IFACES, &member->iface, &hot) && hot.delivery)
		return hot.delivery == VRXDP_REDIRECT;
	return in_copies(st, member->group, member->iface);
}

static int put(struct state *st, const struct vrxdp_group_key *key, const struct vrxdp_group *group)
{
	if (group->copies || group->passed)
		return state_put(st, MAP_GROUPS, key, group);
	if (state_delete(st, MAP_GROUPS, key))
		return -1;
	bpf_map_delete_elem(st->map[MAP_GROUP_WIRE], &group->index);
	bpf_map_delete_elem(st->map[MAP_GROUP_ALL], &group->index);
	return 0;
}

int group_recount(struct state *st)
{
	struct vrxdp_group counted[VRXDP_MAX_GROUPS] = { 0 };
	void *keys, *values, *members, *ignored;
	int ret = 0;
	long n, m, i;

	n = state_read_all(st, MAP_GROUPS, sizeof(struct vrxdp_group_key),
			   sizeof(struct vrxdp_group), &keys, &values);
	if (n < 0)
		return -1;
	m = state_read_all(st, MAP_GROUP_MEMBERS, sizeof(struct vrxdp_member_key),
			   sizeof(struct vrxdp_group_member), &members, &ignored);
	for (i = 0; i < m; i++) {
		const struct vrxdp_member_key *member = (struct vrxdp_member_key *)members + i;

		if (member->group >= VRXDP_MAX_GROUPS)
			continue;
		if (is_redirected(st, member))
			counted[member->group].copies++;
		else
			counted[member->group].passed++;
	}
	for (i = 0; i < n && m >= 0; i++) {
		struct vrxdp_group *group = (struct vrxdp_group *)values + i;
		const struct vrxdp_group *right = &counted[group->index % VRXDP_MAX_GROUPS];

		if (group->copies == right->copies && group->passed == right->passed)
			continue;
		group->copies = right->copies;
		group->passed = right->passed;
		if (put(st, (struct vrxdp_group_key *)keys + i, group))
			ret = -1;
	}
	free(keys);
	free(values);
	free(m < 0 ? NULL : members);
	free(m < 0 ? NULL : ignored);
	return m < 0 ? -1 : ret;
}
