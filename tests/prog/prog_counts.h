/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All counters that a frame could change, read at once: a case lists those that it
 * changes, and every other one must be as it was.
 */
#ifndef PROG_COUNTS_H
#define PROG_COUNTS_H

#include "kernel_lab.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "frames.h"
#include "state.h"

/* Numbers of the laboratory's objects. Those of routers, groups and interfaces differ. */
enum { UP = 1, OTHER, WHOLE_PORT, PORTS };
enum {
	RED = 1,
	BLUE,
	GREEN,
	TEAL,
	PINK,
	CHILD,
	WHOLE,
	AWAY,
	BIG,
	GONE, /* tags_lab.h's */
	LIST,
	TRUNK,
	STACKED,
	INNER,
	OWNER,
	RIVAL,
	IFACES
};
enum { G_UP = 3, G_UP_100, G_BIG, G_WHOLE, G_UP_102, G_UP_200, G_TRUNK, G_STACKED, GROUPS };
/* The group that an interface of the laboratory is in; of those without, nothing is asked. */
enum {
	GROUP_OF_RED = G_UP,
	GROUP_OF_BLUE = G_UP,
	GROUP_OF_GREEN = G_UP_100,
	GROUP_OF_TEAL = G_UP_100,
	GROUP_OF_CHILD = G_UP,
	GROUP_OF_WHOLE = G_WHOLE,
	GROUP_OF_BIG = G_BIG,
	GROUP_OF_GONE = G_UP,
	GROUP_OF_STACKED = G_STACKED,
	GROUP_OF_OWNER = G_UP,
};
#define ROUTER_OF(iface) (2 * IFACES - (iface))
#define ROUTERS (2 * IFACES + 1)

static const char *const iface_names[IFACES] = {
	"nobody", "red",  "blue", "green", "teal",    "pink",  "child", "whole", "away",
	"big",    "gone", "list", "trunk", "stacked", "inner", "owner", "rival",
};
static const char *const port_names[PORTS] = { "port 0", "up", "other", "whole port" };

struct counts {
	struct vrxdp_port_counters port[PORTS];
	struct vrxdp_iface_counters iface[IFACES];
	struct vrxdp_router_counters router[ROUTERS];
	struct vrxdp_group_shared group[GROUPS];
	struct vrxdp_group_member member[IFACES][GROUPS]; /* zeroes: it is in no such group */
};
#define COUNTERS (sizeof(struct counts) / sizeof(__u64))
_Static_assert(sizeof(struct counts) % sizeof(__u64) == 0, "nothing but counters");

/* One counter's change; by 0 ends a list. */
struct change {
	__u32 at; /* place in struct counts, in counters */
	__u32 by;
};

