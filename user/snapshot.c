// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "say.h"
#include "shares.h"
#include "state.h"

/* A per-CPU array, read whole: value of @index on @cpu. */
struct percpu {
	char *values;
	size_t size; /* of one value, rounded up as the kernel lays it out */
	size_t cpus;
};

static int read_percpu(const struct state *st, enum state_map map, size_t value_size, __u32 entries,
		       struct percpu *p)
{
	__u32 count = entries, batch = 0;
	__u32 *keys;
	int err;

	p->size = (value_size + 7) / 8 * 8;
	p->cpus = (size_t)libbpf_num_possible_cpus();
	p->values = calloc(entries ? entries : 1, p->size * p->cpus);
	keys = calloc(entries ? entries : 1, sizeof(*keys));
	if (!p->values || !keys) {
		free(keys);
		return say_error("no memory");
	}
	err = entries ? bpf_map_lookup_batch(st->map[map], NULL, &batch, keys, p->values, &count,
					     NULL) :
			0;
	free(keys);
	if (err && errno != ENOENT)
		return say_error("%s: can't read: %s", state_map_name(map), strerror(errno));
	return 0;
}

static const void *percpu_value(const struct percpu *p, __u32 index, size_t cpu)
{
	return p->values + (index * p->cpus + cpu) * p->size;
}

/* Counters are structs of __u64 and nothing else: add them up as such. */
static void sum(const struct percpu *p, __u32 index, size_t size, void *out)
{
	__u64 *total = out;
	const __u64 *one;
	size_t cpu, i;

	memset(out, 0, size);
	for (cpu = 0; cpu < p->cpus; cpu++) {
		one = percpu_value(p, index, cpu);
		for (i = 0; i < size / sizeof(*total); i++)
			total[i] += one[i];
	}
}

static __u64 sum_of(const __u64 *numbers, size_t n)
{
	__u64 total = 0;

	while (n--)
		total += numbers[n];
	return total;
}

static void add_drops(struct snap_router *r, struct snap_iface *f, struct vrxdp_count c,
		      enum vrxdp_reason reason)
{
	f->c.rx.packets += c.packets;
	f->c.rx.bytes += c.bytes;
	r->c.rx_bytes += c.bytes;
	r->c.drops[reason] += c.packets;
}

static void add_shares(struct snap_router *r, struct snap_iface *f, const struct shares *s)
{
	const struct vrxdp_group_counts share = s->of[f->id];

	add_drops(r, f, share.limited, VRXDP_DROP_GROUP_LIMIT);
	add_drops(r, f, share.oversize, VRXDP_DROP_GROUP_SIZE);
	add_drops(r, f, share.overrun, VRXDP_DROP_RING_FULL);
	f->c.rx.packets += share.passed.packets;
	f->c.rx.bytes += share.passed.bytes;
	r->c.rx_bytes += share.passed.bytes;
	r->c.stack += share.passed.packets;
}

static int take_ports(const struct state *st, const struct world *w, struct snapshot *snap)
{
	struct percpu counts;
	__u32 top = 0;
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (w->ports[i].id >= top)
			top = w->ports[i].id + 1;
	snap->ports = calloc(w->nports + 1, sizeof(*snap->ports));
	if (!snap->ports)
		return say_error("no memory");
	if (read_percpu(st, MAP_PORT_COUNTS, sizeof(struct vrxdp_port_counters), top, &counts)) {
		free(counts.values);
		return -1;
	}
	for (i = 0; i < w->nports; i++) {
		snap->ports[i].id = w->ports[i].id;
		snap->ports[i].rec = w->ports[i].rec;
		sum(&counts, w->ports[i].id, sizeof(snap->ports[i].c), &snap->ports[i].c);
	}
	snap->nports = w->nports;
	free(counts.values);
	return 0;
}

