/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rates.h"

__u64 rates_count(__u64 before, __u64 now)
{
	return now > before ? now - before : 0;
}

double rates_per_second(__u64 count, double seconds)
{
	return seconds > 0 ? (double)count / seconds : 0;
}

static struct rate rate_of(const struct vrxdp_count *before, const struct vrxdp_count *now,
			   double seconds)
{
	return (struct rate){
		.packets = rates_per_second(rates_count(before->packets, now->packets), seconds),
		.bits = rates_per_second(rates_count(before->bytes, now->bytes), seconds) * 8,
	};
}

/* Counts of an interval by reason, added to @sum. */
static void add_reasons(const __u64 *before, const __u64 *now, __u64 *sum)
{
	for (unsigned int i = 0; i < VRXDP_REASONS; i++)
		sum[i] += rates_count(before[i], now[i]);
}

/* The sum of @counts; the index of the largest goes to @most, 0 if all are 0. */
static __u64 weigh_reasons(const __u64 *counts, unsigned int *most)
{
	__u64 sum = 0;

	*most = 0;
	for (unsigned int i = 0; i < VRXDP_REASONS; i++) {
		sum += counts[i];
		if (counts[i] && (!*most || counts[i] > counts[*most]))
			*most = i;
	}
	return sum;
}

static void compare_port(const struct snap_port *before, const struct snap_port *now,
			 double seconds, struct port_rates *r)
{
	__u64 drops[VRXDP_REASONS] = { 0 };

	r->rx = rate_of(&before->c.rx, &now->c.rx, seconds);
	r->tx = rate_of(&before->c.tx, &now->c.tx, seconds);
	add_reasons(before->c.drops, now->c.drops, drops);
	r->drops = weigh_reasons(drops, &r->drop_reason);
}

static void compare_router(const struct snap_router *before, const struct snap_router *now,
			   double seconds, struct router_rates *r)
{
	struct vrxdp_count rx_before = { before->rx_packets, before->c.rx_bytes };
	struct vrxdp_count rx_now = { now->rx_packets, now->c.rx_bytes };
	__u64 drops[VRXDP_REASONS] = { 0 };
	__u64 punts[VRXDP_REASONS] = { 0 };

	r->before = before;
	r->rx = rate_of(&rx_before, &rx_now, seconds);
	r->tx = rate_of(&before->c.tx, &now->c.tx, seconds);
	add_reasons(before->c.drops, now->c.drops, drops);
	add_reasons(before->c.tx_drops, now->c.tx_drops, drops);
	add_reasons(before->c.punts, now->c.punts, punts);
	r->drops = weigh_reasons(drops, &r->drop_reason);
	r->punts = weigh_reasons(punts, &r->punt_reason);
}

static const struct snap_port *same_port(const struct snapshot *before, size_t *cursor,
					 const struct snap_port *now)
{
	for (; *cursor < before->nports; ++*cursor) {
		const struct snap_port *p = &before->ports[*cursor];
		int order = strcmp(p->rec.conf.name, now->rec.conf.name);

		if (order >= 0)
			return !order && p->id == now->id ? p : NULL;
	}
	return NULL;
}

const struct snap_router *rates_same_router(const struct snapshot *before, size_t *cursor,
					    const struct snap_router *now)
{
	for (; *cursor < before->nrouters; ++*cursor) {
		const struct snap_router *r = &before->routers[*cursor];
		int order = strcmp(r->rec.conf.name, now->rec.conf.name);

		if (order >= 0)
			return !order && r->id == now->id ? r : NULL;
	}
	return NULL;
}

static void compare_ports(const struct snapshot *before, const struct snapshot *now,
			  struct rates *r)
{
	size_t cursor = 0;

	for (size_t i = 0; i < now->nports; i++) {
		const struct snap_port *old = same_port(before, &cursor, &now->ports[i]);

		if (!old)
			continue;
		compare_port(old, &now->ports[i], r->seconds, &r->ports[i]);
		r->total.port_drops += r->ports[i].drops;
	}
}

static void compare_routers(const struct snapshot *before, const struct snapshot *now,
			    struct rates *r)
{
	size_t cursor = 0;

	for (size_t i = 0; i < now->nrouters; i++) {
		const struct snap_router *old =
			rates_same_router(before, &cursor, &now->routers[i]);
		struct router_rates *rr = &r->routers[i];

		if (!old)
			continue;
		compare_router(old, &now->routers[i], r->seconds, rr);
		r->total.rx.packets += rr->rx.packets;
		r->total.rx.bits += rr->rx.bits;
		r->total.tx.packets += rr->tx.packets;
		r->total.tx.bits += rr->tx.bits;
		r->total.drops += rr->drops;
		r->total.punts += rr->punts;
	}
}

int rates_between(const struct snapshot *before, const struct snapshot *now, struct rates *r)
{
	memset(r, 0, sizeof(*r));
	r->ports = calloc(now->nports + 1, sizeof(*r->ports));
	r->routers = calloc(now->nrouters + 1, sizeof(*r->routers));
	if (!r->ports || !r->routers) {
		rates_free(r);
		return -ENOMEM;
	}
	if (!before)
		return 0;
	r->seconds = (double)rates_count(before->time_ns, now->time_ns) / 1e9;
	compare_ports(before, now, r);
	compare_routers(before, now, r);
	return 0;
}

void rates_free(struct rates *r)
{
	free(r->ports);
	free(r->routers);
	memset(r, 0, sizeof(*r));
}

void rates_iface(const struct snap_router *before, const struct snap_iface *now, double seconds,
		 struct rate *rx, struct rate *tx)
{
	*rx = *tx = (struct rate){ 0, 0 };
	if (!before)
		return;
	for (size_t i = 0; i < before->nifaces; i++) {
		const struct snap_iface *b = &before->ifaces[i];

		if (b->id != now->id || strcmp(b->rec.conf.name, now->rec.conf.name))
			continue;
		*rx = rate_of(&b->c.rx, &now->c.rx, seconds);
		*tx = rate_of(&b->c.tx, &now->c.tx, seconds);
		return;
	}
}

void rates_reasons(const struct snap_router *before, const struct snap_router *now, double seconds,
		   struct reason_rates *out)
{
	memset(out, 0, sizeof(*out));
	if (!before)
		return;
	for (unsigned int i = 0; i < VRXDP_REASONS; i++) {
		out->drops[i] =
			rates_per_second(rates_count(before->c.drops[i], now->c.drops[i]), seconds);
		out->tx_drops[i] = rates_per_second(
			rates_count(before->c.tx_drops[i], now->c.tx_drops[i]), seconds);
		out->punts[i] =
			rates_per_second(rates_count(before->c.punts[i], now->c.punts[i]), seconds);
	}
}
