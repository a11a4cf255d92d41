// SPDX-License-Identifier: GPL-2.0-only
#include "group.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "programs.h"
#include "say.h"
#include "shares.h"
#include "vlans.h"

#define SMALLEST 8u

static __u32 room_for(__u32 members)
{
	__u32 room = SMALLEST;

	while (room < members + GROUP_OTHER_MEMBERS)
		room *= 2;
	return room;
}

/* The map of copies that the group has now; the caller closes it. -1: none. */
static int copies_fd(const struct state *st, enum state_map outer, __u32 index)
{
	__u32 id;

	if (bpf_map_lookup_elem(st->map[outer], &index, &id))
		return -1;
	return bpf_map_get_fd_by_id(id);
}

static int add_copy(const struct state *st, int map, __u32 slot, __u32 ifindex,
		    const struct netns *ns)
{
	struct bpf_devmap_val val = { .ifindex = ifindex };
	struct device_programs programs;
	int back, err;

	if (programs_device(st, ns->inum, false, &programs))
		return -1;
	val.bpf_prog.fd = programs.copy;
	err = netns_enter(ns, &back);
	if (!err) {
		if (bpf_map_update_elem(map, &slot, &val, BPF_ANY))
			err = -errno;
		netns_leave(back);
	}
	programs_device_close(&programs);
	return err;
}

static int fill(const struct state *st, int map, const struct world *w, __u32 port,
		struct vrxdp_vlan vlan)
{
	struct vrxdp_iface hot;
	struct netns ns;
	size_t i;
	int err;

	for (i = 0; i < w->nifaces; i++) {
		const struct vrxdp_iface_rec *rec = &w->ifaces[i].rec;

		if (rec->port != port || !vlans_have(&rec->conf.vlans, vlan) ||
		    (rec->kind != VRXDP_KIND_VETH && rec->kind != VRXDP_KIND_TAP))
			continue;
		/* One that is about to be attached again may have been in another group before. */
		if (state_get(st, MAP_IFACES, &w->ifaces[i].id, &hot) || !hot.delivery)
			continue;
		if (netns_find(rec->device.netns, rec->device.netns_cookie, rec->device.netns_inum,
			       &ns))
			continue;
		err = add_copy(st, map, VRXDP_SLOT_IFACE + w->ifaces[i].id, rec->device.ifindex,
			       &ns);
		netns_close(&ns);
		/* A device that is gone gets no copies; status tells of it. */
		if (err && err != -EINVAL && err != -ENODEV)
			return say_error("group of copies: %s", strerror(-err));
	}
	return 0;
}

/* Make an empty map of copies. */
static int make_copies(__u32 room)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "vx_copies_of", sizeof(__u32),
				sizeof(struct bpf_devmap_val), room, NULL);

	return fd < 0 ? say_error("group: can't make a map of copies: %s", strerror(errno)) : fd;
}

/* A map takes the place of the one before in one step. */
static int install(enum state_map outer, __u32 index, int fd, void *arg)
{
	const struct state *st = arg;
	int err = bpf_map_update_elem(st->map[outer], &index, &fd, BPF_ANY) ? errno : 0;

	close(fd);
	return err ? say_error("group: can't install the map of copies: %s", strerror(err)) : 0;
}

