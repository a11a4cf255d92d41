/* SPDX-License-Identifier: GPL-2.0-only */
/* Is what was attached still whole? Looks at the host, changes nothing, says nothing. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

#include "filters.h"
#include "state.h"

#define MAX_PROBLEMS 8

struct health {
	const char *state; /* "up", "down" or "missing"; from check_seen() also "unknown" */
	bool broken;       /* only attaching again helps */
	bool unset;        /* a setting of the host isn't what it must be */
	int count;
	char problem[MAX_PROBLEMS][160];
};

void check_port(const struct state *st, const struct world *w, const struct world_port *p,
		struct health *h);
/* Has a killed command left it half attached? Asks the state only, not the host. */
bool check_half(const struct state *st, const struct world_iface *f);
/* @seen: as in filters_shut(), for all of one look. */
void check_iface(const struct state *st, const struct world_iface *f, struct filters *seen,
		 struct health *h);

/* The namespace that the router's name leads to now: same as recorded? */
void check_router(const struct world_router *r, struct health *h);

/*
 * What can be seen of a device without the right to enter namespaces: a device of the
 * namespace that the command runs in; any other is "unknown".
 */
void check_seen(const struct vrxdp_device_rec *rec, struct health *h);

/* Why a router isn't on the path that was wanted: NULL, or a cause of the contract. */
const char *check_path(const struct world_router *r, const char **detail);

#endif
