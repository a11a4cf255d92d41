// SPDX-License-Identifier: GPL-2.0-only
#include "layouts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "lists.h"
#include "programs.h"
#include "say.h"

/* What becomes of each map's entries. */
enum taking {
	COPIED = 1, /* converted, one by one */
	COUNTED,    /* converted and added: layout_carry.c */
	FILLED,     /* made anew from the records: migrate_fill.c */
	PASSING,    /* of the moment */
};

static const struct {
	enum state_map map;
	enum taking how;
} takings[] = {
	{ MAP_DEMUX, COPIED },         { MAP_IFACES, COPIED },
	{ MAP_PORTS, COPIED },         { MAP_PORT_STATE, COPIED },
	{ MAP_DEVICES, FILLED },       { MAP_TARGETS, FILLED },
	{ MAP_COPIES, FILLED },        { MAP_GROUPS, COPIED },
	{ MAP_GROUP_COUNTS, COUNTED }, { MAP_VRIDS, COPIED },
	{ MAP_HOST_MACS, COPIED },     { MAP_BEHIND, COPIED },
	{ MAP_GROUP_MEMBERS, COPIED }, { MAP_GROUP_WIRE, FILLED },
	{ MAP_GROUP_ALL, FILLED },     { MAP_UNDERWAY, PASSING },
	{ MAP_RELAY_FRAME, PASSING },  { MAP_PORT_COUNTS, COUNTED },
	{ MAP_IFACE_COUNTS, COUNTED }, { MAP_ROUTER_COUNTS, COUNTED },
	{ MAP_PORT_RECS, COPIED },     { MAP_ROUTER_RECS, COPIED },
	{ MAP_IFACE_RECS, COPIED },    { MAP_UNDO_RECS, COPIED },
	{ MAP_CARRY, COUNTED },        { MAP_META, COUNTED },
	{ MAP_FAST, PASSING },         { MAP_IFACE_IN, PASSING },
	{ MAP_NEXTHOPS, PASSING },     { MAP_NEXTHOP_NUMBERS, PASSING },
	{ MAP_FIB_CHUNKS, PASSING },   { MAP_FIB_MARKS, PASSING },
	{ MAP_WIRE, PASSING },         { MAP_TICKS, PASSING },
};
_Static_assert(sizeof(takings) / sizeof(takings[0]) == MAP_COUNT, "each map is taken over somehow");

/* Are its types needed? */
static bool is_converted(enum state_map map)
{
	size_t i;

	for (i = 0; i < MAP_COUNT; i++)
		if (takings[i].map == map)
			return takings[i].how == COPIED || takings[i].how == COUNTED;
	return false;
}

static struct convert_type key_type(const struct layout *l, enum state_map map)
{
	return (struct convert_type){ l->btf[map], l->info[map].btf_key_type_id };
}

static struct convert_type value_type(const struct layout *l, enum state_map map)
{
	return (struct convert_type){ l->btf[map], l->info[map].btf_value_type_id };
}

static int take_types(struct layout *l, enum state_map map, const char *what)
{
	const struct bpf_map_info *info = &l->info[map];

	if (!is_converted(map))
		return 0;
	l->btf[map] = info->btf_id ? btf__load_from_kernel_by_id(info->btf_id) : NULL;
	if (l->btf[map] && info->btf_value_type_id)
		return 0;
	return say_error("%s: the kernel doesn't know the types of what is in it, so it can't be "
			 "taken over; detach with the version that attached",
			 what);
}

static int open_one(struct layout *l, enum state_map map)
{
	struct bpf_map_info *info = &l->info[map];
	__u32 len = sizeof(*info);
	char path[PATH_MAX];

	l->st.map[map] = bpf_obj_get(state_pin(&l->st, "maps", state_map_name(map), path));
	/* Layouts after it have got this map. */
	if (l->st.map[map] < 0 && errno == ENOENT)
		return 0;
	if (l->st.map[map] < 0 || bpf_obj_get_info_by_fd(l->st.map[map], info, &len))
		return say_error("%s: %s", path, strerror(errno));
	return take_types(l, map, path);
}

/* Nothing may be lost: a map that only another version knows. */
static int refuse_unknown(const struct layout *l)
{
	char path[PATH_MAX];
	DIR *dir = opendir(state_pin(&l->st, "maps", "", path));
	struct dirent *entry;
	int i, ret = 0;

	if (!dir)
		return say_error("%s: %s", path, strerror(errno));
	while (!ret && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vx_", 3))
			continue;
		for (i = 0; i < MAP_COUNT; i++)
			if (!strcmp(entry->d_name, state_map_name((enum state_map)i)))
				break;
		if (i == MAP_COUNT)
			ret = say_error(
				"%s/%s: this version doesn't know such a map, so it can't be "
				"taken over; detach with the version that attached",
				path, entry->d_name);
	}
	closedir(dir);
	return ret;
}

