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

static void lower(struct vrxdp_count *count, const struct vrxdp_count *by)
{
	count->packets -= by->packets;
	count->bytes -= by->bytes;
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

int shares_read(const struct state *st, __u32 nifaces, struct shares *s)
{
	__u32 i;

	memset(s, 0, sizeof(*s));
	s->nifaces = nifaces;
	s->sent = calloc(VRXDP_MAX_GROUPS, sizeof(*s->sent));
	if (!s->sent) {
		say_error("no memory");
		goto fail;
	}
	if (read_array(st, MAP_IFACES, sizeof(*s->ifaces), nifaces, (void **)&s->ifaces) ||
	    read_array(st, MAP_GROUP_MEMBERS, sizeof(*s->members), nifaces, (void **)&s->members) ||
	    read_array(st, MAP_GROUP_COUNTS, sizeof(*s->groups), VRXDP_MAX_GROUPS,
		       (void **)&s->groups))
		goto fail;
	for (i = 0; i < nifaces; i++)
		if (s->ifaces[i].delivery && s->ifaces[i].group < VRXDP_MAX_GROUPS)
			raise_all(&s->sent[s->ifaces[i].group], &s->members[i].sent);
	return 0;
fail:
	shares_free(s);
	return -1;
}

void shares_free(struct shares *s)
{
	free(s->ifaces);
	free(s->members);
	free(s->groups);
	free(s->sent);
	memset(s, 0, sizeof(*s));
}

struct vrxdp_group_counts shares_before(const struct shares *s, __u32 group, __u8 delivery)
{
	struct vrxdp_group_counts total;

	memset(&total, 0, sizeof(total));
	if (group >= VRXDP_MAX_GROUPS)
		return total;
	/* What other routers sent, those that have left included: nobody beyond the wire got it. */
	total = s->sent[group];
	raise_all(&total, &s->groups[group].left);
	if (delivery == VRXDP_REDIRECT) {
		raise_all(&total, &s->groups[group].wire);
		memset(&total.passed, 0, sizeof(total.passed));
	} else {
		total.passed = s->groups[group].wire.passed;
	}
	return total;
}

struct vrxdp_group_counts shares_of(const struct shares *s, __u32 iface)
{
	const struct vrxdp_iface *hot = &s->ifaces[iface];
	struct vrxdp_group_counts share;

	memset(&share, 0, sizeof(share));
	if (iface >= s->nifaces || !hot->delivery)
		return share;
	share = shares_before(s, hot->group, hot->delivery);
	lower_all(&share, &s->members[iface].sent);
	lower_all(&share, &s->members[iface].before);
	return share;
}
