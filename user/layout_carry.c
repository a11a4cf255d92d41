// SPDX-License-Identifier: GPL-2.0-only
/* Counters, from the maps of one layout to another's: bpf/state.bpf.c, vx_carry_over. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "layouts.h"
#include "programs.h"
#include "say.h"

struct carry {
	const struct layout *from, *to;
	int prog;      /* of @to */
	char *cpus;    /* a value of @from, of all CPUs */
	char *total;   /* of all CPUs together */
	char *numbers; /* a value of vx_carry in @to */
	size_t room;   /* of its numbers */
};

/* The largest value of counters, of one CPU. */
static size_t largest(const struct layout *l)
{
	static const enum state_map counts[] = { MAP_PORT_COUNTS, MAP_IFACE_COUNTS,
						 MAP_ROUTER_COUNTS, MAP_GROUP_COUNTS,
						 MAP_GROUP_MEMBERS };
	size_t i, size = 0;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (l->info[counts[i]].value_size > size)
			size = l->info[counts[i]].value_size;
	return (size + 7) / 8 * 8;
}

static int run(const struct carry *c, const struct vrxdp_carry_key *key)
{
	struct vrxdp_carry_key frame = *key;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	int err = bpf_prog_test_run_opts(c->prog, &opts);

	if (!err && opts.retval != XDP_PASS)
		err = -ENOENT;
	return err ? say_error("counters %u/%u: can't be taken over: %s", key->kind, key->index,
			       strerror(-err)) :
		     0;
}

/* The counters of @index in @map, @total of all CPUs; nothing if they are 0. */
static int hand_on(const struct carry *c, enum state_map map, const struct vrxdp_carry_key *key)
{
	struct convert_type from = { c->from->btf[map], c->from->info[map].btf_value_type_id };
	struct convert_type to = { c->to->btf[map], c->to->info[map].btf_value_type_id };
	const __u64 *words = (const __u64 *)c->total;
	size_t i, n = c->from->info[map].value_size / sizeof(*words);

	for (i = 0; i < n && !words[i]; i++)
		;
	if (i == n)
		return 0;
	memset(c->numbers, 0, c->to->info[MAP_CARRY].value_size);
	if (c->to->info[map].value_size > c->room)
		return say_error("%s: has no room for %s", state_map_name(MAP_CARRY),
				 state_map_name(map));
	if (convert(state_map_name(map), from, c->total, to, c->numbers + sizeof(__u64)))
		return -1;
	/* A killed command may have been as far: then it may be done, too. */
	if (bpf_map_update_elem(c->to->st.map[MAP_CARRY], key, c->numbers, BPF_NOEXIST) &&
	    errno != EEXIST)
		return say_error("%s: %s", state_map_name(MAP_CARRY), strerror(errno));
	return run(c, key);
}

/* A per-CPU array's. */
static int hand_on_counts(const struct carry *c, enum state_map map, enum vrxdp_carry_kind kind,
			  __u32 index)
{
	const struct vrxdp_carry_key key = { .kind = kind, .index = index };
	size_t size = (c->from->info[map].value_size + 7) / 8 * 8;
	size_t ncpus = (size_t)libbpf_num_possible_cpus(), cpu, i;
	__u64 *total = (__u64 *)c->total;

	if (bpf_map_lookup_elem(c->from->st.map[map], &index, c->cpus))
		return say_error("%s: can't read %u: %s", state_map_name(map), index,
				 strerror(errno));
	memset(c->total, 0, size);
	for (cpu = 0; cpu < ncpus; cpu++)
		for (i = 0; i < size / sizeof(*total); i++)
			total[i] += ((const __u64 *)(c->cpus + cpu * size))[i];
	return hand_on(c, map, &key);
}

static int hand_on_groups(const struct carry *c)
{
	const struct layout *own = c->to->number == VRXDP_LAYOUT ? c->to : c->from;
	struct vrxdp_group *groups;
	void *keys, *values;
	long i, n;
	int ret = 0;

	n = state_read_all(&own->st, MAP_GROUPS, sizeof(struct vrxdp_group_key), sizeof(*groups),
			   &keys, &values);
	if (n < 0)
		return -1;
	groups = values;
	for (i = 0; i < n && !ret; i++) {
		const struct vrxdp_carry_key key = { .kind = VRXDP_CARRY_GROUP,
						     .index = groups[i].index };

		if (bpf_map_lookup_elem(c->from->st.map[MAP_GROUP_COUNTS], &groups[i].index,
					c->total))
			ret = say_error("%s: can't read %u: %s", state_map_name(MAP_GROUP_COUNTS),
					groups[i].index, strerror(errno));
		else
			ret = hand_on(c, MAP_GROUP_COUNTS, &key);
	}
	free(keys);
	free(values);
	return ret;
}