static int read_meta(struct layout *l)
{
	struct convert_type own = { .btf = programs_btf() };
	__s32 id = own.btf ? btf__find_by_name_kind(own.btf, "vrxdp_meta", BTF_KIND_STRUCT) : -1;
	__u32 zero = 0;
	char *raw;
	int ret = -1;

	if (l->st.map[MAP_META] < 0)
		return say_error("%s: has no %s", l->st.dir, state_map_name(MAP_META));
	raw = calloc(1, l->info[MAP_META].value_size + sizeof(l->number));
	if (!raw || id < 0) {
		free(raw);
		return say_error("no memory");
	}
	own.id = (__u32)id;
	if (bpf_map_lookup_elem(l->st.map[MAP_META], &zero, raw))
		say_error("%s: %s", state_map_name(MAP_META), strerror(errno));
	else
		ret = convert(state_map_name(MAP_META), value_type(l, MAP_META), raw, own,
			      &l->st.meta);
	memcpy(&l->number, raw, sizeof(l->number));
	free(raw);
	return ret;
}

int layout_open(struct layout *l, const char *dir, bool beside)
{
	int i;

	memset(l, 0, sizeof(*l));
	state_init(&l->st, dir);
	l->st.new_maps = l->st.new_progs = beside;
	for (i = 0; i < MAP_COUNT; i++)
		if (open_one(l, (enum state_map)i))
			return -1;
	return refuse_unknown(l) || read_meta(l) ? -1 : 0;
}

int layout_of(struct layout *l, const struct state *st)
{
	__u32 len;
	int i;

	memset(l, 0, sizeof(*l));
	l->st = *st;
	l->st.lock_fd = -1;
	l->number = VRXDP_LAYOUT;
	for (i = 0; i < MAP_COUNT; i++)
		l->st.map[i] = fcntl(st->map[i], F_DUPFD_CLOEXEC, 0);
	for (i = 0; i < MAP_COUNT; i++) {
		len = sizeof(l->info[i]);
		if (l->st.map[i] < 0 || bpf_obj_get_info_by_fd(l->st.map[i], &l->info[i], &len))
			return say_error("%s: %s", state_map_name((enum state_map)i),
					 strerror(errno));
		if (take_types(l, (enum state_map)i, state_map_name((enum state_map)i)))
			return -1;
	}
	return 0;
}

void layout_close(struct layout *l)
{
	int i;

	for (i = 0; i < MAP_COUNT; i++)
		btf__free(l->btf[i]);
	memset(l->btf, 0, sizeof(l->btf));
	state_close(&l->st);
}

int layout_handover(const struct layout *l, enum vrxdp_handover to)
{
	long at = convert_offset(value_type(l, MAP_META), "handover");
	__u32 zero = 0, value = to;
	int ret = -1;
	char *raw;

	if (at < 0 || (size_t)at + sizeof(value) > l->info[MAP_META].value_size)
		return 0;
	raw = calloc(1, l->info[MAP_META].value_size);
	if (!raw)
		return say_error("no memory");
	if (!bpf_map_lookup_elem(l->st.map[MAP_META], &zero, raw)) {
		memcpy(raw + at, &value, sizeof(value));
		ret = bpf_map_update_elem(l->st.map[MAP_META], &zero, raw, BPF_ANY);
	}
	free(raw);
	return ret ? say_error("%s: %s", state_map_name(MAP_META), strerror(errno)) : 0;
}

