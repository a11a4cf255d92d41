/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened between two snapshots: counts of the interval, and rates a second. */
#ifndef RATES_H
#define RATES_H

#include "snapshot.h"

struct rate {
	double packets; /* a second */
	double bits;    /* a second: Ethernet bytes without FCS, times 8 */
};

struct port_rates {
	struct rate rx, tx;
	__u64 drops;              /* in the interval */
	unsigned int drop_reason; /* the most frequent one of the interval, 0: none */
};

struct router_rates {
	const struct snap_router *before; /* the same router, earlier; NULL: it is new */
	struct rate rx, tx;
	__u64 drops; /* in the interval, received and sent ones */
	__u64 punts;
	unsigned int drop_reason, punt_reason;
};

/* Sums over all routers. */
struct total_rates {
	struct rate rx, tx;
	__u64 drops, punts;
	__u64 port_drops; /* those of the ports, charged to no router */
};

struct rates {
	double seconds;           /* the interval; 0: none, and every rate is 0 */
	struct port_rates *ports; /* as many and in the order of the later snapshot */
	struct router_rates *routers;
	struct total_rates total;
};

/* The reasons of one object in one interval, by reason. */
struct reason_rates {
	double drops[VRXDP_REASONS]; /* a second */
	double tx_drops[VRXDP_REASONS];
	double punts[VRXDP_REASONS];
};

/*
 * Compare @now with @before, which may be NULL. Objects are the same when name and
 * number are; what is new, or was renamed, has rates of 0 for its first interval,
 * so that totals of the past never look like a burst. A counter that went back
 * gives 0. Both snapshots are sorted by name; @before must outlive @r.
 * Returns 0, or -ENOMEM with an empty @r. The caller frees with rates_free().
 */
int rates_between(const struct snapshot *before, const struct snapshot *now, struct rates *r);

/* Frees what @r holds, and leaves it empty. */
void rates_free(struct rates *r);

/*
 * The router of @before that is @now's earlier self, or NULL. @cursor starts at 0 and
 * is kept between calls for routers in ascending order: a merge of two sorted lists.
 */
const struct snap_router *rates_same_router(const struct snapshot *before, size_t *cursor,
					    const struct snap_router *now);

/* Later less earlier, 0 if the counter went back. */
__u64 rates_count(__u64 before, __u64 now);

/* @count in an interval of @seconds, a second; 0 without an interval. */
double rates_per_second(__u64 count, double seconds);

/* Rates of the interface @now, a member of @router's later self. */
void rates_iface(const struct snap_router *before, const struct snap_iface *now, double seconds,
		 struct rate *rx, struct rate *tx);

/* Rates of every reason; zero if @before is NULL. */
void rates_reasons(const struct snap_router *before, const struct snap_router *now, double seconds,
		   struct reason_rates *out);

#endif
