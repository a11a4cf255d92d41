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

/* Members beside the interfaces: the port and the relay. */
#define OTHER_MEMBERS 2u
#define SMALLEST 8u

static struct vrxdp_group_key group_key(__u32 port, __u16 vlan)
{
	struct vrxdp_group_key key = { .port = port, .vlan = vlan };

	return key;
}

static __u32 room_for(__u32 members)
{
	__u32 room = SMALLEST;

	while (room < members + OTHER_MEMBERS)
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

static int fill(const struct state *st, int map, const struct world *w, __u32 port, __u16 vlan)
{
	struct netns ns;
	size_t i;
	int err;

	for (i = 0; i < w->nifaces; i++) {
		const struct vrxdp_iface_rec *rec = &w->ifaces[i].rec;

		if (rec->port != port || rec->conf.vlan != vlan ||
		    (rec->kind != VRXDP_KIND_VETH && rec->kind != VRXDP_KIND_TAP))
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

/* A larger pair of maps, filled, takes the place of the old one in one step each. */
static int renew(struct state *st, const struct world_port *port, __u16 vlan, __u32 index,
		 __u32 room, const struct world *w)
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
		if (bpf_map_update_elem(st->map[outers[i]], &index, &fd, BPF_ANY)) {
			say_error("group: can't install the map of copies: %s", strerror(errno));
			goto out;
		}
		close(fd);
		fd = -1;
	}
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	netns_close(&ns);
	return ret;
}

static int join_copies(struct state *st, const struct world_port *port, __u16 vlan,
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

/* Is the interface in the group's maps? In the second, which is written last. */
static bool in_copies(const struct state *st, __u32 index, __u32 iface)
{
	__u32 slot = VRXDP_SLOT_IFACE + iface;
	struct bpf_devmap_val val;
	int fd = copies_fd(st, MAP_GROUP_ALL, index);
	bool in;

	if (fd < 0)
		return false;
	in = !bpf_map_lookup_elem(fd, &slot, &val);
	close(fd);
	return in;
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

int group_join(struct state *st, const struct world_port *port, __u16 vlan,
	       const struct group_member *m, __u32 expected, __u32 *index)
{
	struct vrxdp_group_key key = group_key(port->id, vlan);
	struct vrxdp_group_member member;
	struct shares shares;
	struct vrxdp_group group;
	int number;

	if (state_get(st, MAP_GROUPS, &key, &group)) {
		number = free_index(st);
		if (number < 0)
			return -1;
		memset(&group, 0, sizeof(group));
		group.index = (__u32)number;
		if (renew(st, port, vlan, group.index, room_for(expected), NULL))
			return -1;
	}
	/* What the group counted before belongs to others. */
	if (shares_read(st, st->meta.max_interfaces + 1, &shares))
		return -1;
	memset(&member, 0, sizeof(member));
	member.before = shares_before(&shares, group.index, m->delivery);
	shares_free(&shares);
	if (state_put(st, MAP_GROUP_MEMBERS, &m->iface, &member))
		return -1;
	if (m->delivery == VRXDP_REDIRECT) {
		/* A killed command may have got as far as this. */
		if (!in_copies(st, group.index, m->iface))
			group.copies++;
		if (join_copies(st, port, vlan, &group, m))
			return -1;
	} else {
		group.passed++;
	}
	*index = group.index;
	return state_put(st, MAP_GROUPS, &key, &group);
}

int group_renew_all(struct state *st, const struct world_port *port)
{
	struct vrxdp_group_key *keys;
	struct vrxdp_group *groups;
	void *k, *v;
	struct world w;
	int ret = 0;
	long n, i;

	n = state_read_all(st, MAP_GROUPS, sizeof(*keys), sizeof(*groups), &k, &v);
	if (n < 0)
		return -1;
	keys = k;
	groups = v;
	if (world_load(st, &w)) {
		free(k);
		free(v);
		return -1;
	}
	for (i = 0; i < n && !ret; i++)
		if (keys[i].port == port->id)
			ret = renew(st, port, keys[i].vlan, groups[i].index,
				    room_for(2 * groups[i].copies), &w);
	world_free(&w);
	free(k);
	free(v);
	return ret;
}

int group_leave(struct state *st, __u32 port, __u16 vlan, __u32 iface, __u8 delivery)
{
	static const enum state_map outers[] = { MAP_GROUP_WIRE, MAP_GROUP_ALL };
	struct vrxdp_group_key key = group_key(port, vlan);
	__u32 slot = VRXDP_SLOT_IFACE + iface;
	struct vrxdp_group group;
	bool was_in;
	size_t i;
	int fd;

	if (state_get(st, MAP_GROUPS, &key, &group))
		return 0;
	was_in = delivery == VRXDP_REDIRECT && in_copies(st, group.index, iface);
	for (i = 0; delivery == VRXDP_REDIRECT && i < 2; i++) {
		fd = copies_fd(st, outers[i], group.index);
		if (fd < 0)
			continue;
		bpf_map_delete_elem(fd, &slot);
		close(fd);
	}
	if (was_in && group.copies)
		group.copies--;
	else if (delivery != VRXDP_REDIRECT && group.passed)
		group.passed--;
	if (group.copies || group.passed)
		return state_put(st, MAP_GROUPS, &key, &group);
	if (state_delete(st, MAP_GROUPS, &key))
		return -1;
	for (i = 0; i < 2; i++)
		bpf_map_delete_elem(st->map[outers[i]], &group.index);
	return 0;
}

int group_limit(struct state *st, __u32 port, __u64 copies_per_second, __u32 members)
{
	struct vrxdp_port hot;
	__u64 burst = 4ULL * (members + OTHER_MEMBERS);

	if (state_get(st, MAP_PORTS, &port, &hot))
		return 0;
	/* At least 10 ms' worth: frames arrive in batches. */
	if (burst < copies_per_second / 100)
		burst = copies_per_second / 100;
	hot.copy_ns = copies_per_second ? 1000000000ULL / copies_per_second : 0;
	if (copies_per_second && !hot.copy_ns)
		hot.copy_ns = 1;
	hot.burst_ns = burst * hot.copy_ns;
	return state_put(st, MAP_PORTS, &port, &hot);
}