/* Numbers are the keys of arrays. */
static bool is_array(const struct layout *l, enum state_map map)
{
	return l->info[map].type == BPF_MAP_TYPE_ARRAY ||
	       l->info[map].type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool all_zero(const char *data, size_t len)
{
	return !len || (!data[0] && !memcmp(data, data + 1, len - 1));
}

/* One entry; @key and @value have room for those of @to. */
static int copy_entry(const struct layout *from, const struct layout *to, enum state_map map,
		      const void *old_key, const void *old_value, void *key, void *value,
		      bool again)
{
	const char *name = state_map_name(map);
	size_t size;
	long sent;

	if (is_array(to, map)) {
		/* What was never used fits into maps of any size. */
		if (all_zero(old_value, from->info[map].value_size))
			return 0;
		memcpy(key, old_key, sizeof(__u32));
	} else if (convert(name, key_type(from, map), old_key, key_type(to, map), key)) {
		return -1;
	}
	if (convert(name, value_type(from, map), old_value, value_type(to, map), value))
		return -1;
	if (map == MAP_GROUP_MEMBERS) {
		/* Counted: see layout_carry(). */
		sent = convert_member(value_type(to, map), "sent", &size);
		if (sent >= 0)
			memset((char *)value + sent, 0, size);
	}
	if (!again)
		return state_put(&to->st, map, key, value);
	/* What the programs of now have written since is newer. */
	if (!bpf_map_update_elem(to->st.map[map], key, value, BPF_NOEXIST) || errno == EEXIST)
		return 0;
	return say_error("%s: can't write: %s", name, strerror(errno));
}

static int copy_map(const struct layout *from, const struct layout *to, enum state_map map,
		    bool again)
{
	const struct bpf_map_info *old = &from->info[map], *new = &to->info[map];
	void *keys = NULL, *values = NULL, *key = NULL, *value = NULL;
	long i, n;
	int ret = 0;

	if (from->st.map[map] < 0)
		return 0;
	n = state_read_all(&from->st, map, old->key_size, old->value_size, &keys, &values);
	if (n < 0)
		return -1;
	key = calloc(1, new->key_size);
	value = calloc(1, new->value_size);
	if (!key || !value)
		ret = say_error("no memory");
	for (i = 0; i < n && !ret; i++)
		ret = copy_entry(from, to, map, (char *)keys + (size_t)i * old->key_size,
				 (char *)values + (size_t)i * old->value_size, key, value, again);
	free(keys);
	free(values);
	free(key);
	free(value);
	return ret;
}

int layout_copy(const struct layout *from, const struct layout *to)
{
	size_t i;

	for (i = 0; i < MAP_COUNT; i++)
		if (takings[i].how == COPIED && copy_map(from, to, takings[i].map, false))
			return -1;
	return 0;
}

int owners_read(const struct layout *from, const struct layout *to, struct owners *o)
{
	const struct bpf_map_info *old = &from->info[MAP_DEMUX];
	void *keys, *values;
	long i, n;
	int ret = 0;

	memset(o, 0, sizeof(*o));
	n = state_read_all(&from->st, MAP_DEMUX, old->key_size, old->value_size, &keys, &values);
	if (n < 0)
		return -1;
	o->keys = calloc((size_t)n + 1, sizeof(*o->keys));
	o->ifaces = calloc((size_t)n + 1, sizeof(*o->ifaces));
	if (!o->keys || !o->ifaces)
		ret = say_error("no memory");
	for (i = 0; i < n && !ret; i++) {
		ret = convert(state_map_name(MAP_DEMUX), key_type(from, MAP_DEMUX),
			      (char *)keys + (size_t)i * old->key_size, key_type(to, MAP_DEMUX),
			      &o->keys[o->n]) ||
		      convert(state_map_name(MAP_DEMUX), value_type(from, MAP_DEMUX),
			      (char *)values + (size_t)i * old->value_size,
			      value_type(to, MAP_DEMUX), &o->ifaces[o->n]);
		if (vrid_of_mac(o->keys[o->n].mac))
			o->n++;
	}
	free(keys);
	free(values);
	if (ret)
		owners_free(o);
	return ret ? -1 : 0;
}

void owners_free(struct owners *o)
{
	free(o->keys);
	free(o->ifaces);
	memset(o, 0, sizeof(*o));
}

/* Nobody has it; 0 is somebody on the wire, or the host. */
#define NO_OWNER 0xffffffffu

/* Who has @key? */
static __u32 owner_of(const struct owners *o, const struct vrxdp_demux_key *key)
{
	long i;

	for (i = 0; i < o->n; i++)
		if (!memcmp(&o->keys[i], key, sizeof(*key)))
			return o->ifaces[i];
	return NO_OWNER;
}

/* @key changed its owner in the maps of before; unless it has in these as well, since. */
static int follow(const struct layout *to, const struct vrxdp_demux_key *key, __u32 was, __u32 is)
{
	__u32 now;

	if (was == is)
		return 0;
	if (state_get(&to->st, MAP_DEMUX, key, &now))
		now = NO_OWNER;
	if (now != was)
		return 0;
	return is == NO_OWNER ? state_delete(&to->st, MAP_DEMUX, key) :
				state_put(&to->st, MAP_DEMUX, key, &is);
}

int owners_follow(const struct layout *from, const struct layout *to, const struct owners *were)
{
	struct owners are;
	int ret = 0;
	long i;

	if (owners_read(from, to, &are))
		return -1;
	for (i = 0; i < are.n && !ret; i++)
		ret = follow(to, &are.keys[i], owner_of(were, &are.keys[i]), are.ifaces[i]);
	for (i = 0; i < were->n && !ret; i++)
		if (owner_of(&are, &were->keys[i]) == NO_OWNER)
			ret = follow(to, &were->keys[i], were->ifaces[i], NO_OWNER);
	owners_free(&are);
	return ret || copy_map(from, to, MAP_BEHIND, true) ? -1 : 0;
}