/* A larger pair of maps, filled, for @take. */
static int make_pair(struct state *st, const struct world_port *port, struct vrxdp_vlan vlan,
		     __u32 index, __u32 room, const struct world *w, group_take *take, void *arg)
{
	static const enum state_map outers[] = { MAP_GROUP_WIRE, MAP_GROUP_ALL };
	const struct vrxdp_device_rec *dev = &port->rec.device;
	struct netns ns = { .fd = -1 };
	int fd = -1, ret = -1;
	size_t i;

	if (netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
		return say_error("port %s: its namespace is gone", port->rec.conf.name);
	for (i = 0; i < 2; i++) {
		fd = make_copies(room);
		if (fd < 0 || (w && fill(st, fd, w, port->id, vlan)))
			goto out;
		if (outers[i] == MAP_GROUP_ALL && port->rec.relay_far.ifindex &&
		    (add_copy(st, fd, VRXDP_SLOT_PORT + port->id, port_target(&port->rec), &ns) ||
		     add_copy(st, fd, VRXDP_SLOT_RELAY + port->id, port->rec.relay_far.ifindex,
			      &ns))) {
			say_error("port %s: can't redirect to it or its relay: %s",
				  port->rec.conf.name, strerror(errno));
			goto out;
		}
		if (take(outers[i], index, fd, arg)) {
			fd = -1;
			goto out;
		}
		fd = -1;
	}
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	netns_close(&ns);
	return ret;
}

static int renew(struct state *st, const struct world_port *port, struct vrxdp_vlan vlan,
		 __u32 index, __u32 room, const struct world *w)
{
	return make_pair(st, port, vlan, index, room, w, install, st);
}

static int join_copies(struct state *st, const struct world_port *port, struct vrxdp_vlan vlan,
		       const struct vrxdp_group *group, const struct group_member *m)
{
	static const enum state_map outers[] = { MAP_GROUP_WIRE, MAP_GROUP_ALL };
	struct world w;
	size_t i;
	int fd, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		fd = copies_fd(st, outers[i], group->index);
		if (fd < 0)
			return say_error("group: its map of copies is missing: %s",
					 strerror(errno));
		err = add_copy(st, fd, VRXDP_SLOT_IFACE + m->iface, m->ifindex, m->ns);
		close(fd);
	}
	if (err == -E2BIG || err == -ENOSPC) {
		if (world_load(st, &w))
			return -1;
		err = renew(st, port, vlan, group->index, room_for(2 * (group->copies + 1)), &w);
		world_free(&w);
		for (i = 0; i < 2 && !err; i++) {
			fd = copies_fd(st, outers[i], group->index);
			err = fd < 0 ? -errno :
				       add_copy(st, fd, VRXDP_SLOT_IFACE + m->iface, m->ifindex,
						m->ns);
			if (fd >= 0)
				close(fd);
		}
	}
	return err < -1 ? say_error("group: can't add the device: %s", strerror(-err)) : err;
}

static int free_index(const struct state *st)
{
	static __u8 taken[VRXDP_MAX_GROUPS];
	struct vrxdp_group *groups;
	void *keys, *values;
	long n, i;

	n = state_read_all(st, MAP_GROUPS, sizeof(struct vrxdp_group_key),
			   sizeof(struct vrxdp_group), &keys, &values);
	if (n < 0)
		return -1;
	memset(taken, 0, sizeof(taken));
	groups = values;
	for (i = 0; i < n; i++)
		if (groups[i].index < VRXDP_MAX_GROUPS)
			taken[groups[i].index] = 1;
	free(keys);
	free(values);
	for (i = 0; i < (long)VRXDP_MAX_GROUPS; i++)
		if (!taken[i])
			return (int)i;
	return say_error("all %u pairs of port and VLAN are taken", VRXDP_MAX_GROUPS);
}

/* Make the group of @key, empty. */
static int make_group(struct state *st, const struct world_port *port,
		      const struct vrxdp_group_key *key, __u32 expected, struct vrxdp_group *group)
{
	int number = free_index(st);

	if (number < 0)
		return -1;
	memset(group, 0, sizeof(*group));
	group->index = (__u32)number;
	return renew(st, port, key->vlan, group->index, room_for(expected), NULL);
}

static bool is_member(const struct state *st, __u32 iface, __u32 group)
{
	struct vrxdp_member_key key = { .iface = iface, .group = group };
	struct vrxdp_group_member member;

	return !state_get(st, MAP_GROUP_MEMBERS, &key, &member);
}

/*
 * @m becomes a member of @group. The group counts it first: a command that is killed leaves
 * the group one too large, which costs nothing but its memory, and never too small.
 */
static int enlist(struct state *st, const struct world_port *port,
		  const struct vrxdp_group_key *key, struct vrxdp_group *group,
		  const struct group_member *m)
{
	struct vrxdp_member_key member_key = { .iface = m->iface, .group = group->index };
	struct vrxdp_group_member member;

	/* One that changes in place keeps what it has missed and sent. */
	if (!is_member(st, m->iface, group->index)) {
		memset(&member, 0, sizeof(member));
		/* What the group counted before belongs to others. */
		if (share_before(st, group->index, m->delivery, &member.before))
			return -1;
		if (m->delivery == VRXDP_REDIRECT)
			group->copies++;
		else
			group->passed++;
		if (state_put(st, MAP_GROUPS, key, group) ||
		    state_put(st, MAP_GROUP_MEMBERS, &member_key, &member))
			return -1;
	}
	return m->delivery == VRXDP_REDIRECT ? join_copies(st, port, key->vlan, group, m) : 0;
}