static int take_ifaces(const struct world *w, struct snap_router *r, const struct percpu *counts,
		       const struct shares *shares)
{
	const char *name = r->rec.conf.name;
	size_t low = 0, high = w->nifaces, middle;

	/* Interfaces are sorted by router: find the first. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(w->ifaces[middle].rec.conf.router, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < w->nifaces && !strcmp(w->ifaces[high].rec.conf.router, name);
	     high++)
		;
	r->ifaces = calloc(high - low + 1, sizeof(*r->ifaces));
	if (!r->ifaces)
		return say_error("no memory");
	for (; low < high; low++) {
		struct snap_iface *f = &r->ifaces[r->nifaces++];

		f->id = w->ifaces[low].id;
		f->rec = w->ifaces[low].rec;
		sum(counts, f->id, sizeof(f->c), &f->c);
		add_shares(r, f, shares);
	}
	return 0;
}

static int take_router(const struct world *w, const struct world_router *from,
		       const struct percpu *routers, const struct percpu *ifaces,
		       const struct shares *shares, struct snap_router *r)
{
	const struct vrxdp_router_counters *c;
	size_t cpu;

	r->id = from->id;
	r->rec = from->rec;
	sum(routers, r->id, sizeof(r->c), &r->c);
	r->cpu_rx = calloc(routers->cpus, sizeof(*r->cpu_rx));
	r->cpu_tx = calloc(routers->cpus, sizeof(*r->cpu_tx));
	if (!r->cpu_rx || !r->cpu_tx)
		return say_error("no memory");
	for (cpu = 0; cpu < routers->cpus; cpu++) {
		c = percpu_value(routers, r->id, cpu);
		r->cpu_rx[cpu] = c->fast + c->stack + sum_of(c->drops, VRXDP_REASONS);
		r->cpu_tx[cpu] = c->tx.packets;
	}
	if (take_ifaces(w, r, ifaces, shares))
		return -1;
	r->drop_packets = sum_of(r->c.drops, VRXDP_REASONS);
	r->tx_drop_packets = sum_of(r->c.tx_drops, VRXDP_REASONS);
	r->rx_packets = r->c.fast + r->c.stack + r->drop_packets;
	return 0;
}

/*
 * Counters and shares of one time: what moves from one to the other in between would count
 * twice, or not at all. Few interfaces change at a time, so a second reading nearly always does.
 */
#define READINGS 16

static int read_together(const struct state *st, __u32 nrouters, __u32 nifaces,
			 struct percpu *routers, struct percpu *ifaces, struct shares *shares)
{
	__u64 before, after;
	int i;

	for (i = 0; i < READINGS; i++) {
		shares_free(shares);
		free(routers->values);
		free(ifaces->values);
		routers->values = ifaces->values = NULL;
		if (shares_mark(st, &before) || shares_read(st, nifaces, shares) ||
		    read_percpu(st, MAP_ROUTER_COUNTS, sizeof(struct vrxdp_router_counters),
				nrouters, routers) ||
		    read_percpu(st, MAP_IFACE_COUNTS, sizeof(struct vrxdp_iface_counters), nifaces,
				ifaces) ||
		    shares_mark(st, &after))
			return -1;
		if (before == after)
			break;
	}
	return 0;
}

static int take_routers(const struct state *st, const struct world *w, struct snapshot *snap)
{
	__u32 nifaces = 1, nrouters = 0;
	struct percpu routers = { 0 }, ifaces = { 0 };
	struct shares shares = { 0 };
	int ret = -1;
	size_t i;

	for (i = 0; i < w->nrouters; i++)
		if (w->routers[i].id >= nrouters)
			nrouters = w->routers[i].id + 1;
	for (i = 0; i < w->nifaces; i++)
		if (w->ifaces[i].id >= nifaces)
			nifaces = w->ifaces[i].id + 1;
	snap->routers = calloc(w->nrouters + 1, sizeof(*snap->routers));
	if (!snap->routers) {
		say_error("no memory");
		goto out;
	}
	if (read_together(st, nrouters, nifaces, &routers, &ifaces, &shares))
		goto out;
	snap->ncpus = (int)routers.cpus;
	for (i = 0; i < w->nrouters; i++) {
		snap->nrouters = i + 1;
		if (take_router(w, &w->routers[i], &routers, &ifaces, &shares, &snap->routers[i]))
			goto out;
	}
	ret = 0;
out:
	shares_free(&shares);
	free(routers.values);
	free(ifaces.values);
	return ret;
}

int snapshot_take(const struct state *st, struct snapshot *snap)
{
	struct timespec now;
	struct world w;
	int ret = -1;

	memset(snap, 0, sizeof(*snap));
	if (world_load(st, &w))
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	snap->time_ns = (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
	if (!take_ports(st, &w, snap) && !take_routers(st, &w, snap))
		ret = 0;
	world_free(&w);
	if (ret)
		snapshot_free(snap);
	return ret;
}

void snapshot_free(struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nrouters; i++) {
		free(snap->routers[i].cpu_rx);
		free(snap->routers[i].cpu_tx);
		free(snap->routers[i].ifaces);
	}
	free(snap->routers);
	free(snap->ports);
	memset(snap, 0, sizeof(*snap));
}

const char *snap_router_path(const struct snap_router *r)
{
	/* Forwarding in XDP doesn't exist yet: every router's own kernel forwards. */
	(void)r;
	return "stack";
}

const char *snap_port_mode(const struct snap_port *p)
{
	return p->rec.mode == VRXDP_MODE_GENERIC ? "generic" : "native";
}

const char *reason_name(unsigned int reason)
{
	static const char *const names[VRXDP_REASONS] = {
#define X(number, symbol, name, text) [number] = name,
		VRXDP_REASON_TABLE(X)
#undef X
	};

	return reason < VRXDP_REASONS ? names[reason] : NULL;
}
