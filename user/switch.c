// SPDX-License-Identifier: GPL-2.0-only
#include "switch.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "say.h"

enum place { PLACE_LINK, PLACE_FILTER, PLACE_COPY };

struct switch_item {
	enum place place;
	int now, before; /* programs */
	int fd;          /* the link, or the map */
	struct netns ns; /* of the device; its descriptor is the item's */
	__u32 ifindex, slot;
	enum bpf_tc_attach_point point;
	bool gone; /* its device went meanwhile */
};

void switch_init(struct switchboard *b, const struct state *st)
{
	memset(b, 0, sizeof(*b));
	b->outer[0] = st->map[MAP_GROUP_WIRE];
	b->outer[1] = st->map[MAP_GROUP_ALL];
}

static void close_all(int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		close(fds[i]);
	free(fds);
}

static void item_free(struct switch_item *item)
{
	if (item->now >= 0)
		close(item->now);
	if (item->before >= 0)
		close(item->before);
	if (item->fd >= 0)
		close(item->fd);
	netns_close(&item->ns);
}

void switch_free(struct switchboard *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		item_free(&b->items[i]);
	free(b->items);
	for (i = 0; i < 2; i++) {
		close_all(b->groups[i].now, b->groups[i].n);
		close_all(b->groups[i].before, b->groups[i].n);
		free(b->groups[i].index);
	}
	memset(b, 0, sizeof(*b));
}

/* @item has its place and the program that is there, @before: an id. */
static int add(struct switchboard *b, struct switch_item *item, const struct netns *ns,
	       __u32 before, int prog)
{
	struct switch_item *items;
	size_t room;

	item->ns = (struct netns){ .fd = -1 };
	item->before = bpf_prog_get_fd_by_id(before);
	item->now = fcntl(prog, F_DUPFD_CLOEXEC, 0);
	if (ns) {
		item->ns = *ns;
		item->ns.fd = fcntl(ns->fd, F_DUPFD_CLOEXEC, 0);
	}
	if (item->before < 0 || item->now < 0 || (ns && item->ns.fd < 0)) {
		say_error("program %u: can't be held for the way back: %s", before,
			  strerror(errno));
		item_free(item);
		return -1;
	}
	if (b->n == b->room) {
		room = b->room ? 2 * b->room : 64;
		items = realloc(b->items, room * sizeof(*items));
		if (!items) {
			item_free(item);
			return say_error("no memory");
		}
		b->items = items;
		b->room = room;
	}
	b->items[b->n++] = *item;
	return 0;
}

int switch_link(struct switchboard *b, const struct state *st, const char *pin, int prog)
{
	struct switch_item item = { .place = PLACE_LINK };
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	char path[PATH_MAX];

	item.fd = bpf_obj_get(state_pin(st, "links", pin, path));
	if (item.fd < 0)
		return errno == ENOENT ? 0 : say_error("%s: %s", path, strerror(errno));
	if (bpf_obj_get_info_by_fd(item.fd, &info, &len) || !info.xdp.ifindex) {
		close(item.fd);
		return 0;
	}
	return add(b, &item, NULL, info.prog_id, prog);
}

int switch_filter(struct switchboard *b, const struct netns *ns, __u32 ifindex,
		  enum bpf_tc_attach_point point, int prog)
{
	struct switch_item item = {
		.place = PLACE_FILTER, .fd = -1, .ifindex = ifindex, .point = point
	};
	__u32 id;
	int err = tc_filter_get(ns, ifindex, point, &id);

	if (err == -ENOENT || err == -ENODEV || err == -EINVAL)
		return 0;
	if (err)
		return say_error("ifindex %u: its tc program can't be found: %s", ifindex,
				 strerror(-err));
	return add(b, &item, ns, id, prog);
}

int switch_copy(struct switchboard *b, const struct state *st, __u32 slot, const struct netns *ns,
		int prog)
{
	struct switch_item item = { .place = PLACE_COPY, .slot = slot };
	struct bpf_devmap_val val;

	if (state_get(st, MAP_COPIES, &slot, &val) || !val.bpf_prog.id)
		return 0;
	item.ifindex = val.ifindex;
	item.fd = fcntl(st->map[MAP_COPIES], F_DUPFD_CLOEXEC, 0);
	if (item.fd < 0)
		return say_error("%s: %s", state_map_name(MAP_COPIES), strerror(errno));
	return add(b, &item, ns, val.bpf_prog.id, prog);
}