/* Trunks have all VLANs, those that get a group of their own now, too. */
static int enlist_trunks(struct state *st, const struct world_port *port,
			 const struct vrxdp_group_key *key, struct vrxdp_group *group)
{
	struct vrxdp_group_key trunk = { .port = port->id, .vlan = { .vid = VRXDP_VID_TRUNK } };
	struct vrxdp_group trunks;
	struct vrxdp_iface hot;
	struct world w;
	int ret = 0;
	size_t i;

	if (key->vlan.outer || !key->vlan.vid || state_get(st, MAP_GROUPS, &trunk, &trunks))
		return 0;
	if (world_load(st, &w))
		return -1;
	for (i = 0; i < w.nifaces && !ret; i++) {
		const struct vrxdp_iface_rec *rec = &w.ifaces[i].rec;
		struct group_member m = { .iface = w.ifaces[i].id, .ifindex = rec->device.ifindex };
		struct netns ns;

		if (rec->port != port->id || rec->conf.vlans.tags != VRXDP_TAGS_TRUNK ||
		    !is_member(st, m.iface, trunks.index) ||
		    state_get(st, MAP_IFACES, &m.iface, &hot) || !hot.delivery)
			continue;
		if (netns_find(rec->device.netns, rec->device.netns_cookie, rec->device.netns_inum,
			       &ns))
			continue;
		m.delivery = hot.delivery;
		m.ns = &ns;
		ret = enlist(st, port, key, group, &m);
		netns_close(&ns);
	}
	world_free(&w);
	return ret;
}

static int join_one(struct state *st, const struct world_port *port, struct vrxdp_vlan vlan,
		    const struct group_member *m, __u32 expected)
{
	struct vrxdp_group_key key = { .port = port->id, .vlan = vlan };
	struct vrxdp_group group;

	if (state_get(st, MAP_GROUPS, &key, &group) &&
	    (make_group(st, port, &key, expected, &group) || enlist_trunks(st, port, &key, &group)))
		return -1;
	return enlist(st, port, &key, &group, m);
}

/* All groups; how many, -1: said. The caller frees both arrays. */
static long groups_of(const struct state *st, struct vrxdp_group_key **keys,
		      struct vrxdp_group **groups)
{
	void *k, *v;
	long n = state_read_all(st, MAP_GROUPS, sizeof(**keys), sizeof(**groups), &k, &v);

	*keys = n < 0 ? NULL : k;
	*groups = n < 0 ? NULL : v;
	return n;
}

int group_join(struct state *st, const struct world_port *port, const struct vrxdp_vlans *vlans,
	       const struct vrxdp_vlans *had, const struct group_member *m, __u32 expected)
{
	struct vrxdp_group_key *keys;
	struct vrxdp_group *groups;
	struct vrxdp_vlan vlan;
	bool more;
	int ret = 0;
	long n, i;

	for (more = vlans_first(vlans, &vlan); more && !ret; more = vlans_next(vlans, &vlan))
		if (!had || !vlans_have(had, vlan))
			ret = join_one(st, port, vlan, m, expected);
	if (ret || vlans->tags != VRXDP_TAGS_TRUNK)
		return ret;
	n = groups_of(st, &keys, &groups);
	if (n < 0)
		return -1;
	for (i = 0; i < n && !ret; i++)
		if (keys[i].port == port->id && vlans_have(vlans, keys[i].vlan) &&
		    keys[i].vlan.vid != VRXDP_VID_TRUNK)
			ret = enlist(st, port, &keys[i], &groups[i], m);
	free(keys);
	free(groups);
	return ret;
}

int group_remake(struct state *st, const struct world_port *port, group_take *take, void *arg)
{
	struct vrxdp_group_key *keys;
	struct vrxdp_group *groups;
	struct world w;
	int ret = 0;
	long n, i;

	n = groups_of(st, &keys, &groups);
	if (n < 0)
		return -1;
	ret = world_load(st, &w);
	for (i = 0; i < n && !ret; i++)
		if (keys[i].port == port->id)
			ret = make_pair(st, port, keys[i].vlan, groups[i].index,
					room_for(2 * groups[i].copies), &w, take, arg);
	if (!ret)
		world_free(&w);
	free(keys);
	free(groups);
	return ret;
}

int group_renew_all(struct state *st, const struct world_port *port)
{
	return group_remake(st, port, install, st);
}