#define AT(member) ((__u32)(offsetof(struct counts, member) / sizeof(__u64)))
#define BY(member, n) INIT(AT(member), (n))
#define BOTH(member, n, len) BY(member.packets, n), BY(member.bytes, len)
#define PORT_RX(p, len) BOTH(port[p].rx, 1, len)
#define PORT_TX(p, len) BOTH(port[p].tx, 1, len)
#define PORT_DROP(p, reason) BY(port[p].drops[VRXDP_DROP_##reason], 1)
#define RECEIVED(i, n, len) BOTH(iface[i].rx, n, len), BY(router[ROUTER_OF(i)].rx_bytes, len)
#define DELIVERED_N(i, n, len) RECEIVED(i, n, len), BY(router[ROUTER_OF(i)].stack, n)
#define LOST_N(i, n, len, reason)                                                                  \
	RECEIVED(i, n, len), BY(router[ROUTER_OF(i)].drops[VRXDP_DROP_##reason], n)
#define SENT_N(i, n, len) BOTH(iface[i].tx, n, len), BOTH(router[ROUTER_OF(i)].tx, n, len)
#define TX_LOST_N(i, n, reason) BY(router[ROUTER_OF(i)].tx_drops[VRXDP_DROP_##reason], n)
/* Frames from the wire that a group missed, or was given by the kernel. */
#define GROUP_N(g, event, n, len) BOTH(group[g].wire.event, n, len)
/* Frames of interface @i that the others of its group missed. */
#define OTHERS_IN(i, g, event, n, len)                                                             \
	BOTH(member[i][g].sent.event, n, len), BOTH(group[g].sent.event, n, len)
#define OTHERS_N(i, event, n, len) OTHERS_IN(i, GROUP_OF_##i, event, n, len)
#define DELIVERED(i, len) DELIVERED_N(i, 1, len)
#define LOST(i, len, reason) LOST_N(i, 1, len, reason)
#define SENT(i, len) SENT_N(i, 1, len)
#define TX_LOST(i, reason) TX_LOST_N(i, 1, reason)
#define GROUP(g, event, len) GROUP_N(g, event, 1, len)
#define OTHERS(i, event, len) OTHERS_IN(i, GROUP_OF_##i, event, 1, len)

static const char *const reason_names[VRXDP_REASONS] = {
#define X(number, symbol, name, text) [number] = name,
	VRXDP_REASON_TABLE(X)
#undef X
};

static int cpus(void)
{
	static int n;

	if (!n)
		n = libbpf_num_possible_cpus();
	return n;
}

/* Add up what the CPUs have; the value is @len bytes of counters. */
static void read_percpu(int map, __u32 key, void *sum, size_t len)
{
	size_t n = len / sizeof(__u64), i;
	__u64 *all = calloc((size_t)cpus(), len), *to = sum;

	assert_non_null(all);
	assert_int_equal(bpf_map_lookup_elem(map, &key, all), 0);
	memset(sum, 0, len);
	for (i = 0; i < n * (size_t)cpus(); i++)
		to[i % n] += all[i];
	free(all);
}

static void read_members(const struct state *st, struct counts *c)
{
	struct vrxdp_member_key key;

	for (key.iface = 0; key.iface < IFACES; key.iface++)
		for (key.group = 0; key.group < GROUPS; key.group++)
			if (state_get(st, MAP_GROUP_MEMBERS, &key,
				      &c->member[key.iface][key.group]))
				assert_int_equal(errno, ENOENT);
}

static void counts_read(const struct state *st, struct counts *c)
{
	__u32 i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < PORTS; i++)
		read_percpu(st->map[MAP_PORT_COUNTS], i, &c->port[i], sizeof(c->port[i]));
	for (i = 0; i < IFACES; i++)
		read_percpu(st->map[MAP_IFACE_COUNTS], i, &c->iface[i], sizeof(c->iface[i]));
	for (i = 0; i < ROUTERS; i++)
		read_percpu(st->map[MAP_ROUTER_COUNTS], i, &c->router[i], sizeof(c->router[i]));
	for (i = 0; i < GROUPS; i++)
		assert_int_equal(state_get(st, MAP_GROUP_COUNTS, &i, &c->group[i]), 0);
	read_members(st, c);
}

static const char *of_router(__u32 router)
{
	return router >= ROUTER_OF(IFACES - 1) && router <= ROUTER_OF(RED) ?
		       iface_names[2 * IFACES - router] :
		       "no router";
}

/* A reason's counter, or a plain one, behind the object's name. */
static void name_rest(char *buf, size_t len, const char *who, const char *what, __u32 at,
		      const char *const *plain, __u32 nplain)
{
	static const char *const arrays[] = { "drops", "tx_drops", "punts" };
	__u32 rest = at - nplain;

	if (at < nplain)
		snprintf(buf, len, "%s %s %s", what, who, plain[at]);
	else
		snprintf(buf, len, "%s %s %s[%s]", what, who, arrays[rest / VRXDP_REASONS],
			 reason_names[rest % VRXDP_REASONS] ?: "?");
}

/* "iface red rx.packets" */
static void count_name(__u32 at, char *buf, size_t len)
{
	static const char *const port[] = { "rx.packets", "rx.bytes", "tx.packets", "tx.bytes" };
	static const char *const router[] = { "rx_bytes", "tx.packets", "tx.bytes", "fast",
					      "stack" };
	static const char *const events[] = { "limited", "oversize", "overrun", "passed" };
	const __u32 port_size = AT(port[1]), iface_size = AT(iface[1]) - AT(iface[0]);
	const __u32 router_size = AT(router[1]) - AT(router[0]);
	static const char *const shared[] = { "wire", "sent", "left" };
	static const char *const member[] = { "sent", "before" };
	const __u32 group_size = AT(group[1]) - AT(group[0]);
	const __u32 member_size = AT(member[0][1]) - AT(member[0][0]);
	const __u32 part = AT(group[0].sent) - AT(group[0].wire);
	__u32 i;

	if (at < AT(iface[0])) {
		name_rest(buf, len, port_names[at / port_size], "port", at % port_size, port, 4);
	} else if (at < AT(router[0])) {
		i = at - AT(iface[0]);
		name_rest(buf, len, iface_names[i / iface_size], "interface", i % iface_size, port,
			  4);
	} else if (at < AT(group[0])) {
		i = at - AT(router[0]);
		name_rest(buf, len, of_router(i / router_size), "router", i % router_size, router,
			  5);
	} else if (at < AT(member[0][0])) {
		i = at - AT(group[0]);
		snprintf(buf, len, "group %u %s.%s.%s", i / group_size,
			 shared[i % group_size / part], events[i % part / 2],
			 i % 2 ? "bytes" : "packets");
	} else {
		i = at - AT(member[0][0]);
		snprintf(buf, len, "member %s of group %u %s.%s.%s",
			 iface_names[i / member_size / GROUPS], i / member_size % GROUPS,
			 member[i % member_size / part], events[i % part / 2],
			 i % 2 ? "bytes" : "packets");
	}
}

/* What became of the counters since @before other than @changes? Prints it; how many. */
static int counts_wrong(const struct state *st, const struct counts *before,
			const struct change *const *changes, size_t nlists)
{
	static __u64 want[COUNTERS];
	static struct counts after;
	const __u64 *got = (const __u64 *)&after, *was = (const __u64 *)before;
	const struct change *c;
	char name[80];
	int wrong = 0;
	__u32 i;

	counts_read(st, &after);
	memset(want, 0, sizeof(want));
	for (i = 0; i < nlists; i++)
		for (c = changes[i]; c->by; c++)
			want[c->at] += c->by;
	for (i = 0; i < COUNTERS; i++) {
		if (got[i] - was[i] == want[i])
			continue;
		count_name(i, name, sizeof(name));
		print_error("  %s: changed by %lld, expected %lld\n", name,
			    (long long)(got[i] - was[i]), (long long)want[i]);
		wrong++;
	}
	return wrong;
}

/* A frame that is under way to a slot; slot 0: none. */
struct underway {
	__u32 slot;
	struct vrxdp_frame_underway frame;
};

/* Take what is under way to @slot on any CPU. Returns how many frames. */
static __u32 underway_take(const struct state *st, __u32 slot, struct vrxdp_frame_underway *last)
{
	struct vrxdp_underway *all = calloc((size_t)cpus(), sizeof(*all));
	__u32 count = 0;
	int i;

	assert_non_null(all);
	assert_int_equal(state_get(st, MAP_UNDERWAY, &slot, all), 0);
	for (i = 0; i < cpus(); i++) {
		if (all[i].tail == all[i].head)
			continue;
		count += all[i].tail - all[i].head;
		*last = all[i].frame[(all[i].tail - 1) % VRXDP_UNDERWAY];
		all[i].head = all[i].tail;
	}
	if (count)
		assert_int_equal(state_put(st, MAP_UNDERWAY, &slot, all), 0);
	free(all);
	return count;
}

/* Is just @want under way, to any slot of the laboratory? Takes it; how much is wrong. */
__attribute__((unused)) static int underway_wrong(const struct state *st,
						  const struct underway *want)
{
	const __u32 first[] = { VRXDP_SLOT_PORT, VRXDP_SLOT_RELAY, VRXDP_SLOT_IFACE };
	const __u32 count[] = { PORTS, PORTS, IFACES };
	struct vrxdp_frame_underway f = { 0 };
	int wrong = 0;
	__u32 i, slot, n;

	for (i = 0; i < 3; i++) {
		for (slot = first[i]; slot < first[i] + count[i]; slot++) {
			n = underway_take(st, slot, &f);
			if (n == (want->slot == slot && slot ? 1u : 0u) &&
			    (!n || !memcmp(&f, &want->frame, sizeof(f))))
				continue;
			print_error("  slot %u: %u under way", slot, n);
			print_error(": from %u to %u len %u flags %u\n", f.from, f.to, f.len,
				    f.flags);
			wrong++;
		}
	}
	return wrong;
}

#endif