/* Only what they sent: the rest of a member was copied. */
static int hand_on_member(const struct carry *c, const void *old_key, const void *old_value)
{
	const struct bpf_map_info *old = &c->from->info[MAP_GROUP_MEMBERS];
	struct convert_type from = { c->from->btf[MAP_GROUP_MEMBERS], old->btf_key_type_id };
	struct convert_type value = { c->from->btf[MAP_GROUP_MEMBERS], old->btf_value_type_id };
	struct btf *own = programs_btf();
	__s32 id = own ? btf__find_by_name_kind(own, "vrxdp_member_key", BTF_KIND_STRUCT) : -1;
	struct vrxdp_carry_key key = { .kind = VRXDP_CARRY_MEMBER };
	struct vrxdp_member_key member;
	size_t size;
	long sent = convert_member(value, "sent", &size);

	if (id < 0 || sent < 0)
		return say_error("%s: has unknown types", state_map_name(MAP_GROUP_MEMBERS));
	if (convert(state_map_name(MAP_GROUP_MEMBERS), from, old_key,
		    (struct convert_type){ own, (__u32)id }, &member))
		return -1;
	key.index = member.iface;
	key.group = member.group;
	memset(c->total, 0, old->value_size);
	memcpy(c->total + sent, (const char *)old_value + sent, size);
	return hand_on(c, MAP_GROUP_MEMBERS, &key);
}

static int hand_on_members(const struct carry *c)
{
	const struct bpf_map_info *old = &c->from->info[MAP_GROUP_MEMBERS];
	void *keys, *values;
	long i, n;
	int ret = 0;

	n = state_read_all(&c->from->st, MAP_GROUP_MEMBERS, old->key_size, old->value_size, &keys,
			   &values);
	for (i = 0; i < n && !ret; i++)
		ret = hand_on_member(c, (char *)keys + (size_t)i * old->key_size,
				     (char *)values + (size_t)i * old->value_size);
	if (n >= 0) {
		free(keys);
		free(values);
	}
	return n < 0 ? -1 : ret;
}

static int hand_on_all(const struct carry *c, const struct world *w)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (hand_on_counts(c, MAP_PORT_COUNTS, VRXDP_CARRY_PORT, w->ports[i].id))
			return -1;
	for (i = 0; i < w->nrouters; i++)
		if (hand_on_counts(c, MAP_ROUTER_COUNTS, VRXDP_CARRY_ROUTER, w->routers[i].id))
			return -1;
	for (i = 0; i < w->nifaces; i++)
		if (hand_on_counts(c, MAP_IFACE_COUNTS, VRXDP_CARRY_IFACE, w->ifaces[i].id))
			return -1;
	return hand_on_groups(c) || hand_on_members(c) ? -1 : 0;
}

int layout_carry(const struct layout *from, const struct layout *to, const struct world *w)
{
	struct carry c = { .from = from, .to = to, .prog = -1 };
	size_t size = largest(from);
	char path[PATH_MAX];
	int ret = -1;

	if (to->st.map[MAP_CARRY] < 0 || to->info[MAP_CARRY].value_size < sizeof(__u64))
		return say_error("%s: isn't there", state_map_name(MAP_CARRY));
	c.room = to->info[MAP_CARRY].value_size - sizeof(__u64);
	c.cpus = calloc((size_t)libbpf_num_possible_cpus(), size);
	c.total = calloc(1, size);
	c.numbers = calloc(1, to->info[MAP_CARRY].value_size);
	c.prog = bpf_obj_get(state_pin(&to->st, "progs", "carry", path));
	if (!c.cpus || !c.total || !c.numbers)
		say_error("no memory");
	else if (c.prog < 0)
		say_error("%s: %s", path, strerror(errno));
	else
		ret = hand_on_all(&c, w);
	if (c.prog >= 0)
		close(c.prog);
	free(c.cpus);
	free(c.total);
	free(c.numbers);
	return ret;
}
