// SPDX-License-Identifier: GPL-2.0-only
#include "shares.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

/* An array map's first @entries values. */
static int read_array(const struct state *st, enum state_map map, size_t size, __u32 entries,
		      void **out)
{
	__u32 count = entries, batch = 0;
	__u32 *keys = calloc(entries, sizeof(*keys));
	int err;

	*out = calloc(entries, size);
	if (!*out || !keys) {
		free(keys);
		return say_error("no memory");
	}
	err = bpf_map_lookup_batch(st->map[map], NULL, &batch, keys, *out, &count, NULL);
	free(keys);
	if (err && errno != ENOENT)
		return say_error("%s: can't read: %s", state_map_name(map), strerror(errno));
	return 0;
}

static void raise(struct vrxdp_count *count, const struct vrxdp_count *by)
{
	count->packets += by->packets;
	count->bytes += by->bytes;
}

/* Not below 0: what a sender adds while its group is read may be in @by alone. */
static void lower(struct vrxdp_count *count, const struct vrxdp_count *by)
{
	count->packets -= by->packets < count->packets ? by->packets : count->packets;
	count->bytes -= by->bytes < count->bytes ? by->bytes : count->bytes;
}

static void raise_all(struct vrxdp_group_counts *counts, const struct vrxdp_group_counts *by)
{
	raise(&counts->limited, &by->limited);
	raise(&counts->oversize, &by->oversize);
	raise(&counts->overrun, &by->overrun);
	raise(&counts->passed, &by->passed);
}

static void lower_all(struct vrxdp_group_counts *counts, const struct vrxdp_group_counts *by)
{
	lower(&counts->limited, &by->limited);
	lower(&counts->oversize, &by->oversize);
	lower(&counts->overrun, &by->overrun);
	lower(&counts->passed, &by->passed);
}

/* What one by @delivery gets of what the group has counted; @sent is by its members. */
static struct vrxdp_group_counts counted(const struct vrxdp_group_shared *group,
					 const struct vrxdp_group_counts *sent, __u8 delivery)
{
	/* What routers sent: nobody beyond the wire got it. */
	struct vrxdp_group_counts total = *sent;

	if (delivery == VRXDP_REDIRECT) {
		raise_all(&total, &group->wire);
		memset(&total.passed, 0, sizeof(total.passed));
	} else {
		total.passed = group->wire.passed;
	}
	return total;
}

/* Everything that shares come from, read once. */
struct source {
	struct vrxdp_member_key *keys;
	struct vrxdp_group_member *members;
	long nmembers;
	struct vrxdp_group_shared *groups;
	/*
	 * By group, what its members have sent: of the same reading as @members, so that a member
	 * that sends meanwhile doesn't seem to miss its own.
	 */
	struct vrxdp_group_counts *sent;
};

static void source_free(struct source *s)
{
	free(s->keys);
	free(s->members);
	free(s->groups);
	free(s->sent);
}

static int source_read(const struct state *st, struct source *s)
{
	void *keys, *members, *groups;
	int err;
	long i;

	memset(s, 0, sizeof(*s));
	s->nmembers = state_read_all(st, MAP_GROUP_MEMBERS, sizeof(*s->keys), sizeof(*s->members),
				     &keys, &members);
	if (s->nmembers < 0)
		return -1;
	s->keys = keys;
	s->members = members;
	err = read_array(st, MAP_GROUP_COUNTS, sizeof(*s->groups), VRXDP_MAX_GROUPS, &groups);
	s->groups = groups;
	s->sent = calloc(VRXDP_MAX_GROUPS, sizeof(*s->sent));
	if (err || !s->sent) {
		source_free(s);
		return err ? -1 : say_error("no memory");
	}
	for (i = 0; i < (long)VRXDP_MAX_GROUPS; i++)
		s->sent[i] = s->groups[i].left;
	for (i = 0; i < s->nmembers; i++)
		if (s->keys[i].group < VRXDP_MAX_GROUPS)
			raise_all(&s->sent[s->keys[i].group], &s->members[i].sent);
	return 0;
}

static struct vrxdp_group_counts share_of(const struct source *s, long member, __u8 delivery)
{
	__u32 group = s->keys[member].group;
	struct vrxdp_group_counts share = counted(&s->groups[group], &s->sent[group], delivery);

	lower_all(&share, &s->members[member].sent);
	lower_all(&share, &s->members[member].before);
	return share;
}

int shares_read(const struct state *st, __u32 nifaces, struct shares *s)
{
	struct vrxdp_group_counts share;
	const struct vrxdp_iface *hot;
	struct source source;
	void *ifaces = NULL;
	__u32 iface;
	long i;

	s->nifaces = nifaces;
	s->of = calloc(nifaces + 1, sizeof(*s->of));
	if (!s->of)
		return say_error("no memory");
	if (source_read(st, &source)) {
		shares_free(s);
		return -1;
	}
	if (read_array(st, MAP_IFACES, sizeof(*hot), nifaces, &ifaces)) {
		source_free(&source);
		shares_free(s);
		return -1;
	}
	hot = ifaces;
	for (i = 0; i < source.nmembers; i++) {
		iface = source.keys[i].iface;
		if (iface >= nifaces || source.keys[i].group >= VRXDP_MAX_GROUPS ||
		    !hot[iface].delivery)
			continue;
		share = share_of(&source, i, hot[iface].delivery);
		raise_all(&s->of[iface], &share);
	}
	source_free(&source);
	free(ifaces);
	return 0;
}

/* FNV-1a */
static __u64 mix(__u64 mark, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	while (len--)
		mark = (mark ^ *bytes++) * 0x100000001b3ull;
	return mark;
}

int shares_mark(const struct state *st, __u64 *mark)
{
	struct vrxdp_group_member *members;
	struct vrxdp_member_key *keys;
	void *k, *v;
	long n, i;

	n = state_read_all(st, MAP_GROUP_MEMBERS, sizeof(*keys), sizeof(*members), &k, &v);
	if (n < 0)
		return -1;
	keys = k;
	members = v;
	*mark = 0xcbf29ce484222325ull;
	for (i = 0; i < n; i++) {
		*mark = mix(*mark, &keys[i], sizeof(keys[i]));
		*mark = mix(*mark, &members[i].before, sizeof(members[i].before));
	}
	free(k);
	free(v);
	return 0;
}

void shares_free(struct shares *s)
{
	free(s->of);
	memset(s, 0, sizeof(*s));
}

int share_before(const struct state *st, __u32 index, __u8 delivery,
		 struct vrxdp_group_counts *before)
{
	struct vrxdp_group_shared group;

	if (state_get(st, MAP_GROUP_COUNTS, &index, &group))
		return say_error("group %u: can't read its counts: %s", index, strerror(errno));
	*before = counted(&group, &group.sent, delivery);
	return 0;
}

int share_now(const struct state *st, const struct vrxdp_member_key *key, __u8 delivery,
	      struct vrxdp_group_counts *share)
{
	static const struct vrxdp_group_shared none;
	struct vrxdp_group_shared group;
	struct source source;
	long i;

	memset(share, 0, sizeof(*share));
	/* As long as nobody has missed anything, there is nothing to work out. */
	if (!state_get(st, MAP_GROUP_COUNTS, &key->group, &group) &&
	    !memcmp(&group, &none, sizeof(group)))
		return 0;
	if (source_read(st, &source))
		return -1;
	for (i = 0; i < source.nmembers; i++)
		if (source.keys[i].iface == key->iface && source.keys[i].group == key->group &&
		    key->group < VRXDP_MAX_GROUPS)
			*share = share_of(&source, i, delivery);
	source_free(&source);
	return 0;
}