/* What @key's interface has missed with the group becomes its own. */
static int settle(const struct state *st, const struct vrxdp_member_key *key, __u8 delivery)
{
	struct vrxdp_settle frame;

	memset(&frame, 0, sizeof(frame));
	frame.member = *key;
	return share_now(st, key, delivery, &frame.share) || programs_settle(st, &frame) ? -1 : 0;
}

static int leave_one(struct state *st, const struct vrxdp_group_key *key, struct vrxdp_group *group,
		     __u32 iface)
{
	static const enum state_map outers[] = { MAP_GROUP_WIRE, MAP_GROUP_ALL };
	struct vrxdp_member_key member = { .iface = iface, .group = group->index };
	__u32 slot = VRXDP_SLOT_IFACE + iface;
	bool redirected = false;
	struct vrxdp_iface hot;
	size_t i;
	int fd, ret = 0;

	for (i = 0; i < 2; i++) {
		fd = copies_fd(st, outers[i], group->index);
		if (fd < 0)
			continue;
		if (!bpf_map_delete_elem(fd, &slot))
			redirected = true;
		close(fd);
	}
	/* Half attached, it has received nothing yet. */
	if (!state_get(st, MAP_IFACES, &iface, &hot) && hot.delivery) {
		redirected = hot.delivery == VRXDP_REDIRECT;
		ret = settle(st, &member, hot.delivery);
	}
	if (state_delete(st, MAP_GROUP_MEMBERS, &member))
		ret = -1;
	if (redirected && group->copies)
		group->copies--;
	else if (!redirected && group->passed)
		group->passed--;
	if (group->copies || group->passed)
		return state_put(st, MAP_GROUPS, key, group) ? -1 : ret;
	if (state_delete(st, MAP_GROUPS, key))
		return -1;
	for (i = 0; i < 2; i++)
		bpf_map_delete_elem(st->map[outers[i]], &group->index);
	return ret;
}

int group_leave(struct state *st, __u32 port, __u32 iface, const struct vrxdp_vlans *keep)
{
	struct vrxdp_group_key *keys;
	struct vrxdp_group *groups;
	int ret = 0;
	long n, i;

	n = groups_of(st, &keys, &groups);
	if (n < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (keys[i].port == port && is_member(st, iface, groups[i].index) &&
		    (!keep || !vlans_have(keep, keys[i].vlan)) &&
		    leave_one(st, &keys[i], &groups[i], iface))
			ret = -1;
	free(keys);
	free(groups);
	return ret;
}

/* The group with @index among @n, -1: there is none. */
static long find_index(const struct vrxdp_group *groups, long n, __u32 index)
{
	long i;

	for (i = 0; i < n; i++)
		if (groups[i].index == index)
			return i;
	return -1;
}

int group_sweep(struct state *st)
{
	struct vrxdp_member_key *members;
	struct vrxdp_group_key *keys;
	struct vrxdp_group *groups;
	struct vrxdp_iface_rec rec;
	void *m = NULL, *v = NULL;
	long n, nmembers, i, g;
	int ret = 0;

	n = groups_of(st, &keys, &groups);
	if (n < 0)
		return -1;
	nmembers = state_read_all(st, MAP_GROUP_MEMBERS, sizeof(*members),
				  sizeof(struct vrxdp_group_member), &m, &v);
	members = m;
	for (i = 0; i < nmembers; i++) {
		g = find_index(groups, n, members[i].group);
		if (!state_get(st, MAP_IFACE_RECS, &members[i].iface, &rec) && g >= 0 &&
		    rec.port == keys[g].port && vlans_have(&rec.conf.vlans, keys[g].vlan))
			continue;
		if (g >= 0 ? leave_one(st, &keys[g], &groups[g], members[i].iface) :
			     state_delete(st, MAP_GROUP_MEMBERS, &members[i]))
			ret = -1;
	}
	free(m);
	free(v);
	free(keys);
	free(groups);
	return nmembers < 0 ? -1 : ret;
}

bool group_joined(const struct state *st, __u32 port, __u32 iface, const struct vrxdp_vlans *vlans)
{
	struct vrxdp_group_key key = { .port = port };
	struct vrxdp_group group;
	bool more;

	for (more = vlans_first(vlans, &key.vlan); more; more = vlans_next(vlans, &key.vlan))
		if (state_get(st, MAP_GROUPS, &key, &group) || !is_member(st, iface, group.index))
			return false;
	return true;
}