static int grow(struct switch_groups *g)
{
	size_t room = g->room ? 2 * g->room : 64;
	__u32 *index = realloc(g->index, room * sizeof(*index));
	int *now = index ? realloc(g->now, room * sizeof(*now)) : NULL;
	int *before = now ? realloc(g->before, room * sizeof(*before)) : NULL;

	if (index)
		g->index = index;
	if (now)
		g->now = now;
	if (!before)
		return say_error("no memory");
	g->before = before;
	g->room = room;
	return 0;
}

int switch_group(struct switchboard *b, enum state_map outer, __u32 index, int fd)
{
	int side = outer == MAP_GROUP_ALL;
	struct switch_groups *g = &b->groups[side];
	__u32 id;
	int before;

	before = bpf_map_lookup_elem(b->outer[side], &index, &id) ? -1 : bpf_map_get_fd_by_id(id);
	if (before < 0) {
		close(fd);
		return errno == ENOENT ?
			       0 :
			       say_error("group %u: its map of copies: %s", index, strerror(errno));
	}
	if (g->n == g->room && grow(g)) {
		close(fd);
		close(before);
		return -1;
	}
	g->index[g->n] = index;
	g->now[g->n] = fd;
	g->before[g->n++] = before;
	return 0;
}

/* A device that goes takes its programs along: no failure. */
static int put(struct switch_item *item, int prog)
{
	int err;

	switch (item->place) {
	case PLACE_LINK:
		err = bpf_link_update(item->fd, prog, NULL) ? -errno : 0;
		break;
	case PLACE_FILTER:
		err = tc_filter_set(prog, &item->ns, item->ifindex, item->point);
		break;
	default:
		err = copy_set(item->fd, item->slot, item->ifindex, &item->ns, prog);
	}
	if (err == -ENOLINK || err == -ENODEV || (err == -EINVAL && item->place != PLACE_LINK)) {
		item->gone = true;
		return 0;
	}
	return err;
}

/* Each update of a map of maps waits for all CPUs; many at a time wait once. */
static int put_groups(int outer, const struct switch_groups *g, const int *maps, size_t *done)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	__u32 count;

	for (*done = 0; *done < g->n; *done += count) {
		count = (__u32)(g->n - *done);
		if (bpf_map_update_batch(outer, g->index + *done, maps + *done, &count, &opts)) {
			*done += count;
			return -errno;
		}
	}
	return 0;
}

static void back_from(struct switchboard *b, size_t items, const size_t groups[2])
{
	size_t i, done;
	int err, side;

	for (side = 0; side < 2; side++) {
		struct switch_groups some = b->groups[side];

		some.n = groups[side];
		err = put_groups(b->outer[side], &some, some.before, &done);
		if (err)
			say_error("groups: can't go back to their maps of copies: %s",
				  strerror(-err));
	}
	for (i = items; i-- > 0;) {
		err = b->items[i].gone ? 0 : put(&b->items[i], b->items[i].before);
		if (err)
			say_error("a program: can't go back to the one before: %s", strerror(-err));
	}
}

int switch_over(struct switchboard *b)
{
	size_t i, groups[2] = { 0, 0 };
	int err = 0, side;

	for (i = 0; i < b->n && !err; i++)
		err = put(&b->items[i], b->items[i].now);
	if (err)
		i--;
	for (side = 0; side < 2 && !err; side++)
		err = put_groups(b->outer[side], &b->groups[side], b->groups[side].now,
				 &groups[side]);
	if (!err)
		return 0;
	back_from(b, i, groups);
	return say_error("a program can't take the place of the one before: %s; all are as before",
			 strerror(-err));
}

void switch_back(struct switchboard *b)
{
	const size_t groups[2] = { b->groups[0].n, b->groups[1].n };

	back_from(b, b->n, groups);
}
